use std::sync::Arc;

use super::issuer_keys::IssuerKeys;
use super::set::KeySet;
use super::shared_secret::SharedSecret;
use crate::algorithm::Algorithm;
use crate::keys::Key;

/// The keys of an issuer that are not fetched: those of a JWK set in a file, and a shared secret. A secret is used for
/// HMAC only, and a published key never is, so a token can't have a public key used as a secret (RFC 8725 §2.1).
#[derive(Default)]
pub(crate) struct FixedKeys {
    published: Option<Arc<KeySet>>,
    secret: Option<Arc<SharedSecret>>,
}

impl FixedKeys {
    /// `cached` is the number of verified tokens that are cached for each of them.
    pub(crate) fn new(published: Option<KeySet>, secret: Option<Key>, cached: usize) -> Self {
        FixedKeys {
            published: published.map(|set| Arc::new(set.remembering(cached))),
            secret: secret.map(|key| Arc::new(SharedSecret::new(key, cached))),
        }
    }

    /// The keys for tokens with this algorithm, if they are not fetched.
    pub(super) fn of(&self, algorithm: Algorithm) -> Option<IssuerKeys> {
        match algorithm.is_hmac() {
            true => self.secret.as_ref().map(|secret| IssuerKeys::Secret(Arc::clone(secret))),
            false => self.published.as_ref().map(|set| IssuerKeys::Published(Arc::clone(set))),
        }
    }

    /// Keeps the caches of keys that are the same as before. Logs the skipped keys of a new set.
    pub(super) fn replacing(self, before: &FixedKeys, issuer: &str) -> Self {
        let published = match (self.published, &before.published) {
            (Some(now), Some(before)) if before.is_same_as(&now) => Some(Arc::clone(before)),
            (now, _) => now.inspect(|set| set.skipped().log(issuer)),
        };
        let secret = match (self.secret, &before.secret) {
            (Some(now), Some(before)) if before.is_same_as(&now) => Some(Arc::clone(before)),
            (now, _) => now,
        };
        FixedKeys { published, secret }
    }

    /// Describes the keys, for a report.
    #[cfg(feature = "cli")]
    pub(crate) fn described(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(set) = &self.published {
            let keys = if set.len() == 1 { "key" } else { "keys" };
            lines.push(format!("`jwks_file` has {} usable {keys}", set.len()));
            lines.extend(set.skipped().lines().iter().map(|line| format!("`jwks_file`: {line}")));
        }
        if self.secret.is_some() {
            lines.push("`master_secret_file` has the secret for HMAC".to_owned());
        }
        lines
    }
}
