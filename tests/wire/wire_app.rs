//! An application for requests, with a manual clock.

use jwtauth::{Clock, JwtAuth, JwtAuthFairing};
use jwtauth_tests::NOW;
pub(crate) use jwtauth_tests::answer::{Answer, EXPIRED, REFUSED};
use rocket::http::{Header, Method};
use rocket::local::blocking::Client;
use rocket::{Build, Rocket, Route};
use serde_json::{Value, json};

use crate::log;

pub(crate) struct App {
    client: Client,
    pub(crate) clock: Clock,
}

impl App {
    pub(crate) fn new(settings: Value, routes: Vec<Route>) -> Self {
        App::with(settings, |rocket, fairing| rocket.attach(fairing).mount("/", routes))
    }

    /// The application that `make` builds from a Rocket with these settings and the fairing.
    pub(crate) fn with(settings: Value, make: impl FnOnce(Rocket<Build>, JwtAuthFairing) -> Rocket<Build>) -> Self {
        App::custom(|fairing| make(jwtauth_tests::rocket(settings), fairing))
    }

    pub(crate) fn custom(make: impl FnOnce(JwtAuthFairing) -> Rocket<Build>) -> Self {
        log::install();
        let clock = Clock::manual(NOW);
        let rocket = make(JwtAuth::fairing().clock(clock.clone()));
        App { client: Client::untracked(rocket).expect("a launch"), clock }
    }

    pub(crate) fn jwtauth(&self) -> &JwtAuth {
        self.client.rocket().state().expect("the fairing is attached")
    }

    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> &T {
        self.client.rocket().state().expect("it is managed")
    }

    pub(crate) fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = self.client.req(method, path.to_owned()).body(body);
        for (name, value) in headers {
            request.add_header(Header::new(name.to_string(), value.to_string()));
        }
        Answer::of_blocking(request.dispatch())
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(Method::Get, path, &[], "")
    }

    pub(crate) fn post(&self, path: &str) -> Answer {
        self.send(Method::Post, path, &[], "")
    }

    pub(crate) fn get_with(&self, path: &str, token: &str) -> Answer {
        self.send(Method::Get, path, &[("Authorization", &format!("Bearer {token}"))], "")
    }

    pub(crate) fn post_with(&self, path: &str, token: &str) -> Answer {
        self.send(Method::Post, path, &[("Authorization", &format!("Bearer {token}"))], "")
    }
}

/// The claims of a token that was just issued to alice, changed by those given. `null` removes a claim.
pub(crate) fn claims(other: Value) -> Value {
    let mut claims = json!({
        "sub": "alice",
        "exp": NOW + 1800,
        "iat": NOW,
        "auth_time": NOW,
        "refresh_until": NOW + 604_800,
    });
    for (name, value) in other.as_object().expect("an object") {
        match value {
            Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

/// A token with these claims.
pub(crate) fn token(other: Value) -> String {
    jwtauth_tests::token(&claims(other))
}
