use std::collections::HashMap;
use std::fmt;

use super::headers::Headers;
use super::key::Key;
use crate::algorithm::Algorithm;
use crate::error::{KeyError, TokenError};
use crate::jws;
use crate::jws::{Buffer, Header, Parts};

/// The keys of an application, in an order: the first one in force that can sign does, and all verify until they
/// are retired.
///
/// Nothing in a ring changes any more, but what time does to its keys; it is `Send` and `Sync`. An application
/// whose keys roll gets a new ring ([`JwtAuth::reload`](crate::JwtAuth::reload)).
///
/// The fairing makes its ring from the settings. A ring by itself signs and verifies bytes, and judges nothing in
/// them. Times are in seconds since the epoch.
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
/// The guide has a chapter on [keys](crate::guide::keys): how to make them, and how to rotate them.
#[derive(Default)]
pub struct KeyRing {
    keys: Vec<Key>,
    headers: Headers,
    by_kid: HashMap<Box<str>, usize>,
}

/// With so many keys a token that names none is tried, at the most.
const MOST_TRIED: usize = 4;

impl KeyRing {
    /// A ring of these keys, in this order.
    ///
    /// # Errors
    ///
    /// [`KeyError::DoubleKid`] if two of them have one name.
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

    /// The keys, in their order.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The key that signs at `now`.
    pub fn signer(&self, now: u64) -> Option<&Key> {
        self.keys.iter().find(|key| key.signs_at(now))
    }

    /// Signs a payload with the first key that is in force and can: a JWS in compact form, with the header `alg`,
    /// `typ` and `kid`.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoPrivateKey`] if none can at the moment.
    pub fn sign(&self, payload: &[u8], now: u64) -> Result<String, KeyError> {
        let key = self.signer(now).ok_or(KeyError::NoPrivateKey)?;
        let mut token = jws::without_signature(key.header(), payload);
        key.sign(&mut token)?;
        Ok(token)
    }

    /// Verifies a JWS in compact form and gives its payload, whatever that is; times and claims are not
    /// looked at.
    ///
    /// A token that names a key (`kid`) is checked with that one; another one with the keys of its algorithm, in
    /// order, and at most 4 of them.
    ///
    /// # Errors
    ///
    /// If the token is not in its one canonical form, its header is not one that we accept, the key that it names is
    /// not there or retired, or none of those that it may be checked with made its signature.
    pub fn verify(&self, token: &str, now: u64) -> Result<Vec<u8>, TokenError> {
        let mut buffer = Buffer::new();
        self.open(token.as_bytes(), now, &mut buffer).map(|(payload, _)| payload.to_vec())
    }

    /// Verifies a token. Returns its payload, and the key that made its signature.
    pub(crate) fn open<'b>(
        &self,
        token: &[u8],
        now: u64,
        buffer: &'b mut Buffer,
    ) -> Result<(&'b [u8], &Key), TokenError> {
        let parts = Parts::split(token)?;
        let key = match self.with_header(parts.header) {
            // The header of our own tokens, byte for byte: what it says is known.
            Some(key) => key.check(parts.signed, parts.signature, now)?,
            None => {
                let header = Header::parse(buffer.decode(parts.header)?)?;
                self.check(&header, parts.signed, parts.signature, now)?
            }
        };
        Ok((buffer.decode(parts.payload)?, key))
    }

    /// The key that made `signature` over `message`, if the header allows it: it must name the key's algorithm,
    /// and no other key. A name is only compared; it is no path and no query (RFC 8725 §3.10).
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

    /// Whether anything signs, be it not in force, from which keys for other purposes can be derived.
    pub(crate) fn has_seed(&self) -> bool {
        self.keys.iter().any(|key| key.seed().is_some())
    }

    /// Whether there is a public key.
    pub(crate) fn has_public(&self) -> bool {
        self.keys.iter().any(|key| !key.algorithm().is_hmac())
    }

    /// The key whose tokens have just this encoded header.
    fn with_header(&self, encoded: &[u8]) -> Option<&Key> {
        self.headers.find(encoded).and_then(|place| self.keys.get(place))
    }

    /// Has tokens recognized by their bytes also if they name no key, where there is but one of their algorithm.
    fn know_nameless(&mut self) {
        for algorithm in Algorithm::ALL.iter().copied() {
            let mut places = self.keys.iter().enumerate().filter(|(_, key)| key.algorithm() == algorithm);
            if let (Some((place, _)), None) = (places.next(), places.next()) {
                self.headers.add(&jws::encode_header(algorithm, None), place);
            }
        }
    }
}

/// A ring of one key.
impl From<Key> for KeyRing {
    fn from(key: Key) -> Self {
        // One key has no name twice.
        KeyRing::new([key]).unwrap_or_default()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.keys).finish()
    }
}
