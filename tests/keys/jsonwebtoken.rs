//! The feature `jsonwebtoken`: conversions to and from the types of that crate.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm};
use jsonwebtoken::{DecodingKey, EncodingKey, crypto};
use jwtauth::{Algorithm, Jwks, Key, KeyError, KeyRing};
use jwtauth_tests::{NOW, SECRET, encode};
use serde_json::{Value, json};

use crate::key_files_app::App;
use crate::pem;

const PAYLOAD: &str = r#"{"sub":"alice"}"#;

/// A token signed with `jsonwebtoken`.
fn signed(algorithm: jsonwebtoken::Algorithm, key: &EncodingKey) -> String {
    let message = format!("{}.{}", encode(format!(r#"{{"alg":"{algorithm:?}"}}"#)), encode(PAYLOAD));
    let signature = crypto::sign(message.as_bytes(), key, algorithm).expect("a key of this algorithm");
    format!("{message}.{signature}")
}

/// Whether `jsonwebtoken` verifies the signatures of this key.
fn is_verified(key: Key, theirs: &DecodingKey) -> bool {
    let algorithm = jsonwebtoken::Algorithm::try_from(key.algorithm()).expect("one that both have");
    let token = KeyRing::from(key).sign(PAYLOAD.as_bytes(), NOW).expect("a key that signs");
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    crypto::verify(signature, message.as_bytes(), theirs, algorithm).expect("a key of this algorithm")
}

/// An application with a key of this algorithm.
fn app(algorithm: Algorithm) -> App {
    let key = match algorithm {
        Algorithm::ES256 => pem::ES256,
        Algorithm::ES384 => pem::ES384,
        Algorithm::ES512 => pem::ES512,
        Algorithm::EdDSA => pem::EDDSA,
        _ => pem::RSA,
    };
    App::new(json!({ "algorithm": algorithm.name(), "private_key": key }))
}

/// The JWK set that the application publishes.
fn published(app: &App) -> Value {
    json(&app.jwtauth().jwks())
}

fn json(jwks: &Jwks) -> Value {
    serde_json::from_str(&jwks.to_string()).expect("JSON")
}

/// Keys of each family, as `jsonwebtoken` reads them.
fn pairs() -> Vec<(jsonwebtoken::Algorithm, EncodingKey, DecodingKey)> {
    use jsonwebtoken::Algorithm::{ES256, EdDSA, HS256, HS512, PS256, PS512, RS256};
    let secret = SECRET.as_bytes();
    let mut pairs = Vec::new();
    for algorithm in [HS256, HS512] {
        let signing = EncodingKey::from_secret(secret).expect("a secret");
        pairs.push((algorithm, signing, DecodingKey::from_secret(secret).expect("a secret")));
    }
    for algorithm in [RS256, PS256, PS512] {
        let signing = EncodingKey::from_rsa_pem(pem::RSA.as_bytes()).expect("a key");
        let jwk = Jwk::from_encoding_key(&signing, algorithm).expect("a public key");
        pairs.push((algorithm, signing, DecodingKey::from_jwk(&jwk).expect("a key")));
    }
    let signing = EncodingKey::from_ec_pem(pem::ES256.as_bytes()).expect("a key");
    pairs.push((ES256, signing, DecodingKey::from_ec_pem(pem::ES256_PUBLIC.as_bytes()).expect("a key")));
    let signing = EncodingKey::from_ed_pem(pem::EDDSA.as_bytes()).expect("a key");
    pairs.push((EdDSA, signing, DecodingKey::from_ed_pem(pem::EDDSA_PUBLIC.as_bytes()).expect("a key")));
    pairs
}

#[test]
fn algorithm_converts_to_that_of_jsonwebtoken_and_back() {
    for algorithm in Algorithm::ALL.iter().copied().filter(|algorithm| *algorithm != Algorithm::ES512) {
        let theirs = jsonwebtoken::Algorithm::try_from(algorithm).expect("one that both have");
        assert_eq!(format!("{theirs:?}"), algorithm.name());
        assert_eq!(Algorithm::try_from(theirs), Ok(algorithm));
    }
    assert!(jsonwebtoken::Algorithm::try_from(Algorithm::ES512).is_err());
}

#[test]
fn key_from_encoding_key_signs_and_verifies() {
    for (theirs, signing, verifying) in pairs() {
        let algorithm = Algorithm::try_from(theirs).expect("one that both have");
        let key = Key::from_encoding_key(algorithm, &signing).expect("a good key");
        assert!(key.can_sign());
        assert!(is_verified(key, &verifying), "{theirs:?}");
        let ring = KeyRing::from(Key::from_encoding_key(algorithm, &signing).expect("a good key"));
        assert_eq!(ring.verify(&signed(theirs, &signing), NOW).as_deref(), Ok(PAYLOAD.as_bytes()), "{theirs:?}");
    }
}

#[test]
fn key_from_decoding_key_verifies() {
    for (theirs, signing, verifying) in pairs() {
        let algorithm = Algorithm::try_from(theirs).expect("one that both have");
        let key = Key::from_decoding_key(algorithm, &verifying).expect("a good key");
        assert_eq!(key.can_sign(), algorithm.is_hmac());
        let same = Key::from_encoding_key(algorithm, &signing).expect("a good key");
        assert_eq!(key.kid(), same.kid(), "{theirs:?}");
        let ring = KeyRing::from(key);
        assert_eq!(ring.verify(&signed(theirs, &signing), NOW).as_deref(), Ok(PAYLOAD.as_bytes()), "{theirs:?}");
    }
}

/// `jsonwebtoken` stores the bytes of a key without parsing them. Each form of a public key is supported.
#[test]
fn key_from_decoding_key_reads_each_form() {
    let kid =
        |algorithm, key: &DecodingKey| Key::from_decoding_key(algorithm, key).expect("a good key").kid().to_owned();
    let spki = DecodingKey::from_ec_der(&pem::der(pem::ES256_PUBLIC));
    let point = DecodingKey::from_ec_pem(pem::ES256_PUBLIC.as_bytes()).expect("a key");
    assert_eq!(kid(Algorithm::ES256, &spki), kid(Algorithm::ES256, &point));
    let spki = DecodingKey::from_ed_der(&pem::der(pem::EDDSA_PUBLIC));
    let point = DecodingKey::from_ed_pem(pem::EDDSA_PUBLIC.as_bytes()).expect("a key");
    assert_eq!(kid(Algorithm::EdDSA, &spki), kid(Algorithm::EdDSA, &point));
    for curve in [Algorithm::ES384, Algorithm::ES512] {
        let jwks = published(&app(curve));
        let jwk = &jwks["keys"][0];
        let (x, y) = (jwk["x"].as_str().expect("text"), jwk["y"].as_str().expect("text"));
        let key = DecodingKey::from_ec_components(x, y).expect("a key");
        assert_eq!(jwk["kid"], kid(curve, &key));
    }
}

#[test]
fn key_from_jsonwebtoken_refuses_other_families_and_curves() {
    let secret = EncodingKey::from_secret(SECRET.as_bytes()).expect("a secret");
    let ec = DecodingKey::from_ec_pem(pem::ES256_PUBLIC.as_bytes()).expect("a key");
    let ed = EncodingKey::from_ed_pem(pem::EDDSA.as_bytes()).expect("a key");
    let error = |result: Result<Key, KeyError>| result.expect_err("a misfit");
    use Algorithm::{ES256, ES384, HS256, RS256};
    assert_eq!(error(Key::from_encoding_key(ES256, &secret)), KeyError::NoSecretWanted(ES256));
    assert_eq!(error(Key::from_decoding_key(HS256, &ec)), KeyError::SecretWanted(HS256));
    let wrong_curve = KeyError::WrongKind { algorithm: ES384, found: "an EC key on the curve P-256" };
    assert_eq!(error(Key::from_decoding_key(ES384, &ec)), wrong_curve);
    let wrong_kind = KeyError::WrongKind { algorithm: RS256, found: "an Ed25519 key" };
    assert_eq!(error(Key::from_encoding_key(RS256, &ed)), wrong_kind);
}

#[test]
fn key_from_jsonwebtoken_refuses_short_and_malformed_keys() {
    let short = EncodingKey::from_secret(b"too short").expect("a secret");
    let too_short = KeyError::SecretTooShort { algorithm: Algorithm::HS256, least: 32, found: 9 };
    assert_eq!(Key::from_encoding_key(Algorithm::HS256, &short).expect_err("too short"), too_short);
    // Odd numbers with 1024 and 2048 bits, the latter with leading zeros.
    let small = DecodingKey::from_rsa_raw_components(&[0xff; 128], &[1, 0, 1]);
    assert!(Key::from_decoding_key(Algorithm::RS256, &small).is_err());
    let large = DecodingKey::from_rsa_raw_components(&[&[0, 0][..], &[0xff; 256]].concat(), &[0, 1, 0, 1]);
    assert!(Key::from_decoding_key(Algorithm::RS256, &large).is_ok());
    for (n, e) in [(&[][..], &[][..]), (&[0][..], &[0][..]), (&[0xff; 256][..], &[][..])] {
        let nothing = DecodingKey::from_rsa_raw_components(n, e);
        assert!(Key::from_decoding_key(Algorithm::RS256, &nothing).is_err());
    }
    for bytes in [&[][..], &[4], &[4; 65], &[0; 32], &[0x30]] {
        for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
            let key = match algorithm {
                Algorithm::EdDSA => DecodingKey::from_ed_der(bytes),
                _ => DecodingKey::from_ec_der(bytes),
            };
            assert!(Key::from_decoding_key(algorithm, &key).is_err(), "{algorithm} {bytes:?}");
        }
    }
}

#[test]
fn jwks_converts_to_the_set_of_jsonwebtoken_and_back() {
    for algorithm in [Algorithm::ES256, Algorithm::ES512, Algorithm::EdDSA, Algorithm::RS256] {
        let app = app(algorithm);
        let set = JwkSet::from(&app.jwtauth().jwks());
        let [jwk] = &set.keys[..] else { panic!("one key") };
        assert_eq!(jwk.common.key_id.as_deref(), Some(app.jwtauth().keys().keys()[0].kid()));
        let expected = algorithm.name().parse::<KeyAlgorithm>().ok();
        assert_eq!(jwk.common.key_algorithm, expected, "{algorithm}");
        let key = DecodingKey::from_jwk(jwk).expect("a key that both know");
        let key = Key::from_decoding_key(algorithm, &key).expect("a good key");
        assert_eq!(Some(key.kid()), jwk.common.key_id.as_deref());

        let jwks = Jwks::try_from(&set).expect("a public key");
        let mut members = published(&app);
        if algorithm == Algorithm::ES512 {
            // `jsonwebtoken` has no name for the algorithm.
            members["keys"][0].as_object_mut().expect("an object").remove("alg");
        }
        assert_eq!(json(&jwks), members);
    }
}

#[test]
fn jwk_set_of_jsonwebtoken_knows_the_curve_of_es512() {
    let set = JwkSet::from(&app(Algorithm::ES512).jwtauth().jwks());
    let AlgorithmParameters::EllipticCurve(parameters) = &set.keys[0].algorithm else { panic!("a curve") };
    assert_eq!(parameters.curve, EllipticCurve::P521);
}

#[test]
fn jwks_from_a_set_refuses_secrets() {
    for (jwk, found) in [
        (json!({ "kty": "oct", "k": encode(SECRET) }), "a secret"),
        (json!({ "kty": "AKP", "priv": "AAAA" }), "a key of an unknown type"),
    ] {
        let set: JwkSet = serde_json::from_value(json!({ "keys": [jwk] })).expect("a set");
        let error = Jwks::try_from(&set).expect_err("not a public key");
        assert_eq!(error, KeyError::WrongContent { wanted: "public key", found });
    }
}

/// `jsonwebtoken` drops the private members of the key types that it knows.
#[test]
fn jwks_from_a_set_has_no_private_members() {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode([7; 32]), "d": encode([9; 32]) });
    let set: JwkSet = serde_json::from_value(json!({ "keys": [jwk] })).expect("a set");
    let published = Jwks::try_from(&set).expect("a public key").to_string();
    assert!(!published.contains(&encode([9; 32])), "{published}");
}
