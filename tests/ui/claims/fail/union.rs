#![allow(unused)]

use jwtauth::Claims;

#[derive(Claims)]
union Profile {
    number: u64,
    time: i64,
}

fn main() {}
