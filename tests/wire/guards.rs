//! The other guards that provide an identity.

use jwtauth::{Auth, AuthError, Identity, JwtAuth, Visitor};
use jwtauth_tests::NOW;
use rocket::http::{Method, Status};
use rocket::{get, routes};
use serde_json::json;

use crate::wire_app::{Answer, App, token};

#[get("/maybe")]
fn maybe(identity: Option<Identity>) -> String {
    identity.map_or("nobody".into(), |identity| identity.userid().to_owned())
}

#[get("/attempt")]
fn attempt(identity: Result<Identity, AuthError>) -> String {
    match identity {
        Ok(identity) => identity.userid().to_owned(),
        Err(error) => error.reason().to_owned(),
    }
}

#[get("/passed")]
fn passed(identity: Result<Identity, AuthError>) -> Result<String, AuthError> {
    Ok(identity?.userid().to_owned())
}

#[get("/status")]
fn status(identity: Result<Identity, AuthError>) -> Result<String, Status> {
    Ok(identity?.userid().to_owned())
}

#[get("/visitor")]
fn visitor(visitor: Visitor) -> String {
    assert_eq!(visitor.identity().is_some(), matches!(visitor, Visitor::Known(_)));
    match visitor {
        Visitor::Anonymous => "stranger".into(),
        Visitor::Known(identity) => identity.userid().to_owned(),
    }
}

#[get("/state")]
fn state(jwtauth: &JwtAuth) -> String {
    jwtauth.config().auth_header_prefix.clone()
}

#[get("/auth")]
fn auth(auth: Auth<'_>) -> String {
    format!("{auth:?}")
}

#[get("/times")]
fn times(identity: Identity) -> String {
    format!("{:?} {:?} {:?}", identity.issued_at(), identity.expires_at(), identity.auth_time())
}

fn app() -> App {
    App::new(json!({}), routes![maybe, attempt, passed, status, visitor, state, auth, times])
}

/// The responses without a token, with a valid one, with an invalid one, and with two.
fn ask(path: &str) -> [Answer; 4] {
    let app = app();
    let good = token(json!({}));
    let bearer = format!("Bearer {good}");
    [
        app.get(path),
        app.get_with(path, &good),
        app.get_with(path, &token(json!({ "exp": NOW }))),
        app.send(Method::Get, path, &[("Authorization", &bearer), ("Authorization", &bearer)], ""),
    ]
}

fn seen(answer: &Answer) -> (u16, &str) {
    (
        answer.status,
        if answer.status == 200 { &answer.body } else { answer.header("WWW-Authenticate").unwrap_or("none") },
    )
}

const EXPIRED: &str = r#"Bearer error="invalid_token", error_description="The token has expired""#;
const AMBIGUOUS: &str =
    r#"Bearer error="invalid_request", error_description="The request carries more than one token""#;

#[test]
fn optional_identity_is_none_without_a_good_token() {
    let answers = ask("/maybe");
    assert_eq!(answers.each_ref().map(seen), [(200, "nobody"), (200, "alice"), (200, "nobody"), (200, "nobody")]);
    for answer in &answers {
        assert_eq!(answer.header("WWW-Authenticate"), None);
    }
}

#[test]
fn identity_result_tells_the_route_the_error() {
    let answers = ask("/attempt");
    let expected = [(200, "missing_token"), (200, "alice"), (200, "expired"), (200, "ambiguous_token")];
    assert_eq!(answers.each_ref().map(seen), expected);
}

#[test]
fn auth_error_of_a_route_is_answered_as_that_of_the_guard() {
    for path in ["/passed", "/status"] {
        let answers = ask(path);
        let expected = [(401, "Bearer"), (200, "alice"), (401, EXPIRED), (400, AMBIGUOUS)];
        assert_eq!(answers.each_ref().map(seen), expected, "{path}");
    }
}

#[test]
fn visitor_is_anonymous_only_without_a_token() {
    let answers = ask("/visitor");
    let expected = [(200, "stranger"), (200, "alice"), (401, EXPIRED), (400, AMBIGUOUS)];
    assert_eq!(answers.each_ref().map(seen), expected);
}

#[test]
fn auth_and_jwtauth_are_available_with_any_token() {
    assert_eq!(ask("/state").each_ref().map(seen), [(200, "Bearer"); 4]);
    assert_eq!(ask("/auth").each_ref().map(seen), [(200, "Auth"); 4]);
}

#[test]
fn identity_knows_its_times() {
    let app = app();
    let answer = app.get_with("/times", &token(json!({ "iat": NOW - 5, "auth_time": NOW - 100 })));
    assert_eq!(answer.body, format!("Some({}) Some({}) Some({})", NOW - 5, NOW + 1800, NOW - 100));
    let app = App::new(json!({ "expiration_delta": "unlimited" }), routes![times]);
    let answer = app.get_with("/times", &token(json!({ "iat": null, "auth_time": null, "exp": null })));
    assert_eq!(answer.body, "None None None");
}

#[test]
fn identity_reads_user_id_as_string_from_userid_claim() {
    let app = App::new(json!({ "userid_claim": "uid" }), routes![maybe]);
    let with = |claims| app.get_with("/maybe", &token(claims)).body;
    assert_eq!(with(json!({ "uid": "bob" })), "bob");
    assert_eq!(with(json!({ "uid": "bob", "sub": 5 })), "bob", "`sub` is not read here");
    assert_eq!(with(json!({ "uid": "b\"o\\b ü \u{1F600}" })), "b\"o\\b ü \u{1F600}");
    for uid in [json!(5), json!(null), json!(true), json!(["bob"]), json!({})] {
        assert_eq!(with(json!({ "uid": uid })), "nobody");
    }
}
