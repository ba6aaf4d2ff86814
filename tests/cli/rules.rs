//! The rules for access: for each rule, a token that it refuses.

use std::time::Duration;

use jwtauth_tests::{NOW, SECRET, encode, forge, forge_with, token};
use rocket::async_test;
use serde_json::{Value, json};

use crate::app::App;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

pub(crate) fn claims() -> Value {
    json!({ "sub": "alice", "iat": NOW, "auth_time": NOW, "exp": NOW + 1800 })
}

/// The usual claims with one replaced or, if the value is null, removed.
pub(crate) fn claims_with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    match value {
        Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
        value => claims[name] = value,
    }
    claims
}

/// A token with a claim in JSON that `serde_json` would not write.
fn written(more: &str) -> String {
    forge(HEADER, format!("{{\"sub\":\"alice\",\"exp\":{},{more}}}", NOW + 1800))
}

async fn refused_by(settings: Value, token: &str) -> String {
    let explanation = App::new(settings).await.explain(token).await;
    explanation.refused_by().map(|rule| rule.name()).unwrap_or("nothing").to_owned()
}

fn signed_parts(header: &str, payload: &str) -> String {
    // `forge` would encode the parts again.
    use jsonwebtoken::{Algorithm, EncodingKey, crypto};
    let message = format!("{header}.{payload}");
    let key = EncodingKey::from_secret(SECRET.as_bytes()).expect("a key");
    let signature = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).expect("a signature");
    format!("{message}.{signature}")
}

#[async_test]
async fn explain_names_the_rule_of_the_form() {
    let good = token(&claims());
    let deep = format!("{{\"alg\":\"HS256\",\"a\":{}{}}}", "[".repeat(70), "]".repeat(70));
    let payload = claims().to_string();
    for (rule, token) in [
        ("nothing", good.clone()),
        ("size", format!("{good}{}", "A".repeat(16 * 1024))),
        ("parts", String::new()),
        ("parts", "abc".to_owned()),
        ("parts", good.rsplit_once('.').expect("parts").0.to_owned()),
        ("parts", format!("{good}.")),
        ("parts", format!("{good}.x.y")),
        ("header-encoding", format!("={good}")),
        ("header-encoding", good.replacen('.', "=.", 1)),
        ("header-json", forge("[]", &payload)),
        ("header-json", forge("", &payload)),
        ("header-json", forge(&deep, &payload)),
        ("header-json", forge(r#"{"alg":"HS256"}x"#, &payload)),
        ("header-extensions", forge(r#"{"alg":"HS256","crit":["foo"],"foo":1}"#, &payload)),
        ("header-extensions", forge(r#"{"alg":"HS256","b64":false}"#, &payload)),
        ("header-members", forge(r#"{"alg":256}"#, &payload)),
        ("header-members", forge(r#"{"alg":"HS256","kid":null}"#, &payload)),
        ("header-members", forge(r#"{"alg":"HS256","typ":["JWT"]}"#, &payload)),
        ("header-members", forge(r#"{"alg":"HS256","\u0061lg":"none"}"#, &payload)),
        ("typ", forge(r#"{"alg":"HS256","typ":"dpop+jwt"}"#, &payload)),
        ("alg", forge(r#"{"typ":"JWT"}"#, &payload)),
        ("alg", forge(r#"{"typ":"dpop+jwt","crit":["foo"]}"#, &payload)),
        ("header-extensions", forge(r#"{"alg":"HS256","typ":"dpop+jwt","crit":["foo"]}"#, &payload)),
        ("algorithm", forge(r#"{"alg":"none"}"#, &payload)),
        ("algorithm", forge(r#"{"alg":"RS256"}"#, &payload)),
        ("kid", forge(r#"{"alg":"HS256","kid":"other"}"#, &payload)),
        ("signature", forge_with(HEADER, &payload, b"another secret, which is not ours")),
        ("signature", good[..good.len() - 1].to_owned()),
        ("payload-encoding", signed_parts(&encode(HEADER), "e30=")),
        ("payload-text", forge(HEADER, [b'{', 0xff, b'}'])),
        ("payload-json", forge(HEADER, "[]")),
        ("payload-json", forge(HEADER, format!("{payload}{payload}"))),
        ("payload-json", forge(HEADER, format!("{{\"a\":{}{}}}", "[".repeat(70), "]".repeat(70)))),
    ] {
        assert_eq!(refused_by(json!({ "allow_refresh": true }), &token).await, rule, "{token}");
    }
}

#[async_test]
async fn explain_names_the_rule_of_a_claim_s_form() {
    for (rule, token) in [
        ("user-id-form", token(&claims_with("sub", json!(7)))),
        ("user-id-form", written(r#""s\u0075b":"bob""#)),
        ("exp-form", token(&claims_with("exp", json!("tomorrow")))),
        ("exp-form", written(r#""exp":1"#)),
        ("exp-form", written(r#""e\u0078p":1e999"#)),
        ("nbf-form", token(&claims_with("nbf", json!("now")))),
        ("nothing", token(&claims_with("nbf", json!(-1)))),
        ("iat-form", token(&claims_with("iat", json!("1")))),
        ("iat-form", written(r#""iat":1e999"#)),
        ("auth_time-form", token(&claims_with("auth_time", json!([1])))),
        ("refresh_until-form", token(&claims_with("refresh_until", json!({})))),
        ("login_time-form", token(&claims_with("login_time", json!("1")))),
        ("carried-form", written(r#""carried":1,"carried":1"#)),
        ("nothing", token(&claims_with("carried", json!({ "tenant": 7 })))),
        ("nonce-form", token(&claims_with("nonce", json!(7)))),
        ("iss-form", token(&claims_with("iss", json!(["us"])))),
        ("aud-form", token(&claims_with("aud", json!(["us", 7])))),
        ("aud-form", written(r#""aud":"us","aud":"us""#)),
        ("nothing", token(&claims_with("sid", json!(7)))),
    ] {
        assert_eq!(refused_by(json!({ "allow_refresh": true }), &token).await, rule, "{token}");
    }
}

#[async_test]
async fn explain_names_the_rule_of_a_claim() {
    let none = json!({ "allow_refresh": true });
    let strict = json!({ "issuer": "us", "audience": ["a", "b"], "leeway": 5, "max_lifetime": "1h" });
    let good = {
        let mut claims = claims();
        claims["iss"] = "us".into();
        claims["aud"] = "b".into();
        claims
    };
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        match value {
            Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
            value => claims[name] = value,
        }
        token(&claims)
    };
    for (rule, settings, token) in [
        ("nothing", &strict, token(&good)),
        ("iat", &none, token(&claims_with("iat", json!(NOW + 61)))),
        ("nothing", &none, token(&claims_with("iat", json!(NOW + 60)))),
        ("exp", &none, token(&claims_with("exp", json!(-5)))),
        ("nbf", &none, token(&claims_with("nbf", json!(NOW + 600)))),
        ("nbf", &none, token(&claims_with("nbf", json!(NOW as f64 + 0.5)))),
        ("exp", &none, token(&claims_with("exp", json!(NOW)))),
        ("exp", &none, token(&claims_with("exp", Value::Null))),
        ("aud", &none, token(&claims_with("aud", json!("somebody")))),
        ("user-id", &none, token(&claims_with("sub", Value::Null))),
        ("nothing", &none, token(&claims_with("iss", json!("anybody")))),
        ("iss", &strict, with("iss", json!("them"))),
        ("iss", &strict, with("iss", Value::Null)),
        ("aud", &strict, with("aud", json!(["c", "d"]))),
        ("aud", &strict, with("aud", Value::Null)),
        ("exp", &strict, with("exp", json!(NOW - 5))),
        ("nothing", &strict, with("exp", json!(NOW - 4))),
        ("max_lifetime", &strict, with("auth_time", json!(NOW - 3605))),
        ("max_lifetime", &strict, with("iat", json!(NOW - 3605))),
        ("nothing", &strict, with("auth_time", json!(NOW - 3604))),
        // With several faults, the first one counts.
        ("nbf", &strict, token(&json!({ "nbf": NOW + 600, "exp": 1, "iat": 1 }))),
        ("exp", &strict, token(&json!({ "exp": 1, "iat": 1, "aud": 7.to_string() }))),
        ("user-id", &strict, with("sub", Value::Null)),
    ] {
        assert_eq!(refused_by(settings.clone(), &token).await, rule, "{token}");
    }
}

#[async_test]
async fn explain_of_endless_tokens_names_the_rule() {
    let endless = json!({ "expiration_delta": "unlimited", "max_lifetime": "1h" });
    for (rule, token) in [
        ("nothing", token(&json!({ "sub": "alice", "iat": NOW - 10 }))),
        ("exp", token(&json!({ "sub": "alice" }))),
        ("max_lifetime", token(&json!({ "sub": "alice", "iat": NOW - 3600 }))),
        ("exp", token(&json!({ "sub": "alice", "iat": NOW - 3600, "exp": NOW - 1 }))),
    ] {
        assert_eq!(refused_by(endless.clone(), &token).await, rule, "{token}");
    }
}

#[async_test]
async fn explain_names_the_rule_of_a_key() {
    let other = "another secret of the tests, long enough for all HMACs, so that it is";
    let keys = json!({ "keys": [
        { "master_secret": SECRET, "kid": "new" },
        { "master_secret": other, "kid": "old", "algorithm": "HS384", "retire_at": "2025-06-01T00:00:00Z" },
    ] });
    let app = App::with(keys, false).await;
    for (rule, header) in [
        ("nothing", r#"{"alg":"HS256","kid":"new"}"#),
        ("nothing", r#"{"alg":"HS256"}"#),
        ("kid", r#"{"alg":"HS256","kid":"older"}"#),
        ("algorithm", r#"{"alg":"HS384","kid":"new"}"#),
        ("algorithm", r#"{"alg":"HS512"}"#),
        ("key-in-force", r#"{"alg":"HS384","kid":"old"}"#),
        ("key-in-force", r#"{"alg":"HS384"}"#),
    ] {
        let explanation = app.explain(&forge(header, claims().to_string())).await;
        assert_eq!(explanation.refused_by().map(|rule| rule.name()).unwrap_or("nothing"), rule, "{header}");
        let signature = explanation.rules().iter().find(|rule| rule.name() == "signature").expect("a rule");
        if rule == "nothing" {
            assert_eq!(signature.setting(), Some("HS256 `new`"));
        }
    }
}

#[async_test]
async fn explain_names_the_rule_of_a_session() {
    let settings = json!({ "allow_refresh": true, "sessions": {} });
    let app = App::new(settings).await;
    let tokens = app.login().await;
    let explained = app.explain(tokens.access_token()).await;
    assert!(explained.is_accepted());
    let sid = explained.rules().iter().find(|rule| rule.name() == "sid").and_then(|rule| rule.detail());
    assert!(sid.is_some_and(|detail| detail.starts_with("it is `")), "{explained}");
    for (rule, token) in [
        ("sid-form", token(&claims_with("sid", json!("x")))),
        ("gen-form", token(&claims_with("gen", json!("1")))),
        ("sid", token(&claims())),
        ("parts", tokens.refresh_token().expect("a refresh token").to_owned()),
    ] {
        let explained = app.explain(&token).await;
        assert_eq!(explained.refused_by().map(|rule| rule.name()), Some(rule), "{explained}");
    }
    app.jwtauth().end_all_sessions("alice", None).await.expect("an end");
    let explained = app.explain(tokens.access_token()).await;
    assert_eq!(explained.refused_by().map(|rule| rule.name()), Some("session"), "{explained}");
}

#[async_test]
async fn explain_of_a_remembered_token_follows_the_clock() {
    let app = App::new(json!({ "allow_refresh": false })).await;
    let tokens = app.login().await;
    assert!(app.explain(tokens.access_token()).await.is_accepted());
    app.clock.advance(Duration::from_secs(1800));
    let explained = app.explain(tokens.access_token()).await;
    let rule = explained.refused_by().expect("a rule");
    assert_eq!((rule.name(), rule.setting()), ("exp", Some("`expiration_delta`, `leeway`")));
    assert!(rule.detail().is_some_and(|detail| detail.ends_with("which is now")), "{rule}");
}
