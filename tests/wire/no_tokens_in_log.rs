//! No response, log line or `Debug` output contains a token, a signature or a secret.

use jwtauth::{Auth, AuthError, Claims, Identity, RefreshError, Refreshing, Tokens, Visitor};
use jwtauth_tests::{NOW, SECRET, forge_with};
use rocket::http::Method;
use rocket::{get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::log::logged;
use crate::wire_app::{Answer, App, claims, token};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    format!("{identity:?}")
}

#[get("/visitor")]
fn visitor(visitor: Visitor) -> String {
    format!("{visitor:?}")
}

#[get("/attempt")]
fn attempt(identity: Result<Identity<Profile>, AuthError>) -> String {
    format!("{identity:?}")
}

#[post("/login")]
async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    let tokens = auth.remember("alice", Profile { nickname: "private-nickname".into() }).await?;
    let shown = format!("{tokens:?} {auth:?}");
    assert!(!shown.contains(tokens.access_token()), "{shown}");
    Ok(tokens)
}

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    assert!(!format!("{refreshing:?}").contains('.') || format!("{refreshing:?}").contains(".. }"));
    refreshing?.renew(()).await
}

fn tokens() -> Vec<String> {
    let claims = claims(json!({ "nickname": "private-nickname", "nonce": "private-nonce" })).to_string();
    vec![
        token(json!({ "nickname": "private-nickname" })),
        token(json!({ "nickname": "private-nickname", "exp": NOW })),
        token(json!({ "nickname": ["private-nickname"] })),
        token(json!({ "nickname": "private-nickname", "refresh_until": 1 })),
        forge_with(r#"{"alg":"HS256","kid":"../../private-kid"}"#, &claims, b"another secret"),
        forge_with(r#"{"alg":"private-alg"}"#, &claims, b"another secret"),
        "private-nonsense".to_owned(),
        "private.non.sense".to_owned(),
    ]
}

#[test]
fn log_and_refusals_contain_no_part_of_a_token() {
    let app = App::new(json!({ "allow_refresh": true }), routes![me, visitor, attempt, login, refresh]);
    for token in tokens() {
        let parts: Vec<_> = token.split('.').chain([token.as_str(), "private-", SECRET]).collect();
        let (answers, lines) = logged(|| {
            let bearer = format!("Bearer {token}");
            [
                app.get_with("/me", &token),
                app.get_with("/visitor", &token),
                app.get_with("/attempt", &token),
                app.post_with("/refresh", &token),
                app.send(Method::Get, "/me", &[("Authorization", &bearer), ("Authorization", &bearer)], ""),
                app.get_with("/nowhere", &token),
            ]
        });
        assert!(!lines.is_empty());
        for part in parts {
            for line in &lines {
                assert!(!line.text.contains(part), "{part:?} is in the log: {}", line.text);
            }
            for answer in answers.iter().filter(|answer| json_token(answer).is_none()) {
                assert!(!format!("{answer:?}").contains(part), "{part:?} is in {answer:?}");
            }
        }
    }
}

#[test]
fn log_contains_no_token_of_a_login() {
    let app = App::new(json!({ "allow_refresh": true }), routes![login, refresh]);
    let ((first, second), lines) = logged(|| {
        let first = app.post("/login").token();
        let second = app.post_with("/refresh", &first).token();
        (first, second)
    });
    for part in first.split('.').chain(second.split('.')).chain(["private-nickname", SECRET]) {
        for line in &lines {
            assert!(!line.text.contains(part), "{part:?} is in the log: {}", line.text);
        }
    }
}

/// The token, if this response is meant to contain one.
fn json_token(answer: &Answer) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(&answer.body).ok()?;
    Some(json["access_token"].as_str()?.to_owned())
}
