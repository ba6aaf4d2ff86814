//! Every algorithm of the reference: each side accepts the other's tokens.

use jwtauth::Algorithm;
use serde_json::{Value, json};

use super::{DAY, HOUR, Reference, good, merged, nonces, now};
use crate::generated_keys::Key;
use crate::server::{Refresh, Verdicts, payload};

/// All our algorithms except EdDSA, for which the reference has no keys.
fn algorithms() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL.iter().copied().filter(|algorithm| *algorithm != Algorithm::EdDSA)
}

fn settings(key: &Key) -> Value {
    merged(&key.settings(), &json!({ "allow_refresh": true, "issuer": "https://shop.example.com" }))
}

#[test]
fn more_jwtauth_tokens_pass_both_ways_for_every_algorithm() {
    let Some(mut reference) = Reference::start() else { return };
    for algorithm in algorithms() {
        let server = reference.open(&settings(&Key::generate(algorithm)), Some(nonces()));
        let profile = json!({ "nickname": "Alice", "roles": ["reader", "écrivain"], "age": 33 });

        let theirs = reference.login("alice", &profile);
        assert_eq!(reference.compare_one(&server, &theirs), (good(), good()), "{algorithm}: their token");
        assert_eq!(server.claims(&theirs), Some(("alice".into(), profile.clone())), "{algorithm}");

        let ours = server.login("alice", &profile);
        assert_eq!(reference.compare_one(&server, &ours), (good(), good()), "{algorithm}: our token");
        let identity = reference.identify(&ours);
        for (name, value) in profile.as_object().expect("an object") {
            assert_eq!(identity[name], *value, "{algorithm}: {name}");
        }

        // Each side refreshes the other's token, and both accept the new tokens.
        let renewed = [server.refresh(&theirs), reference.refresh(&ours)];
        for header in renewed.map(|header| header.expect("the token can be refreshed")) {
            assert_eq!(reference.compare_one(&server, &header), (good(), good()), "{algorithm}: refreshed");
        }
    }
}

#[test]
fn verifier_agrees_with_more_jwtauth_on_bad_tokens() {
    let Some(mut reference) = Reference::start() else { return };
    for algorithm in algorithms() {
        let key = Key::generate(algorithm);
        let server = reference.open(&settings(&key), Some(nonces()));
        let now = now();
        let claims = json!({
            "sub": "alice", "iss": "https://shop.example.com", "nonce": "first",
            "exp": now + HOUR, "refresh_until": now + DAY,
        });
        let mut sign = |changes| reference.sign(&merged(&claims, &changes));
        let token = sign(json!({}));
        let (message, signature) = token.rsplit_once('.').expect("three parts");
        let (header, _) = message.split_once('.').expect("three parts");
        let other_user = sign(json!({ "sub": "mallory" }));
        let refreshable = Verdicts { identity: None, ..good() };
        let session_over = Verdicts { refresh: Refresh::Expired, ..good() };
        let not_refreshable = Verdicts { refresh: Refresh::Refused, ..good() };
        let cases = [
            ("good", token.clone(), good()),
            ("expired", sign(json!({ "exp": now - HOUR })), refreshable),
            ("refresh_until past", sign(json!({ "refresh_until": now - HOUR })), session_over),
            ("another nonce", sign(json!({ "nonce": "second" })), not_refreshable),
            ("another issuer", sign(json!({ "iss": "https://elsewhere.example.com" })), Verdicts::REFUSED),
            ("the signature of another token", with_payload_of(&other_user, signature), Verdicts::REFUSED),
            ("no signature", format!("{message}."), Verdicts::REFUSED),
            ("half a signature", format!("{message}.{}", &signature[..signature.len() / 2]), Verdicts::REFUSED),
            ("a signature of zeros", format!("{message}.{}", "A".repeat(signature.len())), Verdicts::REFUSED),
            ("the public key as secret", forged_with_hmac(&key, &claims), hmac_verdict(algorithm)),
            ("none", format!("{}.{}.", jwtauth_tests::encode(r#"{"alg":"none"}"#), part(&token, 1)), Verdicts::REFUSED),
            ("header alone", header.to_owned(), Verdicts::REFUSED),
        ];
        for (what, token, expected) in cases {
            let (theirs, ours) = reference.compare_one(&server, &format!("JWT {token}"));
            assert_eq!(theirs, expected, "{algorithm}: {what}: the reference");
            assert_eq!(ours, expected, "{algorithm}: {what}: ours");
        }
    }
}

#[test]
fn verifier_and_more_jwtauth_refuse_token_under_another_key() {
    let Some(mut reference) = Reference::start() else { return };
    let other_secret = "another secret of the tests, which is as long as the first: 64 b";
    for algorithm in algorithms() {
        let other = match algorithm.is_hmac() {
            true => Key::secret(algorithm, other_secret),
            false => Key::generate(algorithm),
        };
        let their_other = {
            let _ = reference.open(&settings(&other), Some(nonces()));
            reference.login("alice", &json!({}))
        };
        let server = reference.open(&settings(&Key::generate(algorithm)), Some(nonces()));
        let refused = (Verdicts::REFUSED, Verdicts::REFUSED);
        assert_eq!(reference.compare_one(&server, &their_other), refused, "{algorithm}");
        assert_eq!(payload(&their_other)["sub"], "alice", "{algorithm}: nothing else is wrong");
    }
}

fn with_payload_of(token: &str, signature: &str) -> String {
    let (message, _) = token.rsplit_once('.').expect("three parts");
    format!("{message}.{signature}")
}

fn part(token: &str, index: usize) -> &str {
    token.split('.').nth(index).expect("three parts")
}

/// HS256 with the verifying key as secret. For an HMAC, that is its own key.
fn forged_with_hmac(key: &Key, claims: &Value) -> String {
    jwtauth_tests::forge_with(r#"{"alg":"HS256","typ":"JWT"}"#, claims.to_string(), key.verifies.as_bytes())
}

fn hmac_verdict(algorithm: Algorithm) -> Verdicts {
    match algorithm {
        Algorithm::HS256 => good(),
        _ => Verdicts::REFUSED,
    }
}
