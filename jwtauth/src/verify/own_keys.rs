use crate::keys::KeyRing;
use crate::verified::cache::VerifiedCache;

/// The application's own keys. They may change while it runs.
pub(crate) trait OwnKeys {
    /// Uses the keys as they are now, with the tokens that they have verified, for the time of one check.
    fn with<T>(&self, check: impl FnOnce(&KeyRing, Option<&VerifiedCache>) -> T) -> T;
}
