#![allow(unused)]

use jwtauth::{JwtAuth, refresh_nonce_handler};

struct Database;

#[refresh_nonce_handler]
async fn nonce(userid: &str, database: Database) -> Option<String> {
    None
}

fn main() {
    let _ = JwtAuth::fairing().refresh_nonce_handler(nonce);
}
