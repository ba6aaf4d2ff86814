//! The most common JWT libraries of Python and JavaScript: they accept our tokens, and we accept theirs.

use jwtauth::Algorithm;
use jwtauth_tests::SECRET;
use serde_json::{Value, json};

use crate::generated_keys::Key;
use crate::program::{JOSE, PYJWT, Peer, Program};
use crate::server::{Refresh, Server, Verdicts};

const ISSUER: &str = "https://shop.example.com";
const AUDIENCE: &str = "https://api.example.com";
const MINUTE: u64 = 60;

#[test]
fn pyjwt_reads_issued_tokens() {
    each_key(&PYJWT, the_peer_reads_what_we_issue);
}

#[test]
fn jose_reads_issued_tokens() {
    each_key(&JOSE, the_peer_reads_what_we_issue);
}

#[test]
fn pyjwt_refuses_issued_tokens_that_fail_its_checks() {
    each_key(&PYJWT, the_peer_refuses_of_ours_what_it_should);
}

#[test]
fn jose_refuses_issued_tokens_that_fail_its_checks() {
    each_key(&JOSE, the_peer_refuses_of_ours_what_it_should);
}

#[test]
fn verifier_accepts_tokens_issued_by_pyjwt() {
    each_key(&PYJWT, we_accept_what_the_peer_issues);
}

#[test]
fn verifier_accepts_tokens_issued_by_jose() {
    each_key(&JOSE, we_accept_what_the_peer_issues);
}

#[test]
fn verifier_refuses_invalid_tokens_issued_by_pyjwt() {
    each_key(&PYJWT, we_refuse_of_the_peer_what_we_should);
}

#[test]
fn verifier_refuses_invalid_tokens_issued_by_jose() {
    each_key(&JOSE, we_refuse_of_the_peer_what_we_should);
}

/// A key that the peer generated, and another of the same kind.
struct Keys {
    key: Key,
    other: Key,
}

/// Runs a check with keys of every algorithm, in every format that the peer writes.
fn each_key(peer: &Peer, check: fn(&mut Program, &Keys)) {
    let Some(mut program) = peer.start() else { return };
    for algorithm in Algorithm::ALL.iter().copied() {
        for form in forms(algorithm) {
            let mut generate = |secret| match algorithm.is_hmac() {
                true => Key::secret(algorithm, secret),
                false => generate(&mut program, algorithm, form),
            };
            let other_secret = "another secret of the tests, which is as long as the first: 64 b";
            let keys = Keys { key: generate(SECRET), other: generate(other_secret) };
            check(&mut program, &keys);
        }
    }
}

/// PKCS #8 for all keys, and the traditional formats: PKCS #1 for RSA, SEC 1 for elliptic curves.
fn forms(algorithm: Algorithm) -> &'static [&'static str] {
    match algorithm.name() {
        "RS256" | "ES256" | "ES384" | "ES512" => &["pkcs8", "traditional"],
        _ => &["pkcs8"],
    }
}

fn generate(program: &mut Program, algorithm: Algorithm, form: &str) -> Key {
    let pair = program.ask(&json!({ "op": "generate", "algorithm": algorithm.name(), "form": form }));
    let text = |name: &str| pair[name].as_str().expect("PEM").to_owned();
    Key { algorithm, signs: text("private"), verifies: text("public") }
}

/// A server with this key and additional settings.
fn server(key: &Key, settings: Value) -> Server {
    let mut all = key.settings();
    all["allow_refresh"] = true.into();
    for (name, value) in settings.as_object().expect("an object") {
        all[name] = value.clone();
    }
    Server::start(all, None)
}

fn full_server(key: &Key) -> Server {
    server(key, json!({ "issuer": ISSUER, "audience": [AUDIENCE, "https://admin.example.com"] }))
}

fn now() -> u64 {
    jwtauth::Clock::system().now()
}

/// Has the peer verify a token. `issuer` and `audience` are required if they are not null.
fn verify(program: &mut Program, key: &Key, authorization: &str, issuer: Value, audience: Value) -> Value {
    let token = authorization.strip_prefix("Bearer ").expect("the scheme by default");
    program.ask(&json!({
        "op": "verify", "token": token, "key": key.verifies, "algorithm": key.algorithm.name(),
        "issuer": issuer, "audience": audience,
    }))
}

fn the_peer_reads_what_we_issue(program: &mut Program, keys: &Keys) {
    let key = &keys.key;
    let profile = json!({ "nickname": "Ålice 🦀", "roles": ["reader", "admin"], "age": 33, "height": 1.75 });

    let plain = server(key, json!({}));
    let first = plain.login("alice", &profile);
    let renewed = plain.refresh(&first).expect("a fresh token can be refreshed");
    for header in [&first, &renewed] {
        let claims = verify(program, key, header, Value::Null, Value::Null)["claims"].clone();
        assert_eq!(claims["sub"], "alice", "{}", key.algorithm);
        for (name, ahead) in
            [("iat", 0), ("auth_time", 0), ("exp", 30 * MINUTE), ("refresh_until", 7 * 24 * 60 * MINUTE)]
        {
            let time = claims[name].as_u64().unwrap_or_else(|| panic!("{name} is a number"));
            assert!(time.abs_diff(now() + ahead) < MINUTE, "{}: {name}", key.algorithm);
        }
    }
    let claims = verify(program, key, &first, Value::Null, Value::Null)["claims"].clone();
    for (name, value) in profile.as_object().expect("an object") {
        assert_eq!(claims[name], *value, "{}: {name}", key.algorithm);
    }

    let full = server(key, json!({ "issuer": ISSUER, "audience": AUDIENCE, "kid": "2026-01" }));
    let answer = verify(program, key, &full.login("alice", &json!({})), ISSUER.into(), AUDIENCE.into());
    assert_eq!((&answer["claims"]["iss"], &answer["claims"]["aud"]), (&ISSUER.into(), &AUDIENCE.into()));
    assert_eq!(answer["header"], json!({ "alg": key.algorithm.name(), "typ": "JWT", "kid": "2026-01" }));

    let answer = verify(program, key, &full_server(key).login("alice", &json!({})), ISSUER.into(), AUDIENCE.into());
    assert_eq!(answer["claims"]["aud"], json!([AUDIENCE, "https://admin.example.com"]), "{}", key.algorithm);
}

fn the_peer_refuses_of_ours_what_it_should(program: &mut Program, keys: &Keys) {
    let Keys { key, other } = keys;
    let token = full_server(key).login("alice", &json!({}));
    let (issuer, audience) = (Value::from(ISSUER), Value::from(AUDIENCE));
    let refused = |answer: Value| answer["refused"].is_string();
    assert!(!refused(verify(program, key, &token, issuer.clone(), audience.clone())), "{}", key.algorithm);
    assert!(refused(verify(program, other, &token, issuer.clone(), audience.clone())), "another key");
    assert!(refused(verify(program, key, &token, "https://elsewhere.example.com".into(), audience.clone())), "issuer");
    assert!(refused(verify(program, key, &token, issuer.clone(), "https://elsewhere.example.com".into())), "audience");
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let (header, _) = message.rsplit_once('.').expect("three parts");
    let payload = jwtauth_tests::encode(json!({ "sub": "mallory", "exp": now() + MINUTE }).to_string());
    let tampered = format!("{header}.{payload}.{signature}");
    assert!(refused(verify(program, key, &tampered, issuer, audience)), "{}: tampered", key.algorithm);
}

/// Has the peer sign claims. Returns the header with which a client presents the token.
fn sign(program: &mut Program, key: &Key, claims: &Value, header: &Value) -> String {
    let question = json!({
        "op": "sign", "claims": claims, "key": key.signs, "algorithm": key.algorithm.name(), "header": header,
    });
    format!("Bearer {}", program.ask(&question)["token"].as_str().expect("a token"))
}

fn full_claims() -> Value {
    let now = now();
    json!({
        "sub": "alice", "iat": now - MINUTE, "nbf": now - MINUTE, "exp": now + 5 * MINUTE, "iss": ISSUER,
        "aud": ["https://elsewhere.example.com", AUDIENCE], "refresh_until": now + 5 * MINUTE, "jti": "1",
        "nickname": "Ålice 🦀",
    })
}

fn accepted() -> Verdicts {
    Verdicts { identity: Some("alice".into()), refresh: Refresh::Refreshed("alice".into()) }
}

fn we_accept_what_the_peer_issues(program: &mut Program, keys: &Keys) {
    let key = &keys.key;
    let full = full_server(key);
    for header in [json!({}), json!({ "typ": "JWT" }), json!({ "typ": "at+jwt" })] {
        let token = sign(program, key, &full_claims(), &header);
        assert_eq!(full.verdicts(Some(&token)), accepted(), "{}: {header}", key.algorithm);
        let claims = Some(("alice".to_owned(), json!({ "nickname": "Ålice 🦀" })));
        assert_eq!(full.claims(&token), claims, "{}: {header}", key.algorithm);
    }

    let named = server(key, json!({ "kid": "2026-01", "userid_claim": "user" }));
    let claims = json!({ "user": "alice", "exp": now() + 5 * MINUTE, "refresh_until": now() + 5 * MINUTE });
    for header in [json!({}), json!({ "kid": "2026-01" })] {
        let token = sign(program, key, &claims, &header);
        assert_eq!(named.verdicts(Some(&token)), accepted(), "{}: {header}", key.algorithm);
    }
    let token = sign(program, key, &claims, &json!({ "kid": "2025-12" }));
    assert_eq!(named.verdicts(Some(&token)), Verdicts::REFUSED, "{}: another kid", key.algorithm);
}

fn we_refuse_of_the_peer_what_we_should(program: &mut Program, keys: &Keys) {
    let Keys { key, other } = keys;
    let full = full_server(key);
    let mut verdicts = |key: &Key, name: &str, value: Value| {
        let mut claims = full_claims();
        claims[name] = value;
        let token = sign(program, key, &claims, &json!({}));
        full.verdicts(Some(&token))
    };
    let algorithm = key.algorithm;
    assert_eq!(verdicts(key, "jti", "2".into()), accepted(), "{algorithm}");
    assert_eq!(verdicts(other, "jti", "2".into()), Verdicts::REFUSED, "{algorithm}: another key");
    for (name, value) in [
        ("iss", json!("https://elsewhere.example.com")),
        ("aud", json!("https://elsewhere.example.com")),
        ("nbf", json!(now() + MINUTE)),
        ("iat", json!(now() + 5 * MINUTE)),
    ] {
        assert_eq!(verdicts(key, name, value), Verdicts::REFUSED, "{algorithm}: {name}");
    }
    let expired = Verdicts { identity: None, ..accepted() };
    assert_eq!(verdicts(key, "exp", json!(now() - MINUTE)), expired, "{algorithm}: exp");
    let session_over = Verdicts { refresh: Refresh::Expired, ..accepted() };
    assert_eq!(verdicts(key, "refresh_until", json!(now() - MINUTE)), session_over, "{algorithm}: refresh_until");
}
