//! What the site does.

use jwtauth::{Auth, AuthError, Claims, Granted, Identity, JwtAuth, LocalPath, LoggedOut, Public, Recent};
use jwtauth::{Session, SessionId, WithTokens, guarded, refresh_endpoint};
use rocket::Either::{self, Left, Right};
use rocket::form::{Form, FromForm};
use rocket::fs::{FileServer, relative};
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Build, Rocket, get, post, routes, uri};
use serde::{Deserialize, Serialize};

use crate::page::Page;
use crate::users::{Permission, Users, permission};

pub fn mount(rocket: Rocket<Build>) -> Rocket<Build> {
    rocket
        .mount("/", guarded::<Public>(FileServer::from(relative!("static"))))
        .mount("/", guarded::<Public>(routes![start, login_page, signup_page]))
        .mount("/", routes![login, signup, confirm_page, confirm, logout, refresh, members, sessions, end_session])
        .mount("/", routes![settings, change_settings])
        .mount("/admin", guarded::<Identity<(), permission::Admin>>(routes![admin]))
}

/// The claims in a user's token. Pages read the nickname from the database, so that they show a new one at once.
#[derive(Default, Serialize, Deserialize, Claims)]
struct Profile {
    permissions: Granted<Permission>,
}

#[get("/")]
fn start() -> Redirect {
    Redirect::to(uri!(members))
}

#[derive(FromForm)]
struct Credentials {
    #[field(validate = len(1..=64))]
    username: String,
    password: String,
    next: Option<LocalPath>,
}

/// The cookies of a login, or the form again, with the problem.
type Answer = Result<Either<WithTokens<Redirect>, (Status, Page)>, AuthError>;

#[get("/login?<next>")]
fn login_page(next: Option<LocalPath>) -> Page {
    Page::Form { path: "/login", next, problem: "" }
}

#[post("/login", data = "<form>")]
async fn login(form: Form<Credentials>, auth: Auth<'_>, users: &Users) -> Answer {
    let Credentials { username, password, next } = form.into_inner();
    let Some(user) = users.authenticate(&username, password).await? else {
        let page = Page::Form { path: "/login", next, problem: "The username or the password is wrong." };
        return Ok(Right((Status::Unauthorized, page)));
    };
    let tokens = auth.remember(username, Profile { permissions: user.permissions }).await?;
    Ok(Left(tokens.with(Redirect::to(next.unwrap_or_default()))))
}

#[get("/signup?<next>")]
fn signup_page(next: Option<LocalPath>) -> Page {
    Page::Form { path: "/signup", next, problem: "" }
}

#[post("/signup", data = "<form>")]
async fn signup(form: Form<Credentials>, auth: Auth<'_>, users: &Users) -> Answer {
    let Credentials { username, password, next } = form.into_inner();
    if let Err(problem) = users.add(&username, password).await? {
        return Ok(Right((Status::Conflict, Page::Form { path: "/signup", next, problem })));
    }
    let tokens = auth.remember(username, Profile::default()).await?;
    Ok(Left(tokens.with(Redirect::to(next.unwrap_or_default()))))
}

/// A page that needs a recent login leads here.
#[get("/confirm?<next>")]
fn confirm_page(_identity: Identity, next: Option<LocalPath>) -> Page {
    Page::Form { path: "/confirm", next, problem: "" }
}

/// The username must be that of the login. Another one is refused with 403.
#[post("/confirm", data = "<form>")]
async fn confirm(form: Form<Credentials>, auth: Auth<'_>, users: &Users) -> Answer {
    let Credentials { username, password, next } = form.into_inner();
    let Some(user) = users.authenticate(&username, password).await? else {
        let page = Page::Form { path: "/confirm", next, problem: "The username or the password is wrong." };
        return Ok(Right((Status::Unauthorized, page)));
    };
    let tokens = auth.confirm(username, Profile { permissions: user.permissions }).await?;
    Ok(Left(tokens.with(Redirect::to(next.unwrap_or_default()))))
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut<Redirect>, AuthError> {
    Ok(auth.forget().await?.with(Redirect::to(uri!(start))))
}

/// Browsers do not call this route. The guards use it to renew a login whose access token has expired.
#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str, users: &Users) -> Result<Option<Profile>, AuthError> {
    Ok(users.find(userid).await?.map(|user| Profile { permissions: user.permissions }))
}

#[get("/members")]
async fn members(identity: Identity, users: &Users) -> Result<Option<Page>, AuthError> {
    Ok(users.find(identity.userid()).await?.map(Page::Members))
}

#[get("/settings")]
async fn settings(identity: Identity<(), Recent<300>>, users: &Users) -> Result<Option<Page>, AuthError> {
    Ok(users.find(identity.userid()).await?.map(Page::Settings))
}

#[derive(FromForm)]
struct Changes {
    #[field(validate = len(1..=64))]
    nickname: String,
    /// If it is empty, the password stays.
    #[field(default = String::new(), validate = with(|new| new.is_empty() || new.len() >= 8, "too short"))]
    password: String,
}

/// There are at least five minutes to fill in the form. A new password ends the other logins of the user.
#[post("/settings", data = "<form>")]
async fn change_settings(
    identity: Identity<(), Recent<600>>,
    session: Session,
    form: Form<Changes>,
    users: &Users,
    jwtauth: &JwtAuth,
) -> Result<Redirect, AuthError> {
    let Changes { nickname, password } = form.into_inner();
    users.set_nickname(identity.userid(), &nickname).await?;
    if !password.is_empty() {
        users.set_password(identity.userid(), password).await?;
        jwtauth.end_all_sessions(session.userid(), Some(session.id())).await?;
    }
    Ok(Redirect::to(uri!(settings)))
}

#[get("/")]
async fn admin(users: &Users) -> Result<Page, AuthError> {
    Ok(Page::Admin(users.list().await?))
}

#[get("/sessions")]
async fn sessions(auth: Auth<'_>) -> Result<Page, AuthError> {
    Ok(Page::Sessions(auth.sessions().await?))
}

/// A session of another user is not found, like one that does not exist.
#[post("/sessions/<id>/end")]
async fn end_session(id: SessionId, session: Session, jwtauth: &JwtAuth) -> Result<Option<Redirect>, AuthError> {
    Ok(jwtauth.end_session(id, session.userid()).await?.then(|| Redirect::to(uri!(sessions))))
}
