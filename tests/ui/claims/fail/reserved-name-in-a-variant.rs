#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
#[serde(tag = "kind")]
enum Profile {
    User { nickname: String, auth_time: u64 },
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
