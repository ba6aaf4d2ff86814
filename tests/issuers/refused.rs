//! The requirements for a listed issuer's token, and tokens that do not meet them.

use jwtauth_tests::{NOW, encode, forge};
use rocket::async_test;
use serde_json::{Value, json};

use crate::issuer_app::{App, claims, claims_with, provider};
use crate::provider::{DISCOVERY, JWKS};
use crate::signer::Signer;

#[async_test]
async fn identity_refuses_issuer_token_with_unacceptable_claim() {
    let (provider, signer, _) = provider();
    let app = App::trusting(&provider).await;
    for (name, value, description) in [
        ("aud", json!("another-api"), "The token is for another audience"),
        ("aud", Value::Null, "The token is for another audience"),
        ("exp", json!(NOW - 60), "The token has expired"),
        ("exp", Value::Null, "The claims of the token are not acceptable"),
        ("exp", json!("soon"), "The claims of the token are not acceptable"),
        ("nbf", json!(NOW + 60), "The token is not valid yet"),
        ("sub", Value::Null, "The claims of the token are not acceptable"),
        ("sub", json!(7), "The claims of the token are not acceptable"),
        ("sub", json!(""), "The claims of the token are not acceptable"),
    ] {
        let answer = app.get("/me", &signer.token("a", &claims_with(&provider, name, value.clone()))).await;
        assert_eq!(answer.status, 401, "{name} {value}");
        let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{description}\"");
        assert_eq!(answer.challenge, Some(challenge), "{name} {value}");
        assert_eq!(app.get("/maybe", &signer.token("a", &claims_with(&provider, name, value))).await.body, "unknown");
    }
    // The claims match one type, but not the other.
    let token = signer.token("a", &claims_with(&provider, "scope", Value::Null));
    assert_eq!((app.get("/me", &token).await.status, app.get("/scope", &token).await.status), (200, 401));
}

#[async_test]
async fn identity_refuses_issuer_token_with_unacceptable_header() {
    let (provider, signer, _) = provider();
    let claims = claims(&provider);
    let app = App::trusting(&provider).await;
    let strict = App::trusting_with(&provider, json!({ "typ": "at+jwt" })).await;
    let jwt = App::trusting_with(&provider, json!({ "typ": "jwt" })).await;
    let header = |name: &str, value: Value| {
        let mut header = json!({ "alg": "ES256", "kid": "a" });
        header[name] = value;
        header
    };
    for (header, statuses) in [
        (header("typ", json!("at+jwt")), [200, 200, 401]),
        (header("typ", json!("application/AT+JWT")), [200, 200, 401]),
        (header("typ", json!("JWT")), [200, 401, 200]),
        (header("x", json!({})), [200, 401, 200]),
        (header("typ", json!("logout+jwt")), [401, 401, 401]),
        (header("typ", json!("dpop+jwt")), [401, 401, 401]),
        (header("crit", json!(["x"])), [401, 401, 401]),
        (header("alg", json!("none")), [401, 401, 401]),
        (header("alg", json!("HS256")), [401, 401, 401]),
        (header("alg", json!("RS256")), [401, 401, 401]),
        (header("kid", json!(7)), [401, 401, 401]),
    ] {
        let token = signer.sign(&header, &claims);
        let answers = [app.status(&token).await, strict.status(&token).await, jwt.status(&token).await];
        assert_eq!(answers, statuses, "{header}");
    }
}

#[async_test]
async fn issuer_token_with_disallowed_algorithm_is_refused() {
    let (signer, other) = (Signer::new(), Signer::ed25519());
    let provider = crate::provider::Provider::new(&[signer.jwk("a"), other.jwk("b")]);
    let app = App::trusting_with(&provider, json!({ "algorithms": ["EdDSA", "RS256"] })).await;
    assert_eq!(app.status(&signer.token("a", &claims(&provider))).await, 401);
    // These tokens did not trigger a fetch.
    assert_eq!(provider.asked(JWKS), 0);
    assert_eq!(app.status(&other.token("b", &claims(&provider))).await, 200);
}

#[async_test]
async fn identity_refuses_issuer_token_signed_by_another_key() {
    let (provider, _, token) = provider();
    let app = App::trusting(&provider).await;
    assert_eq!(app.status(&Signer::new().token("a", &claims(&provider))).await, 401);
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    assert_eq!(app.status(&format!("{message}.")).await, 401);
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    assert_eq!(app.status(&format!("{message}.{other}{}", &signature[1..])).await, 401);
    assert_eq!(app.status(&token).await, 200);
}

#[async_test]
async fn fetcher_asks_nothing_for_unlisted_issuer() {
    let (provider, signer, _) = provider();
    let (stranger, signer_of_stranger, token_of_stranger) = crate::issuer_app::provider();
    let app = App::trusting(&provider).await;
    let with_issuer = |issuer: Value| signer.token("a", &claims_with(&provider, "iss", issuer));
    let mut tokens = vec![
        token_of_stranger,
        with_issuer(Value::Null),
        with_issuer(json!(provider.issuer.to_uppercase())),
        with_issuer(json!([provider.issuer])),
        with_issuer(json!({ "iss": provider.issuer })),
        String::from("a.b.c"),
        String::from("a"),
        forge(r#"{"alg":"HS256"}"#, "[]"),
    ];
    // Two `iss` claims, or one that is nested too deeply, in invalid JSON, or not a text.
    let iss = format!("\"iss\":\"{}\"", provider.issuer);
    for payload in [
        format!("{{{iss},{iss}}}"),
        format!("{{\"a\":{}{},{iss}}}", "[".repeat(100), "]".repeat(100)),
        format!("{{{iss}}}}}"),
        format!("{{{iss},}}"),
        format!("[{{{iss}}}]"),
    ] {
        tokens.push(forge(r#"{"alg":"HS256"}"#, payload));
    }
    tokens.push(format!("{}.{}=.AAAA", encode(r#"{"alg":"ES256"}"#), encode(claims(&provider).to_string())));
    tokens.push(signer_of_stranger.token(&"a".repeat(16 * 1024), &claims(&provider)));
    for token in tokens {
        assert_eq!(app.status(&token).await, 401, "{token}");
    }
    for provider in [&provider, &stranger] {
        assert_eq!((provider.asked(DISCOVERY), provider.asked(JWKS)), (0, 0));
    }
}
