#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    #[serde(alias = "iss")]
    company: String,
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
