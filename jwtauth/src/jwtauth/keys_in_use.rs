use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::keys::KeyRing;
use crate::verified::cache::VerifiedCache;
use crate::verify::OwnKeys;

/// The keys in use, which may be replaced while the application runs.
pub(crate) struct KeysInUse {
    in_use: ArcSwap<InUse>,
    /// The size of the cache.
    remembered: usize,
}

/// The keys, and the tokens that these keys have verified. A new ring starts with an empty cache.
pub(crate) struct InUse {
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) verified: Option<VerifiedCache>,
}

impl KeysInUse {
    /// `remembered`: how many verified tokens the cache holds.
    pub(crate) fn new(ring: KeyRing, remembered: usize) -> Self {
        let in_use = InUse { ring: Arc::new(ring), verified: VerifiedCache::new(remembered) };
        KeysInUse { in_use: ArcSwap::from_pointee(in_use), remembered }
    }

    /// The keys in use with their cache, for the time of one check. To keep the keys longer, take the [`ring`](Self::ring).
    pub(crate) fn in_use(&self) -> Guard<Arc<InUse>> {
        self.in_use.load()
    }

    /// The keys in use.
    pub(crate) fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.in_use.load().ring)
    }

    /// Puts these keys into use. A request in flight checks its token with the ring that it began with.
    pub(crate) fn roll(&self, ring: KeyRing) {
        let in_use = InUse { ring: Arc::new(ring), verified: VerifiedCache::new(self.remembered) };
        self.in_use.store(Arc::new(in_use));
    }
}

impl OwnKeys for KeysInUse {
    fn with<T>(&self, check: impl FnOnce(&KeyRing, Option<&VerifiedCache>) -> T) -> T {
        let in_use = self.in_use();
        check(&in_use.ring, in_use.verified.as_ref())
    }
}
