//! Converts the keys of published vectors: a JWK (RFC 7517) becomes the DER or the secret for a `KeyRing`.

use base64_simd::URL_SAFE_NO_PAD;
use jwtauth::{Algorithm, Key, KeyError, KeyRing, Secret};
use serde_json::Value;

/// A ring with one key and its `kid`. A public key only verifies.
pub(crate) fn ring(algorithm: Algorithm, jwk: &Value) -> Result<KeyRing, KeyError> {
    let key = if algorithm.is_hmac() {
        Key::from_secret(algorithm, &Secret::from(bytes(jwk, "k")))
    } else {
        Key::from_public_key(algorithm, &public_der(jwk))
    }?;
    Ok(match jwk["kid"].as_str() {
        Some(kid) => key.with_kid(kid).into(),
        None => key.into(),
    })
}

/// The public key in DER: PKCS #1 for RSA, SubjectPublicKeyInfo for the others.
pub(crate) fn public_der(jwk: &Value) -> Vec<u8> {
    const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
    const P521: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];
    const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

    let curve = match jwk["crv"].as_str() {
        Some("P-256") => P256,
        Some("P-384") => P384,
        Some("P-521") => P521,
        Some("Ed25519") => return subject_public_key_info(&[ED25519], &bytes(jwk, "x")),
        _ => return sequence(&[integer(&bytes(jwk, "n")), integer(&bytes(jwk, "e"))]),
    };
    let point = [vec![0x04], bytes(jwk, "x"), bytes(jwk, "y")].concat();
    subject_public_key_info(&[EC_PUBLIC_KEY, curve], &point)
}

fn bytes(jwk: &Value, member: &str) -> Vec<u8> {
    let text = jwk[member].as_str().unwrap_or_else(|| panic!("the JWK has no {member}"));
    URL_SAFE_NO_PAD.decode_to_vec(text).expect("base64url")
}

fn subject_public_key_info(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    let bits = [&[0], key].concat();
    sequence(&[sequence(&algorithm.iter().map(|part| part.to_vec()).collect::<Vec<_>>()), tagged(0x03, &bits)])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tagged(0x30, &parts.concat())
}

fn integer(unsigned: &[u8]) -> Vec<u8> {
    let zeros = unsigned.iter().take_while(|byte| **byte == 0).count();
    tagged(0x02, &[&[0], &unsigned[zeros..]].concat()[usize::from(unsigned[zeros] < 0x80)..])
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = match content.len() {
        short @ 0..0x80 => vec![short as u8],
        long => {
            let bytes = long.to_be_bytes();
            let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
            [&[0x80 | bytes.len() as u8], bytes].concat()
        }
    };
    [&[tag], length.as_slice(), content].concat()
}
