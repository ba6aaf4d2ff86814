use std::collections::HashMap;
use std::fmt;

use super::headers::Headers;
use super::key::Key;
use crate::algorithm::Algorithm;
use crate::error::{KeyError, TokenError};
use crate::jws;
use crate::jws::{Buffer, Header, Parts};

/// The keys of an application, in order. The first key that is in force and can sign is the signing key. All keys
/// verify until they are retired.
///
/// A ring is immutable; only time changes which of its keys are in force. It is `Send` and `Sync`. When an application
/// rotates its keys, it gets a new ring ([`JwtAuth::reload`](crate::JwtAuth::reload)).
///
/// The fairing creates the ring from the settings. A ring alone signs and verifies bytes without checking their
/// content. Times are in seconds since the epoch.
///
/// ```
/// use jwtauth::{Algorithm, Key, KeyRing, Secret};
///
/// let key = Key::from_secret(Algorithm::HS256, &Secret::random(32)?)?;
/// let ring = KeyRing::from(key);
///
/// let now = 1_800_000_000;
/// let token = ring.sign(br#"{"sub":"alice"}"#, now)?;
/// assert_eq!(ring.verify(&token, now)?, br#"{"sub":"alice"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The guide has a chapter on [keys](crate::guide::keys), which explains how to create and rotate them.
#[derive(Default)]
pub struct KeyRing {
    keys: Vec<Key>,
    headers: Headers,
    by_kid: HashMap<Box<str>, usize>,
}

/// The maximum number of keys that are tried for a token without a `kid`.
const MOST_TRIED: usize = 4;

impl KeyRing {
    /// Creates a ring of these keys, in this order.
    ///
    /// # Errors
    ///
    /// [`KeyError::DoubleKid`] if two of them have the same name.
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Result<Self, KeyError> {
        let mut ring = KeyRing::default();
        for key in keys {
            let place = ring.keys.len();
            if ring.by_kid.insert(key.kid().into(), place).is_some() {
                return Err(KeyError::DoubleKid);
            }
            ring.headers.add(key.header(), place);
            ring.keys.push(key);
        }
        ring.know_nameless();
        Ok(ring)
    }

    /// The keys, in order.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The key that signs at `now`. `None` if no key can sign.
    pub fn signer(&self, now: u64) -> Option<&Key> {
        self.keys.iter().find(|key| key.signs_at(now))
    }

    /// Signs a payload with the first key that is in force and can sign. Returns a JWS in compact form, whose header
    /// has `alg`, `typ` and `kid`.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoPrivateKey`] if no key can sign at `now`.
    pub fn sign(&self, payload: &[u8], now: u64) -> Result<String, KeyError> {
        let key = self.signer(now).ok_or(KeyError::NoPrivateKey)?;
        let mut token = jws::without_signature(key.header(), payload);
        key.sign(&mut token)?;
        Ok(token)
    }

    /// Verifies a JWS in compact form and returns its payload, which may be any bytes. Times and claims are not
    /// checked.
    ///
    /// A token with a `kid` is checked with that key. A token without one is checked with up to 4 keys of its
    /// algorithm, in order.
    ///
    /// # Errors
    ///
    /// If the token is not in canonical form, its header is not accepted, the key that it names is unknown or retired,
    /// or no key matches its signature.
    pub fn verify(&self, token: &str, now: u64) -> Result<Vec<u8>, TokenError> {
        let mut buffer = Buffer::new();
        self.open(token.as_bytes(), now, &mut buffer).map(|(payload, _)| payload.to_vec())
    }

    /// Verifies a token. Returns its payload and the key that made its signature.
    pub(crate) fn open<'b>(
        &self,
        token: &[u8],
        now: u64,
        buffer: &'b mut Buffer,
    ) -> Result<(&'b [u8], &Key), TokenError> {
        let parts = Parts::split(token)?;
        let key = match self.with_header(parts.header) {
            // The header is byte for byte that of our own tokens, so it does not have to be parsed.
            Some(key) => key.check(parts.signed, parts.signature, now)?,
            None => {
                let header = Header::parse(buffer.decode(parts.header)?)?;
                self.check(&header, parts.signed, parts.signature, now)?
            }
        };
        Ok((buffer.decode(parts.payload)?, key))
    }

    /// Returns the key that made `signature` over `message`. The header must name the algorithm of the key, and must
    /// not name another key. A name is only compared; it is never used as a path or in a query (RFC 8725 §3.10).
    fn check(&self, header: &Header<'_>, message: &[u8], signature: &[u8], now: u64) -> Result<&Key, TokenError> {
        let is_for = |key: &Key| key.algorithm().name() == header.alg;
        if let Some(kid) = &header.kid {
            let place = self.by_kid.get(&**kid).ok_or(TokenError::UnknownKey)?;
            let key = &self.keys[*place];
            return if is_for(key) { key.check(message, signature, now) } else { Err(TokenError::Algorithm) };
        }
        let mut of_algorithm = self.keys.iter().filter(|key| is_for(key)).peekable();
        let mut verdict = match of_algorithm.peek() {
            Some(_) => Err(TokenError::UnknownKey),
            None => Err(TokenError::Algorithm),
        };
        for key in of_algorithm.filter(|key| !key.is_retired(now)).take(MOST_TRIED) {
            verdict = key.check(message, signature, now);
            if verdict.is_ok() {
                break;
            }
        }
        verdict
    }

    /// Whether any key, in force or not, can derive other keys.
    pub(crate) fn has_seed(&self) -> bool {
        self.keys.iter().any(|key| key.seed().is_some())
    }

    /// Whether there is a public key.
    pub(crate) fn has_public(&self) -> bool {
        self.keys.iter().any(|key| !key.algorithm().is_hmac())
    }

    /// The key whose tokens have exactly this encoded header.
    fn with_header(&self, encoded: &[u8]) -> Option<&Key> {
        self.headers.find(encoded).and_then(|place| self.keys.get(place))
    }

    /// For each algorithm with a single key, adds the header without `kid`, so that it is recognized without decoding.
    fn know_nameless(&mut self) {
        for algorithm in Algorithm::ALL.iter().copied() {
            let mut places = self.keys.iter().enumerate().filter(|(_, key)| key.algorithm() == algorithm);
            if let (Some((place, _)), None) = (places.next(), places.next()) {
                self.headers.add(&jws::encode_header(algorithm, None), place);
            }
        }
    }
}

/// Creates a ring of one key.
impl From<Key> for KeyRing {
    fn from(key: Key) -> Self {
        // One key can't have a duplicate name.
        KeyRing::new([key]).unwrap_or_default()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.keys).finish()
    }
}
