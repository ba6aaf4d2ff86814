use jwtauth::{AuthError, Claims, Identity, Rule};
use rocket::{get, request::Request};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    age: u32,
}

struct Adult;

impl Rule<Profile> for Adult {
    async fn check(identity: &Identity<Profile>, _: &Request<'_>) -> Result<(), AuthError> {
        if identity.age >= 18 { Ok(()) } else { Err(AuthError::forbidden()) }
    }
}

#[get("/adults")]
fn adults(_identity: Identity<Profile, Adult>) {}

#[get("/anyone")]
fn anyone(_identity: Identity<(), Adult>) {}

fn main() {}
