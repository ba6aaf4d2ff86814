//! Writes public keys as JSON (RFC 7517), and derives their names.

#[cfg(feature = "issuers")]
mod read;
#[cfg(feature = "issuers")]
mod skipped;

use std::borrow::Cow;

use base64_simd::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{PublicKey, der};
use crate::algorithm::Algorithm;

#[cfg(feature = "issuers")]
pub(crate) use self::read::{Member, read};
#[cfg(feature = "issuers")]
pub(crate) use self::skipped::skipped;

impl PublicKey {
    /// The default name of the key: its [thumbprint](Self::thumbprint).
    pub(crate) fn name(&self) -> String {
        self.thumbprint().unwrap_or_else(|| BASE64.encode_to_string(Sha256::digest(self.bytes())))
    }

    /// The key as a member of a JWK set, only for verifying tokens of its algorithm.
    ///
    /// Returns `None` for a compressed elliptic-curve point, because JWK needs both coordinates.
    pub(crate) fn jwk(&self, kid: Option<&str>) -> Option<Value> {
        let text = |text: &str| Value::from(text);
        let mut jwk: Map<String, Value> =
            self.members()?.into_iter().map(|(name, value)| (name.to_owned(), text(&value))).collect();
        jwk.insert("alg".to_owned(), text(self.algorithm().name()));
        jwk.insert("use".to_owned(), text("sig"));
        if let Some(kid) = kid {
            jwk.insert("kid".to_owned(), text(kid));
        }
        Some(Value::Object(jwk))
    }

    /// The SHA-256 thumbprint of the key (RFC 7638). It reveals nothing about the private key. Returns `None` if there
    /// is no [`jwk`](Self::jwk).
    pub(crate) fn thumbprint(&self) -> Option<String> {
        // RFC 7638 §3.3: the members are sorted by name, without white space. No value needs escapes.
        let members: Vec<String> =
            self.members()?.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
        let hash: [u8; 32] = Sha256::digest(format!("{{{}}}", members.join(","))).into();
        Some(BASE64.encode_to_string(hash))
    }

    /// The required members of the key (RFC 7638 §3.2, RFC 8037 §2), sorted by name.
    fn members(&self) -> Option<Vec<(&'static str, Cow<'static, str>)>> {
        let encoded = |bytes: &[u8]| Cow::Owned(BASE64.encode_to_string(bytes));
        if self.algorithm().is_rsa() {
            let (n, e) = modulus_and_exponent(self.bytes())?;
            return Some(vec![("e", encoded(e)), ("kty", Cow::Borrowed("RSA")), ("n", encoded(n))]);
        }
        let point = point(self.bytes())?;
        let Some((crv, size)) = curve(self.algorithm()) else {
            let members = vec![("crv", "Ed25519".into()), ("kty", "OKP".into()), ("x", encoded(point))];
            return (point.len() == 32).then_some(members);
        };
        let (x, y) = point.strip_prefix(&[UNCOMPRESSED])?.split_at_checked(size)?;
        let members = vec![("crv", crv.into()), ("kty", "EC".into()), ("x", encoded(x)), ("y", encoded(y))];
        (y.len() == size).then_some(members)
    }
}

/// The first byte of an uncompressed point (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 0x04;

/// The curve of an algorithm, and the size of a coordinate in bytes (RFC 7518 §6.2.1).
fn curve(algorithm: Algorithm) -> Option<(&'static str, usize)> {
    match algorithm {
        Algorithm::ES256 => Some(("P-256", 32)),
        Algorithm::ES384 => Some(("P-384", 48)),
        Algorithm::ES512 => Some(("P-521", 66)),
        _ => None,
    }
}

/// The point of a SubjectPublicKeyInfo. Other bytes are a bare point.
fn point(bytes: &[u8]) -> Option<&[u8]> {
    if der::is_one_sequence(bytes) { subject_public_key(bytes) } else { Some(bytes) }
}

/// The content of the BIT STRING of a SubjectPublicKeyInfo (RFC 5280 §4.1).
fn subject_public_key(spki: &[u8]) -> Option<&[u8]> {
    let (0x30, content, _) = der::element(spki)? else { return None };
    let (0x30, _, rest) = der::element(content)? else { return None };
    let (0x03, bits, _) = der::element(rest)? else { return None };
    // There are no unused bits.
    bits.strip_prefix(&[0])
}

/// The modulus and exponent of an RSA key, from PKCS #1 or a SubjectPublicKeyInfo.
fn modulus_and_exponent(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let key = subject_public_key(bytes).unwrap_or(bytes);
    let (0x30, content, _) = der::element(key)? else { return None };
    let (0x02, n, rest) = der::element(content)? else { return None };
    let (0x02, e, _) = der::element(rest)? else { return None };
    // DER puts a zero byte before a number whose first bit is set. JWK does not (RFC 7518 §2).
    Some((n.strip_prefix(&[0]).unwrap_or(n), e.strip_prefix(&[0]).unwrap_or(e)))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{self as sig, KeyPair as _};

    use super::*;
    use crate::keys::asymmetric::KeyPair;

    /// RFC 7638 §3.1.
    const MODULUS: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPeb\
                           WKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368Q\
                           QMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2\
                           NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    #[test]
    fn thumbprint_matches_example_of_rfc_7638() {
        let n = BASE64.decode_to_vec(MODULUS).expect("base64url");
        let e = [1, 0, 1];
        let spki = sig::RsaPublicKeyComponents { n, e: e.to_vec() }.as_der().expect("DER");
        let pkcs1 = subject_public_key(spki.as_ref()).expect("an SPKI");
        for der in [spki.as_ref(), pkcs1] {
            let key = PublicKey::new(Algorithm::RS256, der).expect("a key");
            assert_eq!(key.thumbprint().as_deref(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
            let jwk = key.jwk(Some("2011-04-29")).expect("a JWK");
            let expected = serde_json::json!({
                "kty": "RSA", "n": MODULUS, "e": "AQAB", "alg": "RS256", "use": "sig", "kid": "2011-04-29",
            });
            assert_eq!(jwk, expected);
        }
    }

    /// RFC 8037 appendix A.2 and A.3.
    #[test]
    fn thumbprint_matches_example_of_rfc_8037() {
        let x = BASE64.decode_to_vec("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").expect("base64url");
        let spki = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0][..], &x].concat();
        let key = PublicKey::new(Algorithm::EdDSA, &spki).expect("a key");
        assert_eq!(key.thumbprint().as_deref(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    }

    /// A derived public key is a bare point, and one from a file is DER. Both give the same JWK.
    #[test]
    fn jwk_is_the_same_for_bare_point_and_der() {
        for (signing, algorithm) in [
            (&sig::ECDSA_P256_SHA256_FIXED_SIGNING, Algorithm::ES256),
            (&sig::ECDSA_P384_SHA384_FIXED_SIGNING, Algorithm::ES384),
            (&sig::ECDSA_P521_SHA512_FIXED_SIGNING, Algorithm::ES512),
        ] {
            let pkcs8 = sig::EcdsaKeyPair::generate_pkcs8(signing, &SystemRandom::new()).expect("a key");
            let derived = KeyPair::new(algorithm, pkcs8.as_ref(), None).expect("a pair");
            let pair = sig::EcdsaKeyPair::from_pkcs8(signing, pkcs8.as_ref()).expect("a pair");
            let spki = pair.public_key().as_der().expect("DER");
            let read = PublicKey::new(algorithm, spki.as_ref()).expect("a key");
            assert!(read.thumbprint().is_some());
            assert_eq!(derived.public().thumbprint(), read.thumbprint());
            assert_eq!(derived.public().jwk(None), read.jwk(None));
        }
    }

    /// A compressed point can verify, but can't be published.
    #[test]
    fn jwk_is_absent_for_compressed_point() {
        let signing = &sig::ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = sig::EcdsaKeyPair::generate(signing).expect("a pair");
        let x = &pair.public_key().as_ref()[1..33];
        let head = [0x30, 0x39, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08];
        let curve =
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x22, 0, 2 + (pair.public_key().as_ref()[64] & 1)];
        let key = PublicKey::new(Algorithm::ES256, &[&head[..], &curve, x].concat()).expect("a key");
        assert_eq!(key.jwk(None), None);
        assert_eq!(key.thumbprint(), None);
    }
}
