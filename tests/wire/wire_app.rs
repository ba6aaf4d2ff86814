//! An application to ask, whose clock stands.

use jwtauth::{Clock, JwtAuth, JwtAuthFairing};
use jwtauth_tests::NOW;
use rocket::http::{Header, Method};
use rocket::local::blocking::Client;
use rocket::{Build, Rocket, Route};
use serde_json::{Value, json};

use crate::log;

pub(crate) struct App {
    client: Client,
    pub(crate) clock: Clock,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl App {
    pub(crate) fn new(settings: Value, routes: Vec<Route>) -> Self {
        App::with(settings, |rocket, fairing| rocket.attach(fairing).mount("/", routes))
    }

    /// As the function makes it of a Rocket with these settings and of the fairing.
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
        let response = request.dispatch();
        let headers =
            response.headers().iter().map(|header| (header.name().to_string(), header.value().to_owned())).collect();
        let status = response.status().code;
        Answer { status, headers, body: response.into_string().unwrap_or_default() }
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

impl Answer {
    /// The values of a header, each time it stands there.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let of_name = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        of_name.map(|(_, value)| value.as_str()).collect()
    }

    /// The one value of a header; `None` without it.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.headers(name);
        assert!(headers.len() <= 1, "{self:?}");
        headers.first().copied()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The token of an answer that has one.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["access_token"].as_str().expect("a token").to_owned()
    }

    /// The claims of the token of an answer that has one.
    #[track_caller]
    pub(crate) fn claims(&self) -> Value {
        jwtauth_tests::payload(&self.token())
    }

    /// Fails if this is not a refusal to refresh, with this text and no other content.
    #[track_caller]
    pub(crate) fn assert_not_refreshed(&self, text: &str) {
        assert_eq!(self.status, 403, "{self:?}");
        assert_eq!(self.body, format!("{{\"validationError\": \"{text}\"}}"));
        assert_eq!(self.header("Content-Type"), Some("application/json"));
        assert_eq!(self.header("Authorization"), None);
        assert_eq!(self.header("WWW-Authenticate"), None);
    }

    /// Fails if this is not what says that something is away.
    #[track_caller]
    pub(crate) fn assert_unavailable(&self) {
        assert_eq!(self.status, 503, "{self:?}");
        assert!(self.header("Retry-After").is_some_and(|seconds| seconds.parse::<u32>().is_ok()), "{self:?}");
        assert_eq!(self.header("WWW-Authenticate"), None);
        assert_eq!(self.header("Authorization"), None);
    }
}

pub(crate) const EXPIRED: &str = "Your session has expired";
pub(crate) const REFUSED: &str = "Could not refresh your token";

/// The claims of a token that is just issued to alice, with those given on top; `null` takes one away.
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

/// A token with such claims.
pub(crate) fn token(other: Value) -> String {
    jwtauth_tests::token(&claims(other))
}
