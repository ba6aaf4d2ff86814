use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::tokio;

use super::error::StoreAway;
use crate::claims::session_id::SessionId;

/// What this node knows about which sessions are alive, so that not every request asks the store. It is bounded: what
/// does not fit is asked again.
pub(crate) struct Liveness {
    shards: Box<[Mutex<Shard>]>,
    /// For how many seconds what was learnt holds. 0: it never does.
    staleness: u64,
    /// Orders arrivals, and the beginnings and ends of look-ups.
    tickets: AtomicU64,
}

const SHARDS: usize = 64;

/// As many facts each half of a shard holds: what fills a table of 2048 places, of 41 bytes each. In all there are no
/// more than a quarter of a million facts, in 11 MB.
const HALF: usize = 1792;

#[derive(Default)]
struct Shard {
    /// What was learnt since the half before was full.
    young: HashMap<SessionId, Fact>,
    /// The half before. When the young one is full, it takes its place: the older half is forgotten at once, and what
    /// was learnt last never is.
    old: HashMap<SessionId, Fact>,
    /// With the number of those who are in it.
    flights: HashMap<SessionId, (usize, Arc<Flight>)>,
}

#[derive(Clone, Copy)]
struct Fact {
    /// When the store was asked, or told.
    at: u64,
    /// The end of the session; `None` if there is no such session any more.
    ends_at: Option<u64>,
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
}

/// The look-ups of one session, one at a time: whoever wants one takes the lock, and finds the last answer there.
#[derive(Default)]
struct Flight {
    last: tokio::sync::Mutex<Option<Answer>>,
}

struct Answer {
    begun: u64,
    ended: u64,
    result: Result<Option<u64>, StoreAway>,
}

impl Liveness {
    pub(crate) fn new(staleness: u64) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Liveness { shards, staleness, tickets: AtomicU64::new(0) }
    }

    /// Whether the session is alive, if what is known is not too old to say so.
    pub(crate) fn recall(&self, id: SessionId, now: u64) -> Option<bool> {
        let fact = self.shard(id).fact(id)?;
        self.judge(fact, now)
    }

    /// Remembers what the store has just said or done.
    pub(crate) fn learn(&self, id: SessionId, now: u64, ends_at: Option<u64>) {
        if self.staleness == 0 {
            return;
        }
        let mut shard = self.shard(id);
        // An answer that was on its way when the session ended here: one that has ended never comes back.
        if ends_at.is_some() && shard.fact(id).is_some_and(|fact| fact.ends_at.is_none()) {
            return;
        }
        shard.insert(id, Fact { at: now, ends_at });
    }

    /// Whether the session is alive, by what is known or else by a look-up: of one session there is at most one
    /// at a time, and all who wait for it share the next one.
    pub(crate) async fn ask<F>(&self, id: SessionId, now: u64, look_up: impl FnOnce() -> F) -> Result<bool, StoreAway>
    where
        F: Future<Output = Result<Option<u64>, StoreAway>>,
    {
        let arrived = self.ticket();
        let joined = self.join(id);
        let mut last = joined.flight.last.lock().await;
        if let Some(answer) = &*last {
            match answer.result {
                // A look-up that began before we came may have seen a time before what we are to know.
                Ok(ends_at) if answer.begun > arrived => return Ok(alive(ends_at, now)),
                // One that failed while we waited would fail again, after as long a time.
                Err(away) if answer.ended > arrived => return Err(away),
                _ => {}
            }
        }
        if let Some(alive) = self.recall(id, now) {
            return Ok(alive);
        }
        let begun = self.ticket();
        let result = look_up().await;
        *last = Some(Answer { begun, ended: self.ticket(), result });
        let ends_at = result?;
        // That the store has no such session holds for good. That the session is over is only what this node's clock
        // says: the clock may be ahead, and another node may refresh the session. So that is not remembered.
        if ends_at.is_none_or(|ends_at| now < ends_at) {
            self.learn(id, now, ends_at);
        }
        Ok(alive(ends_at, now))
    }

    fn judge(&self, fact: Fact, now: u64) -> Option<bool> {
        // A fact from the future is one from before the clock was set back, of unknown age.
        let age = now.checked_sub(fact.at)?;
        if age >= self.staleness {
            return None;
        }
        match fact.ends_at {
            // Perhaps it was refreshed on another node since.
            Some(ends_at) if now >= ends_at => None,
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

fn alive(ends_at: Option<u64>, now: u64) -> bool {
    ends_at.is_some_and(|ends_at| now < ends_at)
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
mod tests {
    use std::sync::atomic::AtomicUsize;

    use rocket::tokio::sync::Semaphore;

    use super::*;

    const ID: SessionId = SessionId::from_bytes([1; 16]);

    #[test]
    fn liveness_holds_for_its_time() {
        let liveness = Liveness::new(5);
        assert_eq!(liveness.recall(ID, 100), None);
        liveness.learn(ID, 100, Some(1000));
        for (now, expected) in [(100, Some(true)), (104, Some(true)), (105, None), (99, None), (0, None)] {
            assert_eq!(liveness.recall(ID, now), expected, "at {now}");
        }
        liveness.learn(ID, 998, Some(1000));
        assert_eq!(liveness.recall(ID, 999), Some(true));
        assert_eq!(liveness.recall(ID, 1000), None);
        liveness.learn(ID, 999, None);
        assert_eq!(liveness.recall(ID, 999), Some(false));
        liveness.learn(ID, 999, Some(2000));
        assert_eq!(liveness.recall(ID, 999), Some(false), "an answer that comes too late");
        liveness.learn(ID, 1001, Some(2000));
        assert_eq!(liveness.recall(ID, 1001), Some(false), "also if the clock has moved meanwhile");
        let never = Liveness::new(0);
        never.learn(ID, 100, Some(1000));
        assert_eq!(never.recall(ID, 100), None);
    }

    #[test]
    fn liveness_keeps_no_end_that_only_a_clock_has_found() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let liveness = Liveness::new(1000);
            // This node's clock is ahead: the session is over here, and is refreshed on another node.
            assert_eq!(liveness.ask(ID, 100, async || Ok(Some(90))).await, Ok(false));
            assert_eq!(liveness.recall(ID, 100), None);
            assert_eq!(liveness.ask(ID, 100, async || Ok(Some(500))).await, Ok(true));
            assert_eq!(liveness.recall(ID, 101), Some(true));
            // What the store has said to be gone is gone.
            assert_eq!(liveness.ask(ID, 500, async || Ok(None)).await, Ok(false));
            liveness.learn(ID, 501, Some(900));
            assert_eq!(liveness.recall(ID, 501), Some(false));
        });
    }

    /// Ids that are nothing but different, all in one shard or in all of them.
    fn nth(i: u32, shard: Option<u8>) -> SessionId {
        let mut bytes = [0; 16];
        bytes[2..6].copy_from_slice(&i.to_be_bytes());
        bytes[1] = shard.unwrap_or(i as u8);
        SessionId::from_bytes(bytes)
    }

    #[test]
    fn liveness_is_bounded() {
        let liveness = Liveness::new(1000);
        for i in 0..600_000 {
            liveness.learn(nth(i, None), 100, Some(1000));
        }
        for shard in &liveness.shards {
            let shard = lock(shard);
            for half in [&shard.young, &shard.old] {
                // Tables are full at seven eighths: with as many places as the claim about memory has.
                assert!(half.len() <= HALF && half.capacity() <= 2048 * 7 / 8, "{} in {}", half.len(), half.capacity());
            }
        }
        assert!(size_of::<(SessionId, Fact)>() <= 40);
    }

    #[test]
    fn liveness_keeps_what_was_learnt_last() {
        let liveness = Liveness::new(1000);
        for i in 0..10_000 {
            liveness.learn(nth(i, Some(7)), 100, Some(1000));
            let last = i.saturating_sub(HALF as u32 - 1)..=i;
            for known_still in [*last.start(), (last.start() + last.end()) / 2, *last.end()] {
                assert_eq!(liveness.recall(nth(known_still, Some(7)), 100), Some(true), "{known_still} after {i}");
            }
        }
        assert_eq!(liveness.recall(nth(0, Some(7)), 100), None);
    }

    #[test]
    fn liveness_keeps_ends_in_either_half() {
        let liveness = Liveness::new(1000);
        liveness.learn(nth(0, Some(7)), 100, Some(1000));
        liveness.learn(nth(0, Some(7)), 100, None);
        for i in 1..=HALF as u32 {
            liveness.learn(nth(i, Some(7)), 100, Some(1000));
        }
        liveness.learn(nth(0, Some(7)), 100, Some(1000));
        assert_eq!(liveness.recall(nth(0, Some(7)), 100), Some(false));
        // What is learnt again of one in the old half is what counts.
        liveness.learn(nth(1, Some(7)), 100, None);
        assert_eq!(liveness.recall(nth(1, Some(7)), 100), Some(false));
        // To learn the same again fills nothing up.
        for _ in 0..3 * HALF {
            liveness.learn(nth(1, Some(7)), 100, None);
        }
        assert_eq!(liveness.recall(nth(2, Some(7)), 100), Some(true));
    }

    /// A store that answers when it is let, and counts.
    struct Slow {
        asked: AtomicUsize,
        at_once: AtomicUsize,
        go: Semaphore,
        result: Result<Option<u64>, StoreAway>,
    }

    impl Slow {
        fn new(result: Result<Option<u64>, StoreAway>) -> Arc<Self> {
            let (asked, at_once) = (AtomicUsize::new(0), AtomicUsize::new(0));
            Arc::new(Slow { asked, at_once, go: Semaphore::new(0), result })
        }

        async fn look_up(&self) -> Result<Option<u64>, StoreAway> {
            self.asked.fetch_add(1, Ordering::SeqCst);
            assert_eq!(self.at_once.fetch_add(1, Ordering::SeqCst), 0, "one look-up at a time");
            let _over = Over(self);
            self.go.acquire().await.expect("open").forget();
            self.result
        }
    }

    /// Also when the look-up is dropped half-way.
    struct Over<'s>(&'s Slow);

    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.at_once.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// A hundred requests while a look-up is on its way: what they are told, and how often the store was asked.
    fn a_hundred(staleness: u64, result: Result<Option<u64>, StoreAway>) -> (Vec<Result<bool, StoreAway>>, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let (liveness, slow) = (Arc::new(Liveness::new(staleness)), Slow::new(result));
            let tasks: Vec<_> = (0..100)
                .map(|_| {
                    let (liveness, slow) = (Arc::clone(&liveness), Arc::clone(&slow));
                    tokio::spawn(async move { liveness.ask(ID, 100, || slow.look_up()).await })
                })
                .collect();
            tokio::task::yield_now().await;
            slow.go.add_permits(100);
            let mut answers = Vec::new();
            for task in tasks {
                answers.push(task.await.expect("a request"));
            }
            assert!(liveness.shards.iter().all(|shard| lock(shard).flights.is_empty()));
            (answers, slow.asked.load(Ordering::SeqCst))
        })
    }

    #[test]
    fn liveness_shares_a_look_up_among_requests() {
        assert_eq!(a_hundred(5, Ok(Some(1000))), (vec![Ok(true); 100], 1));
        assert_eq!(a_hundred(5, Ok(None)), (vec![Ok(false); 100], 1));
        assert_eq!(a_hundred(5, Err(StoreAway)), (vec![Err(StoreAway); 100], 1));
        // Without staleness a look-up that began before a request came is not good enough for it.
        let (answers, asked) = a_hundred(0, Ok(Some(1000)));
        assert_eq!(answers, vec![Ok(true); 100]);
        assert_eq!(asked, 2);
    }

    #[test]
    fn liveness_leaves_a_dropped_look_up_to_the_next() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let (liveness, slow) = (Arc::new(Liveness::new(5)), Slow::new(Ok(Some(1000))));
            let ask = || {
                let (liveness, slow) = (Arc::clone(&liveness), Arc::clone(&slow));
                tokio::spawn(async move { liveness.ask(ID, 100, || slow.look_up()).await })
            };
            let (first, second) = (ask(), ask());
            tokio::task::yield_now().await;
            first.abort();
            assert!(first.await.is_err());
            slow.go.add_permits(1);
            assert_eq!(second.await.expect("a request"), Ok(true));
            assert!(liveness.shards.iter().all(|shard| lock(shard).flights.is_empty()));
        });
    }
}
