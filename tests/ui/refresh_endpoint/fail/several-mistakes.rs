#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("refresh", get, rank = 1, rank = 2)]
pub const unsafe fn refresh<T>(userid: &str, _: u8, (a, b): (u8, u8)) {}

fn main() {
    let _ = rocket::routes![refresh];
}
