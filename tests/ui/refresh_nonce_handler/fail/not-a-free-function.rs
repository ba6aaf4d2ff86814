#![allow(unused)]

use jwtauth::refresh_nonce_handler;

struct Users;

impl Users {
    #[refresh_nonce_handler]
    async fn nonce(&self, userid: &str) -> Option<String> {
        None
    }
}

fn main() {
    let _ = Users::nonce;
}
