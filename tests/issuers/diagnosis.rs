//! The errors for invalid tokens are the same with own keys and with issuers only.

use jwtauth::{RefreshError, TokenError};
use jwtauth_tests::{SECRET, encode, forge};
use rocket::async_test;
use rocket::http::Method;
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, App, claims, claims_with, provider};
use crate::process_log::lines_with;
use crate::provider::{JWKS, Provider};

/// Applications with issuers only, with own keys, and with sessions.
async fn apps(provider: &Provider) -> [App; 3] {
    let issuers = json!([{ "issuer": provider.issuer, "audience": AUDIENCE }]);
    [
        App::with(json!({ "issuers": issuers })).await,
        App::with(json!({ "issuers": issuers, "master_secret": SECRET })).await,
        App::with(json!({ "issuers": issuers, "master_secret": SECRET, "sessions": {}, "refresh_delta": "1d" })).await,
    ]
}

#[async_test]
async fn malformed_token_gets_same_error_from_every_entry_point() {
    let (provider, signer, _) = provider();
    let jwe = json!({ "alg": "RSA-OAEP-256", "enc": "A256GCM" }).to_string();
    let good = claims(&provider);
    let with = |name: &str, value: Value| {
        let mut header = json!({ "alg": "ES256", "kid": "a" });
        header[name] = value;
        signer.sign(&header, &good)
    };
    for (token, error) in [
        ("abc".to_owned(), TokenError::Malformed),
        ("a.b.c".to_owned(), TokenError::Malformed),
        // Opaque tokens.
        ("2YotnFZFEjr1zCsicMWpAA".to_owned(), TokenError::Malformed),
        ("ya29.a0AfH6SMBx-x".to_owned(), TokenError::Malformed),
        (format!("{}.e30.AAAA", encode("{}")), TokenError::Malformed),
        (
            format!("{}.{}.{}.{}.{}", encode(&jwe), encode("key"), encode("iv"), encode("text"), encode("tag")),
            TokenError::Encrypted,
        ),
        (format!("{}..{}.{}.{}", encode(&jwe), encode("iv"), encode("text"), encode("tag")), TokenError::Encrypted),
        ("a".repeat(17 * 1024), TokenError::TooLong),
        (signer.token("a", &claims_with(&provider, "x", json!("x".repeat(17 * 1024)))), TokenError::TooLong),
    ] {
        for (place, app) in apps(&provider).await.iter().enumerate() {
            let case = format!("{error:?} {place} {token:.60}");
            let answer = app.get("/me", &token).await;
            let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{error}\"");
            assert_eq!((answer.status, answer.challenge), (401, Some(challenge)), "{case}");
            let verified = app.jwtauth().verify::<()>(&token).await;
            assert_eq!(verified.expect_err("no token").token_error(), Some(error), "{case}");
            let answer = app.send(Method::Post, "/refresh", &token).await;
            let why = format!("{:?}", RefreshError::InvalidToken(error));
            assert_eq!((answer.status, answer.not_refreshed), (403, Some(why)), "{case}");
            assert_eq!(answer.body, r#"{"validationError": "Could not refresh your token"}"#);
        }
    }
    // A wrong header, in a token of the issuer and in other tokens. With sessions, none of these is a refresh token.
    let apps = apps(&provider).await;
    for (name, value, error) in [
        ("typ", json!("dpop+jwt"), TokenError::Type),
        ("typ", json!("logout+jwt"), TokenError::Type),
        ("typ", json!(7), TokenError::Malformed),
        ("crit", json!(["exp"]), TokenError::Extension),
        ("b64", json!(false), TokenError::Extension),
    ] {
        let mut header = json!({ "alg": "HS256" });
        header[name] = value.clone();
        for token in
            [with(name, value.clone()), forge(&header.to_string(), good.to_string()), forge(&header.to_string(), "{}")]
        {
            for app in &apps {
                let verified = app.jwtauth().verify::<()>(&token).await;
                assert_eq!(verified.expect_err("no token").token_error(), Some(error), "{header}");
            }
            for app in &apps[..2] {
                let answer = app.send(Method::Post, "/refresh", &token).await;
                assert_eq!(answer.not_refreshed, Some(format!("{:?}", RefreshError::InvalidToken(error))), "{header}");
            }
        }
    }
    assert_eq!(provider.asked(JWKS), 0);
}

#[async_test]
async fn token_of_unlisted_issuer_is_refused_as_other_issuer() {
    let (provider, _, _) = provider();
    let (_, _, stranger) = crate::issuer_app::provider();
    let app = App::trusting(&provider).await;
    for token in [stranger, forge(r#"{"alg":"HS256"}"#, r#"{"sub":"alice"}"#)] {
        let verified = app.jwtauth().verify::<()>(&token).await;
        assert_eq!(verified.expect_err("no key").token_error(), Some(TokenError::Issuer));
    }
    // A payload that is not an object has no issuer.
    for payload in ["[]", "null", "7", "{", "{}{}", "\u{feff}{}"] {
        let verified = app.jwtauth().verify::<()>(&forge(r#"{"alg":"HS256"}"#, payload)).await;
        assert_eq!(verified.expect_err("no key").token_error(), Some(TokenError::Malformed), "{payload}");
    }
}

#[async_test]
async fn issuer_token_of_other_typ_is_refused_as_other_type() {
    let (provider, signer, _) = provider();
    let app = App::trusting_with(&provider, json!({ "typ": "at+jwt" })).await;
    let token = signer.sign(&json!({ "alg": "ES256", "kid": "a", "typ": "JWT" }), &claims(&provider));
    let verified = app.jwtauth().verify::<()>(&token).await;
    assert_eq!(verified.expect_err("not an access token").token_error(), Some(TokenError::Type));
}

/// The log names the claim but shows no value.
#[async_test]
async fn claim_that_is_not_acceptable_is_named_in_the_log() {
    let (provider, signer, _) = provider();
    let app = App::trusting(&provider).await;
    let said = |claim: &str| {
        let lines = lines_with(&format!("a token of the issuer {} is refused", provider.issuer));
        assert!(lines.iter().all(|line| !line.contains("CANARY")), "{lines:?}");
        lines.iter().any(|line| line.contains(&format!("`{claim}`")))
    };
    for (name, value, path) in [
        ("exp", json!("CANARY"), "/me"),
        ("nbf", json!(["CANARY"]), "/me"),
        ("sub", json!(["CANARY"]), "/me"),
        ("aud", json!({ "CANARY": 1 }), "/me"),
        ("scope", json!(["CANARY"]), "/scope"),
    ] {
        assert!(!said(name), "{name}");
        let token = signer.token("a", &claims_with(&provider, name, value));
        assert_eq!(app.get(path, &token).await.status, 401, "{name}");
        assert!(said(name), "{name}");
    }
    // Missing claims, of another issuer, so that the log lines can be distinguished.
    let (provider, signer, _) = crate::issuer_app::provider();
    let app = App::trusting(&provider).await;
    for (name, path) in [("exp", "/me"), ("sub", "/me"), ("scope", "/scope")] {
        let lines = || lines_with(&format!("a token of the issuer {} is refused", provider.issuer));
        let before = lines().len();
        let token = signer.token("a", &claims_with(&provider, name, Value::Null));
        assert_eq!(app.get(path, &token).await.status, 401, "{name}");
        let lines = lines();
        let [line] = &lines[before..] else { panic!("one line: {lines:?}") };
        assert!(line.contains(&format!("`{name}` is missing")), "{line}");
    }
    // `verify` logs it too, with the name of the claims type.
    let before = lines_with(&provider.issuer).len();
    let token = signer.token("a", &claims_with(&provider, "scope", Value::Null));
    let verified = app.jwtauth().verify::<crate::issuer_app::Scope>(&token).await;
    assert_eq!(verified.expect_err("no scope").token_error(), Some(TokenError::Claims));
    let lines = lines_with(&provider.issuer);
    let [line] = &lines[before..] else { panic!("one line: {lines:?}") };
    assert!(line.contains("Scope`: `scope` is missing"), "{line}");
}
