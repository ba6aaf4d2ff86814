//! Errors that borrow from the request, although nothing in the signature says that it is the request.

#![allow(unused)]

use jwtauth::refresh_endpoint;
use rocket::State;
use rocket::http::CookieJar;
use rocket::request::Request;
use rocket::response::{self, Responder};

struct Borrowing<'r>(&'r str);

impl<'r> Responder<'r, 'static> for Borrowing<'r> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        self.0.to_owned().respond_to(request)
    }
}

#[refresh_endpoint("/elided")]
async fn elided(userid: &str) -> Result<Option<()>, Borrowing<'_>> {
    Err(Borrowing(userid))
}

#[refresh_endpoint("/elided-from-guard")]
async fn elided_from_guard(userid: i64, text: &State<String>) -> Result<Option<()>, Borrowing<'_>> {
    Err(Borrowing(text))
}

#[refresh_endpoint("/named")]
fn named<'a, 'b>(userid: &'a str, cookies: &'b CookieJar<'a>) -> Result<Option<()>, Borrowing<'b>> {
    Err(Borrowing(cookies.get("x").map_or("", |cookie| cookie.value())))
}

fn main() {
    let _ = rocket::routes![elided, elided_from_guard, named];
}
