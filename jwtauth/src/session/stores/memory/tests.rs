//! Tests of the store in memory, beyond the contract of all stores.

use std::sync::atomic::{AtomicBool, Ordering};
use std::{hint, thread};

use rocket::futures::FutureExt;

use super::*;

#[cfg(feature = "testing")]
crate::session_store_conformance!(MemoryStore::new());

impl MemoryStore {
    /// The number of rows, users and labels.
    fn sizes(&self) -> (usize, usize, usize) {
        let rows = self.rows.iter().map(|shard| lock(shard).len()).sum();
        let users = self.users.iter().map(|shard| lock(shard).len()).sum();
        (rows, users, lock(&self.labels).len())
    }
}

#[test]
fn memory_store_purge_frees_all_memory() {
    let store = MemoryStore::new();
    rocket::execute(async {
        for i in 0..10_000 {
            let id = SessionId::random().unwrap();
            let mut session = SessionRecord::new(id, format!("user {}", i % 3000), 1000, 2000 + i % 2);
            session.label = format!("client {}", i % 10);
            store.create(&session, None).await.unwrap();
        }
        assert_eq!(store.sizes(), (10_000, 3000, 10));
        assert_eq!(store.purge(2000 + SessionRecord::KEPT).await.unwrap(), 5000);
        assert_eq!(store.sizes().0, 5000);
        assert_eq!(store.purge(2001 + SessionRecord::KEPT).await.unwrap(), 5000);
        assert_eq!(store.sizes(), (0, 0, 0));
        assert!(store.rows.iter().all(|shard| lock(shard).capacity() < 64));
    });
}

#[test]
fn memory_store_forgets_sessions_ended_by_the_limit() {
    let store = MemoryStore::new();
    rocket::execute(async {
        for max in [1, 2, 3] {
            for _ in 0..10 {
                let session = SessionRecord::new(SessionId::random().unwrap(), "alice", 1000, 2000);
                store.create(&session, NonZeroU32::new(max)).await.unwrap();
            }
            let hash = store.hash("alice");
            assert_eq!(store.users(hash).get(&hash).map(|ids| ids.as_slice().len()), Some(max as usize));
            assert_eq!(store.sizes().0, max as usize);
        }
    });
}

/// If a refresh succeeds, its session still exists.
#[test]
fn memory_store_limit_spares_session_being_refreshed() {
    let store = MemoryStore::new();
    let session = |now| SessionRecord::new(SessionId::random().unwrap(), "alice", now, 5000);
    let create = |session: &SessionRecord, max| now(store.create(session, NonZeroU32::new(max)));
    let others: Vec<_> = (0..200).map(|age| session(1001 + age)).collect();
    for round in 0..400 {
        // This session is looked at first, and would be the first to end.
        let first = session(1000);
        create(&first, 1);
        others.iter().for_each(|other| drop(create(other, 0)));
        let last = session(2000);
        let choosing = AtomicBool::new(false);
        let (ended, answer) = thread::scope(|scope| {
            let login = scope.spawn(|| {
                choosing.store(true, Ordering::SeqCst);
                create(&last, 201)
            });
            while !choosing.load(Ordering::SeqCst) {
                hint::spin_loop();
            }
            (0..2 * round).for_each(|_| hint::spin_loop());
            let step = RefreshStep { generation: 0, now: 2000, grace: 30, ends_at: 5000, key_id: [1; 16] };
            let answer = now(store.advance(first.id, step));
            (login.join().unwrap(), answer)
        });
        let least = if matches!(answer, RefreshOutcome::Next { .. }) { others[0].id } else { first.id };
        assert_eq!(ended, [least], "{answer:?} in round {round}");
    }
}

/// The result of a store in memory. It is available without waiting.
fn now<T>(answer: impl Future<Output = Result<T, StoreError>>) -> T {
    answer.now_or_never().unwrap().unwrap()
}

#[test]
fn memory_store_forgets_user_without_sessions() {
    let store = MemoryStore::new();
    rocket::execute(async {
        let session = |userid: &str| SessionRecord::new(SessionId::random().unwrap(), userid, 1000, 2000);
        let (a, b, c, d) = (session("alice"), session("alice"), session("bob"), session("carol"));
        for session in [&a, &b, &c, &d] {
            store.create(session, None).await.unwrap();
        }
        let step = RefreshStep { generation: 7, now: 1000, grace: 30, ends_at: 2000, key_id: [1; 16] };
        assert_eq!(store.advance(c.id, step).await.unwrap(), RefreshOutcome::Reused);
        assert_eq!(store.end(d.id).await.unwrap(), Some(d));
        store.end_all("alice", Some(a.id)).await.unwrap();
        assert_eq!(store.sizes().1, 1);
        store.forget_reuse(c.id).await.unwrap();
        store.end(a.id).await.unwrap();
        assert_eq!((store.sizes().0, store.sizes().1), (0, 0));
    });
}
