#![allow(unused)]

use jwtauth::{Auth, AuthError, JwtAuth, RefreshError, Refreshing, Tokens};
use rocket::http::Status;
use rocket::post;

struct Profile {
    nickname: String,
}

fn profile() -> Profile {
    Profile { nickname: "Alice".into() }
}

#[post("/login")]
async fn login(auth: Auth<'_>) -> Result<Tokens, Status> {
    Ok(auth.remember("alice", profile()).await?)
}

#[post("/id")]
async fn id(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(profile(), ()).await
}

async fn issue(jwtauth: &JwtAuth) -> Result<Tokens, AuthError> {
    jwtauth.issue("alice", profile()).await
}

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(profile()).await
}

fn main() {}
