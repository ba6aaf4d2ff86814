//! Key sets as real issuers publish them: odd members and encodings, keys for other purposes and of unknown types.

use std::time::Duration;

use rocket::async_test;
use serde_json::{Value, json};

use crate::issuer_app::{App, claims, provider};
use crate::process_log::lines_with;
use crate::provider::{JWKS, Provider, Reply};
use crate::signer::Signer;

fn with(jwk: &Value, more: Value) -> Value {
    let mut jwk = jwk.clone();
    for (name, value) in more.as_object().expect("an object") {
        jwk[name] = value.clone();
    }
    jwk
}

#[async_test]
async fn identity_accepts_key_with_odd_members() {
    let signer = Signer::new();
    let jwk = signer.jwk("a");
    for more in [
        json!({ "oth": [], "d": null, "p": "", "k": null }),
        json!({ "use": null, "alg": "", "key_ops": [] }),
        json!({ "n": null, "e": null, "x5c": ["MIIB"], "x5t": "AAAA", "x5u": "https://id.example.com/cert" }),
        json!({ "ext": true, "iat": 7, "exp": "never", "nbf": {}, "status": "active", "issuer": "" }),
    ] {
        let provider = Provider::new(&[with(&jwk, more.clone())]);
        let app = App::trusting(&provider).await;
        assert_eq!(app.status(&signer.token("a", &claims(&provider))).await, 200, "{more}");
    }
}

/// RFC 9864 §2.2 gives EdDSA with Ed25519 the name `Ed25519`. Either may be in the key, and either in the token.
#[async_test]
async fn identity_accepts_both_names_of_eddsa() {
    let signer = Signer::ed25519();
    for key in [json!({}), json!({ "alg": "EdDSA" }), json!({ "alg": "Ed25519" })] {
        let provider = Provider::new(&[with(&signer.jwk("a"), key.clone())]);
        let app = App::trusting(&provider).await;
        for (alg, status) in [("EdDSA", 200), ("Ed25519", 200), ("Ed448", 401), ("ed25519", 401)] {
            let token = signer.sign(&json!({ "alg": alg, "kid": "a" }), &claims(&provider));
            assert_eq!(app.status(&token).await, status, "{key} {alg}");
        }
        let token = Signer::ed25519().sign(&json!({ "alg": "Ed25519", "kid": "a" }), &claims(&provider));
        assert_eq!(app.status(&token).await, 401);
    }
    let provider = Provider::new(&[signer.jwk("a")]);
    let app = App::trusting_with(&provider, json!({ "algorithms": "ES256" })).await;
    let token = signer.sign(&json!({ "alg": "Ed25519", "kid": "a" }), &claims(&provider));
    assert_eq!(app.status(&token).await, 401);
}

/// Keycloak publishes a key for encryption beside each key for signatures. AKP is the type of post-quantum keys.
#[async_test]
async fn skipped_keys_are_logged_once_per_fetch() {
    let signer = Signer::new();
    let jwk = signer.jwk("a");
    let keys = [
        with(&jwk, json!({ "use": "enc", "kid": "encrypts" })),
        jwk.clone(),
        json!({ "kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA", "kid": "later\n\u{1b}[2J" }),
        with(&jwk, json!({ "d": "AAAA", "kid": null })),
        with(&jwk, json!({ "kid": "k".repeat(10_000), "use": "enc" })),
        json!([]),
    ];
    let provider = Provider::new(&keys);
    let app = App::trusting(&provider).await;
    let token = signer.token("a", &claims(&provider));
    let skipped = || lines_with(&format!("jwtauth: the issuer {}: `keys[", provider.issuer));
    for fetches in 1..=2 {
        for _ in 0..3 {
            assert_eq!(app.status(&token).await, 200);
        }
        let lines = skipped();
        let expected = [
            "`keys[0]` (`kid` is `encrypts`) is skipped: its `use` is not `sig`".to_owned(),
            "`keys[2]` (`kid` is `later\\n\\u{1b}[2J`) is skipped: its type of key (`kty`) is unknown".to_owned(),
            "`keys[3]` (no `kid`) is skipped: its private part is published with it".to_owned(),
            format!("`keys[4]` (`kid` is `{}…`) is skipped: its `use` is not `sig`", "k".repeat(64)),
            "`keys[5]` (no `kid`) is skipped: it is not a JSON object".to_owned(),
        ];
        assert_eq!(lines.len(), fetches * expected.len(), "{lines:?}");
        for (line, expected) in lines.iter().zip(expected.iter().cycle()) {
            assert!(line.ends_with(expected), "{line}");
        }
        // The keys have expired, and are fetched again.
        app.clock.advance(Duration::from_secs(3600));
        assert_eq!(app.status(&token).await, 200);
    }
}

#[async_test]
async fn key_set_with_thousands_of_unusable_keys_logs_a_bounded_number() {
    let signer = Signer::new();
    let useless = vec![json!({ "kid": "x" }); 5000];
    let provider = Provider::new(&[vec![signer.jwk("a")], useless].concat());
    let app = App::trusting(&provider).await;
    assert_eq!(app.status(&signer.token("a", &claims(&provider))).await, 200);
    let lines = lines_with(&format!("jwtauth: the issuer {}: ", provider.issuer));
    assert_eq!(lines.len(), 101);
    assert!(lines[100].ends_with("4900 more keys are skipped"), "{}", lines[100]);
}

#[async_test]
async fn key_set_may_begin_with_byte_order_mark_and_have_any_content_type() {
    let (provider, signer, token) = provider();
    let keys = json!({ "keys": [signer.jwk("a")] });
    for content_type in ["", "application/jwk-set+json; charset=utf-8", "text/plain", "application/octet-stream"] {
        for mark in ["", "\u{feff}"] {
            let headers = match content_type {
                "" => String::new(),
                content_type => format!("Content-Type: {content_type}\r\n"),
            };
            provider.reply(JWKS, Reply::Json { headers, body: format!("{mark}{keys}") });
            let app = App::trusting(&provider).await;
            assert_eq!(app.status(&token).await, 200, "{content_type} {mark:?}");
        }
    }
}
