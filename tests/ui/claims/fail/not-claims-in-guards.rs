#![allow(unused)]

use jwtauth::{AuthError, Identity, JwtAuth, Visitor};
use rocket::get;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Profile {
    nickname: String,
}

#[get("/identity")]
fn identity(identity: Identity<Profile>) -> String {
    identity.nickname.clone()
}

#[get("/maybe")]
fn maybe(identity: Option<Identity<Profile>>) -> String {
    identity.map(|identity| identity.nickname.clone()).unwrap_or_default()
}

#[get("/attempt")]
fn attempt(identity: Result<Identity<Profile>, AuthError>) -> Result<String, AuthError> {
    Ok(identity?.nickname.clone())
}

#[get("/visitor")]
fn visitor(visitor: Visitor<Profile>) -> String {
    match visitor {
        Visitor::Known(identity) => identity.nickname.clone(),
        Visitor::Anonymous => String::new(),
    }
}

async fn verify(jwtauth: &JwtAuth, token: &str) -> Result<String, AuthError> {
    let identity = jwtauth.verify::<Profile>(token).await?;
    Ok(identity.nickname.clone())
}

async fn verify_as_returned(jwtauth: &JwtAuth, token: &str) -> Result<Identity<Profile>, AuthError> {
    jwtauth.verify(token).await
}

fn main() {}
