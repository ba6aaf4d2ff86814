//! What the site does.

use jwtauth::{Auth, Claims, Identity, JwtAuth, LocalPath, LoggedOut, SessionId, WithTokens, refresh_endpoint};
use rocket::form::{Form, FromForm};
use rocket::http::{ContentType, Status};
use rocket::response::Redirect;
use rocket::{Route, get, post, routes, uri};
use serde::{Deserialize, Serialize};

use crate::db::Db;
use crate::page::{Admin, Entry, Error, Members, Page, Sessions, Settings};
use crate::passwords;

pub fn all() -> Vec<Route> {
    let open = routes![start, style, login_page, login, signup_page, signup, logout, refresh];
    [open, routes![members, settings, change_settings, admin, sessions, end_session]].concat()
}

/// The claims in a user's token. Pages read the nickname from the database, so that they show a new one at once.
#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    is_admin: bool,
}

#[get("/")]
fn start() -> Redirect {
    Redirect::to(uri!(members))
}

#[get("/style.css")]
fn style() -> (ContentType, &'static str) {
    (ContentType::CSS, include_str!("style.css"))
}

#[derive(FromForm)]
struct Credentials {
    #[field(validate = len(1..=64))]
    username: String,
    password: String,
    next: Option<LocalPath>,
}

#[get("/login?<next>")]
fn login_page(next: Option<LocalPath>) -> Page<Entry> {
    Page(Entry { is_signup: false, next: next.unwrap_or_default(), problem: "" })
}

#[post("/login", data = "<form>")]
async fn login(form: Form<Credentials>, auth: Auth<'_>, db: &Db) -> Result<WithTokens<Redirect>, Error> {
    let Credentials { username, password, next } = form.into_inner();
    let (next, user) = (next.unwrap_or_default(), db.user(&username).await?);
    let is_correct = passwords::verify(password, user.as_ref().map(|user| user.password.clone())).await?;
    let Some(user) = user.filter(|_| is_correct) else {
        let form = Entry { is_signup: false, next, problem: "The username or the password is wrong." };
        return Err(Error::Form((Status::Unauthorized, Page(form))));
    };
    Ok(auth.remember(user.userid, Profile { is_admin: user.is_admin }).await?.with(Redirect::to(next)))
}

#[get("/signup?<next>")]
fn signup_page(next: Option<LocalPath>) -> Page<Entry> {
    Page(Entry { is_signup: true, next: next.unwrap_or_default(), problem: "" })
}

#[post("/signup", data = "<form>")]
async fn signup(form: Form<Credentials>, auth: Auth<'_>, db: &Db) -> Result<WithTokens<Redirect>, Error> {
    let Credentials { username, password, next } = form.into_inner();
    let (next, is_short) = (next.unwrap_or_default(), password.len() < 8);
    if is_short || !db.add(&username, &passwords::hash(password).await?).await? {
        let problem = if is_short { "The password is too short." } else { "This username is taken." };
        return Err(Error::Form((Status::Conflict, Page(Entry { is_signup: true, next, problem }))));
    }
    Ok(auth.remember(username, Profile { is_admin: false }).await?.with(Redirect::to(next)))
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut<Redirect>, Error> {
    Ok(auth.forget().await?.with(Redirect::to(uri!(start))))
}

/// Browsers do not call this route. The guards use it to renew a login whose access token has expired.
#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str, db: &Db) -> Result<Option<Profile>, Error> {
    Ok(db.user(userid).await?.map(|user| Profile { is_admin: user.is_admin }))
}

#[get("/members")]
async fn members(identity: Identity, db: &Db) -> Result<Page<Members>, Error> {
    let user = db.user(identity.userid()).await?.ok_or(Error::Status(Status::Gone))?;
    Ok(Page(Members(user)))
}

#[get("/settings")]
async fn settings(identity: Identity, db: &Db) -> Result<Page<Settings>, Error> {
    let user = db.user(identity.userid()).await?.ok_or(Error::Status(Status::Gone))?;
    Ok(Page(Settings(user)))
}

#[derive(FromForm)]
struct Changes<'r> {
    #[field(validate = len(1..=64))]
    nickname: &'r str,
}

#[post("/settings", data = "<form>")]
async fn change_settings(identity: Identity, form: Form<Changes<'_>>, db: &Db) -> Result<Redirect, Error> {
    db.rename(identity.userid(), form.nickname).await?;
    Ok(Redirect::to(uri!(settings)))
}

#[get("/admin")]
async fn admin(identity: Identity<Profile>, db: &Db) -> Result<Page<Admin>, Error> {
    if !identity.is_admin {
        return Err(Error::Status(Status::Forbidden));
    }
    Ok(Page(Admin(db.users().await?)))
}

#[get("/sessions")]
async fn sessions(auth: Auth<'_>) -> Result<Page<Sessions>, Error> {
    Ok(Page(Sessions(auth.sessions().await?)))
}

/// A session of another user is not found, like one that does not exist.
#[post("/sessions/<id>/end")]
async fn end_session(id: SessionId, identity: Identity, jwtauth: &JwtAuth) -> Result<Redirect, Error> {
    let ended = jwtauth.end_session(id, identity.userid()).await?;
    if ended { Ok(Redirect::to(uri!(sessions))) } else { Err(Error::Status(Status::NotFound)) }
}
