//! Every shape of a function that can be a handler.

#![allow(unused)]

use std::fmt;

use jwtauth::{JwtAuth, RefreshNonceHandler, refresh_nonce_handler};
use rocket::State;
use rocket::http::CookieJar;
use rocket::request::{FromParam, FromRequest, Outcome, Request};

#[refresh_nonce_handler]
async fn later(userid: &str) -> Option<String> {
    Some(userid.to_owned())
}

#[refresh_nonce_handler]
fn at_once(userid: i64) -> Option<String> {
    Some(userid.to_string())
}

#[refresh_nonce_handler]
async fn error(userid: &str) -> Result<Option<String>, fmt::Error> {
    Err(fmt::Error)
}

struct Id(u64);

impl FromParam<'_> for Id {
    type Error = std::num::ParseIntError;

    fn from_param(userid: &str) -> Result<Self, Self::Error> {
        userid.parse().map(Id)
    }
}

struct Connection<'r>(&'r str);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Connection<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Connection(request.uri().path().as_str()))
    }
}

#[refresh_nonce_handler]
async fn guards(
    Id(userid): Id,
    number: &State<u8>,
    cookies: &CookieJar<'_>,
    Connection(path): Connection<'_>,
    _: Option<Connection<'_>>,
    mut nonce: Connection<'_>,
    request: Result<Connection<'_>, ()>,
) -> Option<String> {
    nonce.0 = path;
    std::future::ready(()).await;
    Some(nonce.0.to_owned())
}

#[refresh_nonce_handler]
async fn named<'a, 'b: 'a>(
    userid: &'a str,
    cookies: &'b CookieJar<'a>,
    named: Connection<'b>,
) -> Result<Option<String>, &'a str>
where
    'b: 'a,
{
    Err(userid)
}

fn main() {
    for handler in [later as fn() -> RefreshNonceHandler, at_once, error, guards, named] {
        let _ = JwtAuth::fairing().refresh_nonce_handler(handler);
    }

    #[refresh_nonce_handler]
    async fn local(userid: String) -> Option<String> {
        Some(userid)
    }
    let _ = JwtAuth::fairing().refresh_nonce_handler(local);
}
