#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
#[serde(tag = "sub")]
enum Profile {
    User { nickname: String },
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
