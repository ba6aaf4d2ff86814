#![allow(unused)]

use jwtauth::{JwtAuth, refresh_nonce_handler};

#[refresh_nonce_handler]
async fn nonce(userid: &str) -> Result<Option<String>, ()> {
    Ok(None)
}

fn main() {
    let _ = JwtAuth::fairing().refresh_nonce_handler(nonce);
}
