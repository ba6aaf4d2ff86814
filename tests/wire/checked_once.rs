//! A token is checked once per request, for any number of guards.

use std::cell::Cell;

use jwtauth::{Claims, Identity, RefreshError, Refreshing, Visitor, refresh_nonce_handler, verify_refresh_request};
use rocket::outcome::Outcome;
use rocket::request::{self, FromRequest, Request};
use rocket::{get, post, routes};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

use crate::wire_app::{App, token};

thread_local! {
    // Local requests are handled on the thread that sends them.
    static READ: Cell<usize> = const { Cell::new(0) };
    static OTHER_READ: Cell<usize> = const { Cell::new(0) };
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

#[derive(Serialize)]
struct Counted;

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        READ.set(READ.get() + 1);
        <()>::deserialize(deserializer).map(|()| Counted)
    }
}

impl Claims for Counted {}

#[derive(Serialize)]
struct OtherCounted;

impl<'de> Deserialize<'de> for OtherCounted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        OTHER_READ.set(OTHER_READ.get() + 1);
        <()>::deserialize(deserializer).map(|()| OtherCounted)
    }
}

impl Claims for OtherCounted {}

struct Guard;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Guard {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, ()> {
        match request.guard::<Identity<Counted>>().await {
            Outcome::Success(_) => Outcome::Success(Guard),
            Outcome::Error((status, _)) | Outcome::Forward(status) => Outcome::Error((status, ())),
        }
    }
}

#[get("/five")]
fn five(
    _first: Identity<Counted>,
    _guard: Guard,
    _maybe: Option<Identity<Counted>>,
    _visitor: Visitor<Counted>,
    last: Identity<Counted>,
) -> String {
    last.userid().to_owned()
}

#[get("/types")]
fn types(
    _first: Identity<Counted>,
    _second: Identity<OtherCounted>,
    _third: Identity<Counted>,
    _fourth: Identity<OtherCounted>,
    last: Identity,
) -> String {
    last.userid().to_owned()
}

#[get("/maybes")]
fn maybes(_first: Option<Identity<Counted>>, _second: Option<Identity<Counted>>) {}

fn reads() -> (usize, usize) {
    (READ.take(), OTHER_READ.take())
}

#[test]
fn identity_guards_read_claims_once_per_request() {
    let app = App::new(json!({}), routes![five]);
    let answer = app.get_with("/five", &token(json!({})));
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice"));
    assert_eq!(reads(), (1, 0));
}

#[test]
fn identity_guards_read_each_claims_type_once() {
    let app = App::new(json!({}), routes![types]);
    let answer = app.get_with("/types", &token(json!({})));
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice"));
    assert_eq!(reads(), (1, 1));
}

#[test]
fn identity_reads_bad_token_once_and_forged_token_never() {
    let app = App::new(json!({}), routes![maybes]);
    assert_eq!(app.get_with("/maybes", &token(json!({ "exp": 1 }))).status, 200);
    assert_eq!(reads(), (1, 0));
    let forged = jwtauth_tests::forge_with(r#"{"alg":"HS256"}"#, r#"{"sub":"alice","exp":9999999999}"#, b"another");
    assert_eq!(app.get_with("/maybes", &forged).status, 200);
    assert_eq!(reads(), (0, 0));
}

#[test]
fn identity_checks_each_request_anew() {
    // Cached claims are not parsed again. Everything else is checked.
    for (entries, more) in [(0, 1), (10, 0)] {
        let app = App::new(json!({ "verified_cache": entries }), routes![five]);
        let token = token(json!({}));
        for request in 0..3 {
            assert_eq!(app.get_with("/five", &token).status, 200);
            assert_eq!(reads(), (if request == 0 { 1 } else { more }, 0));
        }
        app.clock.advance(std::time::Duration::from_secs(1800));
        assert_eq!(app.get_with("/five", &token).status, 401);
        assert_eq!(reads(), (more, 0));
    }
}

struct Verified(String);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Verified {
    type Error = RefreshError;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, RefreshError> {
        match verify_refresh_request(request).await {
            Ok(refreshing) => Outcome::Success(Verified(refreshing.userid().to_owned())),
            Err(error) => Outcome::Error((error.status(), error)),
        }
    }
}

/// Counts how often it is asked: once a check.
#[refresh_nonce_handler]
fn nonce(_userid: &str) -> Option<String> {
    ASKED.set(ASKED.get() + 1);
    Some("nonce".to_owned())
}

#[post("/refreshes")]
fn refreshes(first: Refreshing<'_>, own: Verified, second: Refreshing<'_>) -> String {
    format!("{} {} {}", first.userid(), own.0, second.userid())
}

#[test]
fn refreshing_is_checked_once_beside_verify_refresh_request() {
    let app = App::with(json!({ "allow_refresh": true }), |rocket, fairing| {
        rocket.attach(fairing.refresh_nonce_handler(nonce)).mount("/", routes![refreshes])
    });
    for request in 1..3 {
        let answer = app.post_with("/refreshes", &token(json!({ "nonce": "nonce" })));
        assert_eq!((answer.status, answer.body.as_str()), (200, "alice alice alice"));
        assert_eq!(ASKED.get(), request, "once each request");
    }
    assert_eq!(app.post_with("/refreshes", &token(json!({ "nonce": "other" }))).status, 403);
    assert_eq!(ASKED.get(), 3);
    assert_eq!(app.post_with("/refreshes", "nonsense").status, 403);
    assert_eq!(ASKED.get(), 3);
}
