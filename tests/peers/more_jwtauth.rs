//! more.jwtauth is the reference: for the same settings, key and token it and we say the same, but where
//! a test has a line that tells why not.

mod algorithms;
mod oddities;
mod rules;
mod settings;

use jwtauth_tests::SECRET;
use serde_json::{Map, Value, json};

use crate::program::{MORE_JWTAUTH, Program};
use crate::server::{Nonces, Refresh, Server, Verdicts};

/// More than enough time for a test to run: no claim is nearer to the time at which it counts.
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The application on more.jwtauth.
struct Reference {
    program: Program,
}

impl Reference {
    /// `None` if more.jwtauth is not there, which then is said.
    fn start() -> Option<Self> {
        MORE_JWTAUTH.start().map(|program| Reference { program })
    }

    /// Has the reference begin anew with these settings, and starts a server with the same.
    fn open(&mut self, settings: &Value, nonces: Option<Nonces>) -> Server {
        self.program.ask(&json!({ "op": "open", "settings": settings, "nonces": nonces }));
        Server::start(ours(settings), nonces)
    }

    /// What the reference and what we say to these `Authorization` headers, in this order.
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

    /// The `Authorization` header that a login at the reference answers with.
    fn login(&mut self, userid: &str, claims: &Value) -> String {
        let mut identity = claims.clone();
        identity["userid"] = userid.into();
        let answer = self.program.ask(&json!({ "op": "login", "identity": identity }));
        answer["authorization"].as_str().expect("a header").to_owned()
    }

    /// The identity that the reference reads from a header, claims of the application included.
    fn identify(&mut self, header: &str) -> Value {
        self.program.ask(&json!({ "op": "identify", "header": header }))["identity"].clone()
    }

    /// The `Authorization` header that refreshing at the reference answers with.
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

/// Our settings for those of the reference: its defaults, where ours are others, and a `timedelta` as a number
/// of seconds.
fn ours(settings: &Value) -> Value {
    let settings = settings.as_object().expect("settings are an object");
    let mut ours: Map<String, Value> =
        settings.iter().map(|(name, value)| (name.clone(), value.get("timedelta").unwrap_or(value).clone())).collect();
    ours.entry("auth_header_prefix").or_insert("JWT".into());
    // Without a word on it no refresh route can be mounted here.
    ours.entry("allow_refresh").or_insert(false.into());
    ours.into()
}

/// One object of two; where both have a member, that of the second.
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

/// What is said of a token of Alice that has nothing wrong with it.
fn good() -> Verdicts {
    Verdicts { identity: Some("alice".into()), refresh: Refresh::Refreshed("alice".into()) }
}
