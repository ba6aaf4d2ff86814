//! Logging in and out.

use std::fmt;

use jwtauth::{Auth, AuthError, Claims, Identity, JwtAuth, LoggedOut, Tokens};
use jwtauth_tests::NOW;
use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::wire_app::App;

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

#[post("/login")]
async fn login(auth: Auth<'_>) -> Result<Tokens, Status> {
    Ok(auth.remember("alice", Profile { nickname: "Al".into() }).await?)
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut, AuthError> {
    auth.forget().await
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    format!("{} {}", identity.userid(), identity.nickname)
}

struct UserId {
    realm: &'static str,
    number: u32,
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.realm, self.number)
    }
}

#[post("/login/<kind>")]
async fn login_as(kind: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    match kind {
        "str" => auth.remember("alice", ()).await,
        "string" => auth.remember(String::from("alice \"ü\" \\ \u{1F600}\n"), ()).await,
        "reference" => auth.remember(&*String::from("alice"), ()).await,
        "number" => auth.remember(-42_i64, ()).await,
        "large" => auth.remember(u128::MAX, ()).await,
        _ => auth.remember(UserId { realm: "shop", number: 7 }, ()).await,
    }
}

#[post("/embedded")]
async fn embedded(auth: Auth<'_>) -> Result<Json<serde_json::Value>, AuthError> {
    let tokens = auth.remember("alice", ()).await?;
    Ok(Json(json!({ "tokens": tokens, "type": tokens.token_type(), "in": tokens.expires_in() })))
}

#[post("/enroll/<id>")]
async fn enroll(id: u32, jwtauth: &JwtAuth) -> Result<Tokens, AuthError> {
    jwtauth.issue(id, ()).await
}

fn app(settings: serde_json::Value) -> App {
    App::new(settings, routes![login, logout, me, login_as, embedded, enroll])
}

#[test]
fn login_answers_with_token_response_of_rfc_6749() {
    let answer = app(json!({})).post("/login");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let token = answer.token();
    assert_eq!(answer.header("Authorization"), Some(format!("Bearer {token}").as_str()));
    assert_eq!(answer.json(), json!({ "access_token": token, "token_type": "Bearer", "expires_in": 1800 }));
}

#[test]
fn login_token_contains_only_necessary_claims() {
    let claims = app(json!({})).post("/login").claims();
    assert_eq!(claims, json!({ "sub": "alice", "exp": NOW + 1800, "iat": NOW, "auth_time": NOW, "nickname": "Al" }));
}

#[test]
fn login_token_contains_claims_of_the_settings() {
    let settings = json!({
        "issuer": "shop", "audience": ["shop", "stock"], "userid_claim": "uid", "expiration_delta": "1h",
        "allow_refresh": true, "refresh_delta": "2h", "auth_header_prefix": "JWT", "leeway": 30,
    });
    let answer = app(settings).post("/login");
    assert_eq!(answer.json()["token_type"], "JWT");
    assert_eq!(answer.json()["expires_in"], 3600);
    assert_eq!(answer.header("Authorization"), Some(format!("JWT {}", answer.token()).as_str()));
    let expected = json!({
        "uid": "alice", "exp": NOW + 3600, "iat": NOW, "auth_time": NOW, "iss": "shop", "aud": ["shop", "stock"],
        "refresh_until": NOW + 7200, "nickname": "Al",
    });
    assert_eq!(answer.claims(), expected);
}

#[test]
fn login_token_contains_single_audience_as_text() {
    assert_eq!(app(json!({ "audience": ["shop"] })).post("/login").claims()["aud"], "shop");
}

#[test]
fn token_without_expiry_contains_no_exp() {
    let answer = app(json!({ "expiration_delta": "unlimited" })).post("/login");
    assert_eq!(answer.json().get("expires_in"), None);
    assert_eq!(answer.claims().get("exp"), None);
    let app = app(json!({ "expiration_delta": "unlimited" }));
    let token = app.post("/login").token();
    app.clock.set(NOW * 2);
    assert_eq!(app.get_with("/me", &token).status, 200);
}

#[test]
fn identity_accepts_issued_tokens() {
    for settings in [
        json!({}),
        json!({ "issuer": "shop", "audience": "shop", "userid_claim": "uid", "kid": "k", "allow_refresh": true }),
        json!({ "algorithm": "HS384" }),
        json!({ "algorithm": "HS512" }),
    ] {
        let app = app(settings);
        let answer = app.get_with("/me", &app.post("/login").token());
        assert_eq!((answer.status, answer.body.as_str()), (200, "alice Al"));
    }
}

#[test]
fn login_writes_any_displayable_user_id_as_string() {
    let app = app(json!({}));
    for (kind, userid) in [
        ("str", "alice"),
        ("string", "alice \"ü\" \\ \u{1F600}\n"),
        ("reference", "alice"),
        ("number", "-42"),
        ("large", "340282366920938463463374607431768211455"),
        ("own", "shop/7"),
    ] {
        assert_eq!(app.post(&format!("/login/{kind}")).claims()["sub"], userid);
    }
}

#[test]
fn tokens_can_be_embedded_in_another_answer() {
    let answer = app(json!({})).post("/embedded");
    let json = answer.json();
    assert_eq!(json["tokens"]["token_type"], "Bearer");
    assert_eq!(json["tokens"]["expires_in"], 1800);
    assert!(json["tokens"]["access_token"].as_str().is_some_and(|token| token.split('.').count() == 3));
    assert_eq!((&json["type"], &json["in"]), (&json!("Bearer"), &json!(1800)));
}

#[test]
fn jwtauth_issues_token_for_another_user() {
    let app = app(json!({}));
    let answer = app.post("/enroll/7");
    assert_eq!(answer.claims()["sub"], "7");
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
}

#[test]
fn login_ignores_token_of_the_request() {
    let app = app(json!({}));
    assert_eq!(app.post_with("/login", "nonsense").status, 200);
    assert_eq!(app.post_with("/login", &app.post("/login").token()).status, 200);
}

#[test]
fn logout_answers_204_without_content() {
    let app = app(json!({}));
    for answer in [app.post("/logout"), app.post_with("/logout", "nonsense")] {
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        assert_eq!(answer.header("Cache-Control"), Some("no-store"));
        assert_eq!(answer.header("Authorization"), None);
    }
}
