use std::fmt;

use super::{Key, KeyRing};

/// How long clients may cache a set, in seconds. A key must be published for longer than that before it signs.
pub(crate) const MAX_AGE: u64 = 5 * 60;

/// The public keys of an application as a JWK set (RFC 7517 §5), from [`JwtAuth::jwks`](crate::JwtAuth::jwks).
///
/// It contains the keys in force and those that will sign later, until they are retired. Each has its public part,
/// `kid`, `alg` and `use`. It never contains a secret or any part of a private key. [`Display`](fmt::Display) gives the
/// JSON text.
///
/// As a responder, it sends 200, or 304 if the client already has the same set (`If-None-Match`, RFC 9110 §13.1.2):
///
/// ```http
/// HTTP/1.1 200 OK
/// Content-Type: application/jwk-set+json
/// Cache-Control: max-age=300
/// ETag: "ZmluZ2VycHJpbnQ"
///
/// {"keys":[{"alg":"EdDSA","crv":"Ed25519","kid":"kPrK_qmx…","kty":"OKP","use":"sig","x":"11qYAYKx…"}]}
/// ```
///
/// Clients may cache it for 5 minutes, or until one of its keys is retired, whichever is earlier. Therefore publish a
/// new key with a `sign_from` more than 5 minutes ahead, so that all clients have the key before it signs.
#[derive(Clone, Debug)]
pub struct Jwks {
    text: String,
    max_age: u64,
}

impl Jwks {
    pub(crate) fn new(ring: &KeyRing, now: u64) -> Self {
        let keys = ring.keys().iter().filter(|key| !key.is_retired(now));
        let next_end = keys.clone().filter_map(|key| key.term().ends_at()).min();
        let set = serde_json::json!({ "keys": keys.filter_map(Key::jwk).collect::<Vec<_>>() });
        let max_age = next_end.map_or(MAX_AGE, |end| MAX_AGE.min(end.saturating_sub(now)));
        Jwks { text: set.to_string(), max_age }
    }

    /// Wraps the text of a set from another source.
    #[cfg(feature = "jsonwebtoken")]
    pub(crate) fn from_text(text: String) -> Self {
        Jwks { text, max_age: MAX_AGE }
    }

    /// The text of the set.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// How long clients may cache the set, in seconds.
    pub(crate) fn max_age(&self) -> u64 {
        self.max_age
    }
}

impl fmt::Display for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
