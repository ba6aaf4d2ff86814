use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::source::KeySource;
use crate::clock::Clock;
use crate::config::Config;
use crate::issuers::Issuers;
use crate::keys::{Jwks, KeyRing};
use crate::session::SessionManager;
use crate::verified::cache::VerifiedCache;
use crate::verify::OwnKeys;

/// The current keys, and everything needed to replace them at run time.
pub(crate) struct Rotation {
    in_use: ArcSwap<InUse>,
    pub(super) source: KeySource,
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    /// Derives the keys of refresh tokens, possibly from the keys of the ring.
    sessions: Option<Arc<SessionManager>>,
    /// Their keys may also be in files.
    pub(super) issuers: Arc<Issuers>,
}

/// A key ring with the cache of the tokens that it has verified. A new ring starts with an empty cache.
pub(crate) struct InUse {
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) verified: Option<VerifiedCache>,
}

impl InUse {
    fn new(ring: KeyRing, config: &Config) -> Self {
        InUse { ring: Arc::new(ring), verified: VerifiedCache::new(config.verified_cache) }
    }
}

impl Rotation {
    pub(crate) fn new(
        keys: KeyRing,
        source: KeySource,
        config: Arc<Config>,
        clock: Clock,
        sessions: Option<Arc<SessionManager>>,
        issuers: Arc<Issuers>,
    ) -> Arc<Self> {
        let in_use = ArcSwap::from_pointee(InUse::new(keys, &config));
        Arc::new(Rotation { in_use, source, config, clock, sessions, issuers })
    }

    /// The current keys with their cache, for one check. To keep the keys longer, use [`ring`](Self::ring).
    pub(crate) fn in_use(&self) -> Guard<Arc<InUse>> {
        self.in_use.load()
    }

    /// The current keys.
    pub(crate) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.in_use.load().ring)
    }

    /// The public keys in the form in which they are published.
    pub(crate) fn jwks(&self) -> Jwks {
        Jwks::new(&self.in_use.load().ring, self.clock.now())
    }

    /// Replaces the keys. A request in flight finishes its check with the old ring.
    pub(super) fn roll(&self, keys: KeyRing) {
        if let Some(sessions) = &self.sessions {
            sessions.roll(&keys);
        }
        self.in_use.store(Arc::new(InUse::new(keys, &self.config)));
    }

    /// Whether the keys of refresh tokens are derived from the keys of the ring.
    pub(super) fn derives_refresh_tokens(&self) -> bool {
        self.sessions.as_ref().is_some_and(|sessions| sessions.needs_seed())
    }
}

impl OwnKeys for Rotation {
    fn with<T>(&self, check: impl FnOnce(&KeyRing, Option<&VerifiedCache>) -> T) -> T {
        let in_use = self.in_use();
        check(&in_use.ring, in_use.verified.as_ref())
    }
}
