//! Attributes and visibility.

#![deny(warnings, missing_docs, unreachable_pub, rust_2018_idioms)]

use jwtauth::{JwtAuth, refresh_nonce_handler};

mod users {
    /// Documented.
    #[jwtauth::refresh_nonce_handler]
    #[inline]
    pub(super) async fn nonce(_userid: &str) -> Option<String> {
        None
    }

    #[jwtauth::refresh_nonce_handler]
    #[cfg(any())]
    pub(super) async fn missing(_userid: &str) -> Option<NoSuchType> {
        None
    }
}

#[refresh_nonce_handler]
#[deprecated]
fn old(_userid: &str) -> Option<String> {
    None
}

#[refresh_nonce_handler]
#[allow(unused_variables, non_snake_case)]
async fn Allowed(userid: &str) -> Option<String> {
    None
}

#[refresh_nonce_handler]
#[expect(unused_variables)]
async fn expected(userid: &str) -> Option<String> {
    None
}

#[refresh_nonce_handler]
#[cfg_attr(all(), inline, doc = "Documented.", expect(unused_variables))]
async fn conditional(userid: &str) -> Option<String> {
    None
}

#[refresh_nonce_handler]
async fn r#async(r#fn: &str) -> Option<String> {
    Some(r#fn.to_owned())
}

fn main() {
    let _fairing = JwtAuth::fairing().refresh_nonce_handler(users::nonce);
    #[expect(deprecated)]
    let _fairing = JwtAuth::fairing().refresh_nonce_handler(old);
    let _fairing = JwtAuth::fairing().refresh_nonce_handler(Allowed);
    let _fairing = JwtAuth::fairing().refresh_nonce_handler(expected);
    let _fairing = JwtAuth::fairing().refresh_nonce_handler(conditional);
    let _fairing = JwtAuth::fairing().refresh_nonce_handler(r#async);
}
