#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
    carried: u64,
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
