#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    exp: u64,
    #[serde(rename = "sub", alias = "nonce")]
    nickname: String,
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
