use std::fmt;

use super::{Key, KeyRing};

/// For how long a set may be kept by those who fetch it, in seconds. A key must be published for longer than that before
/// it signs.
pub(crate) const MAX_AGE: u64 = 5 * 60;

/// The public keys of an application, from [`JwtAuth::jwks`](crate::JwtAuth::jwks): a JWK set (RFC 7517 §5).
///
/// In it are the keys in force and those that sign later, until they are retired; of each the public part, with its
/// `kid`, `alg` and `use`. There is never a secret in it, nor anything of a private key. It is also its text, by
/// [`Display`](fmt::Display).
///
/// As a responder it is 200, or 304 for who has the same (`If-None-Match`, RFC 9110 §13.1.2):
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
/// It may be kept for 5 minutes, or until a key in it is retired if that comes earlier. So publish a key with a
/// `sign_from` that is further ahead than that: then everybody has it before the first token that it signs.
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

    /// A set that was written elsewhere.
    #[cfg(feature = "jsonwebtoken")]
    pub(crate) fn from_text(text: String) -> Self {
        Jwks { text, max_age: MAX_AGE }
    }

    /// The text of the set.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// For how many seconds the set may be kept.
    pub(crate) fn max_age(&self) -> u64 {
        self.max_age
    }
}

impl fmt::Display for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
