//! What can be returned.

#![allow(unused)]

use std::collections::{BTreeMap, HashMap};

use jwtauth::{Claims, RefreshError, refresh_endpoint};
use rocket::http::Status;
use rocket::response::Debug;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Claims)]
struct Profile<T> {
    value: T,
}

#[refresh_endpoint("/option")]
async fn option(userid: &str) -> Option<Profile<u8>> {
    None
}

#[refresh_endpoint("/maps")]
async fn maps(userid: &str) -> Option<HashMap<String, Vec<u8>>> {
    None
}

#[refresh_endpoint("/status")]
async fn status(userid: &str) -> Result<Option<Profile<String>>, Status> {
    Err(Status::ServiceUnavailable)
}

#[refresh_endpoint("/debug")]
async fn debug(userid: &str) -> Result<Option<()>, Debug<std::io::Error>> {
    Err(std::io::Error::other("away"))?
}

type Loaded<C, E = Status> = std::result::Result<Option<C>, E>;

#[refresh_endpoint("/alias")]
fn alias(userid: &str) -> Loaded<()> {
    Ok(None)
}

#[refresh_endpoint("/refresh-error")]
fn refresh_error(userid: &str) -> Result<Option<()>, RefreshError> {
    Err(RefreshError::Expired)
}

#[refresh_endpoint("/text")]
async fn text(userid: &str) -> Result<Option<()>, (Status, String)> {
    Err((Status::Conflict, userid.to_owned()))
}

fn main() {
    let _ = rocket::routes![option, maps, status, debug, alias, refresh_error, text];
}
