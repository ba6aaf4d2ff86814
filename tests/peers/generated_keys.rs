//! Generates keys for the comparisons.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair as _};
use jwtauth::Algorithm;
use jwtauth_tests::SECRET;
use jwtauth_tests::pem::encode as pem;
use serde_json::{Value, json};

/// The keys that sign and verify: the same secret twice, or PEM.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    pub(crate) signs: String,
    pub(crate) verifies: String,
}

impl Key {
    pub(crate) fn secret(algorithm: Algorithm, secret: &str) -> Self {
        Key { algorithm, signs: secret.into(), verifies: secret.into() }
    }

    /// Generates a key with aws-lc-rs. For HMAC algorithms, the key is the secret of all tests.
    ///
    /// # Panics
    ///
    /// For EdDSA, which none of the programs that use these keys supports.
    pub(crate) fn generate(algorithm: Algorithm) -> Self {
        let (private, public) = match algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => return Key::secret(algorithm, SECRET),
            Algorithm::ES256 => ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ES384 => ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::ES512 => ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
            Algorithm::EdDSA => unreachable!("more.jwtauth has no EdDSA keys"),
            _ => rsa(),
        };
        Key { algorithm, signs: private, verifies: public }
    }

    /// The settings with the key, which are the same for more.jwtauth and for us.
    pub(crate) fn settings(&self) -> Value {
        match self.algorithm.is_hmac() {
            true => json!({ "algorithm": self.algorithm.name(), "master_secret": self.signs }),
            false => json!({
                "algorithm": self.algorithm.name(),
                "private_key": self.signs,
                "public_key": self.verifies,
            }),
        }
    }
}

fn ec(algorithm: &'static EcdsaSigningAlgorithm) -> (String, String) {
    let pair = EcdsaKeyPair::generate(algorithm).expect("an EC key");
    let private = pair.to_pkcs8v1().expect("PKCS #8");
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("SPKI");
    (pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref()))
}

fn rsa() -> (String, String) {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("an RSA key");
    let private: Pkcs8V1Der<'_> = pair.as_der().expect("PKCS #8");
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("SPKI");
    (pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref()))
}
