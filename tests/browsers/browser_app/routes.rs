//! The routes of the application.

use jwtauth::{
    Auth, AuthError, CrossSite, Identity, LoggedOut, Session, Tokens, Visitor, WithTokens, refresh_endpoint,
};
use rocket::http::Status;
use rocket::response::{Redirect, Responder};
use rocket::{Route, State, get, post, routes};

use super::{Failed, Profile, Theme, Users};

pub(super) fn routes() -> Vec<Route> {
    let logins = routes![
        login,
        login_by_link,
        login_for_programs,
        login_until_closing,
        login_to_page,
        login_from_anywhere,
        login_with,
        login_of_old_version,
        login_and_out,
        logout,
        logout_to_page
    ];
    let guarded = routes![
        me,
        change,
        from_anywhere,
        any_first,
        any_last,
        visitor_from_anywhere,
        sessions_from_anywhere,
        theme,
        theme_only,
        denied,
        varied,
        anything,
        twice,
        maybe,
        visitor,
        cached,
        open,
        panics,
        fails,
        sessions,
        session
    ];
    [logins, guarded].concat()
}

#[post("/login/<user>")]
async fn login(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile::of(0)).await
}

#[get("/login-by-link/<user>")]
async fn login_by_link(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile::of(0)).await
}

#[post("/login-for-programs/<user>")]
async fn login_for_programs(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile::of(0)).in_body().await
}

#[post("/login-until-closing/<user>")]
async fn login_until_closing(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile::of(0)).until_browser_closes().await
}

#[post("/login-to-page/<user>")]
async fn login_to_page(user: &str, auth: Auth<'_>) -> Result<WithTokens<Redirect>, AuthError> {
    Ok(auth.remember(user, Profile::of(0)).await?.with(Redirect::to("/me")))
}

#[post("/login-from-anywhere/<user>")]
async fn login_from_anywhere(user: &str, auth: CrossSite<Auth<'_>>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile::of(0)).await
}

#[post("/login-with/<len>")]
async fn login_with(len: usize, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", Profile { loads: 0, biography: "x".repeat(len) }).await
}

/// A login of an earlier version of the application, with other claims.
#[post("/login-of-old-version/<user>")]
async fn login_of_old_version(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, ()).await
}

/// Logs in and out, in this order or the other.
#[post("/login-and-out/<user>?<out_first>")]
async fn login_and_out(user: &str, out_first: bool, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    if out_first {
        drop(auth.forget().await?);
    }
    let tokens = auth.remember(user, Profile::of(0)).await?;
    if !out_first {
        drop(auth.forget().await?);
    }
    Ok(tokens)
}

#[refresh_endpoint("/refresh")]
pub(crate) async fn refresh(user: &str, users: &State<Users>) -> Result<Option<Profile>, Failed> {
    users.load(user)
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    format!("{} {}", identity.userid(), identity.loads)
}

#[post("/me")]
fn change(identity: Identity<Profile>) -> String {
    format!("{} {}", identity.userid(), identity.loads)
}

#[post("/from-anywhere")]
fn from_anywhere(identity: CrossSite<Identity>) -> String {
    identity.userid().to_owned()
}

#[post("/of-any-origin-first")]
fn any_first(_first: CrossSite<Identity>, second: Identity) -> String {
    second.userid().to_owned()
}

#[post("/of-any-origin-last")]
fn any_last(first: Option<Identity>, second: CrossSite<Identity>) -> String {
    format!("{} {}", first.is_some(), second.userid())
}

#[post("/visitor-from-anywhere")]
fn visitor_from_anywhere(visitor: CrossSite<Visitor>) -> String {
    visitor.identity().map_or("anonymous".to_owned(), |identity| identity.userid().to_owned())
}

#[post("/sessions-from-anywhere")]
async fn sessions_from_anywhere(auth: CrossSite<Auth<'_>>) -> Result<String, AuthError> {
    Ok(auth.sessions().await?.len().to_string())
}

#[get("/theme")]
fn theme(first: Option<Identity<Theme>>, second: Identity) -> String {
    format!("{} {}", second.userid(), first.is_some())
}

#[get("/theme-only")]
fn theme_only(identity: Identity<Theme>) -> String {
    identity.theme.clone()
}

#[get("/denied")]
fn denied(_identity: Identity) -> Status {
    Status::Unauthorized
}

#[get("/varied")]
fn varied(_visitor: Visitor) -> Varied {
    Varied { inner: "varied", vary: rocket::http::Header::new("Vary", "Accept, cookie") }
}

#[derive(Responder)]
struct Varied {
    inner: &'static str,
    vary: rocket::http::Header<'static>,
}

#[get("/<path..>", rank = 20)]
fn anything(path: std::path::PathBuf, identity: Identity) -> String {
    format!("{} {}", identity.userid(), path.display())
}

#[get("/twice")]
fn twice(first: Identity, second: Identity<Profile>) -> String {
    format!("{} {} {}", first.userid(), second.userid(), second.loads)
}

#[get("/maybe")]
fn maybe(identity: Option<Identity>) -> &'static str {
    if identity.is_some() { "known" } else { "unknown" }
}

#[get("/visitor")]
fn visitor(visitor: Visitor) -> String {
    visitor.identity().map_or("anonymous".to_owned(), |identity| identity.userid().to_owned())
}

#[get("/cached")]
fn cached(identity: Identity) -> Cached {
    Cached { inner: identity.userid().to_owned(), cache: rocket::http::Header::new("Cache-Control", "max-age=60") }
}

#[derive(Responder)]
struct Cached {
    inner: String,
    cache: rocket::http::Header<'static>,
}

#[get("/open")]
fn open() -> &'static str {
    "open"
}

#[get("/panics")]
#[allow(unreachable_code)]
fn panics(_identity: Identity) -> &'static str {
    panic!("on purpose");
    "never"
}

#[get("/fails")]
fn fails(_identity: Identity) -> Status {
    Status::ImATeapot
}

#[get("/sessions")]
async fn sessions(auth: Auth<'_>) -> Result<String, AuthError> {
    Ok(auth.sessions().await?.len().to_string())
}

#[get("/session")]
fn session(session: Session) -> String {
    session.userid().to_owned()
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut, AuthError> {
    auth.forget().await
}

#[post("/logout-to-page")]
async fn logout_to_page(_identity: Option<Identity>, auth: Auth<'_>) -> Result<LoggedOut<Redirect>, AuthError> {
    Ok(auth.forget().await?.with(Redirect::to("/open")))
}
