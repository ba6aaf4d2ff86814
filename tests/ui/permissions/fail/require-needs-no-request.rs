use jwtauth::{AuthError, Identity, Recent};

fn pay(identity: &Identity) -> Result<(), AuthError> {
    identity.require::<Recent<300>>()
}

fn main() {}
