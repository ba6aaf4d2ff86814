//! Key pairs that sign tokens of a provider.

use crate::encode;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self as sig, KeyPair as _};
use serde_json::{Value, json};

/// A key pair that signs tokens.
pub enum Signer {
    /// A key for ES256.
    Es256(sig::EcdsaKeyPair),
    /// A key for EdDSA.
    EdDsa(sig::Ed25519KeyPair),
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

    fn alg(&self) -> &'static str {
        match self {
            Signer::Es256(_) => "ES256",
            Signer::EdDsa(_) => "EdDSA",
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
            Signer::Es256(pair) => pair.sign(&SystemRandom::new(), message.as_bytes()).expect("a signature"),
            Signer::EdDsa(pair) => pair.sign(message.as_bytes()),
        };
        format!("{message}.{}", encode(signature))
    }
}
