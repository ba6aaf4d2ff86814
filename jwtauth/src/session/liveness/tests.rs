//! How long the state of a session is cached, and which tokens prove a generation.

use std::sync::atomic::AtomicUsize;

use rocket::tokio::sync::Semaphore;

use super::*;

const ID: SessionId = SessionId::from_bytes([1; 16]);

/// The row of a session that was never refreshed.
fn row(ends_at: u64) -> Option<Row> {
    Some(Row { ends_at, generation: 0, proven: 0 })
}

fn sighting(is_alive: bool) -> Sighting {
    Sighting { is_alive, proves: false }
}

impl Liveness {
    /// Whether the session is alive, according to the cache.
    fn knows(&self, id: SessionId, now: u64) -> Option<bool> {
        self.recall(id, 0, now).map(|sighting| sighting.is_alive)
    }
}

#[test]
fn liveness_holds_for_its_time() {
    let liveness = Liveness::new(5);
    assert_eq!(liveness.knows(ID, 100), None);
    liveness.learn(ID, 100, 1000, 0);
    for (now, expected) in [(100, Some(true)), (104, Some(true)), (105, None), (99, None), (0, None)] {
        assert_eq!(liveness.knows(ID, now), expected, "at {now}");
    }
    liveness.learn(ID, 998, 1000, 0);
    assert_eq!(liveness.knows(ID, 999), Some(true));
    assert_eq!(liveness.knows(ID, 1000), None);
    liveness.forget(ID, 999);
    assert_eq!(liveness.knows(ID, 999), Some(false));
    liveness.learn(ID, 999, 2000, 0);
    assert_eq!(liveness.knows(ID, 999), Some(false), "an answer that comes too late");
    liveness.learn(ID, 1001, 2000, 0);
    assert_eq!(liveness.knows(ID, 1001), Some(false), "also if the clock has moved meanwhile");
    let never = Liveness::new(0);
    never.learn(ID, 100, 1000, 0);
    assert_eq!(never.knows(ID, 100), None);
}

#[test]
fn liveness_keeps_no_end_that_only_a_clock_has_found() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let liveness = Liveness::new(1000);
        // This node's clock is ahead: the session has expired here, and is refreshed on another node.
        assert_eq!(liveness.ask(ID, 0, 100, async || Ok(row(90))).await, Ok(sighting(false)));
        assert_eq!(liveness.knows(ID, 100), None);
        assert_eq!(liveness.ask(ID, 0, 100, async || Ok(row(500))).await, Ok(sighting(true)));
        assert_eq!(liveness.knows(ID, 101), Some(true));
        // A session that the store does not contain stays ended.
        assert_eq!(liveness.ask(ID, 0, 500, async || Ok(None)).await, Ok(sighting(false)));
        liveness.learn(ID, 501, 900, 0);
        assert_eq!(liveness.knows(ID, 501), Some(false));
    });
}

/// Distinct ids, all in one shard or spread over all shards.
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
        liveness.learn(nth(i, None), 100, 1000, 0);
    }
    for shard in &liveness.shards {
        let shard = lock(shard);
        for half in [&shard.young, &shard.old] {
            // A table is full at seven eighths. The capacity matches the slots in the calculation of memory use at
            // `HALF`.
            assert!(half.len() <= HALF && half.capacity() <= 2048 * 7 / 8, "{} in {}", half.len(), half.capacity());
        }
    }
    assert!(size_of::<(SessionId, Fact)>() <= 40);
}

#[test]
fn liveness_keeps_what_was_learnt_last() {
    let liveness = Liveness::new(1000);
    for i in 0..10_000 {
        liveness.learn(nth(i, Some(7)), 100, 1000, 0);
        let last = i.saturating_sub(HALF as u32 - 1)..=i;
        for known_still in [*last.start(), (last.start() + last.end()) / 2, *last.end()] {
            assert_eq!(liveness.knows(nth(known_still, Some(7)), 100), Some(true), "{known_still} after {i}");
        }
    }
    assert_eq!(liveness.knows(nth(0, Some(7)), 100), None);
}

#[test]
fn liveness_keeps_ends_in_either_half() {
    let liveness = Liveness::new(1000);
    liveness.learn(nth(0, Some(7)), 100, 1000, 0);
    liveness.forget(nth(0, Some(7)), 100);
    for i in 1..=HALF as u32 {
        liveness.learn(nth(i, Some(7)), 100, 1000, 0);
    }
    liveness.learn(nth(0, Some(7)), 100, 1000, 0);
    assert_eq!(liveness.knows(nth(0, Some(7)), 100), Some(false));
    // A newer fact replaces the one in the old half.
    liveness.forget(nth(1, Some(7)), 100);
    assert_eq!(liveness.knows(nth(1, Some(7)), 100), Some(false));
    // Adding the same fact again uses no more space.
    for _ in 0..3 * HALF {
        liveness.forget(nth(1, Some(7)), 100);
    }
    assert_eq!(liveness.knows(nth(2, Some(7)), 100), Some(true));
}

/// A store that waits for a permit before it returns, and counts its look-ups.
struct Slow {
    asked: AtomicUsize,
    at_once: AtomicUsize,
    go: Semaphore,
    result: Result<Option<Row>, StoreAway>,
}

impl Slow {
    fn new(result: Result<Option<Row>, StoreAway>) -> Arc<Self> {
        let (asked, at_once) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Slow { asked, at_once, go: Semaphore::new(0), result })
    }

    async fn look_up(&self) -> Result<Option<Row>, StoreAway> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        assert_eq!(self.at_once.fetch_add(1, Ordering::SeqCst), 0, "one look-up at a time");
        let _over = Over(self);
        self.go.acquire().await.expect("open").forget();
        self.result
    }
}

/// Ends the look-up, even if it is dropped before it completes.
struct Over<'s>(&'s Slow);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.at_once.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Sends a hundred requests during one look-up. Returns their results and the number of look-ups.
fn a_hundred(staleness: u64, result: Result<Option<Row>, StoreAway>) -> (Vec<Result<Sighting, StoreAway>>, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let (liveness, slow) = (Arc::new(Liveness::new(staleness)), Slow::new(result));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (liveness, slow) = (Arc::clone(&liveness), Arc::clone(&slow));
                tokio::spawn(async move { liveness.ask(ID, 0, 100, || slow.look_up()).await })
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
    assert_eq!(a_hundred(5, Ok(row(1000))), (vec![Ok(sighting(true)); 100], 1));
    assert_eq!(a_hundred(5, Ok(None)), (vec![Ok(sighting(false)); 100], 1));
    assert_eq!(a_hundred(5, Err(StoreAway)), (vec![Err(StoreAway); 100], 1));
    // Without staleness, a request can't use a look-up that started before the request arrived.
    let (answers, asked) = a_hundred(0, Ok(row(1000)));
    assert_eq!(answers, vec![Ok(sighting(true)); 100]);
    assert_eq!(asked, 2);
}

#[test]
fn liveness_leaves_a_dropped_look_up_to_the_next() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let (liveness, slow) = (Arc::new(Liveness::new(5)), Slow::new(Ok(row(1000))));
        let ask = || {
            let (liveness, slow) = (Arc::clone(&liveness), Arc::clone(&slow));
            tokio::spawn(async move { liveness.ask(ID, 0, 100, || slow.look_up()).await })
        };
        let (first, second) = (ask(), ask());
        tokio::task::yield_now().await;
        first.abort();
        assert!(first.await.is_err());
        slow.go.add_permits(1);
        assert_eq!(second.await.expect("a request"), Ok(sighting(true)));
        assert!(liveness.shards.iter().all(|shard| lock(shard).flights.is_empty()));
    });
}

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(test)
}

const PROVES: Sighting = Sighting { is_alive: true, proves: true };
const PASSES: Sighting = Sighting { is_alive: true, proves: false };

#[test]
fn liveness_finds_unproven_generation_once() {
    let liveness = Liveness::new(1000);
    liveness.learn(ID, 100, 2000, 4);
    // A generation that is not newer than the presented one proves nothing.
    for generation in 0..=4 {
        assert_eq!(liveness.recall(ID, generation, 100), Some(PASSES));
    }
    assert_eq!(liveness.recall(ID, 5, 100), Some(PROVES));
    for _ in 0..3 {
        assert_eq!(liveness.recall(ID, 5, 100), Some(PASSES), "it is on its way");
    }
    liveness.proof_over(ID, 5, true);
    assert_eq!(liveness.recall(ID, 5, 100), Some(PASSES));
    // The next rotation, on this node or another.
    assert_eq!(liveness.recall(ID, 6, 100), Some(PROVES));
    liveness.learn(ID, 110, 2000, 6);
    assert_eq!(liveness.recall(ID, 6, 110), Some(PASSES));
    // The end of a session proves nothing.
    liveness.forget(ID, 120);
    assert_eq!(liveness.recall(ID, 9, 120), Some(Sighting { is_alive: false, proves: false }));
}

#[test]
fn liveness_tries_failed_proof_again_after_next_look_up() {
    run(async {
        let liveness = Liveness::new(10);
        let unproven = || async { Ok(Some(Row { ends_at: 2000, generation: 5, proven: 4 })) };
        assert_eq!(liveness.ask(ID, 5, 100, unproven).await, Ok(PROVES));
        liveness.proof_over(ID, 5, false);
        assert_eq!(liveness.recall(ID, 5, 109), Some(PASSES), "not with each request");
        assert_eq!(liveness.recall(ID, 5, 110), None);
        assert_eq!(liveness.ask(ID, 5, 110, unproven).await, Ok(PROVES));
        liveness.proof_over(ID, 5, true);
        // If the store has lost the proof, the proof is written again.
        assert_eq!(liveness.ask(ID, 5, 120, unproven).await, Ok(PROVES));
        liveness.proof_over(ID, 5, true);
        let proven = || async { Ok(Some(Row { ends_at: 2000, generation: 5, proven: 5 })) };
        assert_eq!(liveness.ask(ID, 5, 130, proven).await, Ok(PASSES));
        assert_eq!(liveness.recall(ID, 5, 131), Some(PASSES));
    });
}

#[test]
fn liveness_proves_only_current_generation_of_looked_up_row() {
    run(async {
        for staleness in [0, 10] {
            for (generation, proven, token, expected) in [
                (5, 4, 5, PROVES),
                (5, 5, 5, PASSES),
                (5, 3, 4, PASSES),
                (5, 3, 3, PASSES),
                (5, 3, 6, PASSES),
                (0, 0, 0, PASSES),
            ] {
                let liveness = Liveness::new(staleness);
                let look_up = || async { Ok(Some(Row { ends_at: 2000, generation, proven })) };
                assert_eq!(liveness.ask(ID, token, 100, look_up).await, Ok(expected), "{token} of {generation}");
            }
            // Expired by this node's clock.
            let liveness = Liveness::new(staleness);
            let look_up = || async { Ok(Some(Row { ends_at: 100, generation: 5, proven: 4 })) };
            assert_eq!(liveness.ask(ID, 5, 100, look_up).await, Ok(sighting(false)));
        }
    });
}

/// A look-up that was in progress while the proof was recorded returns the state before the proof.
#[test]
fn liveness_proves_once_while_look_ups_are_under_way() {
    run(async {
        for staleness in [0, 10] {
            let liveness = Liveness::new(staleness);
            let unproven = Row { ends_at: 2000, generation: 5, proven: 4 };
            // One request starts the proof, which is recorded during the look-up of another request.
            let first = liveness.ask(ID, 5, 100, async || Ok(Some(unproven))).await;
            assert_eq!(first, Ok(PROVES));
            let second = liveness.ask(ID, 5, 100 + staleness, async || {
                liveness.proof_over(ID, 5, true);
                Ok(Some(unproven))
            });
            assert_eq!(second.await, Ok(PASSES));
            // A look-up during the proof.
            let other = SessionId::from_bytes([2; 16]);
            assert_eq!(liveness.ask(other, 5, 100, async || Ok(Some(unproven))).await, Ok(PROVES));
            assert_eq!(liveness.ask(other, 5, 100 + staleness, async || Ok(Some(unproven))).await, Ok(PASSES));
        }
    });
}

#[test]
fn liveness_has_limited_number_of_proofs_under_way() {
    let liveness = Liveness::new(1000);
    let ids: Vec<_> = (0..100).map(|i| nth(i, Some(7))).collect();
    for id in &ids {
        liveness.learn(*id, 100, 2000, 0);
    }
    let begun: Vec<_> = ids.iter().filter(|id| liveness.recall(**id, 1, 100) == Some(PROVES)).collect();
    assert_eq!(begun.len(), PROOFS);
    for id in begun {
        liveness.proof_over(*id, 1, true);
    }
    // The remaining generations are proven later.
    let later = ids.iter().filter(|id| liveness.recall(**id, 1, 100) == Some(PROVES)).count();
    assert_eq!(later, ids.len() - PROOFS);
}
