use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::error::TokenError;
use crate::keys::Key;
use crate::verified::cache::VerifiedCache;

/// The secret that an issuer shares with the application, for one HMAC algorithm.
pub(super) struct SharedSecret {
    key: Key,
    /// The cache of tokens that this secret has verified.
    verified: Option<Arc<VerifiedCache>>,
}

impl SharedSecret {
    /// `cached` is the number of verified tokens that are cached.
    pub(super) fn new(key: Key, cached: usize) -> Self {
        SharedSecret { key, verified: VerifiedCache::new(cached).map(Arc::new) }
    }

    pub(super) fn is_same_as(&self, other: &SharedSecret) -> bool {
        // The name of a key is derived from its secret.
        self.key.kid() == other.key.kid()
    }

    /// The cache of the tokens that this secret has verified.
    pub(super) fn verified(&self) -> Option<&Arc<VerifiedCache>> {
        self.verified.as_ref()
    }

    /// Checks an encoded signature. There is only one secret, so the `kid` of the token does not matter.
    pub(super) fn check(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<(), TokenError> {
        if self.key.algorithm() != algorithm {
            return Err(TokenError::Algorithm);
        }
        // The secret has no end of its own.
        self.key.check(message, signature, 0).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn shared_secret_is_only_for_its_algorithm() {
        let key = |secret: &str| Key::from_secret(Algorithm::HS256, &Secret::from(secret)).expect("a key");
        let text = "a secret of this test, with 40 characters";
        let mut token = "message".to_owned();
        key(text).sign(&mut token).expect("a signature");
        let (_, tag) = token.rsplit_once('.').expect("two parts");
        let secret = SharedSecret::new(key(text), 0);
        let check = |algorithm, message: &[u8]| secret.check(algorithm, message, tag.as_bytes());
        assert_eq!(check(Algorithm::HS256, b"message"), Ok(()));
        assert_eq!(check(Algorithm::HS256, b"massage"), Err(TokenError::Signature));
        for other in [Algorithm::HS384, Algorithm::EdDSA, Algorithm::ES256] {
            assert_eq!(check(other, b"message"), Err(TokenError::Algorithm));
        }
        assert!(secret.is_same_as(&SharedSecret::new(key(text), 9)));
        assert!(!secret.is_same_as(&SharedSecret::new(key("another secret of this test, with 46 characters"), 0)));
    }
}
