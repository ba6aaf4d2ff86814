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

/// One key, ready for use: a secret, a pair of keys, or a public key alone.
///
/// A key fixes its algorithm, so a token can't choose how it is checked (RFC 8725 §3.1). Everything that can be
/// done beforehand is done here: keys are parsed, curves and sizes checked, a private key and its public key proved
/// to belong together by signing and verifying. What is left for a request is the cryptography itself.
///
/// A key has a name, the [`kid`](Self::kid) of the tokens that it signs (RFC 7515 §4.1.4), and may have a
/// beginning and an end. Keys are used in a [`KeyRing`](crate::KeyRing).
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
    /// The header of the tokens it signs, as it stands in them.
    header: String,
    term: Term,
    /// Whether its tokens may be refreshed, if it can sign.
    refresh: bool,
    /// Made from what signs. `None` if nothing does.
    seed: Option<Seed>,
    material: Material,
}

/// When a key is in force, in seconds since the epoch.
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
    /// A secret, which signs and verifies.
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
        Key::from_any_secret(algorithm, secret)
    }

    /// As [`from_secret`](Self::from_secret), without regard to the length.
    pub(crate) fn from_any_secret(algorithm: Algorithm, secret: &Secret) -> Result<Self, KeyError> {
        if der::looks_like_a_key(secret.expose()) {
            return Err(KeyError::KeyAsSecret);
        }
        let key = HmacKey::new(algorithm, secret.expose()).ok_or(KeyError::NoSecretWanted(algorithm))?;
        let seed = Seed::extract(secret.expose());
        let kid = seed.name();
        Ok(Key::new(algorithm, &kid, Some(seed), Material::Hmac(key)))
    }

    /// A private key, in PEM or DER, which signs, and verifies with `public` or, without it, with the public
    /// key derived from it.
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
            let (kid, seed) = (pair.public().name(), pair.seed()?);
            Ok(Key::new(algorithm, &kid, Some(seed), Material::Pair(pair)))
        }
        #[cfg(not(feature = "asymmetric"))]
        {
            let _ = (private, public);
            Err(KeyError::NotCompiled(algorithm))
        }
    }

    /// A public key, in PEM or DER, which only verifies: SubjectPublicKeyInfo, or PKCS #1 for RSA.
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

    /// Names the key something else than it is named by itself.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.header = token::encode_header(self.algorithm, Some(kid));
        self.kid = kid.into();
        self
    }

    /// Has the key sign only from `time` on, in seconds since the epoch. It verifies before: another node's clock
    /// may be ahead.
    #[must_use]
    pub fn sign_from(mut self, time: u64) -> Self {
        self.term.sign_from = Some(time);
        self
    }

    /// Ends the key at `time`, in seconds since the epoch: from then on it neither signs nor verifies.
    #[must_use]
    pub fn retire_at(mut self, time: u64) -> Self {
        self.term.retire_at = Some(time);
        self
    }

    /// Has the key refresh nothing, if `false`: neither the tokens that it signed, nor sessions. For a secret that
    /// others have too, who sign with it: they could write a `refresh_until` into their tokens.
    #[must_use]
    pub fn with_refresh(mut self, refresh: bool) -> Self {
        self.refresh = refresh;
        self
    }

    /// The only algorithm that the key is used for.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The name of the key. By itself it is that of its public key, the thumbprint of RFC 7638; that of a secret
    /// is a keyed hash, which tells nothing of it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Whether the key can sign at all.
    pub fn can_sign(&self) -> bool {
        match &self.material {
            Material::Hmac(_) => true,
            #[cfg(feature = "asymmetric")]
            Material::Pair(_) => true,
            #[cfg(feature = "asymmetric")]
            Material::Public(_) => false,
        }
    }

    /// Whether tokens that the key signed may be refreshed: only if it can sign itself, and is not
    /// [kept from it](Self::with_refresh). With a public key alone, only others issue tokens.
    pub fn refreshes(&self) -> bool {
        self.refresh && self.can_sign()
    }

    /// Whether the key signs at `now`, in seconds since the epoch, if it comes first.
    pub fn signs_at(&self, now: u64) -> bool {
        self.can_sign() && self.term.has_begun(now) && !self.is_retired(now)
    }

    /// Whether the key is at its end at `now`, in seconds since the epoch.
    pub fn is_retired(&self, now: u64) -> bool {
        self.term.is_over(now)
    }

    pub(crate) fn term(&self) -> Term {
        self.term
    }

    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// What keys of refresh tokens can be derived from. `None` if the key never refreshes.
    pub(crate) fn seed(&self) -> Option<&Seed> {
        self.seed.as_ref().filter(|_| self.refresh)
    }

    /// The public key as a member of a JWK set, if there is one.
    pub(crate) fn jwk(&self) -> Option<Value> {
        match &self.material {
            Material::Hmac(_) => None,
            #[cfg(feature = "asymmetric")]
            Material::Pair(pair) => pair.public().jwk(Some(&self.kid)),
            #[cfg(feature = "asymmetric")]
            Material::Public(key) => key.jwk(Some(&self.kid)),
        }
    }

    /// Gives the key if it is not retired and made the signature.
    pub(crate) fn check(&self, message: &[u8], signature: &[u8], now: u64) -> Result<&Self, TokenError> {
        if self.is_retired(now) {
            return Err(TokenError::UnknownKey);
        }
        if self.verifies(message, signature) { Ok(self) } else { Err(TokenError::Signature) }
    }

    /// Checks a signature, given as it stands in the token.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
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

/// Shows what the key is called, and for what it is: nothing of the key itself.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .field("term", &self.term)
            .finish_non_exhaustive()
    }
}
