#![allow(unused)]

use jwtauth::refresh_endpoint;
use rocket::request::{FromRequest, Outcome, Request};

struct Tenant(u8);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Tenant {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, ()> {
        Outcome::Success(Tenant(1))
    }
}

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str, Tenant(tenant): Tenant) -> Option<()> {
    Some(())
}

fn main() {
    let _ = rocket::routes![refresh];
}
