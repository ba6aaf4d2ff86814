#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
#[serde(untagged)]
enum Profile {
    User { nickname: String },
    Nobody,
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
