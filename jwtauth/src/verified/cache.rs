use std::any::{Any, TypeId};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, Weighter};

use super::token::{AnyVerified, Verified, downcast};
use crate::claims::Claims;
use crate::json;

/// A cache of verified tokens. Each entry holds the claims of a token, read as one type. A hit skips the check of the
/// signature and the parsing of the claims. The caller checks time, settings and session on each request.
///
/// A lookup compares all bytes of the token. Only valid tokens are inserted. No request waits for the cache: while
/// another request writes to it, a lookup is a miss.
pub(crate) struct VerifiedCache(Cache<Entry, Arc<dyn AnyVerified>, Room, SeedableRandomState>);

/// The maximum size of an entry in bytes, without its texts, for claims of usual size.
const OVERHEAD: usize = 460;

/// The size of one slot in bytes. A longer token, or one with many claims, takes several slots.
const ROOM: usize = 1024;

/// The estimated heap size of one value in the claims, in bytes. A value in a list takes at most half of that. A map
/// with one member takes several times as much.
const VALUE: usize = 128;

/// The estimated size of usual claims, including their text.
const USUAL: usize = 512 + 16 * VALUE;

impl VerifiedCache {
    /// Returns `None` if `entries` is 0, or if no randomness is available.
    pub(crate) fn new(entries: usize) -> Option<Self> {
        if entries == 0 {
            return None;
        }
        let hasher = hasher(random()?)?;
        Some(VerifiedCache(Cache::with(entries, entries as u64, Room, hasher, DefaultLifecycle::default())))
    }

    pub(crate) fn recall<C: Claims>(&self, token: &str) -> Option<Arc<Verified<C>>> {
        let lookup = Lookup { token, kind: TypeId::of::<Verified<C>>() };
        downcast(self.0.try_get(&lookup).ok()??)
    }

    /// Whether the cache contains exactly this value.
    pub(crate) fn has(&self, token: &Arc<dyn AnyVerified>) -> bool {
        matches!(self.0.try_get(&lookup(&**token)), Ok(Some(found)) if Arc::ptr_eq(&found, token))
    }

    /// Inserts a verified token, unless another request is writing to the cache.
    pub(crate) fn remember<C: Claims>(&self, verified: &Arc<Verified<C>>, payload: &str) {
        let size = OVERHEAD + verified.texts_len() + size_of::<C>() + on_heap::<C>(payload);
        let rooms = u32::try_from(size.div_ceil(ROOM)).unwrap_or(u32::MAX);
        let token: Arc<dyn AnyVerified> = Arc::clone(verified) as _;
        // On a conflict with another writer, the next request inserts the token.
        let _ = self.0.try_insert(Entry { token: Arc::clone(&token), rooms }, token);
    }
}

/// A hasher with secret seeds. Clients with valid tokens must not know which tokens collide. foldhash multiplies parts
/// of its input by shared seeds, which are constants unless they are set.
fn hasher(seed: u64) -> Option<SeedableRandomState> {
    static SHARED: OnceLock<SharedSeed> = OnceLock::new();
    let shared = match SHARED.get() {
        Some(shared) => shared,
        None => {
            let seed = random()?;
            SHARED.get_or_init(|| SharedSeed::from_u64(seed))
        }
    };
    Some(SeedableRandomState::with_seed(seed, shared))
}

/// A random number from the operating system.
fn random() -> Option<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).ok()?;
    Some(u64::from_ne_bytes(bytes))
}

/// Estimates the heap size of the claims beyond the usual size. It can't be measured, so it is estimated from the
/// payload: lists and maps take many times the size of their text.
fn on_heap<C>(payload: &str) -> usize {
    match size_of::<C>() {
        0 => 0,
        _ => (payload.len() + json::values(payload) * VALUE).saturating_sub(USUAL),
    }
}

struct Entry {
    token: Arc<dyn AnyVerified>,
    rooms: u32,
}

/// The borrowed key of a lookup.
struct Lookup<'t> {
    token: &'t str,
    kind: TypeId,
}

fn lookup(token: &dyn AnyVerified) -> Lookup<'_> {
    let any: &dyn Any = token;
    Lookup { token: token.token(), kind: any.type_id() }
}

impl Hash for Lookup<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.token.as_bytes());
    }
}

impl Equivalent<Entry> for Lookup<'_> {
    fn equivalent(&self, entry: &Entry) -> bool {
        let other = lookup(&*entry.token);
        self.kind == other.kind && self.token == other.token
    }
}

impl Hash for Entry {
    fn hash<H: Hasher>(&self, state: &mut H) {
        lookup(&*self.token).hash(state);
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        lookup(&*self.token).equivalent(other)
    }
}

impl Eq for Entry {}

/// Weighs an entry by the number of slots that it takes.
#[derive(Clone)]
struct Room;

impl Weighter<Entry, Arc<dyn AnyVerified>> for Room {
    fn weight(&self, entry: &Entry, _: &Arc<dyn AnyVerified>) -> u64 {
        entry.rooms.into()
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use foldhash::quality::FixedState;

    use super::*;

    #[test]
    fn verified_cache_hasher_does_not_use_public_seeds() {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        let ours = hasher(7).unwrap();
        // With the same per-hasher seed, the shared seeds alone make it differ from a hasher with the constants of
        // foldhash.
        assert_ne!(ours.hash_one(token), FixedState::with_seed(7).hash_one(token));
        assert_ne!(ours.hash_one(token), SeedableRandomState::with_seed(7, SharedSeed::global_fixed()).hash_one(token));
        assert_eq!(ours.hash_one(token), hasher(7).unwrap().hash_one(token));
        assert_ne!(ours.hash_one(token), hasher(8).unwrap().hash_one(token));
    }
}
