use std::sync::Arc;

use super::set::KeySet;
use crate::algorithm::Algorithm;
use crate::keys::Key;

/// The keys of an issuer that are not fetched: those of a JWK set in a file, and a shared secret. A secret is used for
/// HMAC only, and a published key never is, so a token can't have a public key used as a secret (RFC 8725 §2.1).
#[derive(Default)]
pub(crate) struct FixedKeys {
    published: Option<Arc<KeySet>>,
    secret: Option<Arc<KeySet>>,
}

impl FixedKeys {
    /// `cached` is the number of verified tokens that are cached for each of them.
    pub(crate) fn new(published: Option<KeySet>, secret: Option<Key>, cached: usize) -> Self {
        let ready = |set: KeySet| Arc::new(set.remembering(cached));
        FixedKeys { published: published.map(ready), secret: secret.map(|key| ready(KeySet::of_secret(key))) }
    }

    /// The keys for tokens with this algorithm, if they are not fetched.
    pub(super) fn of(&self, algorithm: Algorithm) -> Option<&Arc<KeySet>> {
        if algorithm.is_hmac() { self.secret.as_ref() } else { self.published.as_ref() }
    }

    /// Keeps the caches of keys that are the same as before. Logs the skipped keys of a new set.
    pub(super) fn replacing(self, before: &FixedKeys, issuer: &str) -> Self {
        let kept = |now: Option<Arc<KeySet>>, before: &Option<Arc<KeySet>>| match (now, before) {
            (Some(now), Some(before)) if before.is_same_as(&now) => Some(Arc::clone(before)),
            (now, _) => {
                if let Some(set) = &now {
                    set.skipped().log(issuer);
                }
                now
            }
        };
        let published = kept(self.published, &before.published);
        FixedKeys { published, secret: kept(self.secret, &before.secret) }
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
