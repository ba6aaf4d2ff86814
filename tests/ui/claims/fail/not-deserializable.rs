#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Claims)]
struct Profile {
    #[serde(default)]
    nickname: String,
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
