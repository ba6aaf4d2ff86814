//! The first parameter: what it can be, and how it can be written.

#![allow(unused)]

use std::borrow::Cow;
use std::net::IpAddr;

use jwtauth::refresh_endpoint;
use rocket::request::FromParam;

#[refresh_endpoint("/text")]
async fn text(userid: &str) -> Option<()> {
    None
}

#[refresh_endpoint("/owned")]
async fn owned(userid: String) -> Option<()> {
    None
}

#[refresh_endpoint("/number")]
async fn number(userid: i64) -> Option<()> {
    None
}

#[refresh_endpoint("/named-lifetime")]
async fn named_lifetime<'a>(userid: &'a str) -> Option<()> {
    None
}

#[refresh_endpoint("/address")]
fn address(mut userid: IpAddr) -> Option<()> {
    None
}

struct Id(u64);

impl FromParam<'_> for Id {
    type Error = std::num::ParseIntError;

    fn from_param(userid: &str) -> Result<Self, Self::Error> {
        userid.parse().map(Id)
    }
}

#[refresh_endpoint("/own")]
async fn own(userid: Id) -> Option<()> {
    None
}

#[refresh_endpoint("/pattern")]
async fn pattern(Id(userid): Id) -> Option<()> {
    None
}

#[refresh_endpoint("/ignored")]
async fn ignored(_: Id) -> Option<()> {
    None
}

struct Borrowed<'i>(Cow<'i, str>);

impl<'i> FromParam<'i> for Borrowed<'i> {
    type Error = std::convert::Infallible;

    fn from_param(userid: &'i str) -> Result<Self, Self::Error> {
        Ok(Borrowed(userid.into()))
    }
}

#[refresh_endpoint("/borrowed")]
async fn borrowed(userid: Borrowed<'_>) -> Option<()> {
    None
}

#[refresh_endpoint("/borrowed-hidden")]
fn borrowed_hidden(userid: Borrowed) -> Option<()> {
    None
}

fn main() {
    let _ =
        rocket::routes![text, owned, number, named_lifetime, address, own, pattern, ignored, borrowed, borrowed_hidden];
}
