use std::fmt;

use serde_json::Value;

#[cfg(feature = "asymmetric")]
use super::PublicKey;
#[cfg(feature = "asymmetric")]
use super::asymmetric::KeyPair;
use super::hmac::HmacKey;
use super::{Seed, der};
use crate::algorithm::Algorithm;
use crate::error::KeyError;
use crate::error::TokenError;
use crate::jws as token;
use crate::secret::Secret;

/// A key: a secret, a key pair, or a public key alone.
///
/// A key has exactly one algorithm, so a token can't choose how it is checked (RFC 8725 §3.1). Creating a key does all
/// work that does not depend on a token: it parses the key, checks its curve and size, and proves that a private key
/// and its public key belong together by signing and verifying.
///
/// A key has a name, which is the [`kid`](Self::kid) of its tokens (RFC 7515 §4.1.4). It may have a start and an end
/// time. A [`KeyRing`](crate::KeyRing) uses keys.
///
/// ```
/// use jwtauth::{Algorithm, Key, KeyRing, Secret};
///
/// let new = Key::from_secret(Algorithm::HS256, &Secret::random(32)?)?.sign_from(1_800_000_000);
/// let old = Key::from_secret(Algorithm::HS256, &Secret::random(32)?)?.retire_at(1_800_604_800);
/// let ring = KeyRing::new([new, old])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Key {
    algorithm: Algorithm,
    kid: Box<str>,
    /// The encoded header of its tokens.
    header: String,
    term: Term,
    /// Whether its tokens can be refreshed, if it can sign.
    refresh: bool,
    /// Derived from the signing key. `None` for a key that only verifies.
    seed: Option<Seed>,
    material: Material,
}

/// The times between which a key is in force, in seconds since the epoch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Term {
    sign_from: Option<u64>,
    retire_at: Option<u64>,
}

impl Term {
    pub(crate) fn has_begun(self, now: u64) -> bool {
        self.sign_from.is_none_or(|begin| now >= begin)
    }

    pub(crate) fn begins_at(self) -> Option<u64> {
        self.sign_from
    }

    pub(crate) fn ends_at(self) -> Option<u64> {
        self.retire_at
    }

    pub(crate) fn is_over(self, now: u64) -> bool {
        self.retire_at.is_some_and(|end| now >= end)
    }
}

enum Material {
    Hmac(HmacKey),
    #[cfg(feature = "asymmetric")]
    Pair(KeyPair),
    #[cfg(feature = "asymmetric")]
    Public(PublicKey),
}

impl Key {
    /// Creates a key from a secret. It signs and verifies.
    ///
    /// # Errors
    ///
    /// If the algorithm takes no secret, if the secret is shorter than [`Algorithm::min_secret_len`], or if the secret
    /// is a key in one of the usual formats.
    pub fn from_secret(algorithm: Algorithm, secret: &Secret) -> Result<Self, KeyError> {
        if secret.len() < algorithm.min_secret_len() {
            let (least, found) = (algorithm.min_secret_len(), secret.len());
            return Err(KeyError::SecretTooShort { algorithm, least, found });
        }
        Key::from_any_secret(algorithm, secret)
    }

    /// Like [`from_secret`](Self::from_secret), without a check of the length.
    pub(crate) fn from_any_secret(algorithm: Algorithm, secret: &Secret) -> Result<Self, KeyError> {
        if der::looks_like_a_key(secret.expose()) {
            return Err(KeyError::KeyAsSecret);
        }
        let key = HmacKey::new(algorithm, secret.expose()).ok_or(KeyError::NoSecretWanted(algorithm))?;
        let seed = Seed::extract(secret.expose());
        let kid = seed.name();
        Ok(Key::new(algorithm, &kid, Some(seed), Material::Hmac(key)))
    }

    /// Creates a key from a private key in PEM or DER. It signs, and verifies with `public` or, if that is `None`, with
    /// the public key derived from the private key.
    ///
    /// PKCS #8 is supported for all types, PKCS #1 for RSA, and SEC 1 for elliptic curves.
    ///
    /// # Errors
    ///
    /// If a key can't be read, is encrypted, or does not have the type, curve or size that the algorithm needs, or if
    /// the two keys are not a pair. [`KeyError::NotCompiled`] without the feature `asymmetric`.
    pub fn from_private_key(algorithm: Algorithm, private: &[u8], public: Option<&[u8]>) -> Result<Self, KeyError> {
        if algorithm.is_hmac() {
            return Err(KeyError::SecretWanted(algorithm));
        }
        #[cfg(feature = "asymmetric")]
        {
            let pair = KeyPair::new(algorithm, private, public)?;
            let (kid, seed) = (pair.public().name(), pair.seed()?);
            Ok(Key::new(algorithm, &kid, Some(seed), Material::Pair(pair)))
        }
        #[cfg(not(feature = "asymmetric"))]
        {
            let _ = (private, public);
            Err(KeyError::NotCompiled(algorithm))
        }
    }

    /// Creates a key from a public key in PEM or DER: SubjectPublicKeyInfo, or PKCS #1 for RSA. It only verifies.
    ///
    /// # Errors
    ///
    /// The same as for [`from_private_key`](Self::from_private_key).
    pub fn from_public_key(algorithm: Algorithm, public: &[u8]) -> Result<Self, KeyError> {
        if algorithm.is_hmac() {
            return Err(KeyError::SecretWanted(algorithm));
        }
        #[cfg(feature = "asymmetric")]
        {
            let key = PublicKey::new(algorithm, public)?;
            Ok(Key::new(algorithm, &key.name(), None, Material::Public(key)))
        }
        #[cfg(not(feature = "asymmetric"))]
        {
            let _ = public;
            Err(KeyError::NotCompiled(algorithm))
        }
    }

    fn new(algorithm: Algorithm, kid: &str, seed: Option<Seed>, material: Material) -> Self {
        let header = token::encode_header(algorithm, Some(kid));
        Key { algorithm, kid: kid.into(), header, term: Term::default(), refresh: true, seed, material }
    }

    /// Replaces the name of the key.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.header = token::encode_header(self.algorithm, Some(kid));
        self.kid = kid.into();
        self
    }

    /// Sets the time from which the key signs, in seconds since the epoch. It verifies even before that time, because
    /// the clock of another node may be ahead.
    #[must_use]
    pub fn sign_from(mut self, time: u64) -> Self {
        self.term.sign_from = Some(time);
        self
    }

    /// Sets the time from which the key neither signs nor verifies, in seconds since the epoch.
    #[must_use]
    pub fn retire_at(mut self, time: u64) -> Self {
        self.term.retire_at = Some(time);
        self
    }

    /// Sets whether the key may refresh. With `false`, the tokens that it signed can't be refreshed, and sessions don't
    /// use it. Set this for a secret that other services also sign with, because they could put a `refresh_until` into
    /// their tokens.
    #[must_use]
    pub fn with_refresh(mut self, refresh: bool) -> Self {
        self.refresh = refresh;
        self
    }

    /// The algorithm of the key.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The name of the key. The default name of a public key is its thumbprint (RFC 7638). The default name of a secret
    /// is a keyed hash, which reveals nothing about the secret.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Whether the key can sign.
    pub fn can_sign(&self) -> bool {
        match &self.material {
            Material::Hmac(_) => true,
            #[cfg(feature = "asymmetric")]
            Material::Pair(_) => true,
            #[cfg(feature = "asymmetric")]
            Material::Public(_) => false,
        }
    }

    /// Whether tokens of this key can be refreshed: it can sign, and refreshing is not
    /// [turned off](Self::with_refresh). The tokens of a public key alone were issued by another service.
    pub fn refreshes(&self) -> bool {
        self.refresh && self.can_sign()
    }

    /// Whether the key can sign at `now`, in seconds since the epoch. A ring uses the first such key.
    pub fn signs_at(&self, now: u64) -> bool {
        self.can_sign() && self.term.has_begun(now) && !self.is_retired(now)
    }

    /// Whether the key is retired at `now`, in seconds since the epoch.
    pub fn is_retired(&self, now: u64) -> bool {
        self.term.is_over(now)
    }

    pub(crate) fn term(&self) -> Term {
        self.term
    }

    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// The seed for the keys of refresh tokens. `None` if the key never refreshes.
    pub(crate) fn seed(&self) -> Option<&Seed> {
        self.seed.as_ref().filter(|_| self.refresh)
    }

    /// The public key as a member of a JWK set. `None` for a secret.
    pub(crate) fn jwk(&self) -> Option<Value> {
        match &self.material {
            Material::Hmac(_) => None,
            #[cfg(feature = "asymmetric")]
            Material::Pair(pair) => pair.public().jwk(Some(&self.kid)),
            #[cfg(feature = "asymmetric")]
            Material::Public(key) => key.jwk(Some(&self.kid)),
        }
    }

    /// Returns the key if it is not retired and made the signature.
    pub(crate) fn check(&self, message: &[u8], signature: &[u8], now: u64) -> Result<&Self, TokenError> {
        if self.is_retired(now) {
            return Err(TokenError::UnknownKey);
        }
        if self.verifies(message, signature) { Ok(self) } else { Err(TokenError::Signature) }
    }

    /// Checks an encoded signature.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Hmac(key) => key.verifies(message, signature),
            #[cfg(feature = "asymmetric")]
            Material::Pair(pair) => pair.public().verifies(message, signature),
            #[cfg(feature = "asymmetric")]
            Material::Public(key) => key.verifies(message, signature),
        }
    }

    /// Appends a dot and the signature over `token` to it.
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

/// Shows the name and the properties of the key, but no part of the key itself.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .field("term", &self.term)
            .finish_non_exhaustive()
    }
}
