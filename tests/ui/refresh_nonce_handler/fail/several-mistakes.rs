#![allow(unused)]

use jwtauth::{JwtAuth, refresh_nonce_handler};

#[refresh_nonce_handler(rank = 1)]
/// Documented.
pub unsafe extern "C" fn nonce(userid: Option<&str>, guard: impl Send) {}

fn main() {
    let _ = JwtAuth::fairing().refresh_nonce_handler(nonce);
}
