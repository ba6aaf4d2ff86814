//! What is generated has nothing that a lint could object to.

#![deny(warnings, missing_docs, unreachable_pub, rust_2018_idioms, unused, missing_debug_implementations)]
#![deny(
    single_use_lifetimes,
    unused_lifetimes,
    unused_qualifications,
    let_underscore_drop,
    missing_copy_implementations
)]
#![forbid(unsafe_code)]

use jwtauth::refresh_endpoint;
use rocket::State;
use rocket::http::{CookieJar, Status};

/// Documented, and public in a crate that is not.
#[refresh_endpoint("/public/<id>", rank = 2)]
pub(crate) async fn public(userid: &str, id: u8, state: &State<u8>) -> Result<Option<()>, Status> {
    Ok((userid.len() == usize::from(id) + usize::from(**state)).then_some(()))
}

mod inner {
    /// Documented.
    #[jwtauth::refresh_endpoint("/inner")]
    pub(super) fn inner(_userid: i64, _cookies: &super::CookieJar<'_>) -> Option<()> {
        None
    }
}

#[allow(non_snake_case)]
#[refresh_endpoint("/name")]
async fn CamelCase<'r>(_userid: &'r str, _cookies: &'r CookieJar<'r>) -> Option<()> {
    None
}

#[refresh_endpoint("/many")]
#[allow(clippy::too_many_arguments)]
async fn many(
    _userid: &str,
    _1: &State<u8>,
    _2: &State<u8>,
    _3: &State<u8>,
    _4: &State<u8>,
    _5: &State<u8>,
    _6: &State<u8>,
    _7: &State<u8>,
    _8: &State<u8>,
) -> Option<()> {
    None
}

fn main() {
    let _routes = rocket::routes![public, inner::inner, CamelCase, many];
    let _uri = rocket::uri!(public(1));
}
