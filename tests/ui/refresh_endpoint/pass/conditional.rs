//! What is not compiled leaves nothing behind, wherever its condition stands.

#![allow(unused)]
#![deny(deprecated)]

use jwtauth::refresh_endpoint;

#[cfg(any())]
#[refresh_endpoint("/above")]
async fn above(userid: &str) -> Option<NoSuchType> {
    None
}

#[refresh_endpoint("/below")]
#[cfg(any())]
async fn below(userid: &str) -> Option<NoSuchType> {
    None
}

#[refresh_endpoint("/within")]
#[cfg_attr(all(), doc = "Documented.", cfg(any()))]
async fn within(userid: &str) -> Option<NoSuchType> {
    None
}

#[refresh_endpoint("/one")]
#[cfg(any())]
async fn either(userid: &str) -> Option<NoSuchType> {
    None
}

#[refresh_endpoint("/other")]
#[cfg(not(any()))]
async fn either(userid: &str) -> Option<()> {
    None
}

#[cfg_attr(all(), refresh_endpoint("/attribute"))]
async fn attribute(userid: &str) -> Option<()> {
    None
}

fn main() {
    let above = ();
    let _ = rocket::routes![either, attribute];
    assert_eq!(rocket::uri!(either).to_string(), "/other");
}
