use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::tokio;

use super::error::StoreAway;
use crate::claims::session_id::SessionId;

/// What this node knows about which sessions are alive, so that not every request asks the store. It is bounded: what
/// does not fit is asked again.
///
/// It also finds the access tokens by which a generation is to be proven: those that are newer than what is known to be
/// proven. Each is found at most once until the store is asked again.
pub(crate) struct Liveness {
    shards: Box<[Mutex<Shard>]>,
    /// For how many seconds what was learnt holds. 0: it never does.
    staleness: u64,
    /// Orders arrivals, and the beginnings and ends of look-ups.
    tickets: AtomicU64,
}

/// The session of an access token, as this node sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) is_alive: bool,
    /// Whether the generation of the token is to be proven, by whoever gets this, who says when that is
    /// [over](Liveness::proof_over).
    pub(crate) proves: bool,
}

/// The row of a session, as far as access tokens go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) ends_at: u64,
    pub(crate) generation: u64,
    pub(crate) proven: u64,
}

const SHARDS: usize = 64;

/// As many facts each half of a shard holds: what fills a table of 2048 places, of 41 bytes each. In all there are no
/// more than a quarter of a million facts, in 11 MB.
const HALF: usize = 1792;

/// As many proofs of each shard may be on their way to the store. Beyond that, they wait for a later request.
const PROOFS: usize = 64;

#[derive(Default)]
struct Shard {
    /// What was learnt since the half before was full.
    young: HashMap<SessionId, Fact>,
    /// The half before. When the young one is full, it takes its place: the older half is forgotten at once, and what
    /// was learnt last never is.
    old: HashMap<SessionId, Fact>,
    /// With the number of those who are in it.
    flights: HashMap<SessionId, (usize, Arc<Flight>)>,
    /// The generations whose proof is on its way to the store.
    proofs: HashMap<SessionId, u64>,
}

#[derive(Clone, Copy)]
struct Fact {
    /// When the store was asked, or told.
    at: u64,
    /// The end of the session; `None` if there is no such session any more.
    ends_at: Option<NonZeroU64>,
    /// Access tokens up to this generation prove nothing new: it is proven, or this node has said so to the store since it
    /// asked.
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

    /// Begins the proof of a generation, unless it is on its way, or too many are.
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

/// The look-ups of one session, one at a time: whoever wants one takes the lock, and finds the last answer there.
#[derive(Default)]
struct Flight {
    last: tokio::sync::Mutex<Option<Answer>>,
    /// The newest generation that this node has proven while this was under way. The answer may be from before.
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

    /// The session of an access token of this generation, if what is known is not too old to say whether it is alive.
    pub(crate) fn recall(&self, id: SessionId, generation: u64, now: u64) -> Option<Sighting> {
        let mut shard = self.shard(id);
        let fact = shard.fact(id)?;
        let is_alive = self.judge(fact, now)?;
        let proves = generation > fact.settled && is_alive && shard.begin_proof(id, generation);
        Some(Sighting { is_alive, proves })
    }

    /// Remembers what the store has just done: the session is alive until this end, and a token of this generation was
    /// presented.
    pub(crate) fn learn(&self, id: SessionId, now: u64, ends_at: u64, presented: u64) {
        let mut shard = self.shard(id);
        let settled = shard.fact(id).map_or(presented, |fact| fact.settled.max(presented));
        self.remember(&mut shard, id, now, ends_at, settled);
    }

    /// Remembers that there is no such session any more.
    pub(crate) fn forget(&self, id: SessionId, now: u64) {
        if self.staleness > 0 {
            self.shard(id).insert(id, Fact { at: now, ends_at: None, settled: u64::MAX });
        }
    }

    /// The session of an access token of this generation, by what is known or else by a look-up: of one session there is
    /// at most one at a time, and all who wait for it share the next one.
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
                // A look-up that began before we came may have seen a time before what we are to know.
                Ok(row) if answer.begun > arrived => return Ok(self.sighting(&joined, row, generation, now)),
                // One that failed while we waited would fail again, after as long a time.
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
            // That the session is over is only what this node's clock says: the clock may be ahead, and another node may
            // refresh the session. So that is not remembered.
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

    /// Notes that a [proof](Sighting::proves) is over. If it failed, it is due again when the store is next asked.
    pub(crate) fn proof_over(&self, id: SessionId, generation: u64, succeeded: bool) {
        let mut shard = self.shard(id);
        if shard.proofs.get(&id) == Some(&generation) {
            shard.proofs.remove(&id);
        }
        if succeeded && let Some((_, flight)) = shard.flights.get(&id) {
            flight.proven.fetch_max(generation, Ordering::Relaxed);
        }
    }

    /// The session of a row, for a token of this generation. Only the current generation can be proven.
    fn sighting(&self, joined: &Joined<'_>, row: Option<Row>, generation: u64, now: u64) -> Sighting {
        let Some(row) = row.filter(|row| now < row.ends_at) else {
            return Sighting { is_alive: false, proves: false };
        };
        let proven = row.proven.max(joined.flight.proven.load(Ordering::Relaxed));
        let is_unproven = generation == row.generation && generation > proven;
        let proves = is_unproven && {
            let mut shard = self.shard(joined.id);
            // Another request may have begun it since.
            shard.fact(joined.id).is_none_or(|fact| fact.settled < generation)
                && shard.begin_proof(joined.id, generation)
        };
        Sighting { is_alive: true, proves }
    }

    fn remember(&self, shard: &mut Shard, id: SessionId, now: u64, ends_at: u64, settled: u64) {
        // Over since the epoch is what no session is that has just been asked about or changed.
        let (true, Some(ends_at)) = (self.staleness > 0, NonZeroU64::new(ends_at)) else { return };
        // An answer that was on its way when the session ended here: one that has ended never comes back.
        if shard.fact(id).is_some_and(|fact| fact.ends_at.is_none()) {
            return;
        }
        shard.insert(id, Fact { at: now, ends_at: Some(ends_at), settled });
    }

    fn judge(&self, fact: Fact, now: u64) -> Option<bool> {
        // A fact from the future is one from before the clock was set back, of unknown age.
        let age = now.checked_sub(fact.at)?;
        if age >= self.staleness {
            return None;
        }
        match fact.ends_at {
            // Perhaps it was refreshed on another node since.
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
        // Ids are random: any byte of theirs will do.
        lock(&self.shards[usize::from(id.as_bytes()[1]) % SHARDS])
    }

    fn ticket(&self) -> u64 {
        self.tickets.fetch_add(1, Ordering::Relaxed)
    }
}

fn lock(mutex: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place in a flight; the last to leave takes the flight away, also one who hangs up while waiting.
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
