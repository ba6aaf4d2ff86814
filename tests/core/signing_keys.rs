//! A generated key of each kind, which signs any header with any payload.

use std::sync::{LazyLock, OnceLock};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use jsonwebtoken::{DecodingKey, EncodingKey, crypto};
use jwtauth::{Algorithm, Key, KeyRing, Secret};
use jwtauth_tests::pem::encode as pem;
use jwtauth_tests::{SECRET, encode};
use serde_json::{Value, json};

/// A key in the forms that both libraries need.
pub(crate) struct Keys {
    pub(crate) algorithm: jsonwebtoken::Algorithm,
    pub(crate) signing: EncodingKey,
    pub(crate) verifying: DecodingKey,
    /// The settings of an application with the key.
    pub(crate) settings: Value,
    ring: KeyRing,
}

impl Keys {
    pub(crate) fn name(&self) -> &'static str {
        self.ring.keys()[0].algorithm().name()
    }

    pub(crate) fn ring(&self) -> &KeyRing {
        &self.ring
    }

    pub(crate) fn sign(&self, header: &str, payload: impl AsRef<[u8]>) -> String {
        self.sign_parts(&encode(header), &encode(payload))
    }

    /// The same as [`sign`](Self::sign), with encoded parts.
    pub(crate) fn sign_parts(&self, header: &str, payload: &str) -> String {
        let message = format!("{header}.{payload}");
        let signature = crypto::sign(message.as_bytes(), &self.signing, self.algorithm).expect("a key that signs");
        format!("{message}.{signature}")
    }
}

/// HS256, ES256, EdDSA, RS256.
pub(crate) fn all() -> [&'static Keys; 4] {
    [&HS256, &ES256, &EDDSA, &RS256]
}

pub(crate) static HS256: LazyLock<Keys> = LazyLock::new(|| Keys {
    algorithm: jsonwebtoken::Algorithm::HS256,
    signing: EncodingKey::from_secret(SECRET.as_bytes()).expect("a good secret"),
    verifying: DecodingKey::from_secret(SECRET.as_bytes()).expect("a good secret"),
    settings: json!({ "master_secret": SECRET }),
    ring: Key::from_secret(Algorithm::HS256, &Secret::from(SECRET)).expect("a good secret").into(),
});

pub(crate) static ES256: LazyLock<Keys> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let private = pair.to_pkcs8v1().expect("PKCS #8").as_ref().to_vec();
    Keys {
        algorithm: jsonwebtoken::Algorithm::ES256,
        signing: EncodingKey::from_ec_der(&private),
        verifying: DecodingKey::from_ec_der(pair.public_key().as_ref()),
        ..asymmetric(Algorithm::ES256, &private)
    }
});

pub(crate) static EDDSA: LazyLock<Keys> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::generate().expect("a key");
    let private = pair.to_pkcs8().expect("PKCS #8").as_ref().to_vec();
    Keys {
        algorithm: jsonwebtoken::Algorithm::EdDSA,
        signing: EncodingKey::from_ed_der(&private),
        verifying: DecodingKey::from_ed_der(pair.public_key().as_ref()),
        ..asymmetric(Algorithm::EdDSA, &private)
    }
});

pub(crate) static RS256: LazyLock<Keys> = LazyLock::new(|| {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let private: Vec<u8> =
        AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).expect("PKCS #8").as_ref().to_vec();
    let pem = pem("PRIVATE KEY", &private);
    Keys {
        algorithm: jsonwebtoken::Algorithm::RS256,
        signing: EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a key"),
        verifying: DecodingKey::from_rsa_der(pair.public_key().as_ref()),
        ..asymmetric(Algorithm::RS256, &private)
    }
});

/// The public key of [`ES256`] in PEM.
pub(crate) fn public_pem() -> &'static str {
    static PEM: OnceLock<String> = OnceLock::new();
    PEM.get_or_init(|| {
        let point = ES256.verifying.try_get_as_bytes().expect("a point");
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..]),
        });
        pem("PUBLIC KEY", &crate::jwk::public_der(&jwk))
    })
}

/// The key for our library. The key for `jsonwebtoken` is a placeholder.
fn asymmetric(algorithm: Algorithm, private: &[u8]) -> Keys {
    Keys {
        algorithm: jsonwebtoken::Algorithm::HS256,
        signing: EncodingKey::from_secret(b"a stand-in").expect("a secret"),
        verifying: DecodingKey::from_secret(b"a stand-in").expect("a secret"),
        settings: json!({ "algorithm": algorithm.name(), "private_key": pem("PRIVATE KEY", private) }),
        ring: Key::from_private_key(algorithm, private, None).expect("a good key").into(),
    }
}
