//! Routes for the logged-in user: reading and changing their data.

use jwtauth::{AuthError, Identity, Rule, Visitor};
use rocket::form::{Form, FromForm};
use rocket::request::Request;
use rocket::response::status::NoContent;
use rocket::serde::json::Json;
use rocket::{Route, get, post, put, routes};
use serde::Serialize;

use crate::db::Db;
use crate::error::Error;
use crate::users::{self, Profile, Role, permission};

pub fn routes() -> Vec<Route> {
    routes![me, hello, admin, nickname, lock]
}

#[derive(Serialize)]
struct Me {
    userid: String,
    nickname: String,
    role: Role,
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> Json<Me> {
    let userid = identity.userid().to_owned();
    Json(Me { userid, nickname: identity.nickname.clone(), role: identity.role })
}

#[get("/hello")]
fn hello(visitor: Visitor<Profile>) -> String {
    match visitor {
        Visitor::Known(identity) => format!("Hello, {}", identity.nickname),
        Visitor::Anonymous => "Hello, stranger".into(),
    }
}

#[get("/admin")]
fn admin(identity: Identity<Profile, Admin>) -> String {
    format!("Hello, {}, you may do anything", identity.nickname)
}

#[derive(FromForm)]
struct Rename<'r> {
    #[field(validate = len(1..=64))]
    nickname: &'r str,
}

/// Tokens contain the new nickname after the next refresh.
#[put("/me/nickname", data = "<rename>")]
async fn nickname(identity: Identity, rename: Form<Rename<'_>>, db: &Db) -> Result<Option<NoContent>, Error> {
    let renamed = users::rename(&**db, identity.userid(), rename.nickname).await?;
    Ok(renamed.map(|()| NoContent))
}

/// Makes all current tokens of the user impossible to refresh. Tokens of the next login can be refreshed.
#[post("/me/lock")]
async fn lock(identity: Identity, db: &Db) -> Result<Option<NoContent>, Error> {
    let locked = users::lock(&**db, identity.userid()).await?;
    Ok(locked.map(|()| NoContent))
}

/// The rule for administrators. Others get 403, and do not learn which permission they lack.
struct Admin;

impl Rule<Profile> for Admin {
    async fn check(identity: &Identity<Profile>, _: &Request<'_>) -> Result<(), AuthError> {
        identity.require::<permission::Administer>().map_err(|_| AuthError::forbidden())
    }
}
