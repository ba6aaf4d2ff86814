//! A fairing and the log get the reason for a refusal, while the client does not.

use std::collections::BTreeMap;

use jwtauth::__private::{Nonce, NonceFuture};
use jwtauth::{AuthError, ClaimsError, RefreshError, Refreshing, TokenError, Tokens, refresh_endpoint};
use jwtauth_tests::{NOW, SECRET, forge_with};
use rocket::fairing::AdHoc;
use rocket::http::{Header, Method};
use rocket::log::private::Level;
use rocket::{Request, get, post, routes};
use serde_json::{Value, json};

use crate::log::{Line, logged};
use crate::wire_app::{Answer, App, EXPIRED, REFUSED, claims, token};

/// User ids are numbers. The user 404 does not exist, and the claims of 500 can't be issued.
#[refresh_endpoint("/refresh")]
async fn refresh(userid: u32) -> Option<BTreeMap<String, u32>> {
    match userid {
        404 => None,
        500 => Some(BTreeMap::from([("exp".to_owned(), 1)])),
        level => Some(BTreeMap::from([("level".to_owned(), level)])),
    }
}

#[post("/bare")]
async fn bare(refreshing: Refreshing<'_>) -> Result<Tokens, RefreshError> {
    refreshing.renew(()).await
}

#[get("/elsewhere")]
fn elsewhere() -> &'static str {
    "elsewhere"
}

fn nonce() -> jwtauth::RefreshNonceHandler {
    fn handler<'r>(_: &'r Request<'_>, userid: &'r str) -> NonceFuture<'r> {
        Box::pin(async move {
            match userid {
                "410" => Nonce::NoSuchUser,
                "503" => Nonce::Unavailable("no database".into()),
                _ => Nonce::Is("the-nonce".into()),
            }
        })
    }
    jwtauth::__private::nonce_handler(handler)
}

fn app(settings: Value) -> App {
    App::with(settings, |rocket, fairing| {
        let account = AdHoc::on_response("account", |request, response| {
            Box::pin(async move {
                let error = RefreshError::of(request).map_or("none".to_owned(), |error| format!("{error:?}"));
                response.set_header(Header::new("X-Refresh-Error", error));
            })
        });
        rocket
            .attach(fairing.refresh_nonce_handler(nonce))
            .attach(account)
            .mount("/", routes![refresh, bare, elsewhere])
    })
}

fn on() -> Value {
    json!({ "allow_refresh": true, "max_lifetime": "30d" })
}

/// A token of the user 7 with these claims.
fn of_seven(mut other: Value) -> String {
    for (name, value) in [("sub", "7"), ("nonce", "the-nonce")] {
        if other.get(name).is_none() {
            other[name] = value.into();
        }
    }
    token(other)
}

/// Asserts that the fairing and the log, at the level `warn`, got this error, and that neither contains the token.
#[track_caller]
fn assert_told(error: &RefreshError, answer: &Answer, lines: &[Line], token: &str) {
    assert_eq!(answer.header("X-Refresh-Error"), Some(format!("{error:?}").as_str()));
    let told: Vec<_> = lines.iter().filter(|line| line.text.contains(" is refused with ")).collect();
    assert_eq!(told.len(), 1, "{lines:#?}");
    let (status, reason) = (answer.status, error.reason());
    let start = format!("jwtauth: POST /refresh (refresh) is refused with {status}: {reason}: {error}");
    assert!(told[0].level == Level::Warn && told[0].text.starts_with(&start), "{lines:#?}");
    for part in token.split('.').chain([token, "the-nonce", "a-wrong-nonce", SECRET]) {
        for line in lines.iter().filter(|_| !part.is_empty()) {
            assert!(!line.text.contains(part), "{part:?} is in the log: {}", line.text);
        }
    }
}

#[test]
fn refresh_error_is_given_to_fairing_and_log() {
    let app = app(on());
    let invalid = RefreshError::InvalidToken;
    let stranger = forge_with(r#"{"alg":"HS256"}"#, claims(json!({})).to_string(), b"another secret");
    for (token, error, text) in [
        (of_seven(json!({ "refresh_until": NOW - 1 })), RefreshError::Expired, EXPIRED),
        (of_seven(json!({ "auth_time": 1 })), RefreshError::Expired, EXPIRED),
        (of_seven(json!({ "refresh_until": null })), RefreshError::MissingClaim, REFUSED),
        (of_seven(json!({ "nonce": null })), RefreshError::MissingClaim, REFUSED),
        (of_seven(json!({ "auth_time": null, "iat": null })), RefreshError::MissingClaim, REFUSED),
        (of_seven(json!({ "nonce": "a-wrong-nonce" })), RefreshError::Nonce, REFUSED),
        (of_seven(json!({ "sub": "alice" })), RefreshError::UserId, REFUSED),
        (of_seven(json!({ "sub": "404" })), RefreshError::NoSuchUser, REFUSED),
        (of_seven(json!({ "sub": "410" })), RefreshError::NoSuchUser, REFUSED),
        ("of no form".to_owned(), invalid(TokenError::Malformed), REFUSED),
        (stranger, invalid(TokenError::Signature), REFUSED),
        (of_seven(json!({ "exp": "soon" })), invalid(TokenError::Claims), REFUSED),
        (of_seven(json!({ "nbf": NOW + 1 })), invalid(TokenError::NotYetValid), REFUSED),
        (of_seven(json!({ "aud": "them" })), invalid(TokenError::Audience), REFUSED),
    ] {
        let (answer, lines) = logged(|| app.post_with("/refresh", &token));
        answer.assert_not_refreshed(text);
        assert_told(&error, &answer, &lines, &token);
    }
}

#[test]
fn refresh_error_reports_missing_and_ambiguous_tokens() {
    let app = app(on());
    let (answer, lines) = logged(|| app.post("/refresh"));
    answer.assert_not_refreshed(REFUSED);
    assert_told(&RefreshError::MissingToken, &answer, &lines, "");
    let token = of_seven(json!({}));
    let bearer = format!("Bearer {token}");
    let twice = [("Authorization", bearer.as_str()), ("Authorization", &bearer)];
    let (answer, lines) = logged(|| app.send(Method::Post, "/refresh", &twice, ""));
    answer.assert_not_refreshed(REFUSED);
    assert_told(&RefreshError::AmbiguousToken, &answer, &lines, &token);
}

#[test]
fn refresh_error_reports_disabled_refreshing() {
    let app = app(json!({ "allow_refresh": false }));
    let token = of_seven(json!({}));
    let (answer, lines) = logged(|| app.post_with("/refresh", &token));
    answer.assert_not_refreshed(REFUSED);
    assert_told(&RefreshError::Disabled, &answer, &lines, &token);
}

#[test]
fn refresh_error_reports_faults_of_the_server() {
    let app = app(on());
    let token = of_seven(json!({ "sub": "503" }));
    let (answer, lines) = logged(|| app.post_with("/refresh", &token));
    answer.assert_unavailable();
    assert_told(&RefreshError::Unavailable, &answer, &lines, &token);

    let token = of_seven(json!({ "sub": "500" }));
    let (answer, lines) = logged(|| app.post_with("/refresh", &token));
    assert_eq!(answer.status, 500);
    let error = RefreshError::Issue(AuthError::Claims(ClaimsError::Reserved("exp".into())));
    assert_told(&error, &answer, &lines, &token);
}

#[test]
fn refresh_error_is_absent_without_a_refusal() {
    let app = app(on());
    let token = of_seven(json!({}));
    for (path, method) in [("/refresh", Method::Post), ("/elsewhere", Method::Get), ("/nowhere", Method::Get)] {
        let bearer = format!("Bearer {token}");
        let (answer, lines) = logged(|| app.send(method, path, &[("Authorization", &bearer)], ""));
        assert_eq!(answer.header("X-Refresh-Error"), Some("none"), "{path}");
        assert!(lines.iter().all(|line| !line.text.contains("is refused")), "{lines:#?}");
    }
    assert_eq!(app.post_with("/refresh", &token).claims()["level"], 7);
}

#[test]
fn refreshing_guard_answers_503_while_nonce_handler_is_away() {
    let app = app(on());
    app.post_with("/bare", &of_seven(json!({ "sub": "503" }))).assert_unavailable();
    assert_eq!(app.post_with("/bare", &of_seven(json!({}))).status, 200);
    let refused = app.post_with("/bare", &of_seven(json!({ "nonce": "a-wrong-nonce" })));
    assert_eq!((refused.status, refused.header("Retry-After")), (403, None));
}
