#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
enum Profile {
    Reader { nickname: String },
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
