//! An application with cookies and a manual clock.

mod routes;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jwtauth::{Claims, Clock, JwtAuth, JwtAuthFairing};
pub(crate) use jwtauth_tests::launch::block_on;
use jwtauth_tests::{NOW, with_secret};
use rocket::local::asynchronous::Client;
use rocket::response::Responder;
use rocket::{Build, Rocket, Route, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use self::routes::refresh;
use self::routes::routes;
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
