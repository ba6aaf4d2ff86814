#![allow(unused)]

use jwtauth::refresh_endpoint;
use rocket::http::CookieJar;

#[refresh_endpoint("/refresh")]
fn refresh(userid: &str, cookies: &CookieJar) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}
