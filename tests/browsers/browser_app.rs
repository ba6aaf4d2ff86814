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
use rocket::{Build, Rocket, Route, State, get, post, routes};
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
    /// It panics.
    Panics,
    /// It returns a user with this many bytes of claims.
    Grows(usize),
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
                Ok(Some(Profile::of(*loads)))
            }
            Some(User::Grows(len)) => Ok(Some(Profile { loads: 0, biography: "x".repeat(*len) })),
            Some(User::Panics) => panic!("on purpose"),
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
#[response(status = 404)]
pub(crate) struct Failed(());

#[derive(Serialize, Deserialize, Claims)]
pub(crate) struct Profile {
    pub(crate) loads: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    biography: String,
}

impl Profile {
    pub(crate) fn of(loads: u32) -> Self {
        Profile { loads, biography: String::new() }
    }
}

/// Claims that the loader does not return.
#[derive(Serialize, Deserialize, Claims)]
pub(crate) struct Theme {
    pub(crate) theme: String,
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

/// Which way logins are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Stateless,
    Sessions,
}

pub(crate) const MODES: [Mode; 2] = [Mode::Stateless, Mode::Sessions];

/// Runs a test with and without sessions.
pub(crate) fn in_both_modes(test: impl AsyncFn(Mode)) {
    for mode in MODES {
        println!("{mode:?}");
        block_on(test(mode));
    }
}

impl App {
    pub(crate) async fn new(mode: Mode) -> Self {
        App::with(mode, json!({})).await
    }

    /// Starts the application with these settings of cookies.
    pub(crate) async fn with(mode: Mode, cookies: Value) -> Self {
        App::custom(mode, json!({ "cookies": cookies })).await
    }

    /// Starts the application with these settings.
    pub(crate) async fn custom(mode: Mode, settings: Value) -> Self {
        App::with_endpoints(mode, settings, routes![refresh]).await
    }

    /// Starts the application with these refresh endpoints instead of its own.
    pub(crate) async fn with_endpoints(mode: Mode, settings: Value, endpoints: Vec<Route>) -> Self {
        App::changed(mode, settings, |fairing| fairing, |rocket| rocket.mount("/", endpoints)).await
    }

    /// Starts the application without a refresh endpoint, and with these changes.
    pub(crate) async fn changed(
        mode: Mode,
        settings: Value,
        fairing: impl FnOnce(JwtAuthFairing) -> JwtAuthFairing,
        change: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
    ) -> Self {
        let parts = Parts::default();
        let rocket = change(parts.rocket(mode, settings, fairing));
        App::of(parts, rocket).await
    }

    /// Starts another node with the same store, clock and users.
    pub(crate) async fn node(&self, mode: Mode, settings: Value) -> Self {
        let App { clock, store, events, users, .. } = self;
        let parts = Parts { clock: clock.clone(), store: store.clone(), events: events.clone(), users: users.clone() };
        let rocket = parts.rocket(mode, settings, |fairing| fairing).mount("/", routes![refresh]);
        App::of(parts, rocket).await
    }

    /// Starts an application that is made of these parts.
    pub(crate) async fn of(parts: Parts, rocket: Rocket<Build>) -> Self {
        let client = Client::untracked(rocket).await.expect("a launch");
        let Parts { clock, store, events, users } = parts;
        App { client, clock, store, events, users }
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// What an application is made of.
pub(crate) struct Parts {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) events: Events,
    pub(crate) users: Users,
}

impl Default for Parts {
    fn default() -> Self {
        let (store, events, users) = (Store::default(), Events::default(), Users::default());
        Parts { clock: Clock::manual(NOW), store, events, users }
    }
}

impl Parts {
    /// The application without a refresh endpoint. `allow_refresh` is on, unless it is set.
    pub(crate) fn rocket(
        &self,
        mode: Mode,
        mut settings: Value,
        change: impl FnOnce(JwtAuthFairing) -> JwtAuthFairing,
    ) -> Rocket<Build> {
        crate::log::install();
        let mut fairing: JwtAuthFairing = JwtAuth::fairing().clock(self.clock.clone());
        if settings.get("allow_refresh").is_none() {
            settings["allow_refresh"] = true.into();
        }
        if settings.get("master_secret").is_none() {
            settings = with_secret(settings);
        }
        if mode == Mode::Sessions {
            fairing = fairing.session_store(self.store.clone()).session_events(self.events.clone());
        }
        let rocket = rocket::custom(jwtauth_tests::figment(settings));
        let rocket = rocket.attach(change(fairing)).manage(self.users.clone());
        rocket.mount("/", routes()).register("/", jwtauth::catchers())
    }
}

fn routes() -> Vec<Route> {
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
