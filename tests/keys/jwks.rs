//! The published keys.

use jwtauth::{Algorithm, JwtAuth};
use jwtauth_tests::NOW;
use rocket::http::Method;
use rocket::{get, routes};
use serde_json::{Value, json};

use crate::key_files_app::{App, Folder, rocket, signing};
use crate::keygen_output;
use crate::pem::{EDDSA, EDDSA_THUMBPRINT, ES256, ES256_PUBLIC, ES256_THUMBPRINT};

const PATH: &str = "/.well-known/jwks.json";

fn secret(number: usize) -> String {
    format!("the secret number {number}, and enough bytes beside that for all of the HMACs")
}

fn es256(times: &Value) -> Value {
    let mut key = json!({ "private_key": ES256, "algorithm": "ES256" });
    for (name, value) in times.as_object().expect("an object") {
        key[name] = value.clone();
    }
    key
}

fn published(keys: Value) -> App {
    App::new(json!({ "keys": keys, "jwks_path": PATH }))
}

#[test]
fn jwks_route_publishes_public_keys() {
    let app = published(json!([
        { "private_key": EDDSA, "algorithm": "EdDSA", "kid": "new" },
        { "public_key": ES256_PUBLIC, "algorithm": "ES256" },
        { "master_secret": secret(1) },
    ]));
    for path in [PATH, "/own-keys"] {
        let answer = app.get(path);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("Content-Type"), Some("application/jwk-set+json"));
        assert_eq!(answer.header("Cache-Control"), Some("max-age=300"));
        assert_eq!(answer.header("Set-Cookie"), None);
        let (eddsa, es256) = (crate::pem::der(crate::pem::EDDSA_PUBLIC), crate::pem::der(ES256_PUBLIC));
        let encode = jwtauth_tests::encode;
        let (x, y) = es256.split_at(es256.len() - 32);
        let expected = json!({ "keys": [
            { "kty": "OKP", "crv": "Ed25519", "x": encode(&eddsa[12..]), "alg": "EdDSA", "use": "sig", "kid": "new" },
            {
                "kty": "EC", "crv": "P-256", "x": encode(&x[x.len() - 32..]), "y": encode(y), "alg": "ES256",
                "use": "sig", "kid": ES256_THUMBPRINT,
            },
        ]});
        assert_eq!(answer.json(), expected);
    }
    assert_eq!(app.jwtauth().jwks().to_string(), app.get(PATH).body);
}

#[test]
fn jwks_writes_the_members_of_each_key_type() {
    for algorithm in Algorithm::ALL.iter().copied().filter(|algorithm| !algorithm.is_hmac()) {
        let app = App::new(json!({
            "algorithm": algorithm.name(), "private_key": keygen_output::key(algorithm), "jwks_path": "/keys",
        }));
        let set = app.get("/keys").json();
        let [key] = set["keys"].as_array().expect("keys").as_slice() else { panic!("{set}") };
        let mut members: Vec<_> = key.as_object().expect("an object").keys().map(String::as_str).collect();
        members.sort_unstable();
        let length = |member: &str| key[member].as_str().expect("a text").len();
        match algorithm.name() {
            "EdDSA" => assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]),
            name if name.starts_with('E') => {
                assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
                // Coordinates have a fixed length (RFC 7518 §6.2.1.2).
                let expected = match name {
                    "ES256" => 43,
                    "ES384" => 64,
                    _ => 88,
                };
                assert_eq!((length("x"), length("y")), (expected, expected));
            }
            _ => {
                assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
                assert_eq!((key["e"].as_str(), length("n")), (Some("AQAB"), 512));
            }
        }
        assert_eq!((key["alg"].as_str(), key["use"].as_str()), (Some(algorithm.name()), Some("sig")));
        assert_eq!(key["kid"].as_str(), Some(app.jwtauth().keys().keys()[0].kid()));
    }
}

#[test]
fn jwks_contains_no_private_key_material() {
    let secret = secret(1);
    for algorithm in Algorithm::ALL.iter().copied().filter(|algorithm| !algorithm.is_hmac()) {
        let private = keygen_output::key(algorithm);
        let app = published(json!([
            { "algorithm": algorithm.name(), "private_key": private },
            { "master_secret": secret },
            { "algorithm": "EdDSA", "public_key": crate::pem::EDDSA_PUBLIC },
        ]));
        let body = app.get(PATH).body;
        for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(!body.contains(&format!("\"{member}\"")), "{body}");
        }
        assert!(!body.contains("oct") && !body.contains(&secret) && !body.contains(&jwtauth_tests::encode(&secret)));
        let hmac = app.jwtauth().keys().keys()[1].kid().to_owned();
        assert!(!body.contains(&hmac), "the name of a secret is published");
        // The values contain no number of the private key.
        let der = crate::pem::der(private);
        for key in app.get(PATH).json()["keys"].as_array().expect("keys") {
            for value in key.as_object().expect("an object").values().filter_map(Value::as_str) {
                let Ok(bytes) = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(value) else { continue };
                for number in private_numbers(algorithm, &der) {
                    assert!(
                        !bytes.windows(16).any(|window| number.windows(16).any(|part| part == window)),
                        "{algorithm}"
                    );
                }
            }
        }
    }
}

/// The secret numbers of a private key.
fn private_numbers(algorithm: Algorithm, pkcs8: &[u8]) -> Vec<Vec<u8>> {
    use aws_lc_rs::encoding::AsBigEndian;
    use aws_lc_rs::signature as sig;
    let ec = |signing| {
        let pair = sig::EcdsaKeyPair::from_pkcs8(signing, pkcs8).expect("PKCS #8");
        vec![pair.private_key().as_be_bytes().expect("a number").as_ref().to_vec()]
    };
    match algorithm {
        Algorithm::ES256 => ec(&sig::ECDSA_P256_SHA256_FIXED_SIGNING),
        Algorithm::ES384 => ec(&sig::ECDSA_P384_SHA384_FIXED_SIGNING),
        Algorithm::ES512 => ec(&sig::ECDSA_P521_SHA512_FIXED_SIGNING),
        Algorithm::EdDSA => {
            let pair = sig::Ed25519KeyPair::from_pkcs8(pkcs8).expect("PKCS #8");
            let seed = pair.seed().expect("a seed");
            vec![seed.as_be_bytes().expect("bytes").as_ref().to_vec()]
        }
        // These follow the version, modulus and exponent: d, p, q and so on.
        _ => {
            let pair = sig::RsaKeyPair::from_pkcs8(pkcs8).expect("PKCS #8");
            let modulus = aws_lc_rs::signature::KeyPair::public_key(&pair).modulus();
            let modulus = modulus.big_endian_without_leading_zero().to_vec();
            let at = pkcs8.windows(modulus.len()).position(|window| window == modulus).expect("the modulus");
            vec![pkcs8[at + modulus.len() + 5..].to_vec()]
        }
    }
}

#[test]
fn jwks_lists_key_before_it_signs_and_until_it_retires() {
    let app = published(json!([
        es256(&json!({ "sign_from": "2025-06-15T15:16:40Z" })),
        { "private_key": EDDSA, "algorithm": "EdDSA", "retire_at": "2025-06-15T16:06:40Z" },
    ]));
    let kids = || {
        let set = app.get(PATH).json();
        set["keys"]
            .as_array()
            .expect("keys")
            .iter()
            .map(|key| key["kid"].as_str().expect("a kid").to_owned())
            .collect::<Vec<_>>()
    };
    let max_age = || app.get(PATH).header("Cache-Control").map(str::to_owned);
    assert_eq!(kids(), [ES256_THUMBPRINT, EDDSA_THUMBPRINT]);
    assert_eq!(max_age().as_deref(), Some("max-age=300"));
    // Clients must not cache the set beyond the end of a key.
    app.clock.set(NOW + 3600 - 299);
    assert_eq!(max_age().as_deref(), Some("max-age=299"));
    app.wait(298);
    assert_eq!((kids().len(), max_age().as_deref()), (2, Some("max-age=1")));
    app.wait(1);
    assert_eq!(kids(), [ES256_THUMBPRINT]);
    assert_eq!(max_age().as_deref(), Some("max-age=300"));
}

#[test]
fn jwks_route_answers_304_to_matching_etag() {
    let app = published(json!([
        es256(&json!({})),
        { "public_key": crate::pem::EDDSA_PUBLIC, "algorithm": "EdDSA", "retire_at": "2025-06-15T16:06:40Z" },
    ]));
    let first = app.get(PATH);
    let etag = first.header("ETag").expect("a tag").to_owned();
    assert!(etag.len() > 10 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    assert_eq!(app.get(PATH).header("ETag"), Some(etag.as_str()));
    for same in
        [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), format!("\"a\",W/{etag} , \"b\""), "*".into()]
    {
        let answer = app.send(Method::Get, PATH, &[("If-None-Match", &same)]);
        assert_eq!((answer.status, answer.body.as_str()), (304, ""), "{same}");
        assert_eq!(answer.header("ETag"), Some(etag.as_str()));
        assert_eq!(answer.header("Cache-Control"), Some("max-age=300"));
        assert_eq!(answer.header("Content-Type"), None);
    }
    let unquoted = etag.trim_matches('"');
    for other in ["\"other\"", unquoted, "", ",", "W/", &etag[..5]] {
        let answer = app.send(Method::Get, PATH, &[("If-None-Match", other)]);
        assert_eq!((answer.status, answer.body.as_str()), (200, first.body.as_str()), "{other}");
    }
    app.wait(3600);
    let answer = app.send(Method::Get, PATH, &[("If-None-Match", &etag)]);
    assert_eq!(answer.status, 200);
    assert_ne!(answer.header("ETag"), Some(etag.as_str()));
}

#[test]
fn jwks_route_answers_head_without_body_and_post_with_404() {
    let app = published(json!([es256(&json!({}))]));
    let (get, head) = (app.get(PATH), app.send(Method::Head, PATH, &[]));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for name in ["Content-Type", "Cache-Control", "ETag"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    assert_eq!(app.send(Method::Post, PATH, &[]).status, 404);
}

#[test]
fn jwks_changes_when_key_files_are_reloaded() {
    let folder = Folder::new();
    folder.put("key.pem", ES256);
    let keys = json!([signing("ES256", &folder.setting("key.pem"))]);
    let app = published(keys);
    let before = app.get(PATH);
    folder.put("key.pem", &keygen_output::new_key(Algorithm::ES256));
    assert_eq!(app.get(PATH).body, before.body);
    app.reload().0.expect("a good key");
    let after = app.get(PATH);
    assert_ne!(after.header("ETag"), before.header("ETag"));
    assert_eq!(after.json()["keys"][0]["kid"].as_str(), Some(app.jwtauth().keys().keys()[0].kid()));
}

#[test]
fn jwks_route_is_absent_without_jwks_path() {
    let app = App::new(json!({ "keys": [es256(&json!({}))] }));
    assert_eq!(app.get(PATH).status, 404);
    assert_eq!(app.get("/own-keys").status, 200);
    // A route of the application can publish an empty set.
    let app = App::new(json!({ "master_secret": secret(1) }));
    assert_eq!(app.get("/own-keys").json(), json!({ "keys": [] }));
}

#[get("/.well-known/jwks.json")]
fn taken() -> &'static str {
    "something else"
}

#[test]
fn jwks_path_that_collides_with_a_route_stops_the_launch() {
    crate::log::install();
    let settings = json!({ "private_key": ES256, "algorithm": "ES256", "jwks_path": PATH });
    let rocket = rocket(settings).attach(JwtAuth::fairing()).mount("/", routes![taken]);
    let error = crate::launch::block_on(rocket.ignite()).map(|_| ()).expect_err("two routes at one path");
    assert!(matches!(error.kind(), rocket::error::ErrorKind::Collisions(_)), "{error}");
}
