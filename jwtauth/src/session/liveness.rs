use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::tokio;

use super::error::StoreAway;
use crate::claims::session_id::SessionId;

/// This node's cache of session states. It avoids a look-up in the store for every request. Its size is limited:
/// sessions that are not in it are looked up again.
///
/// It also finds the access tokens that prove a generation: tokens of a newer generation than the newest proven one in
/// the cache. Each generation is found at most once between two look-ups.
pub(crate) struct Liveness {
    shards: Box<[Mutex<Shard>]>,
    /// How many seconds an entry is valid. 0 means that entries are never used.
    staleness: u64,
    /// A counter that orders the arrivals of requests and the starts and ends of look-ups.
    tickets: AtomicU64,
}

/// The state of an access token's session on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) is_alive: bool,
    /// Whether the caller must prove the generation of the token. The caller must then call
    /// [`proof_over`](Liveness::proof_over) when the proof has completed.
    pub(crate) proves: bool,
}

/// The fields of a session's row that are needed to check access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) ends_at: u64,
    pub(crate) generation: u64,
    pub(crate) proven: u64,
}

const SHARDS: usize = 64;

/// The maximum number of facts in each half of a shard. It fills a table of 2048 slots of 41 bytes each. In total there
/// are at most a quarter of a million facts, in 11 MB.
const HALF: usize = 1792;

/// The maximum number of pending proofs per shard. Further proofs wait for a later request.
const PROOFS: usize = 64;

#[derive(Default)]
struct Shard {
    /// The facts that were added since the halves were last swapped.
    young: HashMap<SessionId, Fact>,
    /// The older half. When `young` is full, it replaces `old`. The oldest facts are therefore removed all at once, and
    /// the newest facts are always kept.
    old: HashMap<SessionId, Fact>,
    /// The look-ups in progress, each with the number of requests that take part in it.
    flights: HashMap<SessionId, (usize, Arc<Flight>)>,
    /// The generations whose proof is being written to the store.
    proofs: HashMap<SessionId, u64>,
}

#[derive(Clone, Copy)]
struct Fact {
    /// When the fact was read from the store or written to it.
    at: u64,
    /// The end of the session. `None` if the session no longer exists.
    ends_at: Option<NonZeroU64>,
    /// Access tokens up to this generation prove nothing new: the generation is proven, or this node has sent its proof
    /// to the store since the last look-up.
    settled: u64,
}

impl Shard {
    fn fact(&self, id: SessionId) -> Option<Fact> {
        self.young.get(&id).or_else(|| self.old.get(&id)).copied()
    }

    fn insert(&mut self, id: SessionId, fact: Fact) {
        if self.young.len() >= HALF && !self.young.contains_key(&id) {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(id, fact);
    }

    /// Starts the proof of a generation. Returns false if that proof is already pending or too many proofs are.
    fn begin_proof(&mut self, id: SessionId, generation: u64) -> bool {
        let begins = match self.proofs.get(&id) {
            Some(begun) => *begun < generation,
            None => self.proofs.len() < PROOFS,
        };
        if begins {
            self.proofs.insert(id, generation);
            if let Some(fact) = self.young.get_mut(&id) {
                fact.settled = fact.settled.max(generation);
            } else if let Some(fact) = self.old.get_mut(&id) {
                fact.settled = fact.settled.max(generation);
            }
        }
        begins
    }
}

/// The look-ups of one session, one at a time: a request that needs a look-up takes the lock, and finds the previous
/// result there.
#[derive(Default)]
struct Flight {
    last: tokio::sync::Mutex<Option<Answer>>,
    /// The newest generation that this node has proven since this flight started. The result of the look-up may be
    /// older than that proof.
    proven: AtomicU64,
}

struct Answer {
    begun: u64,
    ended: u64,
    result: Result<Option<Row>, StoreAway>,
}

impl Liveness {
    pub(crate) fn new(staleness: u64) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Liveness { shards, staleness, tickets: AtomicU64::new(0) }
    }

    /// Returns the state of an access token's session, if the cache contains a fact that is recent enough.
    pub(crate) fn recall(&self, id: SessionId, generation: u64, now: u64) -> Option<Sighting> {
        let mut shard = self.shard(id);
        let fact = shard.fact(id)?;
        let is_alive = self.judge(fact, now)?;
        let proves = generation > fact.settled && is_alive && shard.begin_proof(id, generation);
        Some(Sighting { is_alive, proves })
    }

    /// Adds a fact after a change in the store: the session is alive until `ends_at`, and a token of generation
    /// `presented` was presented.
    pub(crate) fn learn(&self, id: SessionId, now: u64, ends_at: u64, presented: u64) {
        let mut shard = self.shard(id);
        let settled = shard.fact(id).map_or(presented, |fact| fact.settled.max(presented));
        self.remember(&mut shard, id, now, ends_at, settled);
    }

    /// Adds the fact that the session no longer exists.
    pub(crate) fn forget(&self, id: SessionId, now: u64) {
        if self.staleness > 0 {
            self.shard(id).insert(id, Fact { at: now, ends_at: None, settled: u64::MAX });
        }
    }

    /// Returns the state of an access token's session, from the cache or from a look-up. There is at most one look-up
    /// of a session at a time, and all requests that wait for it share the next one.
    pub(crate) async fn ask<F>(
        &self,
        id: SessionId,
        generation: u64,
        now: u64,
        look_up: impl FnOnce() -> F,
    ) -> Result<Sighting, StoreAway>
    where
        F: Future<Output = Result<Option<Row>, StoreAway>>,
    {
        let arrived = self.ticket();
        let joined = self.join(id);
        let mut last = joined.flight.last.lock().await;
        if let Some(answer) = &*last {
            match answer.result {
                // A look-up that started before this request arrived may have read an older state than this request
                // needs. Only a later one is used.
                Ok(row) if answer.begun > arrived => return Ok(self.sighting(&joined, row, generation, now)),
                // A look-up failed while this request waited. Another one would fail too, after the same delay.
                Err(away) if answer.ended > arrived => return Err(away),
                _ => {}
            }
        }
        if let Some(sighting) = self.recall(id, generation, now) {
            return Ok(sighting);
        }
        let begun = self.ticket();
        let result = look_up().await;
        *last = Some(Answer { begun, ended: self.ticket(), result });
        let row = result?;
        match row {
            None => self.forget(id, now),
            // An expired session is not cached. It has expired by this node's clock only, which may be ahead, and
            // another node may still refresh the session.
            Some(row) if now < row.ends_at => {
                let settled = row.proven.max(joined.flight.proven.load(Ordering::Relaxed));
                let mut shard = self.shard(id);
                let settled = shard.proofs.get(&id).map_or(settled, |begun| settled.max(*begun));
                self.remember(&mut shard, id, now, row.ends_at, settled);
            }
            Some(_) => {}
        }
        Ok(self.sighting(&joined, row, generation, now))
    }

    /// Records that a [proof](Sighting::proves) has completed. If it failed, it is tried again after the next look-up.
    pub(crate) fn proof_over(&self, id: SessionId, generation: u64, succeeded: bool) {
        let mut shard = self.shard(id);
        if shard.proofs.get(&id) == Some(&generation) {
            shard.proofs.remove(&id);
        }
        if succeeded && let Some((_, flight)) = shard.flights.get(&id) {
            flight.proven.fetch_max(generation, Ordering::Relaxed);
        }
    }

    /// Returns the state of the session for a token of this generation. Only the current generation can be proven.
    fn sighting(&self, joined: &Joined<'_>, row: Option<Row>, generation: u64, now: u64) -> Sighting {
        let Some(row) = row.filter(|row| now < row.ends_at) else {
            return Sighting { is_alive: false, proves: false };
        };
        let proven = row.proven.max(joined.flight.proven.load(Ordering::Relaxed));
        let is_unproven = generation == row.generation && generation > proven;
        let proves = is_unproven && {
            let mut shard = self.shard(joined.id);
            // Another request may have started this proof in the meantime.
            shard.fact(joined.id).is_none_or(|fact| fact.settled < generation)
                && shard.begin_proof(joined.id, generation)
        };
        Sighting { is_alive: true, proves }
    }

    fn remember(&self, shard: &mut Shard, id: SessionId, now: u64, ends_at: u64, settled: u64) {
        // An end of 0 is impossible: the session was just looked up or changed, and is alive.
        let (true, Some(ends_at)) = (self.staleness > 0, NonZeroU64::new(ends_at)) else { return };
        // A session that has ended never becomes valid again. This result may have been read before the session ended
        // on this node.
        if shard.fact(id).is_some_and(|fact| fact.ends_at.is_none()) {
            return;
        }
        shard.insert(id, Fact { at: now, ends_at: Some(ends_at), settled });
    }

    fn judge(&self, fact: Fact, now: u64) -> Option<bool> {
        // A fact from the future was added before the clock was set back, so its age is unknown.
        let age = now.checked_sub(fact.at)?;
        if age >= self.staleness {
            return None;
        }
        match fact.ends_at {
            // Another node may have refreshed the session since.
            Some(ends_at) if now >= ends_at.get() => None,
            ends_at => Some(ends_at.is_some()),
        }
    }

    fn join(&self, id: SessionId) -> Joined<'_> {
        let mut shard = self.shard(id);
        let (passengers, flight) = shard.flights.entry(id).or_default();
        *passengers += 1;
        Joined { liveness: self, id, flight: Arc::clone(flight) }
    }

    fn shard(&self, id: SessionId) -> MutexGuard<'_, Shard> {
        // Ids are random, so any byte can select the shard.
        lock(&self.shards[usize::from(id.as_bytes()[1]) % SHARDS])
    }

    fn ticket(&self) -> u64 {
        self.tickets.fetch_add(1, Ordering::Relaxed)
    }
}

fn lock(mutex: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One request's part in a flight. The last request to be dropped removes the flight, even if it is cancelled while it
/// waits.
struct Joined<'k> {
    liveness: &'k Liveness,
    id: SessionId,
    flight: Arc<Flight>,
}

impl Drop for Joined<'_> {
    fn drop(&mut self) {
        let mut shard = self.liveness.shard(self.id);
        if let Some((passengers, _)) = shard.flights.get_mut(&self.id) {
            *passengers -= 1;
            if *passengers == 0 {
                shard.flights.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests;
