//! The minimum work for a token with the same primitives: a prepared key, one pass of serde, one allocation if
//! possible, and none of the features of a library.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self as sig, EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RsaKeyPair};
use base64_simd::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use jwtauth::Algorithm;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Sha256, Sha384, Sha512};

pub(crate) struct Floor {
    header: String,
    key: Key,
}

enum Key {
    Hs256(Hmac<Sha256>),
    Hs384(Hmac<Sha384>),
    Hs512(Hmac<Sha512>),
    Ec(EcdsaKeyPair, ParsedPublicKey),
    Ed(Ed25519KeyPair, ParsedPublicKey),
    Rsa(RsaKeyPair, &'static dyn sig::RsaEncoding, ParsedPublicKey),
}

impl Floor {
    /// `private` is a secret, or PKCS #8 in DER. `public` is its public key.
    pub(crate) fn new(algorithm: Algorithm, private: &[u8], public: &[u8]) -> Self {
        let ec = |signing, verifying: &'static dyn sig::VerificationAlgorithm| {
            let pair = EcdsaKeyPair::from_pkcs8(signing, private).expect("a key");
            Key::Ec(pair, ParsedPublicKey::new(verifying, public).expect("a key"))
        };
        let rsa = |padding, verifying: &'static dyn sig::VerificationAlgorithm| {
            let pair = RsaKeyPair::from_pkcs8(private).expect("a key");
            Key::Rsa(pair, padding, ParsedPublicKey::new(verifying, public).expect("a key"))
        };
        let key = match algorithm {
            Algorithm::HS256 => Key::Hs256(Hmac::new_from_slice(private).expect("a key")),
            Algorithm::HS384 => Key::Hs384(Hmac::new_from_slice(private).expect("a key")),
            Algorithm::HS512 => Key::Hs512(Hmac::new_from_slice(private).expect("a key")),
            Algorithm::ES256 => ec(&sig::ECDSA_P256_SHA256_FIXED_SIGNING, &sig::ECDSA_P256_SHA256_FIXED),
            Algorithm::ES384 => ec(&sig::ECDSA_P384_SHA384_FIXED_SIGNING, &sig::ECDSA_P384_SHA384_FIXED),
            Algorithm::ES512 => ec(&sig::ECDSA_P521_SHA512_FIXED_SIGNING, &sig::ECDSA_P521_SHA512_FIXED),
            Algorithm::RS256 => rsa(&sig::RSA_PKCS1_SHA256, &sig::RSA_PKCS1_2048_8192_SHA256),
            Algorithm::RS384 => rsa(&sig::RSA_PKCS1_SHA384, &sig::RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => rsa(&sig::RSA_PKCS1_SHA512, &sig::RSA_PKCS1_2048_8192_SHA512),
            Algorithm::PS256 => rsa(&sig::RSA_PSS_SHA256, &sig::RSA_PSS_2048_8192_SHA256),
            Algorithm::PS384 => rsa(&sig::RSA_PSS_SHA384, &sig::RSA_PSS_2048_8192_SHA384),
            Algorithm::PS512 => rsa(&sig::RSA_PSS_SHA512, &sig::RSA_PSS_2048_8192_SHA512),
            Algorithm::EdDSA => Key::Ed(
                Ed25519KeyPair::from_pkcs8(private).expect("a key"),
                ParsedPublicKey::new(&sig::ED25519, public).expect("a key"),
            ),
            _ => panic!("an algorithm that the floor does not know"),
        };
        let header = BASE64.encode_to_string(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#));
        Floor { header, key }
    }

    /// Passes the current time to `claims`.
    pub(crate) fn issue<T: Serialize>(&self, claims: impl FnOnce(u64) -> T) -> String {
        let payload = serde_json::to_vec(&claims(now())).expect("claims");
        let mut token = String::with_capacity(1024);
        token.push_str(&self.header);
        token.push('.');
        BASE64.encode_append(&payload, &mut token);
        let (message, random) = (token.as_bytes(), SystemRandom::new());
        let mut signature = [0; 512];
        let mut keep = |made: &[u8]| {
            signature[..made.len()].copy_from_slice(made);
            made.len()
        };
        let len = match &self.key {
            Key::Hs256(key) => keep(&tag(key, message)),
            Key::Hs384(key) => keep(&tag(key, message)),
            Key::Hs512(key) => keep(&tag(key, message)),
            Key::Ec(pair, _) => keep(pair.sign(&random, message).expect("a signature").as_ref()),
            Key::Ed(pair, _) => keep(pair.sign(message).as_ref()),
            Key::Rsa(pair, padding, _) => {
                let len = pair.public_modulus_len();
                pair.sign(*padding, &random, message, &mut signature[..len]).expect("a signature");
                len
            }
        };
        token.push('.');
        BASE64.encode_append(&signature[..len], &mut token);
        token
    }

    /// Passes the current time to `judge`.
    pub(crate) fn verify<T: DeserializeOwned>(&self, token: &str, judge: impl FnOnce(&T, u64) -> bool) -> T {
        let (message, signature) = token.rsplit_once('.').expect("a token");
        let mut buffer = [0; 1024];
        let is_good = match &self.key {
            Key::Hs256(key) => is_same(&tag(key, message.as_bytes()), signature),
            Key::Hs384(key) => is_same(&tag(key, message.as_bytes()), signature),
            Key::Hs512(key) => is_same(&tag(key, message.as_bytes()), signature),
            Key::Ec(_, key) | Key::Ed(_, key) | Key::Rsa(_, _, key) => {
                let out = base64_simd::Out::from_slice(&mut buffer);
                let signature = BASE64.decode(signature.as_bytes(), out).expect("base64");
                key.verify_sig(message.as_bytes(), signature).is_ok()
            }
        };
        assert!(is_good, "not its signature");
        let (_, payload) = message.split_once('.').expect("a token");
        let out = base64_simd::Out::from_slice(&mut buffer);
        let claims = serde_json::from_slice(BASE64.decode(payload.as_bytes(), out).expect("base64")).expect("claims");
        assert!(judge(&claims, now()), "not acceptable");
        claims
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after the epoch").as_secs()
}

fn tag<M: Mac + Clone>(key: &M, message: &[u8]) -> hmac::digest::Output<M> {
    key.clone().chain_update(message).finalize().into_bytes()
}

fn is_same(tag: &[u8], signature: &str) -> bool {
    let mut encoded = [0; 86];
    let encoded = BASE64.encode_as_str(tag, base64_simd::AsOut::as_out(&mut encoded[..]));
    encoded == signature
}
