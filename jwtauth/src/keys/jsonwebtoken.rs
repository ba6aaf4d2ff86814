//! Conversions to and from the types of the crate `jsonwebtoken`, for applications that already use it. That crate
//! signs and verifies nothing here, so none of its cryptography backends is needed.

use ::jsonwebtoken::jwk::{AlgorithmParameters, Jwk, JwkSet, KeyAlgorithm};
use ::jsonwebtoken::{self as theirs, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};

use super::Key;
use super::jwks::Jwks;
use crate::algorithm::{Algorithm, UnknownAlgorithm};
use crate::error::KeyError;
use crate::secret::Secret;

/// Fails if this crate does not support the algorithm.
///
/// ```
/// use jwtauth::Algorithm;
///
/// let algorithm = Algorithm::try_from(jsonwebtoken::Algorithm::PS384)?;
/// assert_eq!(algorithm, Algorithm::PS384);
/// # Ok::<(), jwtauth::UnknownAlgorithm>(())
/// ```
impl TryFrom<theirs::Algorithm> for Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(algorithm: theirs::Algorithm) -> Result<Self, UnknownAlgorithm> {
        Ok(match algorithm {
            theirs::Algorithm::HS256 => Algorithm::HS256,
            theirs::Algorithm::HS384 => Algorithm::HS384,
            theirs::Algorithm::HS512 => Algorithm::HS512,
            theirs::Algorithm::ES256 => Algorithm::ES256,
            theirs::Algorithm::ES384 => Algorithm::ES384,
            theirs::Algorithm::RS256 => Algorithm::RS256,
            theirs::Algorithm::RS384 => Algorithm::RS384,
            theirs::Algorithm::RS512 => Algorithm::RS512,
            theirs::Algorithm::PS256 => Algorithm::PS256,
            theirs::Algorithm::PS384 => Algorithm::PS384,
            theirs::Algorithm::PS512 => Algorithm::PS512,
            theirs::Algorithm::EdDSA => Algorithm::EdDSA,
            _ => return Err(UnknownAlgorithm),
        })
    }
}

/// Fails for [`Algorithm::ES512`], which `jsonwebtoken` does not support.
///
/// ```
/// use jwtauth::Algorithm;
///
/// assert_eq!(jsonwebtoken::Algorithm::try_from(Algorithm::EdDSA)?, jsonwebtoken::Algorithm::EdDSA);
/// assert!(jsonwebtoken::Algorithm::try_from(Algorithm::ES512).is_err());
/// # Ok::<(), jsonwebtoken::errors::Error>(())
/// ```
impl TryFrom<Algorithm> for theirs::Algorithm {
    type Error = theirs::errors::Error;

    fn try_from(algorithm: Algorithm) -> Result<Self, theirs::errors::Error> {
        algorithm.name().parse()
    }
}

impl Key {
    /// Converts an [`EncodingKey`] of `jsonwebtoken` into a key that signs and verifies.
    ///
    /// An `EncodingKey` has only a family of algorithms, such as RSA. The new key has exactly one algorithm.
    ///
    /// ```
    /// use jsonwebtoken::EncodingKey;
    /// use jwtauth::{Algorithm, Key};
    ///
    /// let theirs = EncodingKey::from_secret(b"a secret of at least thirty-two bytes")?;
    /// let key = Key::from_encoding_key(Algorithm::HS256, &theirs)?;
    /// assert!(key.can_sign());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same as for [`from_secret`](Self::from_secret) if the key is a secret, and otherwise as for
    /// [`from_private_key`](Self::from_private_key). The algorithm must belong to the key's family.
    pub fn from_encoding_key(algorithm: Algorithm, key: &EncodingKey) -> Result<Self, KeyError> {
        check_family(algorithm, key.family())?;
        match key.family() {
            AlgorithmFamily::Hmac => Key::from_secret(algorithm, &Secret::from(key.as_bytes())),
            _ => Key::from_private_key(algorithm, key.as_bytes(), None),
        }
    }

    /// Converts a [`DecodingKey`] of `jsonwebtoken`. The new key only verifies, unless it is a secret, which also
    /// signs.
    ///
    /// A `DecodingKey` has only a family of algorithms, such as RSA. The new key has exactly one algorithm.
    ///
    /// [`DecodingKey::from_jwk`] reads a key from a JWK set:
    ///
    /// ```
    /// # #[cfg(feature = "asymmetric")] {
    /// use jsonwebtoken::{DecodingKey, jwk::JwkSet};
    /// use jwtauth::{Algorithm, Key, KeyRing};
    ///
    /// let set: JwkSet = serde_json::from_str(
    ///     r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
    /// )?;
    /// let jwk = set.find("2026").ok_or("no such key")?;
    /// let key = Key::from_decoding_key(Algorithm::EdDSA, &DecodingKey::from_jwk(jwk)?)?.with_kid("2026");
    /// assert!(!key.can_sign());
    /// let ring = KeyRing::from(key);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The same as for [`from_secret`](Self::from_secret) if the key is a secret, and otherwise as for
    /// [`from_public_key`](Self::from_public_key). The algorithm must belong to the key's family.
    pub fn from_decoding_key(algorithm: Algorithm, key: &DecodingKey) -> Result<Self, KeyError> {
        check_family(algorithm, key.family())?;
        match (key.family(), key.kind()) {
            (AlgorithmFamily::Hmac, DecodingKeyKind::SecretOrDer(secret)) => {
                Key::from_secret(algorithm, &Secret::from(secret.as_slice()))
            }
            (AlgorithmFamily::Ec | AlgorithmFamily::Ed, DecodingKeyKind::SecretOrDer(bytes)) => {
                match point_header(key.family(), bytes) {
                    Some(header) => Key::from_public_key(algorithm, &[header, bytes].concat()),
                    None => Key::from_public_key(algorithm, bytes),
                }
            }
            (AlgorithmFamily::Rsa, DecodingKeyKind::SecretOrDer(der)) => Key::from_public_key(algorithm, der),
            (_, DecodingKeyKind::RsaModulusExponent { n, e }) => Key::from_public_key(algorithm, &rsa_key(n, e)),
        }
    }
}

/// Converts the published keys to a set of `jsonwebtoken`.
///
/// That crate has no name for ES512. The converted key has no `alg`, only a curve.
///
/// ```
/// use jsonwebtoken::jwk::JwkSet;
/// use jwtauth::JwtAuth;
/// use rocket::get;
///
/// /// The names of the published keys.
/// #[get("/key-names")]
/// fn key_names(jwtauth: &JwtAuth) -> String {
///     let set = JwkSet::from(&jwtauth.jwks());
///     set.keys.into_iter().filter_map(|jwk| jwk.common.key_id).collect::<Vec<_>>().join("\n")
/// }
/// ```
impl From<&Jwks> for JwkSet {
    fn from(jwks: &Jwks) -> Self {
        // Both crates follow RFC 7517. Our sets always parse, so the default is never used.
        let mut set: JwkSet = serde_json::from_str(&jwks.to_string()).unwrap_or_else(|_| JwkSet { keys: Vec::new() });
        for jwk in &mut set.keys {
            if jwk.common.key_algorithm == Some(KeyAlgorithm::UNKNOWN_ALGORITHM) {
                jwk.common.key_algorithm = None;
            }
        }
        set
    }
}

/// Converts a set, to publish it. Only the types of public keys that `jsonwebtoken` supports are accepted, so that no
/// secret can be published.
///
/// ```
/// use jsonwebtoken::jwk::JwkSet;
/// use jwtauth::Jwks;
///
/// let set: JwkSet = serde_json::from_str(
///     r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
/// )?;
/// assert!(Jwks::try_from(&set).is_ok());
///
/// let secret: JwkSet = serde_json::from_str(r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#)?;
/// assert!(Jwks::try_from(&secret).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// [`KeyError::WrongContent`] if a member is a secret (`oct`), or a key of an unknown type.
impl TryFrom<&JwkSet> for Jwks {
    type Error = KeyError;

    fn try_from(set: &JwkSet) -> Result<Self, KeyError> {
        set.keys.iter().try_for_each(check_public)?;
        let text = serde_json::to_string(set).map_err(|_| KeyError::Unreadable)?;
        Ok(Jwks::from_text(text))
    }
}

/// Checks that a secret does not become a key pair, nor a key pair a secret: a public key used as a secret is known to
/// everyone (RFC 8725 §3.1). Parsing the key finds other mismatches.
fn check_family(algorithm: Algorithm, family: AlgorithmFamily) -> Result<(), KeyError> {
    match (algorithm.is_hmac(), family == AlgorithmFamily::Hmac) {
        (true, false) => Err(KeyError::SecretWanted(algorithm)),
        (false, true) => Err(KeyError::NoSecretWanted(algorithm)),
        _ => Ok(()),
    }
}

fn check_public(jwk: &Jwk) -> Result<(), KeyError> {
    let found = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(_) | AlgorithmParameters::RSA(_) | AlgorithmParameters::OctetKeyPair(_) => {
            return Ok(());
        }
        AlgorithmParameters::OctetKey(_) => "a secret",
        _ => "a key of an unknown type",
    };
    Err(KeyError::WrongContent { wanted: "public key", found })
}

/// Wraps a bare point into a SubjectPublicKeyInfo. Returns `None` if the bytes are not a bare point, for example DER.
/// `jsonwebtoken` stores the points of keys that it has read from PEM or from a JWK.
fn point_header(family: AlgorithmFamily, bytes: &[u8]) -> Option<&'static [u8]> {
    match (family, bytes) {
        // RFC 8410 §4.
        (AlgorithmFamily::Ed, bytes) if bytes.len() == 32 => {
            Some(&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00])
        }
        // RFC 5480 §2.1.1 and §2.2: an uncompressed point.
        (AlgorithmFamily::Ec, [0x04, coordinates @ ..]) => match coordinates.len() {
            64 => Some(&[
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
                0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
            ]),
            96 => Some(&[
                0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
                0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
            ]),
            132 => Some(&[
                0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                0x81, 0x04, 0x00, 0x23, 0x03, 0x81, 0x86, 0x00,
            ]),
            _ => None,
        },
        _ => None,
    }
}

/// The DER of an RSA public key (RFC 8017 §A.1.1).
fn rsa_key(n: &[u8], e: &[u8]) -> Vec<u8> {
    element(0x30, &[element(0x02, &unsigned(n)), element(0x02, &unsigned(e))].concat())
}

/// The minimal DER encoding of a positive number: a zero byte precedes a first bit that is set, which would be the
/// sign.
fn unsigned(number: &[u8]) -> Vec<u8> {
    let significant = number.iter().position(|byte| *byte != 0).map_or(&[][..], |first| &number[first..]);
    match significant.first() {
        Some(..0x80) => significant.to_vec(),
        _ => [&[0], significant].concat(),
    }
}

/// A DER element (X.690 §8.1, §10.1).
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    match content.len() {
        short @ 0..0x80 => [&[tag, short as u8], content].concat(),
        _ => [&[tag, 0x80 | significant.len() as u8], significant, content].concat(),
    }
}
