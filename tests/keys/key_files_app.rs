//! An application with its keys in files and a manual clock.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jwtauth::{
    Auth, AuthError, Clock, ConfigError, Identity, Jwks, JwtAuth, JwtAuthFairing, Reloaded, Tokens, refresh_endpoint,
};
use jwtauth_tests::answer::Answer;
pub(crate) use jwtauth_tests::folder::Folder;
use jwtauth_tests::{NOW, figment};
use rocket::http::{Header, Method};
use rocket::local::blocking::Client;
use rocket::{Build, Rocket, get, post, routes};
use serde_json::{Value, json};

use crate::log::{Line, logged};
use crate::pem::EDDSA;

pub(crate) struct App {
    client: Client,
    pub(crate) clock: Clock,
}

#[post("/login")]
async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", ()).await
}

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

#[refresh_endpoint("/refresh")]
fn refresh(_userid: &str) -> Option<()> {
    Some(())
}

/// A route of the application that publishes the keys.
#[get("/own-keys")]
fn own_keys(jwtauth: &JwtAuth) -> Jwks {
    jwtauth.jwks()
}

impl App {
    pub(crate) fn new(settings: Value) -> Self {
        App::with(settings, |rocket, fairing| rocket.attach(fairing))
    }

    pub(crate) fn with(settings: Value, make: impl FnOnce(Rocket<Build>, JwtAuthFairing) -> Rocket<Build>) -> Self {
        crate::log::install();
        let clock = Clock::manual(NOW);
        let rocket = make(rocket(settings).manage(clock.clone()), JwtAuth::fairing().clock(clock.clone()));
        App { client: Client::untracked(rocket).expect("a launch"), clock }
    }

    pub(crate) fn jwtauth(&self) -> &JwtAuth {
        self.client.rocket().state().expect("the fairing is attached")
    }

    pub(crate) fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.client.req(method, path.to_owned());
        for (name, value) in headers {
            request.add_header(Header::new(name.to_string(), value.to_string()));
        }
        Answer::of_blocking(request.dispatch())
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(Method::Get, path, &[])
    }

    /// Logs in. Returns an access token and, with sessions, a refresh token.
    pub(crate) fn login(&self) -> (String, Option<String>) {
        self.send(Method::Post, "/login", &[]).tokens()
    }

    pub(crate) fn refresh(&self, token: &str) -> Answer {
        self.send(Method::Post, "/refresh", &[("Authorization", &format!("Bearer {token}"))])
    }

    /// The status of a guarded route.
    pub(crate) fn me(&self, token: &str) -> u16 {
        self.send(Method::Get, "/me", &[("Authorization", &format!("Bearer {token}"))]).status
    }

    /// Reloads the keys on this thread, and once more if there is new content. Also returns the log.
    pub(crate) fn reload(&self) -> (Result<Reloaded, ConfigError>, Vec<Line>) {
        logged(|| reload(self.jwtauth(), &self.clock))
    }

    /// Reloads the keys once.
    pub(crate) fn reload_once(&self) -> Result<Reloaded, ConfigError> {
        now(self.jwtauth().reload())
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(std::time::Duration::from_secs(seconds));
    }
}

/// A Rocket with these settings of jwtauth and the routes of the tests.
pub(crate) fn rocket(mut settings: Value) -> Rocket<Build> {
    settings["allow_refresh"] = true.into();
    rocket::custom(figment(settings)).mount("/", routes![login, me, refresh, own_keys])
}

/// An application with keys in two files. The second file has this content.
pub(crate) fn with_second(content: &str) -> (Folder, App) {
    let folder = Folder::new();
    folder.put("new.pem", EDDSA);
    folder.put("old.pem", content);
    let keys = json!([signing("EdDSA", &folder.setting("new.pem")), signing("ES256", &folder.setting("old.pem"))]);
    let app = App::new(json!({ "keys": keys }));
    (folder, app)
}

/// A signing key for the list.
pub(crate) fn signing(algorithm: &str, file: &Value) -> Value {
    json!({ "private_key_file": file, "algorithm": algorithm })
}

/// Reloads the keys on this thread, and once more a second later if there is new content.
pub(crate) fn reload(jwtauth: &JwtAuth, clock: &Clock) -> Result<Reloaded, ConfigError> {
    match now(jwtauth.reload()) {
        Ok(Reloaded::Noted) => {
            clock.advance(std::time::Duration::from_secs(1));
            now(jwtauth.reload())
        }
        other => other,
    }
}

/// The result of a future that is ready.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for something"),
    }
}
