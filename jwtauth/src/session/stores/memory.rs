mod ids;
mod row;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::tokio::task::yield_now;

use self::ids::Ids;
use self::row::Row;
use crate::claims::session_id::SessionId;
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord, SessionStore, StoreError};

/// Sessions in the memory of this process: `memory:`, the default. They end with the process, and other processes can't
/// see them.
///
/// Rows are stored in shards. Each shard has its own lock, which is held only for the time that one row takes. Sessions
/// that have run out are [purged](SessionStore::purge) once an hour. Ten million sessions take about 3.3 GB, including
/// user ids and nonce digests. Equal labels are stored once.
///
/// The settings create this store. Create one in code to compare another store with it in tests, or to wrap it:
///
/// ```
/// use jwtauth::{RefreshStep, RefreshOutcome, MemoryStore, SessionId, SessionRecord, SessionStore};
///
/// # rocket::execute(async {
/// let store = MemoryStore::new();
/// let session = SessionRecord::new(SessionId::random()?, "alice", 1000, 2000);
/// store.create(&session, None).await?;
///
/// let step = RefreshStep { generation: 0, now: 1500, grace: 30, ends_at: 2500, key_id: [1; 16] };
/// assert_eq!(store.advance(session.id, step).await?, RefreshOutcome::Next { generation: 1 });
/// assert_eq!(store.advance(session.id, step).await?, RefreshOutcome::Repeated { generation: 1, ends_at: 2500 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct MemoryStore {
    rows: Box<[Mutex<Rows>]>,
    /// The session ids of each user, by a hash of the user id. Different user ids may have the same hash, so each row
    /// also contains its user id. An id may be here without a row while its session is being removed. The traces of
    /// reuse are not here.
    users: Box<[Mutex<HashMap<u64, Ids>>]>,
    /// Each label once. There are few different labels: all browsers of one version send the same `User-Agent`.
    labels: Mutex<HashSet<Arc<str>>>,
    hasher: RandomState,
}

// Locks are taken in this order: users, rows, labels. At most one lock of each kind is held at a time. Locks are not
// held across an `await`.

/// The number of shards. Two tasks seldom need the same one, and purging holds each only for a short time.
const SHARDS: usize = 256;

/// The rows are boxed because a table is half empty on average, and empty slots are then small.
type Rows = HashMap<SessionId, Box<Row>>;

impl MemoryStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        MemoryStore {
            rows: (0..SHARDS).map(|_| Mutex::default()).collect(),
            users: (0..SHARDS).map(|_| Mutex::default()).collect(),
            labels: Mutex::default(),
            hasher: RandomState::new(),
        }
    }

    fn rows(&self, id: SessionId) -> MutexGuard<'_, Rows> {
        // Ids are random, so any of their bytes is suitable.
        lock(&self.rows[usize::from(id.as_bytes()[0]) % SHARDS])
    }

    fn hash(&self, userid: &str) -> u64 {
        self.hasher.hash_one(userid)
    }

    fn users(&self, hash: u64) -> MutexGuard<'_, HashMap<u64, Ids>> {
        // The map uses the low bits and the highest bits.
        lock(&self.users[(hash >> 32) as usize % SHARDS])
    }

    fn label(&self, label: &str) -> Arc<str> {
        let mut labels = lock(&self.labels);
        match labels.get(label) {
            Some(label) => Arc::clone(label),
            None => {
                let label = Arc::from(label);
                labels.insert(Arc::clone(&label));
                label
            }
        }
    }

    /// Removes a session, but not the trace of a reuse.
    fn remove(&self, id: SessionId) -> Option<Box<Row>> {
        self.remove_if(id, |row| !row.reused)
    }

    fn remove_if(&self, id: SessionId, condition: impl FnOnce(&Row) -> bool) -> Option<Box<Row>> {
        match self.rows(id).entry(id) {
            Entry::Occupied(entry) if condition(entry.get()) => Some(entry.remove()),
            _ => None,
        }
    }

    /// Removes a session that has not been refreshed since it was read, or only in the same second.
    fn remove_if_unchanged(&self, id: SessionId, refreshed: u64) -> bool {
        self.remove_if(id, |row| !row.reused && row.refreshed == refreshed).is_some()
    }

    /// Removes an id whose row is gone from the ids of its user.
    fn forget(&self, hash: u64, id: SessionId) {
        let mut users = self.users(hash);
        if let Some(ids) = users.get_mut(&hash)
            && ids.remove(id)
        {
            users.remove(&hash);
        }
    }

    /// The rows of a user. The lock on the user's ids must be held.
    fn of_user<'u>(&self, ids: &'u Ids, userid: &'u str) -> impl Iterator<Item = (SessionId, u64, u64)> {
        ids.as_slice().iter().filter_map(move |id| {
            let rows = self.rows(*id);
            let row = rows.get(id).filter(|row| *row.userid == *userid && !row.reused)?;
            Some((*id, row.refreshed, row.ends_at))
        })
    }
}

#[rocket::async_trait]
impl SessionStore for MemoryStore {
    async fn create(
        &self,
        session: &SessionRecord,
        max_per_user: Option<NonZeroU32>,
    ) -> Result<Vec<SessionId>, StoreError> {
        let row = Box::new(Row::new(session, self.label(&session.label)));
        let hash = self.hash(&session.userid);
        // The lock is held to the end, so that logins of one user run one after the other.
        let mut users = self.users(hash);
        let mut ended = Vec::new();
        if let (Some(max), Some(ids)) = (max_per_user, users.get_mut(&hash)) {
            let others = usize::try_from(max.get() - 1).unwrap_or(usize::MAX);
            let mut none_left = false;
            loop {
                let alive = self.of_user(ids, &session.userid).filter(|(.., ends_at)| session.created < *ends_at);
                let mut alive: Vec<_> = alive.map(|(id, refreshed, _)| (refreshed, id)).collect();
                alive.sort_unstable();
                alive.truncate(alive.len().saturating_sub(others));
                // Sessions may be refreshed meanwhile. Then another session may have to end.
                let mut as_chosen = true;
                for (refreshed, id) in alive {
                    if self.remove_if_unchanged(id, refreshed) {
                        none_left = ids.remove(id);
                        ended.push(id);
                    } else {
                        as_chosen = false;
                    }
                }
                if as_chosen {
                    break;
                }
            }
            if none_left {
                users.remove(&hash);
            }
        }
        match users.get_mut(&hash) {
            Some(ids) => ids.push(session.id),
            None => drop(users.insert(hash, Ids::One(session.id))),
        }
        self.rows(session.id).insert(session.id, row);
        Ok(ended)
    }

    async fn advance(&self, id: SessionId, step: RefreshStep) -> Result<RefreshOutcome, StoreError> {
        let mut rows = self.rows(id);
        let Some(row) = rows.get_mut(&id) else {
            return Ok(RefreshOutcome::Unknown);
        };
        let outcome = row.advance(id, step);
        if outcome == RefreshOutcome::Reused {
            let hash = self.hash(&row.userid);
            drop(rows);
            self.forget(hash, id);
        }
        Ok(outcome)
    }

    async fn prove(&self, id: SessionId, generation: u64, now: u64) -> Result<(), StoreError> {
        if let Some(row) = self.rows(id).get_mut(&id) {
            row.prove(id, generation, now);
        }
        Ok(())
    }

    async fn confirm(&self, id: SessionId, userid: &str, now: u64) -> Result<Option<SessionRecord>, StoreError> {
        Ok(self.rows(id).get_mut(&id).and_then(|row| row.confirm(id, userid, now)))
    }

    async fn find_reuse(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        Ok(self.rows(id).get(&id).filter(|row| row.reused).map(|row| row.record(id)))
    }

    async fn forget_reuse(&self, id: SessionId) -> Result<(), StoreError> {
        self.remove_if(id, |row| row.reused);
        Ok(())
    }

    async fn get(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        Ok(self.rows(id).get(&id).filter(|row| !row.reused).map(|row| row.record(id)))
    }

    async fn end(&self, id: SessionId) -> Result<Option<SessionRecord>, StoreError> {
        let Some(row) = self.remove(id) else {
            return Ok(None);
        };
        self.forget(self.hash(&row.userid), id);
        Ok(Some(row.record(id)))
    }

    async fn end_all(&self, userid: &str, except: Option<SessionId>) -> Result<Vec<SessionRecord>, StoreError> {
        let hash = self.hash(userid);
        let mut users = self.users(hash);
        let Some(ids) = users.get_mut(&hash) else {
            return Ok(Vec::new());
        };
        let all = self.of_user(ids, userid).map(|(id, ..)| id).filter(|id| Some(*id) != except);
        let all: HashSet<_> = all.collect();
        let ended = all.iter().filter_map(|id| Some(self.remove(*id)?.record(*id))).collect();
        if ids.remove_all(&all) {
            users.remove(&hash);
        }
        Ok(ended)
    }

    async fn list(&self, userid: &str, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        let hash = self.hash(userid);
        let users = self.users(hash);
        let ids = users.get(&hash).map_or(&[][..], Ids::as_slice);
        let records = ids.iter().filter_map(|id| {
            let rows = self.rows(*id);
            let row = rows.get(id)?;
            (*row.userid == *userid && !row.reused && now < row.ends_at).then(|| row.record(*id))
        });
        Ok(records.collect())
    }

    async fn purge(&self, now: u64) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        for shard in &self.rows {
            let mut gone: HashMap<u64, HashSet<SessionId>> = HashMap::new();
            let mut count = 0;
            {
                let mut rows = lock(shard);
                rows.retain(|id, row| {
                    let keep = now < row.ends_at.saturating_add(SessionRecord::KEPT);
                    if !keep {
                        gone.entry(self.hash(&row.userid)).or_default().insert(*id);
                        count += 1;
                    }
                    keep
                });
                shrink(&mut rows);
            }
            forgotten += count;
            for (hash, ids) in gone {
                let mut users = self.users(hash);
                if let Some(of_user) = users.get_mut(&hash)
                    && of_user.remove_all(&ids)
                {
                    users.remove(&hash);
                }
            }
            // A shard takes milliseconds. Other tasks can run in between.
            yield_now().await;
        }
        for shard in &self.users {
            shrink(&mut lock(shard));
        }
        // The labels that only the table itself still refers to.
        let mut labels = lock(&self.labels);
        labels.retain(|label| Arc::strong_count(label) > 1);
        labels.shrink_to_fit();
        Ok(forgotten)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        MemoryStore::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}

/// A panic while a lock is held leaves no partial changes, because the locked code calls no code of others.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Releases memory that is no longer needed after many sessions have ended.
fn shrink<K: Eq + std::hash::Hash, V>(map: &mut HashMap<K, V>) {
    if map.capacity() > 64 && map.len() < map.capacity() / 4 {
        map.shrink_to(map.len() * 2);
    }
}

#[cfg(test)]
mod tests;
