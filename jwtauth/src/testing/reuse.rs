//! Tests of stores: the trace that reuse leaves.

use std::num::NonZeroU32;

use super::{
    ENDS, KEY, NOW, Store, advance, begin, begun, end, end_all, get, id, listed, next, repeated, session, step, user,
};
use crate::claims::session_id::SessionId;
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord};

/// The response of the step may be lost. The trace of the reuse is kept until `forget_reuse` confirms the report.
pub async fn reuse_leaves_a_trace_until_reported(store: Store) {
    let session = full();
    begin(&store, &session).await;
    assert_eq!(find(&store, session.id).await, None);
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    assert_eq!(find(&store, session.id).await, None);
    assert_eq!(advance(&store, session.id, step(1, NOW + 1)).await, next(2));
    assert_eq!(advance(&store, session.id, step(0, NOW + 32)).await, RefreshOutcome::Reused);
    let mut trace = SessionRecord { generation: 2, refreshed: NOW + 1, ends_at: NOW + 32, ..session.clone() };
    (trace.proven, trace.proven_at, trace.previous) = (1, NOW + 1, Some(0));
    trace.reused = true;
    for _ in 0..3 {
        assert_eq!(find(&store, session.id).await.as_ref(), Some(&trace));
    }
    forget(&store, session.id).await;
    assert_eq!(find(&store, session.id).await, None);
    assert_eq!(get(&store, session.id).await, None);
    // A second confirmation has no effect. The same applies if there is no trace, or if there is a session.
    forget(&store, session.id).await;
    forget(&store, id()).await;
    let other = begun(&store).await;
    forget(&store, other.id).await;
    assert_eq!(find(&store, other.id).await, None);
    assert_eq!(get(&store, other.id).await, Some(other));
}

/// All methods except `find_reuse` treat the session as unknown.
pub async fn trace_of_reuse_is_not_a_session(store: Store) {
    let session = begun(&store).await;
    let alice = &session.userid;
    assert_eq!(advance(&store, session.id, step(7, NOW)).await, RefreshOutcome::Reused);
    let trace = find(&store, session.id).await;
    assert!(trace.is_some());
    assert_eq!(get(&store, session.id).await, None);
    for now in [0, NOW - 1, NOW] {
        assert_eq!(store.list(alice, now).await.expect("list"), []);
    }
    for generation in [0, 1, 7] {
        for key_id in [KEY, [2; 16]] {
            for now in [NOW - 1, NOW, ENDS] {
                let step = RefreshStep { key_id, ..step(generation, now) };
                assert_eq!(advance(&store, session.id, step).await, RefreshOutcome::Unknown);
            }
        }
    }
    assert_eq!(end(&store, session.id).await, None);
    assert_eq!(end_all(&store, alice, None).await, []);
    // The trace does not count against the limit of sessions, even if a clock is behind.
    let early = SessionRecord::new(id(), alice.as_str(), NOW - 100, ENDS);
    begin(&store, &early).await;
    let next = SessionRecord::new(id(), alice.as_str(), NOW - 50, ENDS);
    assert_eq!(store.create(&next, NonZeroU32::new(2)).await.expect("create"), []);
    assert_eq!(store.create(&self::session(alice), NonZeroU32::new(1)).await.expect("create").len(), 2);
    assert_eq!(listed(&store, alice).await.len(), 1);
    assert_eq!(end_all(&store, alice, None).await.len(), 1);
    assert_eq!(find(&store, session.id).await, trace);
}

/// A session that ends for another reason leaves no trace.
pub async fn end_leaves_no_trace(store: Store) {
    let alice = user("alice");
    let sessions: Vec<_> = (0..4).map(|_| session(&alice)).collect();
    for session in &sessions[..3] {
        begin(&store, session).await;
    }
    end(&store, sessions[0].id).await;
    assert_eq!(store.create(&sessions[3], NonZeroU32::new(2)).await.expect("create").len(), 1);
    end_all(&store, &alice, None).await;
    let over = begun(&store).await;
    assert_eq!(advance(&store, over.id, step(0, ENDS)).await, RefreshOutcome::Expired);
    for id in sessions.iter().map(|session| session.id).chain([over.id, id()]) {
        assert_eq!(find(&store, id).await, None);
    }
}

/// A trace is kept as long as an expired session, because a retry may arrive within that time.
pub async fn purge_removes_traces_of_reuse(store: Store) {
    // Earlier than all rows of the other purge tests.
    const PAST: u64 = NOW / 8;
    let session = SessionRecord::new(id(), user("alice"), PAST, PAST + 1_000_000);
    begin(&store, &session).await;
    assert_eq!(advance(&store, session.id, step(7, PAST + 100)).await, RefreshOutcome::Reused);
    store.purge(PAST + 100 + SessionRecord::KEPT - 1).await.expect("purge");
    assert!(find(&store, session.id).await.is_some());
    store.purge(PAST + 100 + SessionRecord::KEPT).await.expect("purge");
    assert_eq!(find(&store, session.id).await, None);
}

/// A step changes only its own fields. A row with all fields set keeps the others.
pub async fn advance_keeps_all_other_fields(store: Store) {
    let session = full();
    begin(&store, &session).await;
    for generation in 0..3 {
        assert_eq!(advance(&store, session.id, step(generation, NOW + 5)).await, next(generation + 1));
    }
    assert_eq!(advance(&store, session.id, step(2, NOW + 6)).await, repeated(3));
    let mut expected = SessionRecord { generation: 3, refreshed: NOW + 5, ..session.clone() };
    (expected.proven, expected.proven_at, expected.previous) = (2, NOW + 5, Some(1));
    assert_eq!(get(&store, session.id).await.as_ref(), Some(&expected));
    assert_eq!(store.list(&session.userid, NOW).await.expect("list"), std::slice::from_ref(&expected));
    store.prove(session.id, 3, NOW + 7).await.expect("prove");
    (expected.proven, expected.proven_at, expected.previous) = (3, NOW + 7, Some(2));
    assert_eq!(get(&store, session.id).await.as_ref(), Some(&expected));
    assert_eq!(end(&store, session.id).await, Some(expected));
}

fn full() -> SessionRecord {
    let mut session = session(&user("alice"));
    session.nonce_digest = Some(std::array::from_fn(|i| (i as u8).wrapping_mul(37)));
    session.label = "Mozilla/5.0 (X11; Linux x86_64)".into();
    session.carried = Some("{\"tenant\":7}".into());
    session.auth_time = NOW - 9;
    session
}

async fn find(store: &Store, id: SessionId) -> Option<SessionRecord> {
    store.find_reuse(id).await.expect("find_reuse")
}

async fn forget(store: &Store, id: SessionId) {
    store.forget_reuse(id).await.expect("forget_reuse");
}
