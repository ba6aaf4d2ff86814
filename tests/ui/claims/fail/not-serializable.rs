#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Claims)]
struct Profile {
    nickname: String,
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
