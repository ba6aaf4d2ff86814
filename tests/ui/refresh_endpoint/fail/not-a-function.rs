#![allow(unused)]

use jwtauth::refresh_endpoint;

#[refresh_endpoint("/refresh")]
struct Refresh;

fn main() {
    let _ = Refresh;
}
