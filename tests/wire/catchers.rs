//! JSON bodies for refusals, and an application's own catchers.

use jwtauth::{AuthError, Identity, JwtAuthFairing, TokenError};
use jwtauth_tests::NOW;
use rocket::http::{Method, Status};
use rocket::{Build, Catcher, Request, Rocket, catch, catchers, get, post, routes};
use serde_json::json;

use crate::wire_app::{Answer, App, token};

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

#[get("/status/<code>")]
fn status(code: u16) -> Status {
    Status::new(code)
}

#[get("/swallowed/<code>")]
fn swallowed(code: u16, identity: Option<Identity>) -> Status {
    assert!(identity.is_none());
    Status::new(code)
}

#[post("/login")]
async fn login(auth: jwtauth::Auth<'_>) -> Result<jwtauth::Tokens, Status> {
    Ok(auth.remember("alice", ()).await?)
}

fn away() -> jwtauth::RefreshNonceHandler {
    fn handler<'r>(_: &'r Request<'_>, _: &'r str) -> jwtauth::__private::NonceFuture<'r> {
        Box::pin(async { jwtauth::__private::Nonce::Unavailable("no database".into()) })
    }
    jwtauth::__private::nonce_handler(handler)
}

fn app(catchers: Vec<Catcher>) -> App {
    App::with(json!({ "realm": "shop", "allow_refresh": true }), |rocket: Rocket<Build>, fairing: JwtAuthFairing| {
        rocket
            .attach(fairing.refresh_nonce_handler(away))
            .mount("/", routes![me, status, swallowed, login])
            .register("/", catchers)
    })
}

#[track_caller]
fn assert_body(answer: &Answer, status: u16, error: &str, description: &str) {
    assert_eq!(answer.status, status);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_eq!(answer.json(), json!({ "error": error, "error_description": description }));
}

#[test]
fn catchers_give_refusals_json_bodies_and_keep_headers() {
    let app = app(jwtauth::catchers());
    let answer = app.get("/me");
    assert_body(&answer, 401, "unauthorized", "The request carries no token");
    assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer realm="shop""#));

    let answer = app.get_with("/me", &token(json!({ "exp": NOW })));
    assert_body(&answer, 401, "invalid_token", "The token has expired");
    let challenge = r#"Bearer realm="shop", error="invalid_token", error_description="The token has expired""#;
    assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));

    let answer = app.send(Method::Get, "/me", &[("Authorization", "Bearer a"), ("Authorization", "Bearer b")], "");
    assert_body(&answer, 400, "invalid_request", "The request carries more than one token");

    let answer = app.post("/login");
    assert_body(&answer, 503, "temporarily_unavailable", "The service is temporarily unavailable");
    answer.assert_unavailable();
}

#[test]
fn catchers_do_not_mention_tokens_in_refusals_of_others() {
    let app = app(jwtauth::catchers());
    for (code, error, description) in [
        (400, "invalid_request", "The request is malformed"),
        (401, "unauthorized", "The request needs authentication"),
        (403, "forbidden", "The request is not allowed"),
        (503, "temporarily_unavailable", "The service is temporarily unavailable"),
    ] {
        let answer = app.get(&format!("/status/{code}"));
        assert_body(&answer, code, error, description);
        assert_eq!(answer.header("WWW-Authenticate"), None);
        assert_eq!(answer.header("Retry-After").is_some(), code == 503, "{code}");
    }
}

#[test]
fn catchers_ignore_swallowed_error_on_another_refusal() {
    let app = app(jwtauth::catchers());
    for (code, error, description) in [
        (400, "invalid_request", "The request is malformed"),
        (403, "forbidden", "The request is not allowed"),
        (503, "temporarily_unavailable", "The service is temporarily unavailable"),
    ] {
        let answer = app.get_with(&format!("/swallowed/{code}"), &token(json!({ "exp": NOW })));
        assert_body(&answer, code, error, description);
    }
}

#[test]
fn catchers_leave_other_statuses_alone() {
    let app = app(jwtauth::catchers());
    for code in [404, 418, 422, 500] {
        let answer = app.get(&format!("/status/{code}"));
        assert_eq!(answer.status, code);
        assert!(answer.header("Content-Type").is_some_and(|content| content.starts_with("text/html")), "{answer:?}");
    }
}

#[catch(default)]
fn own(status: Status, request: &Request<'_>) -> String {
    match AuthError::of(request) {
        Some(AuthError::InvalidToken { error: TokenError::Expired, .. }) => format!("{}: log in again", status.code),
        Some(error) => format!("{}: {error}", status.code),
        None => format!("{}: nothing of ours", status.code),
    }
}

#[test]
fn application_catcher_can_read_the_auth_error() {
    let app = app(catchers![own]);
    assert_eq!(app.get("/me").body, "401: The request carries no token");
    assert_eq!(app.get_with("/me", &token(json!({ "exp": NOW }))).body, "401: log in again");
    assert_eq!(app.get_with("/me", "nonsense").body, "401: The token is malformed");
    let two = app.send(Method::Get, "/me", &[("Authorization", "Bearer a"), ("Authorization", "Bearer b")], "");
    assert_eq!(two.body, "400: The request carries more than one token");
    assert_eq!(app.post("/login").body, "503: The service is temporarily unavailable");
    assert_eq!(app.get_with("/status/401", "nonsense").body, "401: nothing of ours");
    assert_eq!(app.get("/nowhere").body, "404: nothing of ours");
}
