use crate::keys::KeyRing;
use crate::verified::cache::VerifiedCache;

/// The application's own keys. They can be replaced while the application runs.
pub(crate) trait OwnKeys {
    /// Runs `check` with the current keys and the cache of the tokens that they have verified.
    fn with<T>(&self, check: impl FnOnce(&KeyRing, Option<&VerifiedCache>) -> T) -> T;
}
