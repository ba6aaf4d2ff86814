//! Login and refresh: how a client gets its tokens.

use jwtauth::{Auth, Tokens, refresh_endpoint, refresh_nonce_handler};
use rocket::form::{Form, FromForm};
use rocket::http::Status;
use rocket::{Route, State, post, routes};
use rocket_db_pools::{Connection, sqlx};

use crate::db::Db;
use crate::error::Error;
use crate::passwords::Passwords;
use crate::users::{self, Profile};

pub fn routes() -> Vec<Route> {
    routes![login, refresh]
}

#[derive(FromForm)]
struct Credentials {
    username: String,
    password: String,
}

// Uses the pool, because a `Connection` would be held while the password is hashed and while the nonce handler needs
// another one.
#[post("/login", data = "<credentials>")]
async fn login(
    credentials: Form<Credentials>,
    auth: Auth<'_>,
    db: &Db,
    passwords: &State<Passwords>,
) -> Result<Tokens, Error> {
    let Credentials { username, password } = credentials.into_inner();
    let user = users::authenticate(&**db, passwords, &username, password).await?;
    let profile = user.ok_or(Status::Unauthorized)?;
    Ok(auth.remember(username, profile).await?)
}

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str, mut db: Connection<Db>) -> Result<Option<Profile>, Error> {
    Ok(users::profile(&mut **db, userid).await?)
}

#[refresh_nonce_handler]
pub async fn nonce(userid: &str, mut db: Connection<Db>) -> Result<Option<String>, sqlx::Error> {
    users::nonce(&mut **db, userid).await
}
