//! Attributes of the function, and of its parameters, stay where they are.

#![deny(warnings)]

use jwtauth::refresh_endpoint;
use rocket::State;

/// Documented.
#[refresh_endpoint("/refresh")]
#[must_use]
#[inline]
#[track_caller]
#[doc(alias = "renew")]
fn refresh(_userid: &str, #[expect(unused_variables)] number: &State<u8>) -> Option<()> {
    None
}

#[expect(unused_variables)]
#[refresh_endpoint("/above")]
async fn above(userid: &str) -> Option<()> {
    None
}

#[refresh_endpoint("/inner")]
async fn inner(userid: &str) -> Option<()> {
    #![allow(unused_variables)]
    None
}

fn main() {
    let _routes = rocket::routes![refresh, above, inner];
}
