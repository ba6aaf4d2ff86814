use std::sync::Arc;

use super::set::KeySet;
use super::shared_secret::SharedSecret;
use crate::algorithm::Algorithm;
use crate::error::TokenError;
use crate::jws::Parts;
use crate::verified::cache::VerifiedCache;

/// The keys of an issuer that a token is checked with. The algorithm of the token selects them.
pub(super) enum IssuerKeys {
    /// The keys that the issuer publishes. They were fetched, or are in a file.
    Published(Arc<KeySet>),
    /// The secret for HMAC.
    Secret(Arc<SharedSecret>),
}

impl IssuerKeys {
    /// The cache of the tokens that these keys have verified.
    // It is called by generic code, which is compiled in the application's crate.
    #[inline]
    pub(super) fn verified(&self) -> Option<&Arc<VerifiedCache>> {
        match self {
            IssuerKeys::Published(set) => set.verified(),
            IssuerKeys::Secret(secret) => secret.verified(),
        }
    }

    /// Checks the signature of a token with this `iss`.
    pub(super) fn check(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        iss: &str,
        token: &Parts<'_>,
    ) -> Result<(), TokenError> {
        match self {
            IssuerKeys::Published(set) => set.check(algorithm, kid, iss, token.signed, token.signature),
            IssuerKeys::Secret(secret) => secret.check(algorithm, token.signed, token.signature),
        }
    }

    /// Why none of these keys has verified a token, for the facts of the refusal. `None` if the error is not about the
    /// keys.
    pub(super) fn facts(&self, error: TokenError) -> Option<&'static str> {
        match (error, self) {
            (TokenError::UnknownKey, _) => Some("the issuer publishes no such key"),
            (TokenError::Algorithm, IssuerKeys::Secret(_)) => Some("the shared secret is for another algorithm"),
            (TokenError::Algorithm, IssuerKeys::Published(_)) => {
                Some("the key that the issuer publishes is for another algorithm")
            }
            (TokenError::Signature, IssuerKeys::Secret(_)) => Some("the shared secret did not make the signature"),
            (TokenError::Signature, IssuerKeys::Published(_)) => {
                Some("no key that the issuer publishes made the signature")
            }
            _ => None,
        }
    }
}
