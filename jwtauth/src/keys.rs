#[cfg(feature = "asymmetric")]
mod asymmetric;
mod error;
mod hmac;

use std::fmt;

#[cfg(feature = "asymmetric")]
use self::asymmetric::{KeyPair, PublicKey};
pub use self::error::KeyError;
use self::hmac::HmacKey;
use crate::token::{self, Header};
use crate::{Algorithm, Secret, TokenError};

/// The keys of an application, prepared once: one that signs, and those that verify.
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
    keys: Vec<Key>,
}

/// At most so many keys are tried on a token that names none.
const MAX_TRIED: usize = 4;

impl KeyRing {
    /// A ring of one secret, which signs and verifies.
    ///
    /// # Errors
    ///
    /// If the algorithm takes no secret, or one with more bytes ([`Algorithm::min_secret_len`]), or if the
    /// secret is a PEM.
    pub fn from_secret(algorithm: Algorithm, secret: &Secret) -> Result<Self, KeyError> {
        if secret.len() < algorithm.min_secret_len() {
            let (least, found) = (algorithm.min_secret_len(), secret.len());
            return Err(KeyError::SecretTooShort { algorithm, least, found });
        }
        KeyRing::from_any_secret(algorithm, secret)
    }

    /// As [`from_secret`](Self::from_secret), without regard to the length.
    pub(crate) fn from_any_secret(algorithm: Algorithm, secret: &Secret) -> Result<Self, KeyError> {
        if memchr::memmem::find(secret.expose(), b"-----BEGIN ").is_some() {
            return Err(KeyError::PemAsSecret);
        }
        let key = HmacKey::new(algorithm, secret.expose()).ok_or(KeyError::NoSecretWanted(algorithm))?;
        Ok(KeyRing { keys: vec![Key::new(algorithm, Material::Hmac(key))] })
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
            Ok(KeyRing { keys: vec![Key::new(algorithm, Material::Pair(pair))] })
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
            Ok(KeyRing { keys: vec![Key::new(algorithm, Material::Public(key))] })
        }
        #[cfg(not(feature = "asymmetric"))]
        {
            let _ = public;
            Err(KeyError::NotCompiled(algorithm))
        }
    }

    /// Gives the key a name: tokens that it signs carry it as `kid` (RFC 7515 §4.1.4), and a token
    /// that names another is refused. Without a name, so is every token that names a key.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        for key in &mut self.keys {
            key.header = token::encode_header(key.algorithm, Some(kid));
            key.kid = Some(kid.into());
        }
        self
    }

    /// The algorithm of the key that signs or, if none does, of the first one.
    pub fn algorithm(&self) -> Algorithm {
        self.signer().unwrap_or(&self.keys[0]).algorithm
    }

    /// Whether one of the keys can sign.
    pub fn can_sign(&self) -> bool {
        self.signer().is_some()
    }

    /// Signs a payload: a JWS in compact form, with the header `alg`, `typ` and, if the key has a name,
    /// `kid`.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoPrivateKey`] if the ring only verifies.
    pub fn sign(&self, payload: &[u8]) -> Result<String, KeyError> {
        token::sign(self.signer().ok_or(KeyError::NoPrivateKey)?, payload)
    }

    /// Verifies a JWS in compact form and gives its payload, whatever that is; times and claims are not
    /// looked at.
    ///
    /// # Errors
    ///
    /// If the token is not in its one canonical form, its header is not one that we accept, or no key of
    /// the ring made its signature.
    pub fn verify(&self, token: &str) -> Result<Vec<u8>, TokenError> {
        token::verify(self, token.as_bytes())
    }

    /// Finds the key that made `signature` over `message`, among those that the header allows: keys of
    /// its algorithm and, where it names one, of that name. A name only ever selects among the keys we
    /// have; it is no path and no query (RFC 8725 §3.10).
    pub(crate) fn check(&self, header: &Header<'_>, message: &[u8], signature: &[u8]) -> Result<(), TokenError> {
        let mut refusal = TokenError::Algorithm;
        let mut tried = 0;
        for key in self.keys.iter().filter(|key| key.algorithm.name() == header.alg) {
            if header.kid.is_some() && header.kid.as_deref() != key.kid.as_deref() {
                refusal = refusal.max(TokenError::UnknownKey);
            } else if tried < MAX_TRIED {
                if key.verifies(message, signature) {
                    return Ok(());
                }
                tried += 1;
                refusal = TokenError::Signature;
            }
        }
        Err(refusal)
    }

    /// The key that signs tokens with just this encoded header, if it is one of ours.
    pub(crate) fn with_header(&self, encoded: &[u8]) -> Option<&Key> {
        self.keys.iter().find(|key| key.header.as_bytes() == encoded)
    }

    fn signer(&self) -> Option<&Key> {
        self.keys.iter().find(|key| key.can_sign())
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.keys.iter().map(|key| (key.algorithm, key.kid.as_deref()));
        f.debug_tuple("KeyRing").field(&names.collect::<Vec<_>>()).finish()
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
