//! Tests of stores: proving a generation.

use super::{ENDS, NOW, Store, advance, begun, end, get, id, next, prove, repeated, step};
use crate::session::{RefreshOutcome, SessionRecord};

/// A proof changes the three fields about the proof, and no others.
pub async fn prove_changes_the_row(store: Store) {
    let (session, other) = (begun(&store).await, begun(&store).await);
    assert_eq!(advance(&store, session.id, step(0, NOW + 5)).await, next(1));
    prove(&store, session.id, 1, NOW + 9).await;
    let mut expected = SessionRecord { generation: 1, refreshed: NOW + 5, ..session.clone() };
    (expected.proven, expected.proven_at, expected.previous) = (1, NOW + 9, Some(0));
    assert_eq!(get(&store, session.id).await.as_ref(), Some(&expected));

    // The next step does not change these fields.
    assert_eq!(advance(&store, session.id, step(1, NOW + 20)).await, next(2));
    let expected = SessionRecord { generation: 2, refreshed: NOW + 20, ..expected };
    assert_eq!(get(&store, session.id).await.as_ref(), Some(&expected));
    assert_eq!(store.list(&session.userid, NOW).await.expect("list"), [expected]);
    assert_eq!(get(&store, other.id).await, Some(other));
}

/// Only the current generation is proven, and only once.
pub async fn prove_accepts_only_the_current_generation_once(store: Store) {
    let session = begun(&store).await;
    // Generation 1 is void, 2 is current.
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    assert_eq!(advance(&store, session.id, step(0, NOW + 31)).await, next(2));
    let row = get(&store, session.id).await;
    for generation in [0, 1, 3, 4, 1 << 40] {
        prove(&store, session.id, generation, NOW + 40).await;
        assert_eq!(get(&store, session.id).await, row, "{generation}");
    }
    prove(&store, session.id, 2, NOW + 40).await;
    let proven = get(&store, session.id).await.expect("the session");
    assert_eq!((proven.proven, proven.proven_at, proven.previous), (2, NOW + 40, Some(0)));
    for (generation, now) in [(2, NOW + 50), (2, NOW), (0, NOW + 50), (1, NOW + 50), (3, NOW + 50)] {
        prove(&store, session.id, generation, now).await;
        assert_eq!(get(&store, session.id).await.as_ref(), Some(&proven), "{generation}");
    }
}

/// A request that was sent before the client received its new tokens gets the same tokens within the grace.
pub async fn advance_repeats_the_previous_generation_within_the_grace(store: Store) {
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    prove(&store, session.id, 1, NOW + 100).await;
    let row = get(&store, session.id).await;
    for now in [NOW + 70, NOW + 100, NOW + 130] {
        assert_eq!(advance(&store, session.id, step(0, now)).await, repeated(1), "{now}");
        assert_eq!(get(&store, session.id).await, row);
    }
    assert_eq!(advance(&store, session.id, step(0, NOW + 131)).await, RefreshOutcome::Reused);
    assert_eq!(get(&store, session.id).await, None);
}

/// A request that was sent before the client used its new tokens is refused, and the session stays alive.
pub async fn advance_refuses_a_late_request(store: Store) {
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    prove(&store, session.id, 1, NOW + 10).await;
    assert_eq!(advance(&store, session.id, step(1, NOW + 20)).await, next(2));
    let row = get(&store, session.id).await;
    for now in [NOW, NOW + 20, NOW + 40] {
        assert_eq!(advance(&store, session.id, step(0, now)).await, RefreshOutcome::Refused, "{now}");
        assert_eq!(get(&store, session.id).await, row);
    }
    assert_eq!(advance(&store, session.id, step(1, NOW + 40)).await, repeated(2));
    assert_eq!(advance(&store, session.id, step(2, NOW + 40)).await, next(3));
    assert_eq!(advance(&store, session.id, step(0, NOW + 41)).await, RefreshOutcome::Reused);
}

/// A proof of an unknown or ended session does nothing.
pub async fn prove_ignores_unknown_sessions(store: Store) {
    let unknown = id();
    prove(&store, unknown, 0, NOW).await;
    prove(&store, unknown, 1, NOW).await;
    assert_eq!(get(&store, unknown).await, None);

    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    assert!(end(&store, session.id).await.is_some());
    prove(&store, session.id, 1, NOW).await;
    assert_eq!(get(&store, session.id).await, None);

    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    assert_eq!(advance(&store, session.id, step(7, NOW)).await, RefreshOutcome::Reused);
    let trace = store.find_reuse(session.id).await.expect("find_reuse");
    prove(&store, session.id, 1, ENDS).await;
    assert_eq!(store.find_reuse(session.id).await.expect("find_reuse"), trace);
    assert_eq!(get(&store, session.id).await, None);
}
