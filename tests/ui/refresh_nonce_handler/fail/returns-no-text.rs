#![allow(unused)]

use jwtauth::{JwtAuth, refresh_nonce_handler};

#[refresh_nonce_handler]
async fn nonce(userid: &str) -> Option<u64> {
    Some(1)
}

fn main() {
    let _ = JwtAuth::fairing().refresh_nonce_handler(nonce);
}
