//! A hostile provider can harm neither the machine nor the tokens of other issuers.

use jwtauth_tests::{encode, forge_with};
use rocket::async_test;
use rocket::tokio::task::yield_now;
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, App, claims, provider};
use crate::provider::{DISCOVERY, JWKS, Provider, Reply};
use crate::signer::Signer;

/// Asserts that the tokens of a hostile provider are answered with 503, and those of another issuer are accepted.
async fn hurts_nobody(path: &str, reply: Reply) {
    let (bad, _, token) = provider();
    let (good, _, good_token) = provider();
    bad.reply(path, reply);
    let issuers = [&bad, &good].map(|provider| json!({ "issuer": provider.issuer, "audience": AUDIENCE }));
    let app = App::with(json!({ "issuers": issuers })).await;
    assert_eq!(app.status(&token).await, 503);
    assert_eq!(app.status(&good_token).await, 200);
    // The provider works again a little later.
    bad.reply(DISCOVERY, Reply::json(&json!({ "issuer": bad.issuer, "jwks_uri": good.jwks_uri() })));
    app.clock.advance(std::time::Duration::from_secs(5));
    assert_eq!(app.status(&token).await, 401);
}

fn body(body: impl Into<String>) -> Reply {
    Reply::Json { headers: String::new(), body: body.into() }
}

#[async_test]
async fn fetcher_refuses_oversized_response() {
    let key = Signer::new().jwk("b").to_string();
    let big = format!("{{\"keys\":[{}]}}", vec![key; 10 * 1024 * 1024 / 150].join(","));
    hurts_nobody(JWKS, body(big)).await;
    hurts_nobody(DISCOVERY, body(" ".repeat(10 * 1024 * 1024))).await;
    hurts_nobody(JWKS, Reply::Endless).await;
    let headers = format!("X: {}\r\n", "x".repeat(1024 * 1024));
    hurts_nobody(JWKS, Reply::Json { headers, body: "{\"keys\":[]}".into() }).await;
}

#[async_test]
async fn fetcher_gives_up_on_slow_response() {
    hurts_nobody(JWKS, Reply::Drip).await;
}

#[async_test]
async fn fetcher_of_silent_issuer_does_not_delay_other_issuers() {
    let (provider, _, token) = provider();
    let (good, _, good_token) = crate::issuer_app::provider();
    provider.reply(DISCOVERY, Reply::Silence);
    let issuers = [&provider, &good].map(|provider| json!({ "issuer": provider.issuer, "audience": AUDIENCE }));
    let app = App::with(json!({ "issuers": issuers })).await;
    let mut waiting = Box::pin(app.status(&token));
    assert!(rocket::futures::future::FutureExt::now_or_never(&mut waiting).is_none());
    // Tokens of other issuers do not wait for it.
    assert_eq!(app.status(&good_token).await, 200);
    assert_eq!(waiting.await, 503);
}

#[async_test]
async fn fetcher_follows_no_redirect_and_no_unsafe_jwks_uri() {
    let (elsewhere, _, _) = provider();
    hurts_nobody(JWKS, Reply::Redirect(elsewhere.issuer.clone())).await;
    hurts_nobody(DISCOVERY, Reply::Redirect(elsewhere.issuer.clone())).await;
    for jwks_uri in
        ["http://id.example.com/jwks", "ftp://127.0.0.1/jwks", "file:///etc/passwd", "jwks", "", "http://a@127.0.0.1/"]
    {
        let (provider, _, token) = provider();
        provider.reply(DISCOVERY, Reply::json(&json!({ "issuer": provider.issuer, "jwks_uri": jwks_uri })));
        let app = App::trusting(&provider).await;
        assert_eq!(app.status(&token).await, 503, "{jwks_uri}");
    }
    assert_eq!((elsewhere.asked(DISCOVERY), elsewhere.asked(JWKS)), (0, 0));
}

#[async_test]
async fn fetcher_refuses_discovery_document_of_another_issuer() {
    let (honest, _, _) = provider();
    let other = json!({ "issuer": honest.issuer, "jwks_uri": honest.jwks_uri() });
    hurts_nobody(DISCOVERY, Reply::json(&other)).await;
    for issuer in [json!(null), json!(7), json!([honest.issuer])] {
        hurts_nobody(DISCOVERY, Reply::json(&json!({ "issuer": issuer, "jwks_uri": honest.jwks_uri() }))).await;
    }
    assert_eq!(honest.asked(JWKS), 0);
}

#[async_test]
async fn fetcher_refuses_response_that_is_not_a_key_set() {
    let deep = format!("{{\"keys\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let magic = "{\"$serde_json::private::RawValue\":\"{}\",\"keys\":[]}";
    for reply in ["", "{}", "[]", "null", "{\"keys\":7}", "{\"keys\":[]", "<html>", magic, &deep] {
        hurts_nobody(JWKS, body(reply)).await;
        hurts_nobody(DISCOVERY, body(reply)).await;
    }
}

#[async_test]
async fn fetcher_accepts_only_status_200() {
    let (provider, signer, token) = provider();
    let keys = json!({ "keys": [signer.jwk("a")] }).to_string();
    for status in [201, 203, 302, 401, 404, 500] {
        provider.reply(JWKS, Reply::Status(status, keys.clone()));
        assert_eq!(App::trusting(&provider).await.status(&token).await, 503, "{status}");
    }
    provider.reply(JWKS, Reply::Status(200, keys));
    assert_eq!(App::trusting(&provider).await.status(&token).await, 200);
}

#[async_test]
async fn issuer_key_set_is_limited_to_a_hundred_keys() {
    let signer = Signer::new();
    let useless = vec![json!({ "kid": "x" }); 10_000];
    let provider = Provider::new(&[vec![signer.jwk("a")], useless].concat());
    let app = App::trusting(&provider).await;
    assert_eq!(app.status(&signer.token("a", &claims(&provider))).await, 200);
    // As many real keys as fit.
    let keys: Vec<Value> = (0..1400).map(|place| signer.jwk(&place.to_string())).collect();
    provider.publish(&keys);
    app.clock.advance(std::time::Duration::from_secs(10));
    assert_eq!(app.status(&signer.token("99", &claims(&provider))).await, 200);
    assert_eq!(app.status(&signer.token("100", &claims(&provider))).await, 401);
}

#[async_test]
async fn issuer_key_set_ignores_keys_not_for_verifying() {
    let signer = Signer::new();
    let jwk = signer.jwk("a");
    let with = |name: &str, value: Value| {
        let mut jwk = jwk.clone();
        jwk[name] = value;
        jwk
    };
    let secret = "a secret that anybody can fetch, for every HMAC there is, is no secret at all";
    let hmac = json!({ "kty": "oct", "k": encode(secret), "alg": "HS256", "kid": "a", "use": "sig" });
    for key in [
        with("use", json!("enc")),
        with("key_ops", json!(["sign"])),
        with("alg", json!("ES384")),
        with("alg", json!("none")),
        with("alg", json!("HS256")),
        with("d", jwk["x"].clone()),
        with("y", jwk["x"].clone()),
        with("crv", json!("P-999")),
        with("kty", json!("XY")),
        hmac,
        json!(7),
    ] {
        let provider = Provider::new(&[key.clone(), Signer::ed25519().jwk("c")]);
        let app = App::trusting(&provider).await;
        let payload = claims(&provider).to_string();
        let tokens = [
            signer.token("a", &claims(&provider)),
            signer.sign(&json!({ "alg": "ES256" }), &claims(&provider)),
            forge_with(r#"{"alg":"HS256","kid":"a"}"#, &payload, secret.as_bytes()),
            forge_with(r#"{"alg":"HS256"}"#, &payload, jwk["x"].as_str().expect("text").as_bytes()),
            format!("{}.{}.", encode(r#"{"alg":"none","kid":"a"}"#), encode(&payload)),
        ];
        for token in tokens {
            assert_eq!(app.status(&token).await, 401, "{key} {token}");
        }
    }
}

#[async_test]
async fn fetcher_reports_issuer_that_disconnects() {
    let (provider, _, token) = provider();
    let app = App::trusting(&provider).await;
    provider.hold(true);
    let mut request = Box::pin(app.status(&token));
    assert!(rocket::futures::future::FutureExt::now_or_never(&mut request).is_none());
    provider.await_asked(DISCOVERY, 1);
    provider.go_away(true);
    provider.hold(false);
    yield_now().await;
    assert_eq!(request.await, 503);
}
