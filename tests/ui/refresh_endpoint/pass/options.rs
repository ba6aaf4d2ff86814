//! The options are those of Rocket's attributes.

#![allow(unused)]

use jwtauth::refresh_endpoint;
use rocket::http::{MediaType, Method};
use rocket::serde::json::Json;

#[refresh_endpoint("/refresh", rank = 3)]
async fn ranked(userid: &str) -> Option<()> {
    None
}

#[refresh_endpoint("/refresh", format = "json", rank = 1, data = "<body>")]
async fn all(userid: &str, body: Json<u8>) -> Option<()> {
    None
}

#[refresh_endpoint("/refresh", format = "application/vnd.example+json; version=1")]
async fn custom(userid: &str) -> Option<()> {
    None
}

fn main() {
    let [ranked, all, custom] = <[_; 3]>::try_from(rocket::routes![ranked, all, custom]).unwrap();
    assert_eq!(ranked.rank, 3);
    assert_eq!(all.rank, 1);
    assert_eq!(all.format, Some(MediaType::JSON));
    assert_eq!(custom.format.unwrap().param("version"), Some("1"));
    assert_eq!(ranked.method, Method::Post);
    assert_eq!(ranked.uri.to_string(), "/refresh");
}
