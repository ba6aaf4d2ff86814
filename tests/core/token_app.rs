//! An application to send tokens to.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jwtauth::{AuthError, Claims, Clock, Identity, JwtAuth, TokenError};
pub(crate) use jwtauth_tests::sign_parts;
use jwtauth_tests::{NOW, figment, with_secret};
use rocket::figment::Figment;
use rocket::http::{Header, Status};
use rocket::local::blocking::Client;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::tokio::runtime::{Builder, Runtime};
use rocket::{get, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A typical claims type.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) nickname: String,
}

impl Claims for Profile {}

/// A claims type for any claims.
pub(crate) type Anything = Map<String, Value>;

pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
    pub(crate) jwtauth: JwtAuth,
    runtime: Runtime,
}

impl App {
    /// An application with these settings and the secret of the tests. Its clock shows [`NOW`].
    pub(crate) fn new(settings: Value) -> Self {
        App::from_figment(figment(with_secret(settings)))
    }

    pub(crate) fn from_figment(figment: Figment) -> Self {
        let _alone = launching();
        let rocket = rocket::custom(figment);
        let clock = Clock::manual(NOW);
        let rocket = rocket.attach(JwtAuth::fairing().clock(clock.clone())).mount("/", routes());
        let client = Client::untracked(rocket).expect("the application launches");
        let jwtauth = client.rocket().state::<JwtAuth>().expect("the fairing is attached").clone();
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        App { client, clock, jwtauth, runtime }
    }

    /// The status of a request with this token.
    pub(crate) fn get(&self, path: &'static str, token: &str) -> Status {
        let header = Header::new("Authorization", format!("Bearer {token}"));
        self.client.get(path).header(header).dispatch().status()
    }

    /// The verdict on a token outside of a request.
    pub(crate) fn verify<C: Claims>(&self, token: &str) -> Result<Identity<C>, TokenError> {
        self.runtime.block_on(self.jwtauth.verify(token)).map_err(|error| match error {
            AuthError::InvalidToken { error, .. } => error,
            other => panic!("no verdict on a token: {other:?}"),
        })
    }

    /// A token for `alice` with these claims.
    pub(crate) fn issue<C: Claims>(&self, claims: C) -> Result<String, AuthError> {
        let tokens = self.runtime.block_on(self.jwtauth.issue("alice", claims))?;
        Ok(tokens.access_token().to_owned())
    }

    /// The user id of a valid token, whatever its other claims are.
    pub(crate) fn userid(&self, token: &str) -> Result<String, TokenError> {
        self.verify::<()>(token).map(|identity| identity.userid().to_owned())
    }
}

/// A lock for creating and launching a Rocket. Until a Rocket has read its settings, all Rockets in the process log.
/// Tests that count allocations also take the lock.
pub(crate) fn launching() -> MutexGuard<'static, ()> {
    static LAUNCHING: Mutex<()> = Mutex::new(());
    LAUNCHING.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn routes() -> Vec<rocket::Route> {
    routes![open, guarded, me, twice, both, profile, anything]
}

#[get("/open")]
fn open() -> &'static str {
    "open"
}

/// A guard that only stores a value in the request-local cache.
struct Guard;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Guard {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        request.local_cache(|| [0_u8; 64]);
        Outcome::Success(Guard)
    }
}

#[get("/guarded")]
fn guarded(_guard: Guard) -> &'static str {
    "guarded"
}

#[get("/me")]
fn me(_identity: Identity) -> &'static str {
    "me"
}

#[get("/twice")]
fn twice(_one: Identity, _other: Identity) -> &'static str {
    "twice"
}

#[get("/both")]
fn both(_one: Identity, _other: Identity<Profile>) -> &'static str {
    "both"
}

#[get("/profile")]
fn profile(_identity: Identity<Profile>) -> &'static str {
    "profile"
}

#[get("/anything")]
fn anything(_identity: Identity<Anything>) -> &'static str {
    "anything"
}
