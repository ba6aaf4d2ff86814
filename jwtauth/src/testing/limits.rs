//! Tests of stores: the maximum number of sessions of a user.

use std::num::NonZeroU32;

use super::{ENDS, NOW, Store, advance, begin, get, id, listed, next, session, sorted, step, user};
use crate::claims::session_id::SessionId;
use crate::session::{RefreshOutcome, SessionRecord};

/// The limit ends the session whose last refresh is the oldest, not the session with the oldest login.
pub async fn limit_ends_the_least_recently_refreshed(store: Store) {
    let alice = user("alice");
    let sessions: Vec<_> = (0..5).map(|age| SessionRecord::new(id(), alice.as_str(), NOW + age, ENDS)).collect();
    for session in &sessions[..3] {
        assert_eq!(create(&store, session, 3).await, []);
    }
    assert_eq!(advance(&store, sessions[0].id, step(0, NOW + 50)).await, next(1));
    assert_eq!(create(&store, &sessions[3], 3).await, [sessions[1].id]);
    assert_eq!(get(&store, sessions[1].id).await, None);
    assert_eq!(advance(&store, sessions[1].id, step(0, NOW + 50)).await, RefreshOutcome::Unknown);
    assert_eq!(listed(&store, &alice).await, sorted([0, 2, 3].map(|index: usize| sessions[index].id)));
    // A lower limit ends several sessions, but never the new one.
    assert_eq!(sorted(create(&store, &sessions[4], 1).await), sorted([0, 2, 3].map(|index: usize| sessions[index].id)));
    assert_eq!(listed(&store, &alice).await, [sessions[4].id]);
}

/// Expired sessions do not count.
pub async fn limit_counts_only_alive_sessions(store: Store) {
    let alice = user("alice");
    let over = SessionRecord::new(id(), alice.as_str(), NOW - 100, NOW);
    let alive = session(&alice);
    begin(&store, &over).await;
    begin(&store, &alive).await;
    assert_eq!(create(&store, &session(&alice), 2).await, []);
    assert_eq!(get(&store, over.id).await, Some(over), "nor is it ended by a login");
    assert_eq!(get(&store, alive.id).await, Some(alive));
}

/// The logins of a user do not affect the sessions of another user.
pub async fn limit_is_per_user(store: Store) {
    let (alice, bob) = (session(&user("alice")), session(&user("bob")));
    for session in [&alice, &bob] {
        assert_eq!(create(&store, session, 1).await, []);
    }
    for session in [alice, bob] {
        assert_eq!(get(&store, session.id).await, Some(session));
    }
}

/// A session whose refresh succeeded stays alive. A concurrent login ends a different session.
pub async fn limit_spares_a_session_being_refreshed(store: Store) {
    for _ in 0..30 {
        let alice = user("alice");
        let [first, second, last] = [0, 1, 60].map(|age| SessionRecord::new(id(), alice.as_str(), NOW + age, ENDS));
        begin(&store, &first).await;
        begin(&store, &second).await;
        let login = {
            let (store, last) = (store.clone(), last.clone());
            rocket::tokio::spawn(async move { create(&store, &last, 2).await })
        };
        let answer = advance(&store, first.id, step(0, NOW + 50)).await;
        let (gone, left) = match answer {
            RefreshOutcome::Next { .. } => (second.id, first.id),
            _ => (first.id, second.id),
        };
        assert_eq!(login.await.expect("a login"), [gone], "{answer:?}");
        assert_eq!(listed(&store, &alice).await, sorted([left, last.id]), "{answer:?}");
    }
}

/// Concurrent logins can't exceed the limit.
pub async fn limit_holds_for_concurrent_logins(store: Store) {
    let alice = user("alice");
    let logins: Vec<_> = (0..32)
        .map(|_| {
            let (store, session) = (store.clone(), session(&alice));
            rocket::tokio::spawn(async move { (session.id, create(&store, &session, 3).await) })
        })
        .collect();
    let (mut begun, mut ended) = (Vec::new(), Vec::new());
    for login in logins {
        let (id, others) = login.await.expect("a login");
        begun.push(id);
        ended.extend(others);
    }
    let alive = listed(&store, &alice).await;
    assert_eq!(alive.len(), 3);
    // Each session that started is either alive or was returned as ended exactly once.
    assert_eq!(sorted(alive.into_iter().chain(ended)), sorted(begun));
}

async fn create(store: &Store, session: &SessionRecord, max: u32) -> Vec<SessionId> {
    store.create(session, NonZeroU32::new(max)).await.expect("create")
}
