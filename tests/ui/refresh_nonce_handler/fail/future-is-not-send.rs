#![allow(unused)]

use jwtauth::{JwtAuth, refresh_nonce_handler};

#[refresh_nonce_handler]
async fn nonce(userid: &str) -> Option<String> {
    let shared = std::rc::Rc::new(String::new());
    std::future::ready(()).await;
    Some(shared.to_string())
}

fn main() {
    let _ = JwtAuth::fairing().refresh_nonce_handler(nonce);
}
