//! Every rule that refuses a token: what the log says, what [`AuthError::facts`](jwtauth::AuthError::facts) says, and
//! the answer. The facts of a token with a valid signature contain its claims. Those of other tokens do not.

use jwtauth::TokenError;
use jwtauth_tests::{NOW, SECRET, forge, token};
use rocket::async_test;
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, App, claims, claims_with, provider};
use crate::process_log::lines_with;
use crate::signer::Signer;

/// Sends the token, and checks the error, the facts and the answer. Returns the facts.
async fn refuse(app: &App, token: &str, error: TokenError) -> Option<String> {
    let refusal = app.jwtauth().verify::<()>(token).await.expect_err("the token is refused");
    assert_eq!(refusal.token_error(), Some(error), "{refusal:?}");
    let answer = app.get("/me", token).await;
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{error}\"");
    assert_eq!((answer.status, answer.challenge), (401, Some(challenge)));
    refusal.facts().map(str::to_owned)
}

#[async_test]
async fn refusal_of_verified_token_has_the_facts_of_its_claims() {
    let (provider, signer, _) = provider();
    let app = App::trusting_with(&provider, json!({ "require": { "token_use": "access" } })).await;
    let slash = format!("{}/", provider.issuer);
    for (name, value, error, facts) in [
        ("aud", json!(["account"]), TokenError::Audience, "audience was [\"account\"], configured \"orders-api\""),
        ("aud", Value::Null, TokenError::Audience, "audience was absent, configured \"orders-api\""),
        ("aud", json!("a\u{202e}`b"), TokenError::Audience, "audience was \"a\\u{202e}`b\", configured \"orders-api\""),
        ("iss", json!(slash), TokenError::Issuer, "issuer differs by a trailing slash: the token has it with one"),
        ("exp", json!(NOW - 90), TokenError::Expired, "`exp` was 2025-06-15T15:05:10Z, 1m 30s ago"),
        ("nbf", json!(NOW + 90), TokenError::NotYetValid, "`nbf` was 2025-06-15T15:08:10Z, in 1m 30s"),
        ("iat", json!(NOW + 90), TokenError::NotYetValid, "`iat` was 2025-06-15T15:08:10Z, in 1m 30s"),
        ("exp", Value::Null, TokenError::Claims, "its claim `exp` is missing or empty"),
        ("exp", json!("soon"), TokenError::Claims, "its claim `exp` has a value that this claim can't have"),
        ("sub", json!(""), TokenError::Claims, "its claim `sub` is missing or empty"),
        ("token_use", json!("id"), TokenError::Claims, "`token_use` was \"id\", required \"access\""),
    ] {
        let mut claims = claims_with(&provider, "token_use", json!("access"));
        match value {
            Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
            value => claims[name] = value,
        }
        let line = format!("jwtauth: a token of the issuer {} is refused: {facts}", provider.issuer);
        let before = lines_with(&line).len();
        assert_eq!(refuse(&app, &signer.token("a", &claims), error).await.as_deref(), Some(facts));
        // Once for `verify`, and once for the request.
        assert_eq!(lines_with(&line).len(), before + 2, "{line}");
    }
}

#[async_test]
async fn refusal_of_own_token_has_facts_too() {
    let app = App::with(json!({ "master_secret": SECRET, "issuer": "us", "audience": ["a", "b"] })).await;
    let own = |name: &str, value: Value| {
        let mut claims = json!({ "iss": "us", "aud": "a", "sub": "alice", "iat": NOW, "exp": NOW + 60 });
        claims[name] = value;
        token(&claims)
    };
    for (name, value, error, facts) in [
        ("iss", json!("them"), TokenError::Issuer, "issuer was \"them\", configured \"us\""),
        ("iss", json!("us/"), TokenError::Issuer, "issuer differs by a trailing slash: the token has it with one"),
        ("aud", json!("c"), TokenError::Audience, "audience was \"c\", configured [\"a\", \"b\"]"),
        ("exp", json!(NOW), TokenError::Expired, "`exp` was 2025-06-15T15:06:40Z, which is now"),
    ] {
        assert_eq!(refuse(&app, &own(name, value), error).await.as_deref(), Some(facts));
    }
    let app = App::with(json!({ "master_secret": SECRET })).await;
    let facts = "audience was \"a\", none is configured";
    assert_eq!(refuse(&app, &own("iss", json!("us")), TokenError::Audience).await.as_deref(), Some(facts));
}

#[async_test]
async fn refusal_of_unverified_token_has_no_claim() {
    let (provider, signer, _) = provider();
    let issuers = json!([{ "issuer": provider.issuer, "audience": AUDIENCE }]);
    let alone = App::with(json!({ "issuers": issuers })).await;
    let both = App::with(json!({ "issuers": issuers, "master_secret": SECRET })).await;
    let canary = "canary-of-a-stranger";
    let mut theirs = claims(&provider);
    let mut own = json!({ "iss": canary, "iat": NOW, "exp": NOW + 60 });
    for name in ["aud", "sub", "scope", "token_use"] {
        theirs[name] = canary.into();
        own[name] = canary.into();
    }
    let signature = "no key that the issuer publishes made the signature";
    let stranger = Signer::new();
    for (token, error, facts) in [
        (stranger.token("a", &theirs), TokenError::Signature, signature),
        (stranger.token(canary, &theirs), TokenError::UnknownKey, "the issuer publishes no such key"),
        (stranger.sign(&json!({ "alg": "ES256" }), &theirs), TokenError::Signature, signature),
        (
            stranger.sign(&json!({ "alg": "HS256" }), &theirs),
            TokenError::Algorithm,
            "the setting `algorithms` has ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384, PS512, EdDSA",
        ),
    ] {
        for app in [&alone, &both] {
            assert_eq!(refuse(app, &token, error).await.as_deref(), Some(facts));
        }
        let line = format!("jwtauth: a token of the issuer {} is refused: {facts}", provider.issuer);
        assert!(!lines_with(&line).is_empty(), "{line}");
    }
    let token = stranger.token(canary, &own);
    let facts = "the application has no key of its own, and the token is of no trusted issuer";
    assert_eq!(refuse(&alone, &token, TokenError::Issuer).await.as_deref(), Some(facts));
    assert!(
        refuse(&both, &token, TokenError::UnknownKey).await.is_some_and(|facts| facts.starts_with("the keys are `"))
    );
    let changed = forge(r#"{"alg":"HS256"}"#, own.to_string());
    let changed = format!("{}A", &changed[..changed.len() - 2]);
    let error = both.jwtauth().verify::<()>(&changed).await.expect_err("another signature");
    assert!(!format!("{error:?}").contains(canary), "{error:?}");
    drop(signer);
    assert_eq!(lines_with(canary), Vec::<String>::new());
}
