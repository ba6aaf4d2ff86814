#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
enum Profile {
    Reader,
    Admin,
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
