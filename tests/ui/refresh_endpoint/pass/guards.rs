//! The further parameters: guards of all kinds, borrowing from the request or not.

#![allow(unused)]

use jwtauth::{Auth, Refreshing, refresh_endpoint};
use rocket::State;
use rocket::http::{CookieJar, Status};
use rocket::request::{FromRequest, Outcome, Request};

struct Connection<'r>(&'r str);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Connection<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Connection(request.uri().path().as_str()))
    }
}

struct Owned;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Owned {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Owned)
    }
}

#[refresh_endpoint("/state")]
async fn state(userid: &str, number: &State<u8>, text: &State<String>) -> Option<()> {
    None
}

#[refresh_endpoint("/elided")]
async fn elided(userid: &str, cookies: &CookieJar<'_>, mut connection: Connection<'_>) -> Option<()> {
    connection.0 = "";
    None
}

#[refresh_endpoint("/named")]
async fn named<'a, 'b>(userid: &'a str, cookies: &'b CookieJar<'a>, connection: Connection<'b>) -> Option<()>
where
    'a: 'b,
{
    None
}

#[refresh_endpoint("/wrapped")]
async fn wrapped(
    userid: &str,
    maybe: Option<Connection<'_>>,
    result: Result<Owned, ()>,
    auth: Auth<'_>,
    refreshing: Refreshing<'_>,
) -> Option<()> {
    None
}

#[refresh_endpoint("/sync")]
fn sync(userid: &str, connection: Connection<'_>, #[allow(unused)] number: &State<u8>) -> Option<()> {
    None
}

/// A guard may have any name, and any pattern that is one.
#[refresh_endpoint("/names")]
async fn names(
    userid: &str,
    names: Owned,
    loaded: Owned,
    request: Owned,
    refreshing: Owned,
    ref mut route: Owned,
    whole @ _: Owned,
) -> Option<()> {
    None
}

#[refresh_endpoint("/userid")]
async fn other_userid(id: i64, userid: Owned) -> Option<()> {
    None
}

fn main() {
    let _ = rocket::routes![state, elided, named, wrapped, sync, names, other_userid];
}
