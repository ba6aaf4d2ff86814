//! The only accepted form of a token: three parts of canonical, unpadded base64url.

use jwtauth::{Algorithm, Key, KeyRing, Secret, TokenError};
use jwtauth_tests::{NOW, SECRET, encode};

use crate::token_app::sign_parts;

const HEADER: &str = r#"{"alg":"HS256"}"#;

fn ring() -> KeyRing {
    Key::from_secret(Algorithm::HS256, &Secret::from(SECRET)).expect("a good secret").into()
}

fn verify(token: &str) -> Result<Vec<u8>, TokenError> {
    ring().verify(token, NOW)
}

/// The other characters that would decode to the same bytes as the last character of `part` if the unused bits were
/// ignored.
fn same_but_for_spare_bits(part: &str) -> Vec<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let spare = match part.len() % 4 {
        2 => 16,
        3 => 4,
        _ => panic!("{part} has no spare bits"),
    };
    let (rest, last) = part.split_at(part.len() - 1);
    let value = ALPHABET.iter().position(|char| char == &last.as_bytes()[0]).expect("base64url");
    assert_eq!(value % spare, 0, "{part} is not canonical");
    (1..spare).map(|bits| format!("{rest}{}", char::from(ALPHABET[value + bits]))).collect()
}

#[test]
fn verifier_refuses_token_without_exactly_three_parts() {
    let token = sign_parts(&encode(HEADER), &encode("{}"));
    assert_eq!(verify(&token), Ok(b"{}".to_vec()));

    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let others = [
        String::new(),
        ".".into(),
        header.into(),
        format!("{header}.{payload}"),
        format!("{header}{payload}.{signature}"),
        format!(".{token}"),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{header}..{payload}.{signature}"),
        format!("{header}.{payload}..{signature}"),
        "....".into(),
        format!(".{payload}.{payload}.{payload}.{signature}"),
        format!("{header}.{payload}.{payload}.{payload}.{payload}.{signature}"),
    ];
    for other in others {
        assert_eq!(verify(&other), Err(TokenError::Malformed), "{other}");
    }
    // As many parts as in a JWE (RFC 7516 §7.1). All except the first and the fourth may be empty.
    for other in [format!("{header}.{payload}.{payload}.{payload}.{signature}"), format!("{header}...{payload}.")] {
        assert_eq!(verify(&other), Err(TokenError::Encrypted), "{other}");
    }
    // A valid signature over more than two parts is refused too.
    assert_eq!(verify(&sign_parts(&encode(HEADER), &format!("{payload}.{payload}"))), Err(TokenError::Malformed));
    assert_eq!(verify(&sign_parts(&encode(HEADER), &format!("{payload}."))), Err(TokenError::Malformed));
}

#[test]
fn verifier_refuses_empty_parts_except_the_payload() {
    let [header, payload] = [encode(HEADER), encode("{}")];
    let token = sign_parts(&header, &payload);
    let signature = token.rsplit('.').next().expect("a signature");
    assert_eq!(verify(&format!("{header}.{payload}.")), Err(TokenError::Signature));
    assert_eq!(verify(&format!(".{payload}.{signature}")), Err(TokenError::Malformed));
    assert_eq!(verify(".."), Err(TokenError::Malformed));
    // RFC 7515 signs any bytes. The claims are checked later.
    assert_eq!(verify(&sign_parts(&header, "")), Ok(Vec::new()));
}

#[test]
fn verifier_refuses_nonzero_spare_bits_in_header() {
    for header in [HEADER, r#"{"alg":"HS256" }"#, r#"{"alg":"HS256"  }"#] {
        let part = encode(header);
        assert_eq!(verify(&sign_parts(&part, &encode("{}"))), Ok(b"{}".to_vec()));
        if part.len() % 4 != 0 {
            for other in same_but_for_spare_bits(&part) {
                assert_eq!(verify(&sign_parts(&other, &encode("{}"))), Err(TokenError::Malformed), "{other}");
            }
        }
    }
}

#[test]
fn verifier_refuses_nonzero_spare_bits_in_payload() {
    for payload in ["{}", r#"{"a":1}"#, r#"{"ab":1}"#] {
        let part = encode(payload);
        assert_eq!(verify(&sign_parts(&encode(HEADER), &part)), Ok(payload.into()));
        for other in same_but_for_spare_bits(&part) {
            assert_eq!(verify(&sign_parts(&encode(HEADER), &other)), Err(TokenError::Malformed), "{other}");
        }
    }
}

#[test]
fn verifier_refuses_nonzero_spare_bits_in_signature() {
    for keys in crate::signing_keys::all() {
        let token = keys.sign(HEADER.replace("HS256", keys.name()).as_str(), "{}");
        assert_eq!(keys.ring().verify(&token, NOW), Ok(b"{}".to_vec()), "{}", keys.name());
        let (message, signature) = token.rsplit_once('.').expect("a signature");
        for other in same_but_for_spare_bits(signature) {
            let verdict = keys.ring().verify(&format!("{message}.{other}"), NOW);
            assert_eq!(verdict, Err(TokenError::Signature), "{} {other}", keys.name());
        }
    }
}

#[test]
fn verifier_refuses_padding_in_every_part() {
    let [header, payload] = [encode(r#"{"alg":"HS256" }"#), encode("{}")];
    for (header, payload) in [
        (format!("{header}=="), payload.clone()),
        (format!("{header}="), payload.clone()),
        (header.clone(), format!("{payload}=")),
        (header.clone(), format!("{payload}%3D")),
    ] {
        assert_eq!(verify(&sign_parts(&header, &payload)), Err(TokenError::Malformed), "{header} {payload}");
    }
    for keys in crate::signing_keys::all() {
        let token = keys.sign(&format!(r#"{{"alg":"{}"}}"#, keys.name()), "{}");
        for padding in ["=", "==", "%3D"] {
            let verdict = keys.ring().verify(&format!("{token}{padding}"), NOW);
            assert_eq!(verdict, Err(TokenError::Signature), "{} {padding}", keys.name());
        }
    }
}

#[test]
fn verifier_refuses_standard_base64_alphabet() {
    // `~` and `?` at these positions are encoded with the two characters in which the alphabets differ.
    let [header, payload] = [r#"{"alg":"HS256","a":"~~~???"}"#, r#"{"a":"~~~???"}"#].map(encode);
    assert_eq!(verify(&sign_parts(&header, &payload)), Ok(br#"{"a":"~~~???"}"#.to_vec()));
    let standard = |part: &str| part.replace('-', "+").replace('_', "/");
    assert!(header != standard(&header) && payload != standard(&payload));
    assert_eq!(verify(&sign_parts(&standard(&header), &payload)), Err(TokenError::Malformed));
    assert_eq!(verify(&sign_parts(&header, &standard(&payload))), Err(TokenError::Malformed));

    for keys in crate::signing_keys::all() {
        let token = (0..)
            .map(|salt| keys.sign(&format!(r#"{{"alg":"{}"}}"#, keys.name()), format!("{{\"n\":{salt}}}")))
            .find(|token| token.rsplit('.').next().is_some_and(|signature| signature.contains(['-', '_'])))
            .expect("one signature in two");
        let (message, signature) = token.rsplit_once('.').expect("a signature");
        assert!(keys.ring().verify(&token, NOW).is_ok());
        let verdict = keys.ring().verify(&format!("{message}.{}", standard(signature)), NOW);
        assert_eq!(verdict, Err(TokenError::Signature), "{}", keys.name());
    }
}

#[test]
fn verifier_refuses_whitespace_and_other_characters_anywhere() {
    let [header, payload] = [HEADER, r#"{"a":1}"#].map(encode);
    let token = sign_parts(&header, &payload);
    for strange in [" ", "\n", "\r\n", "\t", "\0", "\u{a0}", "\u{feff}", "é", "!", "*", ",", "\""] {
        for at in 0..=token.len() {
            let mut other = token.clone();
            other.insert_str(at, strange);
            assert!(verify(&other).is_err(), "{strange:?} at {at}");
        }
        // Refused even if the signature covers it.
        for at in 0..=header.len() {
            let mut other = header.clone();
            other.insert_str(at, strange);
            assert_eq!(verify(&sign_parts(&other, &payload)), Err(TokenError::Malformed), "{strange:?} at {at}");
        }
        for at in 0..=payload.len() {
            let mut other = payload.clone();
            other.insert_str(at, strange);
            assert_eq!(verify(&sign_parts(&header, &other)), Err(TokenError::Malformed), "{strange:?} at {at}");
        }
    }
}

#[test]
fn verifier_refuses_part_of_impossible_base64_length() {
    let [header, payload] = [encode(r#"{"alg":"HS256" }"#), encode("{}")];
    let five = |part: &str| format!("{part}{}", "A".repeat(5 - part.len() % 4));
    assert_eq!(verify(&sign_parts(&five(&header), &payload)), Err(TokenError::Malformed));
    assert_eq!(verify(&sign_parts(&header, &five(&payload))), Err(TokenError::Malformed));
    let token = sign_parts(&header, &payload);
    assert_eq!(verify(&five(&token)), Err(TokenError::Signature));
}

#[test]
fn verifier_refuses_token_over_16_kib() {
    let header = encode(HEADER);
    let around = sign_parts(&header, "").len();
    let payload = |length: usize| "A".repeat(length - around);
    let longest = sign_parts(&header, &payload(16 * 1024));
    assert_eq!(longest.len(), 16 * 1024);
    assert!(verify(&longest).is_ok());
    let longer = sign_parts(&header, &payload(16 * 1024 + 1));
    assert_eq!(verify(&longer), Err(TokenError::TooLong));
}
