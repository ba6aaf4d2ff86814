#![allow(unused)]

use jwtauth::Claims;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Claimed<'a> {
    nickname: &'a str,
}

type Profile = ();

fn claims<C: Claims>() {}

fn main() {
    claims::<Profile>();
}
