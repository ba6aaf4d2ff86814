//! A key ring alone: which key signs, and which keys a token is checked with.

use jsonwebtoken::{EncodingKey, crypto};
use jwtauth::{Algorithm, Key, KeyError, KeyRing, Secret, TokenError};
use jwtauth_tests::{NOW, encode};

use crate::pem::{EDDSA, EDDSA_PUBLIC, ES256, ES256_PUBLIC, RSA};

const PAYLOAD: &[u8] = br#"{"sub":"alice"}"#;

/// The secret with this number.
fn secret(number: usize) -> String {
    format!("the secret number {number}, and enough bytes beside that for all of the HMACs")
}

/// A key for HS256. Its secret and its name are derived from this number.
fn key(number: usize) -> Key {
    named_by_itself(Algorithm::HS256, number).with_kid(&number.to_string())
}

fn named_by_itself(algorithm: Algorithm, number: usize) -> Key {
    Key::from_secret(algorithm, &Secret::from(secret(number).as_str())).expect("a good secret")
}

fn ring(keys: impl IntoIterator<Item = Key>) -> KeyRing {
    KeyRing::new(keys).expect("other names")
}

/// A token with any header, signed with an algorithm and the secret with this number.
fn forge(header: &str, algorithm: jsonwebtoken::Algorithm, number: usize) -> String {
    let message = format!("{}.{}", encode(header), encode(PAYLOAD));
    let key = EncodingKey::from_secret(secret(number).as_bytes()).expect("not empty");
    let signature = crypto::sign(message.as_bytes(), &key, algorithm).expect("HMAC takes any key");
    format!("{message}.{signature}")
}

/// The same as [`forge`], with HS256.
fn forge_256(header: &str, number: usize) -> String {
    forge(header, jsonwebtoken::Algorithm::HS256, number)
}

/// The `kid` of a token that is signed at this time.
fn signer(ring: &KeyRing, now: u64) -> Option<String> {
    let token = ring.sign(PAYLOAD, now).ok()?;
    let header = token.split('.').next().expect("a header");
    let header = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(header).expect("base64url");
    let header: serde_json::Value = serde_json::from_slice(&header).expect("JSON");
    assert_eq!(ring.signer(now).map(Key::kid), header["kid"].as_str());
    assert_eq!(header.as_object().map(serde_json::Map::len), Some(3), "{header}");
    assert_eq!(header["typ"], "JWT");
    header["kid"].as_str().map(str::to_owned)
}

#[test]
fn key_ring_signs_with_first_signing_key_in_force() {
    let public = || Key::from_public_key(Algorithm::ES256, ES256_PUBLIC.as_bytes()).expect("a key");
    let ring = ring([
        public(),
        key(1).retire_at(NOW + 10),
        key(2).sign_from(NOW + 5),
        key(3).sign_from(NOW + 20).retire_at(NOW + 30),
        key(4).sign_from(NOW + 20),
    ]);
    for (time, expected) in
        [(0, Some("1")), (NOW + 9, Some("1")), (NOW + 10, Some("2")), (NOW + 20, Some("2")), (u64::MAX, Some("2"))]
    {
        assert_eq!(signer(&ring, time).as_deref(), expected, "{time}");
    }
    let ring = self::ring([key(3).sign_from(NOW + 20).retire_at(NOW + 30), key(4).sign_from(NOW + 21)]);
    for (time, expected) in
        [(NOW + 19, None), (NOW + 20, Some("3")), (NOW + 29, Some("3")), (NOW + 30, Some("4")), (u64::MAX, Some("4"))]
    {
        assert_eq!(signer(&ring, time).as_deref(), expected, "{time}");
    }
    assert_eq!(self::ring([public()]).sign(PAYLOAD, NOW), Err(KeyError::NoPrivateKey));
    assert_eq!(self::ring([]).sign(PAYLOAD, NOW), Err(KeyError::NoPrivateKey));
}

#[test]
fn key_ring_verifies_before_sign_from_and_until_retire_at() {
    let whole = ring([key(1)]).sign(PAYLOAD, NOW).expect("a key");
    let nameless = forge_256(r#"{"alg":"HS256","typ":"JWT"}"#, 1);
    let loose = forge_256(r#"{ "typ": "JWT", "alg": "HS256" }"#, 1);
    let ring = ring([key(1).sign_from(NOW + 10).retire_at(NOW + 20)]);
    for token in [&whole, &nameless, &loose] {
        for time in [0, NOW, NOW + 10, NOW + 19] {
            assert_eq!(ring.verify(token, time).as_deref(), Ok(PAYLOAD), "{time}");
        }
        for time in [NOW + 20, u64::MAX] {
            assert_eq!(ring.verify(token, time), Err(TokenError::UnknownKey), "{time}");
        }
    }
}

#[test]
fn key_ring_checks_token_only_with_key_of_its_kid() {
    let ring = ring([key(1), key(2)]);
    for (kid, number, expected) in [
        ("1", 1, Ok(PAYLOAD)),
        ("2", 2, Ok(PAYLOAD)),
        ("1", 2, Err(TokenError::Signature)),
        ("2", 1, Err(TokenError::Signature)),
        ("3", 1, Err(TokenError::UnknownKey)),
        ("", 1, Err(TokenError::UnknownKey)),
        ("1 ", 1, Err(TokenError::UnknownKey)),
        ("../1", 1, Err(TokenError::UnknownKey)),
        ("1' OR '1'='1", 1, Err(TokenError::UnknownKey)),
    ] {
        for header in [
            // The header as we write it, and as other libraries write it.
            format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{kid}"}}"#),
            format!(r#"{{"kid":"{kid}","alg":"HS256"}}"#),
        ] {
            assert_eq!(
                ring.verify(&forge_256(&header, number), NOW).as_deref(),
                expected.as_ref().map(|p| *p),
                "{header}"
            );
        }
    }
    // The same name, written with an escape.
    let escaped = forge_256(r#"{"alg":"HS256","kid":"\u0031"}"#, 1);
    assert_eq!(ring.verify(&escaped, NOW).as_deref(), Ok(PAYLOAD));
}

#[test]
fn key_ring_tries_four_keys_for_token_without_kid() {
    let hs512 = (10..20).map(|number| named_by_itself(Algorithm::HS512, number));
    let ring = ring(hs512.chain((1..=6).map(|number| match number {
        2 => key(number).retire_at(NOW + 10),
        _ => key(number),
    })));
    let verifies = |number, now| match ring.verify(&forge_256(r#"{"alg":"HS256"}"#, number), now) {
        Ok(_) => true,
        Err(TokenError::Signature) => false,
        Err(error) => panic!("{error:?}"),
    };
    assert_eq!([1, 2, 3, 4, 5, 6].map(|number| verifies(number, NOW)), [true, true, true, true, false, false]);
    assert_eq!([1, 2, 3, 4, 5, 6].map(|number| verifies(number, NOW + 10)), [true, false, true, true, true, false]);
    // A token of ours without `kid`, while several keys have its algorithm.
    let token = forge_256(r#"{"alg":"HS256","typ":"JWT"}"#, 5);
    assert_eq!(ring.verify(&token, NOW), Err(TokenError::Signature));
    assert_eq!(ring.verify(&token, NOW + 10).as_deref(), Ok(PAYLOAD));
}

#[test]
fn key_ring_finds_kid_at_any_position() {
    for others in [0, 3, 4, 5, 100] {
        let ring = ring((1..=others + 1).map(key));
        for number in [1, others + 1] {
            let token = self::ring([key(number)]).sign(PAYLOAD, NOW).expect("a key");
            assert_eq!(ring.verify(&token, NOW).as_deref(), Ok(PAYLOAD), "{number} of {}", others + 1);
        }
        let token = self::ring([key(others + 2)]).sign(PAYLOAD, NOW).expect("a key");
        assert_eq!(ring.verify(&token, NOW), Err(TokenError::UnknownKey));
    }
}

#[test]
fn key_ring_uses_key_only_for_its_algorithm() {
    use jsonwebtoken::Algorithm::{HS256, HS384, HS512};
    let ring = ring([key(1), named_by_itself(Algorithm::HS512, 2).with_kid("2")]);
    let verify = |header: &str, algorithm, number| ring.verify(&forge(header, algorithm, number), NOW);
    for (kid, number) in [(r#","kid":"1""#, 1), (r#","kid":"2""#, 2), ("", 1), ("", 2)] {
        let own = if number == 1 { HS256 } else { HS512 };
        for algorithm in [HS256, HS384, HS512] {
            let verdict = verify(&format!(r#"{{"alg":"{algorithm:?}"{kid}}}"#), algorithm, number);
            let expected = match kid {
                _ if algorithm == own => Ok(PAYLOAD.to_vec()),
                "" if algorithm != HS384 => Err(TokenError::Signature),
                _ => Err(TokenError::Algorithm),
            };
            assert_eq!(verdict, expected, "{algorithm:?} {kid} {number}");
        }
    }
    for header in [r#"{"alg":"none","kid":"1"}"#, r#"{"alg":"none"}"#, r#"{"alg":"hs256","kid":"1"}"#] {
        assert_eq!(verify(header, HS256, 1), Err(TokenError::Algorithm), "{header}");
    }
}

#[test]
fn kid_of_public_key_is_its_thumbprint_in_every_form() {
    for (algorithm, private, public, thumbprint) in [
        (Algorithm::ES256, ES256, ES256_PUBLIC, crate::pem::ES256_THUMBPRINT),
        (Algorithm::EdDSA, EDDSA, EDDSA_PUBLIC, crate::pem::EDDSA_THUMBPRINT),
        (Algorithm::RS256, RSA, crate::pem::RSA_PUBLIC, crate::pem::RSA_THUMBPRINT),
    ] {
        let pair = Key::from_private_key(algorithm, private.as_bytes(), None).expect("a key");
        let given = Key::from_private_key(algorithm, private.as_bytes(), Some(public.as_bytes())).expect("a pair");
        let alone = Key::from_public_key(algorithm, public.as_bytes()).expect("a key");
        assert_eq!([pair.kid(), given.kid(), alone.kid()], [thumbprint; 3], "{algorithm}");
    }
}

#[test]
fn kid_of_secret_is_stable_and_not_part_of_secret() {
    let (one, two) = (named_by_itself(Algorithm::HS256, 1), named_by_itself(Algorithm::HS256, 2));
    assert_ne!(one.kid(), two.kid());
    assert_eq!(one.kid(), named_by_itself(Algorithm::HS256, 1).kid());
    // Fixed, because a change would invalidate the tokens of earlier versions.
    assert_eq!(one.kid(), "8FzzPkQMbA6b");
    assert!(one.kid().len() == 12 && !secret(1).contains(one.kid()));
}

#[test]
fn key_ring_refuses_duplicate_kids() {
    assert_eq!(KeyRing::new([key(1), key(2).with_kid("1")]).err(), Some(KeyError::DoubleKid));
    // The same key has the same default name for two algorithms.
    let rsa = |algorithm| Key::from_private_key(algorithm, RSA.as_bytes(), None).expect("a key");
    let (one, two) = (rsa(Algorithm::RS256), rsa(Algorithm::PS256));
    assert_eq!(KeyRing::new([one, two]).err(), Some(KeyError::DoubleKid));
    let ring = ring([rsa(Algorithm::RS256), rsa(Algorithm::PS256).with_kid("pss")]);
    for key in [Algorithm::RS256, Algorithm::PS256] {
        let alone = self::ring([match key {
            Algorithm::PS256 => rsa(key).with_kid("pss"),
            _ => rsa(key),
        }]);
        let token = alone.sign(PAYLOAD, NOW).expect("a key");
        assert_eq!(ring.verify(&token, NOW).as_deref(), Ok(PAYLOAD));
    }
}

#[test]
fn key_ring_accepts_any_text_as_kid() {
    for kid in ["", "2026-11", "Ålice \"🦀\" \\ \n\u{0}", &"x".repeat(1000)] {
        let ring = ring([key(1).with_kid(kid), key(2)]);
        assert_eq!(signer(&ring, NOW).as_deref(), Some(kid));
        let token = ring.sign(PAYLOAD, NOW).expect("a key");
        assert_eq!(ring.verify(&token, NOW).as_deref(), Ok(PAYLOAD));
    }
}
