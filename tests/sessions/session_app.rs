//! An application with sessions and a manual clock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jwtauth::{
    Auth, AuthError, Claims, Clock, Identity, JwtAuth, JwtAuthFairing, LoggedOut, Session, SessionId, Tokens,
    refresh_endpoint,
};
use jwtauth_tests::answer::Answer;
pub(crate) use jwtauth_tests::answer::{EXPIRED, Pair, REFUSED};
pub(crate) use jwtauth_tests::launch::block_on;
use jwtauth_tests::{NOW, with_secret};
use rocket::http::{ContentType, Header, Method, Status};
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket, State, delete, get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::store::{Events, Store};

pub(crate) const WEEK: u64 = 7 * 24 * 60 * 60;

pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) events: Events,
    pub(crate) users: Users,
}

/// The users of the application, with the number of times that each was loaded.
#[derive(Clone, Default)]
pub(crate) struct Users(Arc<Mutex<HashMap<String, u32>>>);

impl Users {
    /// Sets how often the user was loaded. `None` removes the user.
    pub(crate) fn set(&self, user: &str, loads: Option<u32>) {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match loads {
            Some(loads) => drop(users.insert(user.to_owned(), loads)),
            None => drop(users.remove(user)),
        }
    }

    fn load(&self, user: &str) -> Option<u32> {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.get_mut(user).map(|loads| {
            *loads += 1;
            *loads
        })
    }

    pub(crate) fn loads(&self, user: &str) -> Option<u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(user).copied()
    }
}

#[derive(Serialize, Deserialize, Claims)]
pub(crate) struct Profile {
    loads: u32,
}

#[post("/login/<user>")]
async fn login(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile { loads: 0 }).await
}

#[refresh_endpoint("/refresh")]
async fn refresh(user: &str, users: &State<Users>) -> Option<Profile> {
    let users = users.inner().clone();
    users.load(user).map(|loads| Profile { loads })
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    format!("{} {}", identity.userid(), identity.loads)
}

#[get("/maybe")]
fn maybe(identity: Option<Identity>) -> &'static str {
    if identity.is_some() { "known" } else { "unknown" }
}

#[get("/session")]
fn session(session: Session) -> (ContentType, String) {
    (ContentType::JSON, serde_json::to_string(&session).expect("it serializes"))
}

#[get("/sessions")]
async fn sessions(auth: Auth<'_>) -> Result<(ContentType, String), AuthError> {
    let sessions = auth.sessions().await?;
    Ok((ContentType::JSON, serde_json::to_string(&sessions).expect("they serialize")))
}

#[delete("/sessions/<id>")]
async fn end(id: SessionId, identity: Identity, jwtauth: &JwtAuth) -> Result<Status, AuthError> {
    match jwtauth.end_session(id, identity.userid()).await? {
        true => Ok(Status::NoContent),
        false => Ok(Status::NotFound),
    }
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut, AuthError> {
    auth.forget().await
}

#[post("/logout-everywhere")]
async fn logout_everywhere(identity: Identity, jwtauth: &JwtAuth) -> Result<String, AuthError> {
    Ok(jwtauth.end_all_sessions(identity.userid(), None).await?.to_string())
}

#[post("/logout-elsewhere")]
async fn logout_elsewhere(session: Session, jwtauth: &JwtAuth) -> Result<String, AuthError> {
    Ok(jwtauth.end_all_sessions(session.userid(), Some(session.id())).await?.to_string())
}

impl App {
    pub(crate) async fn new(sessions: Value) -> Self {
        App::with(json!({ "sessions": sessions })).await
    }

    /// Starts the application with these jwtauth settings.
    pub(crate) async fn with(settings: Value) -> Self {
        App::custom(settings, |rocket, fairing| rocket.attach(fairing)).await
    }

    pub(crate) async fn custom(
        settings: Value,
        attach: impl FnOnce(Rocket<Build>, JwtAuthFairing) -> Rocket<Build>,
    ) -> Self {
        App::on(Store::default(), Clock::manual(NOW), settings, attach).await
    }

    /// Starts another node with the same store, clock and users.
    pub(crate) async fn node(&self, sessions: Value) -> Self {
        let settings = json!({ "sessions": sessions });
        let mut node =
            App::on(self.store.clone(), self.clock.clone(), settings, |rocket, fairing| rocket.attach(fairing)).await;
        node.users = self.users.clone();
        node
    }

    pub(crate) async fn on(
        store: Store,
        clock: Clock,
        mut settings: Value,
        attach: impl FnOnce(Rocket<Build>, JwtAuthFairing) -> Rocket<Build>,
    ) -> Self {
        settings["allow_refresh"] = true.into();
        let (events, users) = (Events::default(), Users::default());
        for user in ["alice", "bob"] {
            users.set(user, Some(0));
        }
        let fairing =
            JwtAuth::fairing().clock(clock.clone()).session_store(store.clone()).session_events(events.clone());
        let settings = if settings.get("keys").is_some() { settings } else { with_secret(settings) };
        let rocket = rocket(settings);
        let rocket = attach(rocket, fairing).manage(users.clone()).mount(
            "/",
            routes![login, refresh, me, maybe, session, sessions, end, logout, logout_everywhere, logout_elsewhere],
        );
        let client = Client::untracked(rocket).await.expect("a launch");
        App { client, clock, store, events, users }
    }

    pub(crate) fn jwtauth(&self) -> &JwtAuth {
        self.client.rocket().state().expect("the fairing is attached")
    }

    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.client.req(method, path.to_owned());
        for (name, value) in headers {
            request.add_header(Header::new(name.to_string(), value.to_string()));
        }
        Answer::of(request.dispatch().await).await
    }

    pub(crate) async fn login(&self, user: &str) -> Pair {
        self.send(Method::Post, &format!("/login/{user}"), &[]).await.pair()
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.post("/refresh", token).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(Method::Get, path, &[("Authorization", &format!("Bearer {token}"))]).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str) -> Answer {
        self.send(Method::Post, path, &[("Authorization", &format!("Bearer {token}"))]).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Answer {
        self.send(Method::Delete, path, &[("Authorization", &format!("Bearer {token}"))]).await
    }

    /// Returns the status of a guarded route.
    pub(crate) async fn me(&self, token: &str) -> u16 {
        self.get("/me", token).await.status
    }

    /// Uses the access token, and waits until the store knows that the client has it.
    pub(crate) async fn prove(&self, pair: &Pair) {
        assert_eq!(self.me(&pair.access).await, 200);
        let generation = jwtauth_tests::payload(&pair.access)["gen"].as_u64();
        while self.store.row(sid(&pair.access)).await.map(|row| row.proven) != generation {
            rocket::tokio::task::yield_now().await;
        }
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(std::time::Duration::from_secs(seconds));
    }
}

/// A Rocket with these jwtauth settings, without the fairing and routes.
pub(crate) fn rocket(settings: Value) -> Rocket<Build> {
    crate::log::install();
    rocket::custom(jwtauth_tests::figment(settings))
}

/// The session id in an access token.
pub(crate) fn sid(access: &str) -> SessionId {
    jwtauth_tests::payload(access)["sid"].as_str().expect("a sid").parse().expect("the id of a session")
}
