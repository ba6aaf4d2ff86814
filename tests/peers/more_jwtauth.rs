//! more.jwtauth is the reference: with the same settings, key and token, both give the same verdict. A test lists each
//! exception with its reason.

mod algorithms;
mod oddities;
mod rules;
mod settings;

use jwtauth_tests::SECRET;
use serde_json::{Map, Value, json};

use crate::program::{MORE_JWTAUTH, Program};
use crate::server::{Nonces, Refresh, Server, Verdicts};

/// More than the duration of a test: no claim is nearer to its limit.
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The application with more.jwtauth.
struct Reference {
    program: Program,
}

impl Reference {
    /// Starts the reference. Prints a message and returns `None` if more.jwtauth is not installed.
    fn start() -> Option<Self> {
        MORE_JWTAUTH.start().map(|program| Reference { program })
    }

    /// Restarts the reference with these settings, and starts a server with the same.
    fn open(&mut self, settings: &Value, nonces: Option<Nonces>) -> Server {
        self.program.ask(&json!({ "op": "open", "settings": settings, "nonces": nonces }));
        Server::start(ours(settings), nonces)
    }

    /// The verdicts of the reference and of our server on these `Authorization` headers, in this order.
    fn compare(&mut self, server: &Server, headers: &[Option<String>]) -> Vec<(Verdicts, Verdicts)> {
        self.program.send(&json!({ "op": "ask", "headers": headers }));
        let ours: Vec<_> = headers.iter().map(|header| server.verdicts(header.as_deref())).collect();
        let answer = self.program.answer();
        let theirs = answer["answers"].as_array().expect("a list").iter().map(verdicts);
        theirs.zip(ours).collect()
    }

    /// Compares one header.
    fn compare_one(&mut self, server: &Server, header: &str) -> (Verdicts, Verdicts) {
        self.compare(server, &[Some(header.to_owned())]).remove(0)
    }

    /// The `Authorization` header in the reference's response to a login.
    fn login(&mut self, userid: &str, claims: &Value) -> String {
        let mut identity = claims.clone();
        identity["userid"] = userid.into();
        let answer = self.program.ask(&json!({ "op": "login", "identity": identity }));
        answer["authorization"].as_str().expect("a header").to_owned()
    }

    /// The identity that the reference reads from a header, including the application's claims.
    fn identify(&mut self, header: &str) -> Value {
        self.program.ask(&json!({ "op": "identify", "header": header }))["identity"].clone()
    }

    /// The `Authorization` header in the reference's response to a refresh.
    fn refresh(&mut self, header: &str) -> Option<String> {
        let answer = self.program.ask(&json!({ "op": "refresh", "header": header }));
        answer["authorization"].as_str().map(str::to_owned)
    }

    /// A token with these claims, signed by the reference.
    fn sign(&mut self, claims: &Value) -> String {
        let answer = self.program.ask(&json!({ "op": "sign", "claims": claims }));
        answer["token"].as_str().expect("a token").to_owned()
    }
}

fn verdicts(answer: &Value) -> Verdicts {
    let refresh = &answer["refresh"];
    Verdicts {
        identity: answer["identity"].get("userid").cloned(),
        refresh: match refresh["verdict"].as_str() {
            Some("refreshed") => Refresh::Refreshed(refresh["userid"].clone()),
            Some("expired") => Refresh::Expired,
            Some("refused") => Refresh::Refused,
            Some("crashed") => Refresh::Crashed,
            _ => panic!("no verdict: {answer}"),
        },
    }
}

/// Our settings for settings of the reference: adds its defaults that differ from ours, and converts a `timedelta` to
/// seconds.
fn ours(settings: &Value) -> Value {
    let settings = settings.as_object().expect("settings are an object");
    let mut ours: Map<String, Value> =
        settings.iter().map(|(name, value)| (name.clone(), value.get("timedelta").unwrap_or(value).clone())).collect();
    ours.entry("auth_header_prefix").or_insert("JWT".into());
    // Without this setting, no refresh route can be mounted here.
    ours.entry("allow_refresh").or_insert(false.into());
    ours.into()
}

/// Merges two objects. Members of the second take precedence.
fn merged(first: &Value, second: &Value) -> Value {
    let mut merged = first.clone();
    for (name, value) in second.as_object().expect("an object") {
        merged[name] = value.clone();
    }
    merged
}

fn secret() -> Value {
    json!({ "master_secret": SECRET })
}

fn now() -> u64 {
    jwtauth::Clock::system().now()
}

fn nonces() -> Nonces {
    Nonces::from([("alice".to_owned(), "first".to_owned())])
}

/// The verdicts on a valid token of Alice.
fn good() -> Verdicts {
    Verdicts { identity: Some("alice".into()), refresh: Refresh::Refreshed("alice".into()) }
}
