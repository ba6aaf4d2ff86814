//! PyJWT and jose read the same odd key sets as this library.

use base64_simd::URL_SAFE_NO_PAD as BASE64;
use jwtauth::cli::keygen;
use jwtauth::{Algorithm, JwtAuth};
use jwtauth_tests::provider::{Provider, Reply};
use jwtauth_tests::{encode, figment};
use rocket::async_test;
use serde_json::{Value, json};

use crate::program::{JOSE, PYJWT};

const AUDIENCE: &str = "https://orders.example.com";

/// An issuer with a private key.
async fn issuer(issuer: &str, algorithm: Algorithm, key: &str, audience: Option<&str>) -> JwtAuth {
    let mut settings =
        json!({ "algorithm": algorithm.name(), "private_key": key, "kid": "a", "issuer": issuer, "jwks_path": "/a" });
    if let Some(audience) = audience {
        settings["audience"] = audience.into();
    }
    JwtAuth::from_figment(&figment(settings)).await.expect("good settings")
}

async fn token(issuer: &JwtAuth) -> String {
    issuer.issue("alice", ()).await.expect("a key").access_token().to_owned()
}

fn with(jwk: &Value, more: Value) -> Value {
    let mut jwk = jwk.clone();
    for (name, value) in more.as_object().expect("an object") {
        jwk[name] = value.clone();
    }
    jwk
}

/// The base64 of a member in other forms, all of which are the same number.
fn forms(jwk: &Value, name: &str, is_number: bool) -> Vec<Value> {
    let plain = jwk[name].as_str().expect("text").to_owned();
    let standard = plain.replace('-', "+").replace('_', "/");
    let padding = "=".repeat((4 - plain.len() % 4) % 4);
    let mut forms =
        vec![plain.clone(), format!("{plain}{padding}"), format!("{standard}{padding}"), format!("{plain}=")];
    if is_number {
        let bytes = BASE64.decode_to_vec(&plain).expect("base64url");
        forms.extend([1, 2, 3, 300].map(|zeros| encode([vec![0; zeros], bytes.clone()].concat())));
    }
    forms.into_iter().map(|form| with(jwk, json!({ name: form }))).collect()
}

#[async_test]
async fn odd_key_sets_are_read_as_by_pyjwt_and_jose() {
    let (Some(mut pyjwt), Some(mut jose)) = (PYJWT.start(), JOSE.start()) else { return };
    let provider = Provider::new(&[]);
    let mut count = 0;
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let key = keygen::generate(algorithm).expect("a key");
        let source = issuer(&provider.issuer, algorithm, &key, None).await;
        // PyJWT refuses a token with an audience unless one is required.
        let (theirs, ours) =
            (token(&source).await, token(&issuer(&provider.issuer, algorithm, &key, Some(AUDIENCE)).await).await);
        let set: Value = serde_json::from_str(&source.jwks().to_string()).expect("JSON");
        let full = set["keys"][0].clone();
        let mut bare = full.clone();
        for name in ["alg", "use"] {
            bare.as_object_mut().expect("an object").remove(name);
        }
        let mut jwks = vec![full, bare.clone()];
        jwks.push(with(&bare, json!({ "oth": [], "x5c": ["MIIB"], "x5t": "AAAA", "ext": true, "other": null })));
        match algorithm {
            Algorithm::RS256 => {
                jwks.extend(forms(&bare, "n", true));
                jwks.extend(forms(&bare, "e", true));
            }
            Algorithm::ES256 => {
                jwks.extend(forms(&bare, "x", false));
                jwks.extend(forms(&bare, "y", false));
            }
            _ => jwks.extend(forms(&bare, "x", false)),
        }
        for jwk in jwks {
            count += 1;
            let path = format!("/jwks-{count}");
            let unknown = json!({ "kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA", "kid": "b" });
            provider.reply(&path, Reply::json(&json!({ "keys": [unknown, jwk] })));
            let url = format!("{}{path}", provider.issuer);
            for (name, program) in [("PyJWT", &mut pyjwt), ("jose", &mut jose)] {
                let question =
                    json!({ "op": "verify_by_url", "url": url, "token": theirs, "algorithms": [algorithm.name()] });
                let answer = program.ask(&question);
                assert_eq!(answer["claims"]["sub"], "alice", "{name}: {jwk}: {answer}");
            }
            let trusted = json!({ "issuer": provider.issuer, "audience": AUDIENCE, "jwks_uri": url });
            let service =
                JwtAuth::from_figment(&figment(json!({ "issuers": [trusted] }))).await.expect("good settings");
            assert!(service.verify::<()>(&ours).await.is_ok(), "{jwk}");
        }
    }
}
