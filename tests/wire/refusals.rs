//! The single log line of a refused request, and the setting that leaves refused refreshes to catchers.

use jwtauth::{AuthError, Identity, RefreshError, Visitor, refresh_endpoint};
use jwtauth_tests::{NOW, SECRET, forge, forge_with};
use rocket::log::private::Level;
use rocket::{Request, catch, catchers, get, routes};
use serde_json::{Value, json};

use crate::log::logged;
use crate::wire_app::{App, EXPIRED, REFUSED, claims, token};

#[get("/me/<_>?<_page>")]
fn me(_identity: Identity, _page: Option<&str>) {}

#[get("/both")]
fn both(_visitor: Option<Visitor>, _maybe: Option<Identity>, _identity: Result<Identity, AuthError>) {}

#[refresh_endpoint("/refresh")]
fn refresh(userid: &str) -> Option<()> {
    (userid == "alice").then_some(())
}

#[catch(403)]
fn forbidden(request: &Request<'_>) -> String {
    format!("{:?}", RefreshError::of(request).map(RefreshError::reason))
}

fn app(more: Value) -> App {
    let mut settings = json!({ "allow_refresh": true, "kid": "2026" });
    for (name, value) in more.as_object().expect("an object") {
        settings[name] = value.clone();
    }
    App::with(settings, |rocket, fairing| {
        rocket.attach(fairing).mount("/", routes![me, both, refresh]).register("/", catchers![forbidden])
    })
}

/// The single log line of a request, at the level `warn`.
#[track_caller]
fn line(run: impl FnOnce()) -> String {
    let ((), lines) = logged(run);
    let told: Vec<_> = lines.iter().filter(|line| line.text.contains(" is refused with ")).collect();
    let [told] = &told[..] else { panic!("one line: {lines:#?}") };
    assert_eq!(told.level, Level::Warn);
    told.text.clone()
}

#[test]
fn refused_request_is_logged_in_one_line() {
    let app = app(json!({}));
    let me = |token: &str| line(|| assert_eq!(app.get_with("/me/private?page=private", token).status, 401));
    let named = |claims: Value| forge(r#"{"alg":"HS256","kid":"2026"}"#, claims.to_string());
    const START: &str = "jwtauth: GET /me/<_>?<_page> (me) is refused with 401: ";
    let expired = claims(json!({ "exp": NOW }));
    assert_eq!(me(&named(expired.clone())), format!("{START}expired: The token has expired; key `2026`; user `alice`"));
    assert_eq!(me(&token(json!({ "exp": NOW }))), format!("{START}expired: The token has expired; user `alice`"));
    let forged = forge_with(r#"{"alg":"HS256","kid":"2026"}"#, expired.to_string(), b"another secret of the tests");
    assert_eq!(me(&forged), format!("{START}invalid_signature: The signature of the token is not valid; key `2026`"));
    let unknown = forge(r#"{"alg":"HS256","kid":"private"}"#, expired.to_string());
    assert_eq!(me(&unknown), format!("{START}unknown_key: The token is signed with an unknown key"));
    assert_eq!(me("private"), format!("{START}malformed: The token is malformed"));
    let evil = token(json!({ "exp": NOW, "sub": "a\nb" }));
    assert!(me(&evil).ends_with("; user `a\\nb`"));
    let none = line(|| assert_eq!(app.get("/me/7").status, 401));
    assert_eq!(none, format!("{START}missing_token: The request carries no token"));
}

#[test]
fn answered_request_is_not_logged_as_refused() {
    let app = app(json!({}));
    for token in [token(json!({})), token(json!({ "exp": NOW }))] {
        let (answer, lines) = logged(|| app.get_with("/both", &token));
        assert_eq!(answer.status, 200);
        assert!(lines.iter().all(|line| !line.text.contains(" is refused with ")), "{lines:#?}");
    }
}

#[test]
fn refused_refresh_is_logged_in_one_line() {
    let app = app(json!({}));
    const START: &str = "jwtauth: POST /refresh (refresh) is refused with 403: ";
    for (claims, end) in [
        (json!({ "refresh_until": NOW - 1 }), "login_expired: the login has expired; user `alice`"),
        (json!({ "sub": "bob" }), "no_such_user: there is no such user; user `bob`"),
        (json!({ "exp": "x" }), "invalid_claims: The claims of the token are not acceptable"),
    ] {
        let token = token(claims);
        let said = line(|| assert_eq!(app.post_with("/refresh", &token).status, 403));
        assert_eq!(said, format!("{START}{end}"));
        assert!(!said.contains(SECRET) && token.split('.').all(|part| !said.contains(part)));
    }
}

#[test]
fn token_of_the_other_kind_is_named_in_the_log() {
    let app = app(json!({ "sessions": {} }));
    let tokens = rocket::tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(async { app.jwtauth().issue("alice", ()).await })
        .expect("tokens");
    let said = line(|| app.post_with("/refresh", tokens.access_token()).assert_not_refreshed(REFUSED));
    assert!(
        said.ends_with("; the request has an access token, and the refresh token of the session is expected"),
        "{said}"
    );
    let refresh_token = tokens.refresh_token().expect("a refresh token");
    let said = line(|| assert_eq!(app.get_with("/me/7", refresh_token).status, 401));
    assert!(said.ends_with("; the request has a refresh token, and an access token is expected"), "{said}");
    app.post_with("/refresh", refresh_token).token();
    let malformed = line(|| app.post_with("/refresh", "x").assert_not_refreshed(REFUSED));
    assert!(malformed.ends_with("malformed: The token is malformed"), "{malformed}");
}

#[test]
fn refresh_catchers_answer_a_refused_refresh() {
    let expired = token(json!({ "refresh_until": NOW - 1 }));
    app(json!({})).post_with("/refresh", &expired).assert_not_refreshed(EXPIRED);
    let app = app(json!({ "refresh_catchers": true }));
    for (answer, reason) in [
        (app.post_with("/refresh", &expired), "login_expired"),
        (app.post_with("/refresh", &token(json!({ "sub": "bob" }))), "no_such_user"),
        (app.post("/refresh"), "missing_token"),
    ] {
        assert_eq!((answer.status, answer.body.as_str()), (403, format!("Some({reason:?})").as_str()));
    }
    app.post_with("/refresh", &token(json!({}))).token();
}
