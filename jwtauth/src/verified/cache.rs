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

/// Tokens that this process has verified, each with its claims read as one type. The cache saves the check of the
/// signature and the reading of the claims. The caller checks time, settings and session on each request.
///
/// A token is recognized by all of its bytes. Only valid tokens are inserted. No request waits for the cache: while
/// another request writes to it, a token is verified as if it were not in it.
pub(crate) struct VerifiedCache(Cache<Entry, Arc<dyn AnyVerified>, Room, SeedableRandomState>);

/// What an entry takes besides its texts, in bytes, at most, with claims of no great size.
const OVERHEAD: usize = 460;

/// Room for one entry, in bytes: a longer token, or one of many claims, takes that of several.
const ROOM: usize = 1024;

/// What is reckoned for a value of the claims on the heap, in bytes: in a list it takes half of that at the most, as a
/// map of one member several times as much.
const VALUE: usize = 128;

/// Claims of no great size, reckoned like that and with their text.
const USUAL: usize = 512 + 16 * VALUE;

impl VerifiedCache {
    /// `None` without room, or without randomness.
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

    /// Whether it is just this that is remembered.
    pub(crate) fn has(&self, token: &Arc<dyn AnyVerified>) -> bool {
        matches!(self.0.try_get(&lookup(&**token)), Ok(Some(found)) if Arc::ptr_eq(&found, token))
    }

    /// Remembers what has been read of this payload.
    pub(crate) fn remember<C: Claims>(&self, verified: &Arc<Verified<C>>, payload: &str) {
        let size = OVERHEAD + verified.texts_len() + size_of::<C>() + on_heap::<C>(payload);
        let rooms = u32::try_from(size.div_ceil(ROOM)).unwrap_or(u32::MAX);
        let token: Arc<dyn AnyVerified> = Arc::clone(verified) as _;
        // Somebody else is at work: the next request will bring it again.
        let _ = self.0.try_insert(Entry { token: Arc::clone(&token), rooms }, token);
    }
}

/// A hasher of which no part is public: whoever can make good tokens must not know which of them share a place. foldhash
/// multiplies parts of its input by shared seeds, which are constants unless they are given.
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

/// Randomness of the operating system.
fn random() -> Option<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).ok()?;
    Some(u64::from_ne_bytes(bytes))
}

/// About how much more than usual the claims may have on the heap. What is theirs there can't be seen; but what it was
/// made of can, and lists and maps take many times the bytes of their text.
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

/// An entry as it is looked for.
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

/// How many entries' room one takes.
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
        // With the same seed of its own, a hasher differs from one with the constants of foldhash by its shared seeds.
        assert_ne!(ours.hash_one(token), FixedState::with_seed(7).hash_one(token));
        assert_ne!(ours.hash_one(token), SeedableRandomState::with_seed(7, SharedSeed::global_fixed()).hash_one(token));
        assert_eq!(ours.hash_one(token), hasher(7).unwrap().hash_one(token));
        assert_ne!(ours.hash_one(token), hasher(8).unwrap().hash_one(token));
    }
}
