#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    #[serde(rename = "sub")]
    nickname: String,
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
