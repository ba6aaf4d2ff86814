#![allow(unused)]

use jwtauth::refresh_nonce_handler;

#[refresh_nonce_handler]
static NONCE: &str = "0";

fn main() {
    let _ = NONCE;
}
