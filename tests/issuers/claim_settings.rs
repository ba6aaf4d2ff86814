//! The settings for the claims of an issuer's tokens.

use jwtauth::{Claims, Identity, TokenError};
use rocket::async_test;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::issuer_app::{AUDIENCE, App, claims, claims_with, provider};

/// The error and the facts for a token.
async fn refusal(app: &App, token: &str) -> (Option<TokenError>, String) {
    let error = app.jwtauth().verify::<()>(token).await.expect_err("the token is refused");
    (error.token_error(), error.facts().unwrap_or_default().to_owned())
}

#[async_test]
async fn audience_claim_holds_the_audience() {
    let (provider, signer, _) = provider();
    let app = App::trusting_with(&provider, json!({ "audience_claim": "client_id" })).await;
    let token = |name: &str, value: Value| signer.token("a", &claims_with(&provider, name, value));
    assert_eq!(app.status(&token("client_id", json!(AUDIENCE))).await, 200);
    assert_eq!(app.status(&token("client_id", json!(["other", AUDIENCE]))).await, 200);
    // `aud` is not judged any more.
    for value in [json!("other"), json!(7), Value::Null] {
        let mut all = claims_with(&provider, "aud", value);
        all["client_id"] = AUDIENCE.into();
        assert_eq!(app.status(&signer.token("a", &all)).await, 200);
    }
    let audience = Some(TokenError::Audience);
    let facts = "audience in `client_id` was absent, configured \"orders-api\"";
    assert_eq!(refusal(&app, &token("aud", json!(AUDIENCE))).await, (audience, facts.into()));
    let facts = "audience in `client_id` was \"other\", configured \"orders-api\"";
    assert_eq!(refusal(&app, &token("client_id", json!("other"))).await, (audience, facts.into()));
    let (error, facts) = refusal(&app, &token("client_id", json!(7))).await;
    assert_eq!(error, Some(TokenError::Claims));
    assert_eq!(facts, "its claim `client_id` has a value that this claim can't have");
}

#[async_test]
async fn required_values_are_compared_exactly() {
    let (provider, signer, _) = provider();
    let require = json!({ "token_use": "access", "act.level": 2, "groups": "staff", "email_verified": true,
        "a.b": { "c": { "d": "x" }, "e": 1 } });
    let app = App::trusting_with(&provider, json!({ "require": require })).await;
    let mut good = claims(&provider);
    good["token_use"] = "access".into();
    good["act"] = json!({ "level": 2 });
    good["groups"] = json!(["other", "staff"]);
    good["email_verified"] = true.into();
    good["a.b"] = json!({ "c": { "d": ["x", "y"] }, "e": 1 });
    assert_eq!(app.status(&signer.token("a", &good)).await, 200);
    for (name, value, fact) in [
        ("token_use", json!("id"), "`token_use` was \"id\", required \"access\""),
        ("token_use", json!(["id"]), "`token_use` was [\"id\"], required \"access\""),
        ("token_use", Value::Null, "`token_use` was null, required \"access\""),
        ("act", json!({ "level": "2" }), "`act.level` was \"2\", required 2"),
        ("act", json!({}), "`act.level` was absent, required 2"),
        ("groups", json!("staff other"), "`groups` was \"staff other\", required \"staff\""),
        ("email_verified", json!("true"), "`email_verified` was \"true\", required true"),
        ("a.b", json!({ "c": { "d": "z" }, "e": 1 }), "`a.b.c.d` was \"z\", required \"x\""),
        ("a.b", json!({ "c": { "d": "x" } }), "`a.b.e` was absent, required 1"),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        let token = signer.token("a", &claims);
        assert_eq!(refusal(&app, &token).await, (Some(TokenError::Claims), fact.into()));
        // The client learns nothing of it.
        let challenge = app.get("/me", &token).await.challenge;
        let expected =
            "Bearer error=\"invalid_token\", error_description=\"The claims of the token are not acceptable\"";
        assert_eq!(challenge.as_deref(), Some(expected));
    }
}

#[async_test]
async fn userid_claim_may_be_a_path() {
    let (provider, signer, _) = provider();
    let mut claims = claims(&provider);
    claims["user"] = json!({ "id": "u-7", "https://example.com/id": "u-8" });
    claims["https://example.com/id"] = "u-9".into();
    let token = signer.token("a", &claims);
    for (path, userid) in [
        (json!("user.id"), "u-7"),
        (json!(["user", "https://example.com/id"]), "u-8"),
        (json!("https://example.com/id"), "u-9"),
        (json!("sub"), "alice"),
    ] {
        let app = App::trusting_with(&provider, json!({ "userid_claim": path })).await;
        assert_eq!(app.get("/me", &token).await.body, format!("{userid} of {}", provider.issuer), "{path}");
    }
    for path in ["user.name", "scope.id"] {
        let app = App::trusting_with(&provider, json!({ "userid_claim": path })).await;
        let facts = format!("its claim `{path}` is missing or empty");
        assert_eq!(refusal(&app, &token).await, (Some(TokenError::Claims), facts));
    }
    let app = App::trusting_with(&provider, json!({ "userid_claim": "user" })).await;
    assert_eq!(refusal(&app, &token).await.1, "its claim `user` has a value that this claim can't have");
}

#[derive(Debug, Serialize, Deserialize, Claims)]
struct Mail {
    email: String,
}

#[async_test]
async fn claims_type_reads_all_claims_of_an_issuer() {
    let (provider, signer, _) = provider();
    let app = App::trusting_with(&provider, json!({ "userid_claim": "email" })).await;
    let mut claims = claims(&provider);
    for (name, value) in [
        ("email", json!("alice@example.com")),
        ("nonce", json!([1])),
        ("gen", json!("x")),
        ("carried", json!({})),
        ("refresh_until", json!("never")),
        ("login_time", json!(-1.5)),
        ("auth_time", json!("2026-01-01T00:00:00Z")),
        ("sid", json!("s-1")),
        ("jti", json!("j-1")),
    ] {
        claims[name] = value;
    }
    let token = signer.token("a", &claims);
    let mail: Identity<Mail> = app.jwtauth().verify(&token).await.expect("an identity");
    assert_eq!((mail.userid(), &*mail.email), ("alice@example.com", "alice@example.com"));
    let all: Identity<Map<String, Value>> = app.jwtauth().verify(&token).await.expect("an identity");
    assert_eq!(Value::Object(all.claims().clone()), claims);
    assert_eq!(all.auth_time(), None);
    let accessors = [mail.sub(), mail.sid(), mail.jti()];
    assert_eq!(accessors, [Some("alice".into()), Some("s-1".into()), Some("j-1".into())]);
    // Not texts, and absent.
    claims["sid"] = 7.into();
    claims["jti"] = Value::Null;
    let identity: Identity = app.jwtauth().verify(&signer.token("a", &claims)).await.expect("an identity");
    assert_eq!([identity.sid(), identity.jti()], [None, None]);
}

#[async_test]
async fn claims_of_an_issuer_occur_once() {
    let (provider, signer, _) = provider();
    let app = App::trusting(&provider).await;
    let payload = claims(&provider).to_string();
    let twice = format!("{},\"other\":1,\"\\u006fther\":2}}", &payload[..payload.len() - 1]);
    let token = signer.sign_text(&json!({ "alg": "ES256", "kid": "a" }), &twice);
    assert_eq!(refusal(&app, &token).await, (Some(TokenError::Claims), "its claim `other` occurs twice".into()));
}
