//! Parameters in the path, the query and the body, and `uri!`.

#![allow(unused)]

use std::path::PathBuf;

use jwtauth::refresh_endpoint;
use rocket::form::{Form, FromForm};
use rocket::uri;

#[refresh_endpoint("/")]
async fn root(userid: &str) -> Option<()> {
    None
}

#[refresh_endpoint("/refresh")]
async fn fixed(userid: &str) -> Option<()> {
    None
}

#[refresh_endpoint("/<tenant>/refresh/<_>/<rest..>")]
async fn path(userid: &str, tenant: u8, rest: PathBuf) -> Option<()> {
    None
}

#[derive(FromForm)]
struct More {
    more: u8,
}

#[refresh_endpoint("/query?fixed&<device>&<kind>&<more..>")]
async fn query(userid: i64, kind: Option<u8>, device: &str, more: More) -> Option<()> {
    None
}

#[refresh_endpoint("/<tenant>/body", data = "<form>")]
fn body(userid: i64, form: Form<More>, tenant: &str) -> Option<()> {
    None
}

#[refresh_endpoint(r"/raw/<r>")]
fn raw_text(userid: i64, r: u8) -> Option<()> {
    None
}

fn main() {
    let _ = rocket::routes![root, fixed, path, query, body, raw_text];
    assert_eq!(uri!(root).to_string(), "/");
    assert_eq!(uri!(fixed).to_string(), "/refresh");
    assert_eq!(uri!("/auth", fixed).to_string(), "/auth/refresh");
    assert_eq!(uri!("https://example.org", fixed).to_string(), "https://example.org/refresh");
    assert_eq!(uri!(path(7, 0, "a/b")).to_string(), "/7/refresh/0/a/b");
    assert_eq!(uri!(body("x")).to_string(), "/x/body");
    assert_eq!(uri!(body(tenant = "x")).to_string(), "/x/body");
    assert_eq!(uri!(raw_text(r = 1)).to_string(), "/raw/1");
}
