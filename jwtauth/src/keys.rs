#[cfg(feature = "asymmetric")]
mod asymmetric;
mod der;
mod error;
mod hmac;
#[cfg(feature = "asymmetric")]
mod jwk;
mod seed;
#[cfg(feature = "asymmetric")]
mod small_order;

use std::fmt;

#[cfg(feature = "asymmetric")]
use self::asymmetric::{KeyPair, PublicKey};
pub use self::error::KeyError;
use self::hmac::HmacKey;
pub(crate) use self::seed::Seed;
use crate::token::{self, Header};
use crate::{Algorithm, Secret, TokenError};

/// The key of an application, prepared once: a secret, a pair of keys, or a public key alone.
///
/// A key fixes its algorithm, so a token can't choose how it is checked (RFC 8725 §3.1). Everything
/// that can be done beforehand is done here: keys are parsed, curves and sizes checked, a private key
/// and its public key proved to belong together by signing and verifying. What is left for a request is
/// the cryptography itself. A ring is `Send` and `Sync`, and nothing in it changes any more.
///
/// The fairing makes its ring from the settings. A ring by itself signs and verifies bytes, and judges
/// nothing in them:
///
/// ```
/// use jwtauth::{Algorithm, KeyRing, Secret};
///
/// let secret = Secret::random(32)?;
/// let ring = KeyRing::from_secret(Algorithm::HS256, &secret)?;
///
/// let token = ring.sign(br#"{"sub":"alice"}"#)?;
/// assert_eq!(ring.verify(&token)?, br#"{"sub":"alice"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeyRing {
    key: Key,
    /// Made from what signs. `None` if nothing does.
    seed: Option<Seed>,
}

impl KeyRing {
    /// A ring of one secret, which signs and verifies.
    ///
    /// # Errors
    ///
    /// If the algorithm takes no secret, or one with more bytes ([`Algorithm::min_secret_len`]), or if the
    /// secret is a key in one of its usual forms.
    pub fn from_secret(algorithm: Algorithm, secret: &Secret) -> Result<Self, KeyError> {
        if secret.len() < algorithm.min_secret_len() {
            let (least, found) = (algorithm.min_secret_len(), secret.len());
            return Err(KeyError::SecretTooShort { algorithm, least, found });
        }
        KeyRing::from_any_secret(algorithm, secret)
    }

    /// As [`from_secret`](Self::from_secret), without regard to the length.
    pub(crate) fn from_any_secret(algorithm: Algorithm, secret: &Secret) -> Result<Self, KeyError> {
        if looks_like_a_key(secret.expose()) {
            return Err(KeyError::KeyAsSecret);
        }
        let key = HmacKey::new(algorithm, secret.expose()).ok_or(KeyError::NoSecretWanted(algorithm))?;
        let seed = Some(Seed::extract(secret.expose()));
        Ok(KeyRing { key: Key::new(algorithm, Material::Hmac(key)), seed })
    }

    /// A ring of one private key, in PEM or DER, which signs, and verifies with `public` or, without
    /// it, with the public key derived from it.
    ///
    /// PKCS #8 is understood for all types, PKCS #1 for RSA and SEC 1 for elliptic curves.
    ///
    /// # Errors
    ///
    /// If a key can't be read, is of another type, curve or size than the algorithm's, is encrypted, or
    /// if the two are not a pair. [`KeyError::NotCompiled`] without the feature `asymmetric`.
    pub fn from_private_key(algorithm: Algorithm, private: &[u8], public: Option<&[u8]>) -> Result<Self, KeyError> {
        if algorithm.is_hmac() {
            return Err(KeyError::SecretWanted(algorithm));
        }
        #[cfg(feature = "asymmetric")]
        {
            let pair = KeyPair::new(algorithm, private, public)?;
            let seed = Some(pair.seed()?);
            Ok(KeyRing { key: Key::new(algorithm, Material::Pair(pair)), seed })
        }
        #[cfg(not(feature = "asymmetric"))]
        {
            let _ = (private, public);
            Err(KeyError::NotCompiled(algorithm))
        }
    }

    /// A ring of one public key, in PEM or DER, which only verifies: SubjectPublicKeyInfo, or PKCS #1
    /// for RSA.
    ///
    /// # Errors
    ///
    /// As [`from_private_key`](Self::from_private_key).
    pub fn from_public_key(algorithm: Algorithm, public: &[u8]) -> Result<Self, KeyError> {
        if algorithm.is_hmac() {
            return Err(KeyError::SecretWanted(algorithm));
        }
        #[cfg(feature = "asymmetric")]
        {
            let key = PublicKey::new(algorithm, public)?;
            Ok(KeyRing { key: Key::new(algorithm, Material::Public(key)), seed: None })
        }
        #[cfg(not(feature = "asymmetric"))]
        {
            let _ = public;
            Err(KeyError::NotCompiled(algorithm))
        }
    }

    /// Gives the key a name: tokens that it signs carry it as `kid` (RFC 7515 §4.1.4), and a token
    /// that names another is refused. Without a name, so is every token that names one.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.key.header = token::encode_header(self.key.algorithm, Some(kid));
        self.key.kid = Some(kid.into());
        self
    }

    /// The algorithm of the key.
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm
    }

    /// Whether the key can sign.
    pub fn can_sign(&self) -> bool {
        self.key.can_sign()
    }

    /// Signs a payload: a JWS in compact form, with the header `alg`, `typ` and, if the key has a name,
    /// `kid`.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoPrivateKey`] if the ring only verifies.
    pub fn sign(&self, payload: &[u8]) -> Result<String, KeyError> {
        token::sign(&self.key, payload)
    }

    /// Verifies a JWS in compact form and gives its payload, whatever that is; times and claims are not
    /// looked at.
    ///
    /// # Errors
    ///
    /// If the token is not in its one canonical form, its header is not one that we accept, or the key did
    /// not make its signature.
    pub fn verify(&self, token: &str) -> Result<Vec<u8>, TokenError> {
        token::verify(self, token.as_bytes())
    }

    /// Checks `signature` over `message` with the key, if the header allows that: it must name the key's
    /// algorithm, and no other key. A name is only compared; it is no path and no query (RFC 8725 §3.10).
    pub(crate) fn check(&self, header: &Header<'_>, message: &[u8], signature: &[u8]) -> Result<(), TokenError> {
        if header.alg != self.key.algorithm.name() {
            return Err(TokenError::Algorithm);
        }
        if header.kid.is_some() && header.kid.as_deref() != self.key.kid.as_deref() {
            return Err(TokenError::UnknownKey);
        }
        if !self.key.verifies(message, signature) {
            return Err(TokenError::Signature);
        }
        Ok(())
    }

    /// The key, if it signs tokens with just this encoded header.
    pub(crate) fn with_header(&self, encoded: &[u8]) -> Option<&Key> {
        (self.key.header.as_bytes() == encoded).then_some(&self.key)
    }

    /// What keys for other purposes can be derived from. `None` if the ring only verifies.
    pub(crate) fn seed(&self) -> Option<&Seed> {
        self.seed.as_ref()
    }
}

/// Whether somebody took a key for a secret: a public one would be a secret that everybody knows.
pub(crate) fn looks_like_a_key(bytes: &[u8]) -> bool {
    der::looks_like_a_key(bytes)
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("algorithm", &self.key.algorithm)
            .field("kid", &self.key.kid)
            .finish_non_exhaustive()
    }
}

/// One key, ready for use.
pub(crate) struct Key {
    algorithm: Algorithm,
    kid: Option<Box<str>>,
    /// The header of the tokens it signs, as it stands in them.
    header: String,
    material: Material,
}

enum Material {
    Hmac(HmacKey),
    #[cfg(feature = "asymmetric")]
    Pair(KeyPair),
    #[cfg(feature = "asymmetric")]
    Public(PublicKey),
}

impl Key {
    fn new(algorithm: Algorithm, material: Material) -> Self {
        Key { algorithm, kid: None, header: token::encode_header(algorithm, None), material }
    }

    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    fn can_sign(&self) -> bool {
        match &self.material {
            Material::Hmac(_) => true,
            #[cfg(feature = "asymmetric")]
            Material::Pair(_) => true,
            #[cfg(feature = "asymmetric")]
            Material::Public(_) => false,
        }
    }

    /// Checks a signature, given as it stands in the token.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Hmac(key) => key.verifies(message, signature),
            #[cfg(feature = "asymmetric")]
            Material::Pair(pair) => pair.public().verifies(message, signature),
            #[cfg(feature = "asymmetric")]
            Material::Public(key) => key.verifies(message, signature),
        }
    }

    /// Appends the signature over `token` to it, after a dot.
    pub(crate) fn sign(&self, token: &mut String) -> Result<(), KeyError> {
        match &self.material {
            Material::Hmac(key) => key.sign(token),
            #[cfg(feature = "asymmetric")]
            Material::Pair(pair) => pair.sign(token)?,
            #[cfg(feature = "asymmetric")]
            Material::Public(_) => return Err(KeyError::NoPrivateKey),
        }
        Ok(())
    }
}
