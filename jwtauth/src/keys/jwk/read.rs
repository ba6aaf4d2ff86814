//! Reads the public keys of a JWK set.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::RsaPublicKeyComponents;
use base64_simd::forgiving_decode_to_vec;
use serde_json::{Map, Value};

use super::{UNCOMPRESSED, curve};
use crate::algorithm::Algorithm;
use crate::keys::PublicKey;

/// A key of a set, for one algorithm.
pub(crate) struct Member {
    pub(crate) kid: Option<Box<str>>,
    pub(crate) key: PublicKey,
}

/// Reads a member of a JWK set (RFC 7517 §5). Returns one key for each allowed algorithm that it can verify.
///
/// Returns nothing, without an error, for a key of an unknown type or curve, a key that is not meant for signatures, a
/// secret, and a public key that was published together with its private key: everybody who can read the set could sign
/// with those. An RSA key without `alg` can be used with several algorithms.
///
/// Sets of well-known issuers differ from the RFC. A member that is `null` or empty counts as absent. Numbers are
/// compared by value and read in the encodings that other libraries accept, see [`bytes`].
pub(crate) fn read(jwk: &Value, allowed: &[Algorithm]) -> Vec<Member> {
    let Value::Object(jwk) = jwk else {
        return Vec::new();
    };
    members(jwk, allowed).unwrap_or_default()
}

fn members(jwk: &Map<String, Value>, allowed: &[Algorithm]) -> Option<Vec<Member>> {
    if PRIVATE.iter().any(|name| given(jwk, name).is_some()) || !is_for_verifying(jwk) {
        return None;
    }
    let kid = match given(jwk, "kid") {
        Some(Value::String(kid)) => Some(kid.as_str().into()),
        None => None,
        Some(_) => return None,
    };
    let named = match given(jwk, "alg") {
        Some(Value::String(alg)) => Some(Algorithm::of_issuer(alg)?),
        None => None,
        Some(_) => return None,
    };
    let (fits, bytes): (fn(Algorithm) -> bool, Vec<u8>) = match text(jwk, "kty")? {
        "EC" => match text(jwk, "crv")? {
            "P-256" => (|algorithm| algorithm == Algorithm::ES256, point(jwk, Algorithm::ES256)?),
            "P-384" => (|algorithm| algorithm == Algorithm::ES384, point(jwk, Algorithm::ES384)?),
            "P-521" => (|algorithm| algorithm == Algorithm::ES512, point(jwk, Algorithm::ES512)?),
            _ => return None,
        },
        "RSA" => (Algorithm::is_rsa, rsa(jwk)?),
        "OKP" if text(jwk, "crv")? == "Ed25519" => (|algorithm| algorithm == Algorithm::EdDSA, sized(jwk, "x", 32)?),
        _ => return None,
    };
    let usable = |algorithm: &&Algorithm| fits(**algorithm) && named.is_none_or(|named| named == **algorithm);
    let member =
        |algorithm: &Algorithm| Some(Member { kid: kid.clone(), key: PublicKey::from_members(*algorithm, &bytes)? });
    Some(allowed.iter().filter(usable).filter_map(member).collect())
}

/// The private members of keys and secrets (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// RFC 7517 §4.2 and §4.3: if the purpose of the key is specified, it must be verifying signatures.
fn is_for_verifying(jwk: &Map<String, Value>) -> bool {
    let is_for_signatures = given(jwk, "use").is_none_or(|usage| usage == "sig");
    let may_verify = match given(jwk, "key_ops") {
        Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
        None => true,
        Some(_) => false,
    };
    is_for_signatures && may_verify
}

/// The uncompressed point (RFC 7518 §6.2.1.2). Parsing it later checks that it is on the curve.
fn point(jwk: &Map<String, Value>, algorithm: Algorithm) -> Option<Vec<u8>> {
    let (_, size) = curve(algorithm)?;
    Some([&[UNCOMPRESSED][..], &sized(jwk, "x", size)?, &sized(jwk, "y", size)?].concat())
}

/// The DER of an RSA key with 2048 to 8192 bits. The exponent is limited, so that verifying is fast.
fn rsa(jwk: &Map<String, Value>) -> Option<Vec<u8>> {
    let (n, e) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    let (n, e) = (without_zeros(&n), without_zeros(&e));
    if n.len() > 1024 || e.len() > 4 {
        return None;
    }
    let exponent = e.iter().fold(0, |exponent: u64, byte| exponent << 8 | u64::from(*byte));
    let bits = 8 * n.len() - n.first()?.leading_zeros() as usize;
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    if bits < 2048 || exponent < 3 || !is_odd(n) || !is_odd(e) {
        return None;
    }
    let key = RsaPublicKeyComponents { n, e };
    Some(key.as_der().ok()?.as_ref().to_vec())
}

/// Removes leading zeros. Some issuers put one before a modulus, as DER does, although RFC 7518 §2 forbids it.
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// A member with a value. Some serializers write absent members as `null`, `""` or `[]`.
fn given<'j>(jwk: &'j Map<String, Value>, name: &str) -> Option<&'j Value> {
    jwk.get(name).filter(|value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    })
}

fn text<'j>(jwk: &'j Map<String, Value>, name: &str) -> Option<&'j str> {
    jwk.get(name)?.as_str()
}

/// Decodes exactly this many bytes. The points of elliptic curves have a fixed size (RFC 7518 §6.2.1.2).
fn sized(jwk: &Map<String, Value>, name: &str, size: usize) -> Option<Vec<u8>> {
    bytes(jwk, name).filter(|bytes| bytes.len() == size)
}

/// The maximum length of a number in characters. An RSA modulus of 8192 bits has 1366.
const LONGEST: usize = 2048;

/// Decodes base64url (RFC 7515 §2). Like PyJWT and jose, it also accepts padding, the alphabet of base64, and set bits
/// after the last byte.
fn bytes(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    let text = text(jwk, name)?.trim_end_matches('=');
    if text.len() > LONGEST || text.contains(|char: char| char.is_ascii_whitespace()) {
        return None;
    }
    forgiving_decode_to_vec(text.replace('-', "+").replace('_', "/").as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{self as sig, KeyPair as _};
    use base64_simd::URL_SAFE_NO_PAD as BASE64;
    use serde_json::json;

    use super::*;

    fn algorithms(jwk: &Value) -> Vec<Algorithm> {
        read(jwk, &ASYMMETRIC).iter().map(|member| member.key.algorithm()).collect()
    }

    const ASYMMETRIC: [Algorithm; 10] = {
        let (mut asymmetric, mut place) = ([Algorithm::EdDSA; 10], 0);
        while place < 10 {
            asymmetric[place] = Algorithm::ALL[place + 3];
            place += 1;
        }
        asymmetric
    };

    const RSA: [Algorithm; 6] =
        [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];

    fn with(jwk: &Value, name: &str, value: impl Into<Value>) -> Value {
        let mut jwk = jwk.clone();
        jwk[name] = value.into();
        jwk
    }

    fn ec() -> Value {
        let pair = sig::EcdsaKeyPair::generate(&sig::ECDSA_P256_SHA256_FIXED_SIGNING).expect("a pair");
        let point = pair.public_key().as_ref();
        let (x, y) = (BASE64.encode_to_string(&point[1..33]), BASE64.encode_to_string(&point[33..]));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "a" })
    }

    fn rsa_of(bytes: usize) -> Value {
        json!({ "kty": "RSA", "n": BASE64.encode_to_string(vec![0xff; bytes]), "e": "AQAB" })
    }

    #[test]
    fn jwk_is_read_as_it_was_written() {
        let ec = ec();
        let [member] = &read(&ec, &ASYMMETRIC)[..] else { panic!("one key") };
        assert_eq!(member.kid.as_deref(), Some("a"));
        let written = member.key.jwk(Some("a")).expect("a JWK");
        assert_eq!(written, with(&with(&ec, "alg", "ES256"), "use", "sig"));
        let rsa = rsa_of(256);
        let read = read(&rsa, &ASYMMETRIC);
        assert_eq!(read.len(), RSA.len());
        for member in read {
            let written = member.key.jwk(None).expect("a JWK");
            assert_eq!((&written["n"], &written["e"]), (&rsa["n"], &rsa["e"]));
        }
    }

    #[test]
    fn jwk_is_read_only_for_its_algorithms() {
        let (ec, rsa) = (ec(), rsa_of(256));
        assert_eq!(algorithms(&ec), [Algorithm::ES256]);
        assert_eq!(algorithms(&with(&ec, "alg", "ES256")), [Algorithm::ES256]);
        assert_eq!(algorithms(&rsa), RSA);
        assert_eq!(algorithms(&with(&rsa, "alg", "PS384")), [Algorithm::PS384]);
        for alg in ["ES384", "HS256", "none", "RS256", "RSA-OAEP", "es256", "Ed25519"] {
            assert_eq!(algorithms(&with(&ec, "alg", alg)), [], "{alg}");
        }
        assert_eq!(algorithms(&with(&ec, "alg", 256)), []);
        assert!(read(&rsa, &[Algorithm::ES256, Algorithm::HS256]).is_empty());
    }

    #[test]
    fn jwk_not_for_verifying_is_ignored() {
        let ec = ec();
        assert_eq!(algorithms(&with(&ec, "use", "sig")).len(), 1);
        assert_eq!(algorithms(&with(&ec, "key_ops", json!(["verify"]))).len(), 1);
        for (name, value) in [
            ("use", json!("enc")),
            ("use", json!(["sig"])),
            ("key_ops", json!(["sign"])),
            ("key_ops", json!("verify")),
            ("d", json!("AA")),
            ("k", json!("AA")),
            ("kid", json!(7)),
            ("kty", json!("oct")),
            ("kty", json!("OKP")),
            ("crv", json!("secp256k1")),
            ("crv", json!("P-384")),
        ] {
            assert_eq!(algorithms(&with(&ec, name, value.clone())), [], "{name} {value}");
        }
        for other in [json!({}), json!([]), json!(null), json!({ "kty": "oct", "k": "AAAA", "alg": "HS256" })] {
            assert_eq!(algorithms(&other), []);
        }
    }

    /// As Microsoft's serializer writes them. Neither PyJWT nor jose reads all of these, but no value means no key
    /// part.
    #[test]
    fn jwk_member_without_value_counts_as_absent() {
        let (ec, rsa) = (ec(), rsa_of(256));
        for name in PRIVATE.iter().chain(&["use", "key_ops", "alg", "kid", "x5c", "x5t", "other"]) {
            for empty in [json!(null), json!(""), json!([]), json!({})] {
                assert_eq!(algorithms(&with(&ec, name, empty.clone())), [Algorithm::ES256], "{name} {empty}");
                assert_eq!(algorithms(&with(&rsa, name, empty.clone())), RSA, "{name} {empty}");
            }
        }
        for name in PRIVATE {
            for value in [json!("AA"), json!(0), json!(false), json!(["AA"]), json!({ "r": "AA" })] {
                assert_eq!(algorithms(&with(&rsa, name, value.clone())), [], "{name} {value}");
            }
        }
        assert!(read(&with(&ec, "kid", json!("")), &ASYMMETRIC)[0].kid.is_none());
    }

    /// PyJWT 2.15 and jose 6.2 read all of these as the same key.
    #[test]
    fn jwk_number_is_read_by_value() {
        let rsa = rsa_of(256);
        let modulus = [&[0xff_u8; 252][..], &[0xfb, 0xef, 0xbe, 0xff]].concat();
        let plain = with(&rsa, "n", BASE64.encode_to_string(&modulus));
        let zeros = |zeros: usize| BASE64.encode_to_string([&vec![0; zeros], &modulus[..]].concat());
        let standard = base64_simd::STANDARD.encode_to_string(&modulus);
        assert!(standard.contains('+') && standard.contains('/') && standard.ends_with('='));
        // The last character has 4 unused bits.
        let trailing = zeros(0).strip_suffix('w').expect("the last character").to_owned() + "x";
        let padded = format!("{}==", zeros(0));
        let members = |jwk: &Value| {
            let read = read(jwk, &[Algorithm::RS256]);
            read.first().map(|member| member.key.jwk(None).expect("a JWK"))
        };
        let expected = members(&plain).expect("a key");
        for n in [zeros(1), zeros(3), zeros(300), standard, trailing, padded] {
            assert_eq!(members(&with(&plain, "n", &*n)), Some(expected.clone()), "{n}");
        }
        for e in ["AAEAAQ", "AAAAAAAAAQAB", "AQAB=", "AQAB===="] {
            assert_eq!(members(&with(&plain, "e", e)), Some(expected.clone()), "{e}");
        }
        let (ec, x) = (ec(), |jwk: &Value| jwk["x"].as_str().expect("text").to_owned());
        let standard = x(&ec).replace('-', "+").replace('_', "/") + "=";
        assert_eq!(algorithms(&with(&ec, "x", standard)), [Algorithm::ES256]);
    }

    /// RFC 9864 §2.2.
    #[test]
    fn jwk_with_alg_ed25519_is_for_eddsa() {
        let pair = sig::Ed25519KeyPair::generate().expect("a pair");
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64.encode_to_string(pair.public_key()), "alg": "Ed25519" });
        assert_eq!(algorithms(&jwk), [Algorithm::EdDSA]);
        assert_eq!(algorithms(&with(&jwk, "alg", "Ed448")), []);
    }

    #[test]
    fn jwk_with_invalid_numbers_is_ignored() {
        let (ec, rsa) = (ec(), rsa_of(256));
        let x = ec["x"].as_str().expect("text");
        let long = BASE64.encode_to_string([&[0][..], &BASE64.decode_to_vec(x).expect("base64url")].concat());
        let (spaced, lined) = (format!("{x} "), format!("{}\n{}", &x[..9], &x[9..]));
        // Not on the curve; longer; shorter; white space; another alphabet.
        for bad in [
            ec["y"].as_str().expect("text"),
            &long,
            &x[..42],
            &spaced,
            &lined,
            "*",
            "=",
            "",
            "\u{e4}",
            &"A".repeat(1 << 20),
        ] {
            assert_eq!(algorithms(&with(&ec, "x", bad)), []);
        }
        let n = |bytes: &[u8]| BASE64.encode_to_string(bytes);
        assert_eq!(algorithms(&rsa_of(1024)).len(), 6);
        let zeros = n(&[0; 256]);
        for bad in [n(&[0xff; 255]), n(&[0xff; 1025]), zeros, n(&[0x7f; 256]), n(&[0xfe; 256]), String::new()] {
            assert_eq!(algorithms(&with(&rsa, "n", bad)), []);
        }
        // Leading zeros do not make a number larger.
        assert_eq!(algorithms(&with(&rsa, "n", n(&[&[0; 64][..], &[0xff; 255]].concat()))), []);
        for bad in [json!("AQ"), json!("Ag"), json!("AQAA"), json!("AQAAAAE"), json!("AAAA"), json!(""), json!(65537)] {
            assert_eq!(algorithms(&with(&rsa, "e", bad.clone())), [], "{bad}");
        }
        // The exponent 3 is uncommon today, but verifying with it is safe.
        assert_eq!(algorithms(&with(&rsa, "e", "Aw")).len(), 6);
    }

    #[test]
    fn jwk_with_point_of_small_order_is_ignored() {
        let okp = |x: [u8; 32]| json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64.encode_to_string(x) });
        let pair = sig::Ed25519KeyPair::generate().expect("a pair");
        let point = pair.public_key().as_ref().try_into().expect("32 bytes");
        assert_eq!(algorithms(&okp(point)), [Algorithm::EdDSA]);
        assert_eq!(algorithms(&okp([0; 32])), []);
    }
}
