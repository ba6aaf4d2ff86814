use jwtauth::{Claims, Identity};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {}

fn id(identity: &Identity<Profile>) -> i64 {
    identity.id()
}

fn main() {}
