//! Key pairs that sign tokens of a provider.

use crate::encode;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{self as sig, KeyPair as _};
use serde_json::{Value, json};

/// A key pair that signs tokens.
pub enum Signer {
    /// A key for ES256.
    Es256(sig::EcdsaKeyPair),
    /// A key for EdDSA.
    EdDsa(sig::Ed25519KeyPair),
    /// A key for RS256.
    Rs256(rsa::KeyPair),
}

impl Signer {
    /// A new key for ES256.
    #[allow(clippy::new_without_default)] // Each call generates another key.
    pub fn new() -> Self {
        Signer::Es256(sig::EcdsaKeyPair::generate(&sig::ECDSA_P256_SHA256_FIXED_SIGNING).expect("a pair"))
    }

    /// A new key for EdDSA.
    pub fn ed25519() -> Self {
        Signer::EdDsa(sig::Ed25519KeyPair::generate().expect("a pair"))
    }

    /// A new key for RS256.
    pub fn rsa() -> Self {
        Signer::Rs256(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("a pair"))
    }

    fn alg(&self) -> &'static str {
        match self {
            Signer::Es256(_) => "ES256",
            Signer::EdDsa(_) => "EdDSA",
            Signer::Rs256(_) => "RS256",
        }
    }

    /// The public key as a JWK with this kid.
    pub fn jwk(&self, kid: &str) -> Value {
        match self {
            Signer::Es256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y), "kid": kid })
            }
            Signer::EdDsa(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref()), "kid": kid })
            }
            Signer::Rs256(pair) => {
                let modulus = pair.public_key().modulus();
                json!({ "kty": "RSA", "n": encode(modulus.big_endian_without_leading_zero()), "e": "AQAB", "kid": kid })
            }
        }
    }

    /// A token with these claims, signed by this key and with its kid in the header.
    pub fn token(&self, kid: &str, claims: &Value) -> String {
        self.sign(&json!({ "alg": self.alg(), "typ": "at+jwt", "kid": kid }), claims)
    }

    /// A token with exactly this header.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(header, &claims.to_string())
    }

    /// A token with exactly this payload.
    pub fn sign_text(&self, header: &Value, payload: &str) -> String {
        let message = format!("{}.{}", encode(header.to_string()), encode(payload));
        let signature = match self {
            Signer::Es256(pair) => encode(pair.sign(&SystemRandom::new(), message.as_bytes()).expect("a signature")),
            Signer::EdDsa(pair) => encode(pair.sign(message.as_bytes())),
            Signer::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let message = message.as_bytes();
                pair.sign(&sig::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).expect("a signature");
                encode(signature)
            }
        };
        format!("{message}.{signature}")
    }
}
