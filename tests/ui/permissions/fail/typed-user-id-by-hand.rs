#![allow(unused)]

use jwtauth::{Claims, TypedUserId};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

impl TypedUserId for Profile {
    type UserId = i64;
}

fn main() {}
