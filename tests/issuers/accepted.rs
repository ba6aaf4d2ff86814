//! Tokens of a listed issuer are accepted like our own.

use jwtauth::{Identity, TokenError};
use rocket::async_test;
use serde_json::json;

use crate::issuer_app::{AUDIENCE, App, claims, claims_with, provider};
use crate::provider::{DISCOVERY, JWKS, Provider, Reply};
use crate::signer::Signer;

#[async_test]
async fn identity_accepts_issuer_token_with_minimal_settings() {
    let (provider, _, token) = provider();
    let app = App::trusting(&provider).await;
    assert_eq!((provider.asked(DISCOVERY), provider.asked(JWKS)), (0, 0));
    let answer = app.get("/me", &token).await;
    assert_eq!((answer.status, answer.body), (200, format!("alice of {}", provider.issuer)));
    for path in ["/scope", "/scope-again"] {
        assert_eq!(app.get(path, &token).await.body, format!("read alice {}", provider.issuer));
    }
    assert_eq!(app.get("/maybe", &token).await.body, "known");
    assert_eq!(app.get("/visit", &token).await.body, "known");
    // Fetched once for all of these tokens.
    assert_eq!((provider.asked(DISCOVERY), provider.asked(JWKS)), (1, 1));
}

#[async_test]
async fn verify_accepts_issuer_token_outside_of_a_request() {
    let (provider, signer, token) = provider();
    let app = App::trusting(&provider).await;
    let identity: Identity = app.jwtauth().verify(&token).await.expect("an identity");
    assert_eq!((identity.userid(), identity.issuer()), ("alice", Some(&*provider.issuer)));
    let expired = signer.token("a", &claims_with(&provider, "exp", json!(1)));
    let error = app.jwtauth().verify::<()>(&expired).await.expect_err("it has expired");
    assert_eq!(error.token_error(), Some(TokenError::Expired));
}

#[async_test]
async fn issuer_with_jwks_uri_needs_no_discovery() {
    let (provider, signer, _) = provider();
    provider.reply(DISCOVERY, Reply::Status(404, String::new()));
    // With `jwks_uri`, the issuer does not have to be a URL.
    let issuer = json!({ "issuer": "accounts", "audience": AUDIENCE, "jwks_uri": provider.jwks_uri() });
    let app = App::with(json!({ "issuers": [issuer] })).await;
    let token = signer.token("a", &claims_with(&provider, "iss", json!("accounts")));
    assert_eq!(app.get("/me", &token).await.body, "alice of accounts");
    assert_eq!(provider.asked(DISCOVERY), 0);
}

#[async_test]
async fn issuer_name_keeps_its_trailing_slash() {
    let signer = Signer::new();
    let provider = Provider::new(&[signer.jwk("a")]);
    let issuer = format!("{}/realms/shop/", provider.issuer);
    let document = json!({ "issuer": issuer, "jwks_uri": provider.jwks_uri() });
    provider.reply(&format!("/realms/shop{DISCOVERY}"), Reply::json(&document));
    let app = App::with(json!({ "issuers": [{ "issuer": issuer, "audience": AUDIENCE }] })).await;
    let token = |issuer: &str| signer.token("a", &claims_with(&provider, "iss", json!(issuer)));
    assert_eq!(app.status(&token(&issuer)).await, 200);
    assert_eq!(app.status(&token(issuer.trim_end_matches('/'))).await, 401);
}

#[async_test]
async fn issuer_keys_verify_only_tokens_of_their_issuer() {
    let ((one, signer_of_one, token_of_one), (other, signer_of_other, token_of_other)) = (provider(), provider());
    let issuer = |provider: &Provider, claim| json!({ "issuer": provider.issuer, "audience": [AUDIENCE, "more"], "userid_claim": claim });
    let app = App::with(json!({ "issuers": [issuer(&one, "sub"), issuer(&other, "scope")] })).await;
    assert_eq!(app.get("/me", &token_of_one).await.body, format!("alice of {}", one.issuer));
    assert_eq!(app.get("/me", &token_of_other).await.body, format!("read of {}", other.issuer));
    // Each issuer's keys verify only its own tokens.
    assert_eq!(app.status(&signer_of_one.token("a", &claims(&other))).await, 401);
    assert_eq!(app.status(&signer_of_other.token("a", &claims(&one))).await, 401);
}

#[async_test]
async fn issuer_token_needs_no_kid() {
    let (signer, other) = (Signer::new(), Signer::ed25519());
    let provider = Provider::new(&[other.jwk("b"), signer.jwk("a")]);
    let app = App::trusting(&provider).await;
    assert_eq!(app.status(&signer.sign(&json!({ "alg": "ES256" }), &claims(&provider))).await, 200);
    assert_eq!(app.status(&other.sign(&json!({ "alg": "EdDSA" }), &claims(&provider))).await, 200);
    assert_eq!(app.status(&Signer::new().sign(&json!({ "alg": "ES256" }), &claims(&provider))).await, 401);
}

#[async_test]
async fn issuer_leeway_applies_to_iat_nbf_and_exp() {
    let (provider, signer, _) = provider();
    let now = jwtauth_tests::NOW;
    let token = |name, value: u64| signer.token("a", &claims_with(&provider, name, json!(value)));
    for (settings, leeway) in [(json!({}), 30), (json!({ "leeway": 0 }), 0), (json!({ "leeway": "5m" }), 300)] {
        let app = App::trusting_with(&provider, settings).await;
        // For `iat`, at least a minute is allowed.
        assert_eq!(app.status(&token("iat", now + leeway.max(60))).await, 200);
        assert_eq!(app.status(&token("iat", now + leeway.max(60) + 1)).await, 401);
        assert_eq!(app.status(&token("nbf", now + leeway)).await, 200);
        assert_eq!(app.status(&token("nbf", now + leeway + 1)).await, 401);
        assert_eq!(app.status(&token("exp", now - leeway + 1)).await, 200);
        assert_eq!(app.status(&token("exp", now - leeway)).await, 401);
    }
}
