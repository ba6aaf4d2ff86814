//! The rules for refreshing: for each rule, a token that it refuses. `App::explain` compares with the refresh endpoint.

use std::time::Duration;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use jwtauth::{Explanation, RefreshError, RuleVerdict};
use jwtauth_tests::{NOW, SECRET, encode, forge_with, token, with_secret};
use rocket::async_test;
use serde_json::{Value, json};

use crate::app::App;
use crate::rules::{claims, claims_with};

fn refused_by(explanation: &Explanation) -> &str {
    explanation.refresh_refused_by().map(|rule| rule.name()).unwrap_or("nothing")
}

/// The usual claims and `refresh_until`, with one changed.
fn refreshable(name: &str, value: Value) -> String {
    let mut claims = claims_with(name, value);
    if name != "refresh_until" {
        claims["refresh_until"] = json!(NOW + 3600);
    }
    token(&claims)
}

#[async_test]
async fn explain_names_the_rule_that_refuses_to_refresh() {
    let on = json!({ "allow_refresh": true });
    let with = |name: &str, value: Value| json!({ "allow_refresh": true, name: value });
    let other = forge_with(r#"{"alg":"HS256"}"#, claims().to_string(), b"another secret, which is not ours");
    for (rule, settings, token) in [
        ("nothing", &on, refreshable("sub", json!("alice"))),
        ("allow_refresh", &json!({ "allow_refresh": false }), refreshable("sub", json!("alice"))),
        ("own-token", &on, "x.y.z".to_owned()),
        ("own-token", &on, other),
        ("payload", &on, refreshable("exp", json!("x"))),
        ("iat", &on, refreshable("iat", json!(NOW + 600))),
        ("nbf", &on, refreshable("nbf", json!(NOW + 600))),
        ("nothing", &on, refreshable("exp", json!(NOW - 600))),
        ("exp", &with("verify_expiration_on_refresh", json!(true)), refreshable("exp", json!(NOW - 600))),
        ("exp", &on, refreshable("exp", Value::Null)),
        ("iss", &with("issuer", json!("us")), refreshable("iss", json!("them"))),
        ("aud", &on, refreshable("aud", json!("them"))),
        ("user-id", &on, refreshable("sub", Value::Null)),
        ("refresh_until", &on, refreshable("refresh_until", json!(NOW - 1))),
        ("refresh_until", &on, refreshable("refresh_until", Value::Null)),
        ("nothing", &with("refresh_delta", json!("unlimited")), refreshable("refresh_until", Value::Null)),
        ("max_lifetime", &with("max_lifetime", json!("1h")), refreshable("auth_time", json!(NOW - 3600))),
        (
            "login-time",
            &with("max_lifetime", json!("1h")),
            token(&json!({ "sub": "alice", "exp": NOW + 1, "refresh_until": NOW + 1 })),
        ),
    ] {
        let explanation = App::new(settings.clone()).await.explain(&token).await;
        assert_eq!(refused_by(&explanation), rule, "{explanation}");
    }
}

#[async_test]
async fn explain_leaves_the_nonce_to_the_application() {
    let verdict = |explanation: &Explanation| {
        let rule = explanation.refresh_rules().iter().find(|rule| rule.name() == "nonce").expect("a rule");
        rule.verdict()
    };
    let app = App::with(with_secret(json!({ "allow_refresh": true })), true).await;
    let explanation = app.explain(&refreshable("nonce", Value::Null)).await;
    assert_eq!(refused_by(&explanation), "nonce");
    let explanation = app.explain(&refreshable("nonce", json!("current"))).await;
    assert_eq!((refused_by(&explanation), verdict(&explanation)), ("nothing", RuleVerdict::NotChecked));
    let app = App::new(json!({ "allow_refresh": true })).await;
    let explanation = app.explain(&refreshable("nonce", json!("other"))).await;
    assert_eq!((refused_by(&explanation), verdict(&explanation)), ("nothing", RuleVerdict::NotChecked));
    let explanation = app.explain(&refreshable("nonce", Value::Null)).await;
    assert_eq!((refused_by(&explanation), verdict(&explanation)), ("nothing", RuleVerdict::Passed));
}

#[async_test]
async fn explain_names_the_rule_that_refuses_a_refresh_token() {
    let app = App::new(json!({ "allow_refresh": true, "sessions": {}, "max_lifetime": "10d" })).await;
    let tokens = app.login().await;
    let first = tokens.refresh_token().expect("a refresh token");
    let explanation = app.explain(first).await;
    assert_eq!(refused_by(&explanation), "nothing", "{explanation}");
    assert_eq!(explanation.refused_by().map(|rule| rule.name()), Some("parts"));
    assert_eq!(refused_by(&app.explain(tokens.access_token()).await), "refresh-token");
    assert_eq!(refused_by(&app.explain("x").await), "refresh-token");
    let last = if first.ends_with('A') { "B" } else { "A" };
    let forged = format!("{}{last}", &first[..first.len() - 1]);
    assert_eq!(refused_by(&app.explain(&forged).await), "refresh-token-signature");

    // Explaining does not use up the token: it can be refreshed afterwards, and is then explained as just used.
    let (access, second) = app.refresh(first).await;
    app.clock.advance(Duration::from_secs(30));
    assert_eq!(refused_by(&app.explain(first).await), "nothing");
    // Explaining an access token does not prove that the client has it: its successor can still be replaced.
    assert!(app.jwtauth().explain(&access).await.is_accepted());
    app.clock.advance(Duration::from_secs(1));
    let explanation = app.explain(first).await;
    assert_eq!(refused_by(&explanation), "nothing");
    let generation = explanation.refresh_rules().iter().find(|rule| rule.name() == "generation");
    let detail = generation.and_then(|rule| rule.detail());
    assert!(detail.is_some_and(|detail| detail.ends_with("is replaced")), "{explanation}");
    app.refresh(&second).await;
    let explanation = app.explain(first).await;
    assert_eq!(refused_by(&explanation), "generation", "{explanation}");
    assert_eq!(explanation.refresh_error(), Some(&RefreshError::Superseded));
    app.clock.advance(Duration::from_secs(31));
    let explanation = app.jwtauth().explain(first).await;
    assert_eq!(refused_by(&explanation), "generation", "{explanation}");
    assert_eq!(app.jwtauth().sessions("alice").await.expect("a list").len(), 1, "explaining ends no session");
    // The endpoint ends the session.
    assert_eq!(refused_by(&app.explain(first).await), "generation");
    assert_eq!(refused_by(&app.explain(first).await), "session");

    let tokens = app.login().await;
    app.clock.advance(Duration::from_secs(7 * 24 * 60 * 60));
    let explanation = app.explain(tokens.refresh_token().expect("a refresh token")).await;
    assert_eq!(refused_by(&explanation), "session-end", "{explanation}");
}

#[async_test]
async fn explain_names_the_key_that_never_refreshes() {
    let keys = json!({ "allow_refresh": true, "keys": [{ "master_secret": SECRET, "refresh": false }] });
    let app = App::with(keys, false).await;
    for token in [refreshable("sub", json!("alice")), refreshable("aud", json!("them"))] {
        let explanation = app.explain(&token).await;
        assert_eq!(refused_by(&explanation), "key-refreshes", "{explanation}");
    }
    assert_eq!(refused_by(&app.explain(&refreshable("exp", json!("x"))).await), "payload");
}

/// The refresh token of a session, derived from a secret.
fn refresh_token(secret: &str, id: jwtauth::SessionId) -> String {
    let hmac = |key: &[u8], message: &[u8]| sign(&Key::new(HMAC_SHA256, key), message).as_ref().to_vec();
    let key = hmac(&hmac(&[0; 32], secret.as_bytes()), b"jwtauth refresh token\x01");
    let mut token = vec![1];
    token.extend(id.as_bytes());
    token.extend([0; 8]);
    let mac = hmac(&key, &token);
    token.extend(mac);
    encode(token)
}

#[async_test]
async fn explain_names_the_key_that_is_not_the_session_s() {
    let other = "another secret of the tests, long enough for all HMACs, so that it is";
    let keys = json!({ "allow_refresh": true, "sessions": {}, "keys": [
        { "master_secret": SECRET },
        { "master_secret": other, "retire_at": "2025-06-01T00:00:00Z" },
    ] });
    let app = App::with(keys, false).await;
    let tokens = app.login().await;
    let id = app.jwtauth().sessions("alice").await.expect("a list")[0].id();
    assert_eq!(refresh_token(SECRET, id), tokens.refresh_token().expect("a refresh token"));
    let explanation = app.explain(&refresh_token(other, id)).await;
    assert_eq!(refused_by(&explanation), "session-key", "{explanation}");
    assert_eq!(refused_by(&app.explain(&refresh_token(SECRET, id)).await), "nothing");
}
