//! Tests of stores: the outcomes of a refresh.

use super::{ENDS, KEY, NOW, Store, advance, begun, end, get, listed, next, repeated, step};
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord};

/// A step with the current generation changes the generation, the time and the end, proves the generation, and changes
/// nothing else.
pub async fn advance_changes_the_row(store: Store) {
    let (session, other) = (begun(&store).await, begun(&store).await);
    let made = RefreshStep { generation: 0, now: NOW + 10, grace: 30, ends_at: ENDS + 10, key_id: KEY };
    assert_eq!(advance(&store, session.id, made).await, next(1));
    let expected = SessionRecord { generation: 1, refreshed: NOW + 10, ends_at: ENDS + 10, ..session.clone() };
    assert_eq!(get(&store, session.id).await, Some(expected), "generation 0 is proven from the login on");

    // The new end may be earlier than the old one, for example because the login reaches its maximum lifetime.
    let made = RefreshStep { generation: 1, now: NOW + 20, grace: 0, ends_at: NOW + 30, key_id: KEY };
    assert_eq!(advance(&store, session.id, made).await, next(2));
    let mut expected = SessionRecord { generation: 2, refreshed: NOW + 20, ends_at: NOW + 30, ..session };
    (expected.proven, expected.proven_at, expected.previous) = (1, NOW + 20, Some(0));
    assert_eq!(get(&store, expected.id).await.as_ref(), Some(&expected));
    assert_eq!(store.list(&expected.userid, NOW).await.expect("list"), [expected]);
    assert_eq!(get(&store, other.id).await, Some(other));
}

/// All late requests get the same next generation, and do not extend the session.
pub async fn advance_repeats_a_spent_generation_within_the_grace(store: Store) {
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW + 100)).await, next(1));
    let row = get(&store, session.id).await;
    for late in [0, 1, 15, 29, 30] {
        // The `ends_at` of a repeated step has no effect.
        let again = RefreshStep { ends_at: ENDS + 5000, ..step(0, NOW + 100 + late) };
        assert_eq!(advance(&store, session.id, again).await, repeated(1), "{late} s late");
        assert_eq!(get(&store, session.id).await, row);
    }
    assert_eq!(advance(&store, session.id, step(1, NOW + 130)).await, next(2));
    assert_eq!(advance(&store, session.id, step(1, NOW + 131)).await, repeated(2));
}

/// Repeated requests within the grace do not extend the grace.
pub async fn advance_counts_the_grace_from_the_issue(store: Store) {
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    for late in (0..=30).step_by(5) {
        assert_eq!(advance(&store, session.id, step(0, NOW + late)).await, repeated(1), "{late} s late");
    }
    assert_eq!(advance(&store, session.id, step(0, NOW + 31)).await, next(2));
}

/// If a client loses every response, its session stays alive and is renewed.
pub async fn advance_replaces_a_lost_successor(store: Store) {
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    for generation in 2..10 {
        let now = NOW + 1000 * generation;
        let late = RefreshStep { ends_at: now + 500, ..step(0, now) };
        // A step after the end of the session is refused as expired.
        let over = RefreshStep { now: ENDS + 1_000_000, ..late };
        assert_eq!(advance(&store, session.id, over).await, RefreshOutcome::Expired);
        let keep = RefreshStep { ends_at: now + 5000, ..late };
        assert_eq!(advance(&store, session.id, keep).await, next(generation));
        let again = RefreshStep { now: now + 30, ..late };
        let answer = advance(&store, session.id, again).await;
        assert_eq!(answer, RefreshOutcome::Repeated { generation, ends_at: now + 5000 });
        let expected = SessionRecord { generation, refreshed: now, ends_at: now + 5000, ..session.clone() };
        assert_eq!(get(&store, session.id).await, Some(expected), "generation 0 stays the proven one");
    }
    // The client finally receives a response.
    assert_eq!(advance(&store, session.id, step(9, NOW + 9500)).await, next(10));
    let row = get(&store, session.id).await.expect("the session");
    assert_eq!((row.proven, row.proven_at, row.previous), (9, NOW + 9500, Some(0)));
}

/// A void generation was replaced before it was used. A token of it is in the hands of another party.
pub async fn advance_treats_a_void_generation_as_reuse(store: Store) {
    for grace in [0, 30, 10_000] {
        for now in [NOW + 31, NOW + 40, NOW + 5000] {
            let session = begun(&store).await;
            assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
            assert_eq!(advance(&store, session.id, step(0, NOW + 31)).await, next(2));
            let void = RefreshStep { grace, ..step(1, now) };
            assert_eq!(advance(&store, session.id, void).await, RefreshOutcome::Reused, "{now}, grace {grace}");
            assert_eq!(get(&store, session.id).await, None);
        }
    }
}

/// A token that is presented again after its successor was used is held by two parties. The same step ends the session
/// for both.
pub async fn advance_treats_an_old_token_as_reuse(store: Store) {
    let (session, other) = (begun(&store).await, begun(&store).await);
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    assert_eq!(advance(&store, session.id, step(1, NOW + 10)).await, next(2));
    assert_eq!(advance(&store, session.id, step(0, NOW + 41)).await, RefreshOutcome::Reused);
    assert_eq!(get(&store, session.id).await, None);
    assert_eq!(listed(&store, &session.userid).await, []);
    for generation in [0, 1, 2] {
        assert_eq!(advance(&store, session.id, step(generation, NOW + 41)).await, RefreshOutcome::Unknown);
    }
    assert_eq!(end(&store, session.id).await, None);
    assert_eq!(get(&store, other.id).await, Some(other));
}

/// With a grace of 0, a second use is reuse, even in the same second and even if the response was lost.
pub async fn advance_without_grace_accepts_a_generation_once(store: Store) {
    let strict = |generation| RefreshStep { grace: 0, ..step(generation, NOW) };
    for presented in [0, 1, 3] {
        let session = begun(&store).await;
        assert_eq!(advance(&store, session.id, strict(0)).await, next(1));
        assert_eq!(advance(&store, session.id, strict(1)).await, next(2));
        assert_eq!(advance(&store, session.id, strict(presented)).await, RefreshOutcome::Reused, "{presented}");
        assert_eq!(get(&store, session.id).await, None);
    }
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, strict(0)).await, next(1));
    let late = RefreshStep { now: NOW + 31, ..strict(0) };
    assert_eq!(advance(&store, session.id, late).await, RefreshOutcome::Reused);
}

/// Older generations and future generations are both reuse: a store that was restored to an older state can't be
/// distinguished from a stolen token.
pub async fn advance_treats_any_other_generation_as_reuse(store: Store) {
    for presented in [0, 4, 5, 1000, u64::MAX] {
        let session = begun(&store).await;
        for generation in 0..3 {
            assert_eq!(advance(&store, session.id, step(generation, NOW)).await, next(generation + 1));
        }
        assert_eq!(advance(&store, session.id, step(presented, NOW)).await, RefreshOutcome::Reused, "{presented} at 3");
        assert_eq!(get(&store, session.id).await, None);
    }
    let session = begun(&store).await;
    assert_eq!(
        advance(&store, session.id, step(u64::MAX, NOW)).await,
        RefreshOutcome::Reused,
        "before 0 there is none"
    );
}

/// A clock that is behind or was set back a little causes no error. A clock that was set back far does not extend the
/// grace.
pub async fn advance_with_a_clock_set_back_extends_no_grace(store: Store) {
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW + 100)).await, next(1));
    assert_eq!(advance(&store, session.id, step(0, NOW + 70)).await, repeated(1));
    assert_eq!(advance(&store, session.id, step(0, NOW + 69)).await, next(2), "and not the same again");
    assert_eq!(advance(&store, session.id, step(2, NOW + 100)).await, next(3));
    assert_eq!(advance(&store, session.id, step(0, NOW + 70)).await, RefreshOutcome::Refused);
    assert_eq!(advance(&store, session.id, step(0, NOW + 69)).await, RefreshOutcome::Reused);

    // The current generation is valid at any time before the end. The grace then starts again from that time.
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW - 500)).await, next(1));
    assert_eq!(get(&store, session.id).await.map(|row| row.refreshed), Some(NOW - 500));
    assert_eq!(advance(&store, session.id, step(0, NOW - 470)).await, repeated(1));
    assert_eq!(advance(&store, session.id, step(0, NOW - 469)).await, next(2));
}

/// An expired session is expired for every generation, which differs from unknown.
pub async fn advance_refuses_expired_sessions(store: Store) {
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    assert_eq!(advance(&store, session.id, step(1, ENDS - 1)).await, next(2));
    let row = get(&store, session.id).await;
    assert!(row.is_some());
    for now in [ENDS, ENDS + 1, ENDS + SessionRecord::KEPT - 1] {
        for generation in [0, 1, 2, 3] {
            let late = RefreshStep { ends_at: ENDS + 1_000_000, ..step(generation, now) };
            assert_eq!(advance(&store, session.id, late).await, RefreshOutcome::Expired, "{generation} at {now}");
        }
    }
    assert_eq!(get(&store, session.id).await, row, "kept as it was");
}

/// A session stays one row after any number of refreshes, and only its last generations are known.
pub async fn advance_repeatedly_keeps_one_row(store: Store) {
    let session = begun(&store).await;
    for generation in 0..200 {
        let now = NOW + generation;
        assert_eq!(advance(&store, session.id, step(generation, now)).await, next(generation + 1));
    }
    let mut expected = SessionRecord { generation: 200, refreshed: NOW + 199, ..session.clone() };
    (expected.proven, expected.proven_at, expected.previous) = (199, NOW + 199, Some(198));
    assert_eq!(store.list(&session.userid, NOW).await.expect("list"), [expected]);
    assert_eq!(advance(&store, session.id, step(199, NOW + 200)).await, repeated(200));
    assert_eq!(advance(&store, session.id, step(198, NOW + 200)).await, RefreshOutcome::Refused);
    assert_eq!(advance(&store, session.id, step(197, NOW + 200)).await, RefreshOutcome::Reused);
}
