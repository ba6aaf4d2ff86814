#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
#[serde(rename_all = "camelCase")]
struct Profile {
    _aud: String,
}

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
