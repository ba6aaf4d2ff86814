//! An application with cookies and a manual clock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jwtauth::{
    Auth, AuthError, Claims, Clock, CrossSite, Identity, JwtAuth, JwtAuthFairing, LoggedOut, Session, Tokens, Visitor,
    WithTokens, refresh_endpoint,
};
pub(crate) use jwtauth_tests::launch::block_on;
use jwtauth_tests::{NOW, with_secret};
use rocket::http::Status;
use rocket::local::asynchronous::Client;
use rocket::response::{Redirect, Responder};
use rocket::{Build, Rocket, State, get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::store::{Events, Store};

pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) events: Events,
    pub(crate) users: Users,
}

/// The users of the application.
#[derive(Clone)]
pub(crate) struct Users(Arc<Mutex<HashMap<String, User>>>);

/// What the loader does for a user.
#[derive(Clone)]
pub(crate) enum User {
    /// It returns the user. The number counts the loads.
    Loads(u32),
    /// There is no such user any more.
    Gone,
    /// It fails.
    Fails,
}

impl Default for Users {
    fn default() -> Self {
        let users = ["alice", "bob"].map(|name| (name.to_owned(), User::Loads(0)));
        Users(Arc::new(Mutex::new(HashMap::from(users))))
    }
}

impl Users {
    pub(crate) fn set(&self, name: &str, user: User) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), user);
    }

    fn load(&self, name: &str) -> Result<Option<Profile>, Failed> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(name) {
            Some(User::Loads(loads)) => {
                *loads += 1;
                Ok(Some(Profile { loads: *loads }))
            }
            Some(User::Fails) => Err(Failed(())),
            Some(User::Gone) | None => Ok(None),
        }
    }

    /// How often the user was loaded.
    pub(crate) fn loads(&self, name: &str) -> u32 {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            Some(User::Loads(loads)) => *loads,
            _ => 0,
        }
    }
}

#[derive(Debug, Responder)]
#[response(status = 418)]
pub(crate) struct Failed(());

#[derive(Serialize, Deserialize, Claims)]
pub(crate) struct Profile {
    loads: u32,
}

#[post("/login/<user>")]
async fn login(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile { loads: 0 }).await
}

#[get("/login-by-link/<user>")]
async fn login_by_link(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile { loads: 0 }).await
}

#[post("/login-for-programs/<user>")]
async fn login_for_programs(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile { loads: 0 }).in_body().await
}

#[post("/login-until-closing/<user>")]
async fn login_until_closing(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile { loads: 0 }).until_browser_closes().await
}

#[post("/login-to-page/<user>")]
async fn login_to_page(user: &str, auth: Auth<'_>) -> Result<WithTokens<Redirect>, AuthError> {
    Ok(auth.remember(user, Profile { loads: 0 }).await?.with(Redirect::to("/me")))
}

#[post("/login-from-anywhere/<user>")]
async fn login_from_anywhere(user: &str, auth: CrossSite<Auth<'_>>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile { loads: 0 }).await
}

#[refresh_endpoint("/refresh")]
async fn refresh(user: &str, users: &State<Users>) -> Result<Option<Profile>, Failed> {
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

/// Which way logins are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Stateless,
    Sessions,
}

pub(crate) const MODES: [Mode; 2] = [Mode::Stateless, Mode::Sessions];

impl App {
    pub(crate) async fn new(mode: Mode) -> Self {
        App::with(mode, json!({})).await
    }

    /// Starts the application with these settings of cookies.
    pub(crate) async fn with(mode: Mode, cookies: Value) -> Self {
        App::custom(mode, json!({ "cookies": cookies }), |rocket| rocket).await
    }

    /// Starts the application with these settings.
    pub(crate) async fn custom(
        mode: Mode,
        mut settings: Value,
        change: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Self {
        crate::log::install();
        settings["allow_refresh"] = true.into();
        if mode == Mode::Sessions {
            settings["sessions"] = json!({});
        }
        let (store, events, users) = (Store::default(), Events::default(), Users::default());
        let clock = Clock::manual(NOW);
        let mut fairing: JwtAuthFairing = JwtAuth::fairing().clock(clock.clone());
        if mode == Mode::Sessions {
            fairing = fairing.session_store(store.clone()).session_events(events.clone());
        }
        let rocket = rocket::custom(jwtauth_tests::figment(with_secret(settings)));
        let rocket =
            rocket.attach(fairing).manage(users.clone()).mount("/", all_routes()).register("/", jwtauth::catchers());
        let client = Client::untracked(change(rocket)).await.expect("a launch");
        App { client, clock, store, events, users }
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

pub(crate) fn all_routes() -> Vec<rocket::Route> {
    let logins = routes![
        login,
        login_by_link,
        login_for_programs,
        login_until_closing,
        login_to_page,
        login_from_anywhere,
        refresh,
        logout,
        logout_to_page
    ];
    let others =
        routes![me, change, from_anywhere, twice, maybe, visitor, cached, open, panics, fails, sessions, session];
    [logins, others].concat()
}
