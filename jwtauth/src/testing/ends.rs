//! Tests of stores: ending sessions.

use super::{ENDS, NOW, Store, advance, begin, begun, end, end_all, get, id, listed, next, session, step, user};
use crate::session::{RefreshOutcome, SessionRecord};

/// An ended session is unknown. Only the first `end` returns its row, as it was at that time.
pub async fn end_removes_the_session(store: Store) {
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW + 5)).await, next(1));
    let expected = SessionRecord { generation: 1, refreshed: NOW + 5, ..session.clone() };
    assert_eq!(end(&store, session.id).await, Some(expected));
    assert_eq!(get(&store, session.id).await, None);
    assert_eq!(listed(&store, &session.userid).await, []);
    for generation in [0, 1] {
        assert_eq!(advance(&store, session.id, step(generation, NOW)).await, RefreshOutcome::Unknown);
    }
    assert_eq!(end(&store, session.id).await, None);
}

/// `end_all` ends all sessions of the user, and no session of another user.
pub async fn end_all_ends_all_sessions_of_the_user(store: Store) {
    let (alice, bob) = (user("alice"), begun(&store).await);
    let sessions: Vec<_> = (0..5).map(|_| session(&alice)).collect();
    for session in &sessions {
        begin(&store, session).await;
    }
    assert_eq!(end_all(&store, &alice, None).await, by_id(&sessions));
    for session in sessions {
        assert_eq!(get(&store, session.id).await, None);
    }
    assert_eq!(listed(&store, &alice).await, []);
    assert_eq!(end_all(&store, &alice, None).await, []);
    assert_eq!(get(&store, bob.id).await, Some(bob));
    // A later login starts a session normally.
    let next = session(&alice);
    begin(&store, &next).await;
    assert_eq!(listed(&store, &alice).await, [next.id]);
}

/// The excepted session stays unchanged.
pub async fn end_all_spares_the_excepted_session(store: Store) {
    let alice = user("alice");
    let sessions: Vec<_> = (0..4).map(|_| session(&alice)).collect();
    for session in &sessions {
        begin(&store, session).await;
    }
    let others = [0, 1, 3].map(|index: usize| sessions[index].clone());
    assert_eq!(end_all(&store, &alice, Some(sessions[2].id)).await, by_id(&others));
    assert_eq!(get(&store, sessions[2].id).await.as_ref(), Some(&sessions[2]));
    assert_eq!(listed(&store, &alice).await, [sessions[2].id]);
    assert_eq!(advance(&store, sessions[2].id, step(0, NOW)).await, next(1));
    // A second call has no session to end. An exception that no longer exists is allowed.
    assert_eq!(end_all(&store, &alice, Some(sessions[2].id)).await, []);
    let last = SessionRecord { generation: 1, ..sessions[2].clone() };
    assert_eq!(end_all(&store, &alice, Some(id())).await, [last], "as it was by then");
}

/// An expired session is removed too, and its row is returned with its end. The caller can therefore detect that it had
/// expired, and the session does not become valid again when a clock is set back.
pub async fn end_removes_expired_sessions(store: Store) {
    let alice = user("alice");
    let sessions = [NOW - 50, NOW, ENDS].map(|ends_at| SessionRecord::new(id(), alice.as_str(), NOW - 100, ends_at));
    for session in &sessions {
        begin(&store, session).await;
    }
    assert_eq!(end(&store, sessions[0].id).await.as_ref(), Some(&sessions[0]));
    assert_eq!(end_all(&store, &alice, None).await, by_id(&sessions[1..]));
    for session in sessions {
        assert_eq!(get(&store, session.id).await, None);
        assert_eq!(advance(&store, session.id, step(0, NOW - 90)).await, RefreshOutcome::Unknown);
    }
}

/// A session of another user never ends, even if it is the excepted one.
pub async fn end_all_spares_other_users(store: Store) {
    let (alice, bob) = (begun(&store).await, begun(&store).await);
    assert_eq!(end_all(&store, &alice.userid, Some(bob.id)).await, [alice]);
    assert_eq!(get(&store, bob.id).await.as_ref(), Some(&bob));
    assert_eq!(listed(&store, &bob.userid).await, [bob.id]);
}

/// A purge removes old rows. Without it, the store would grow forever.
pub async fn purge_removes_old_sessions(store: Store) {
    // Earlier than the time of the other purge test, so that this purge does not remove the rows of that test.
    const PAST: u64 = NOW / 4;
    let (alice, bob) = (user("alice"), user("bob"));
    let mut sessions = Vec::new();
    for index in 0..100 {
        let userid = if index % 2 == 0 { &alice } else { &bob };
        let session = SessionRecord::new(id(), userid.as_str(), PAST, PAST + 100 + index);
        begin(&store, &session).await;
        sessions.push(session);
    }
    store.purge(PAST + 300 + SessionRecord::KEPT).await.expect("purge");
    for session in sessions {
        assert_eq!(get(&store, session.id).await, None);
        assert_eq!(advance(&store, session.id, step(0, PAST)).await, RefreshOutcome::Unknown);
    }
    for userid in [alice, bob] {
        assert_eq!(store.list(&userid, PAST).await.expect("list"), []);
        assert_eq!(end_all(&store, &userid, None).await, []);
    }
}

/// A purge keeps live sessions, and keeps expired sessions for a day.
pub async fn purge_keeps_recent_sessions(store: Store) {
    // Other tests may run on the same store. None of their rows is this old.
    const PAST: u64 = NOW / 2;
    let alice = user("alice");
    let ending = |ends_at| SessionRecord::new(id(), alice.as_str(), PAST, ends_at);
    let (first, second) = (ending(PAST + 100), ending(PAST + 200));
    for session in [&first, &second] {
        begin(&store, session).await;
    }
    let kept = SessionRecord::KEPT;
    assert_eq!(first.kept_until(), PAST + 100 + kept);
    for now in [PAST, PAST + 99, PAST + 100, PAST + 100 + kept - 1] {
        store.purge(now).await.expect("purge");
        assert_eq!(get(&store, first.id).await.as_ref(), Some(&first), "{} s later", now - PAST);
    }
    let forgotten = store.purge(PAST + 100 + kept).await.expect("purge");
    match get(&store, first.id).await {
        None => assert!(forgotten >= 1),
        // The row expires by itself, on a clock of the server.
        Some(row) => assert_eq!((row, forgotten), (first, 0)),
    }
    assert_eq!(get(&store, second.id).await.as_ref(), Some(&second));
    assert_eq!(store.list(&alice, PAST + 100 + kept).await.expect("list"), []);
    let alive = begun(&store).await;
    store.purge(PAST + 200 + kept).await.expect("purge");
    assert_eq!(get(&store, alive.id).await.as_ref(), Some(&alive));
    assert_eq!(advance(&store, alive.id, step(0, ENDS - 1)).await, next(1));
}

fn by_id(sessions: &[SessionRecord]) -> Vec<SessionRecord> {
    let mut sessions = sessions.to_vec();
    sessions.sort_by_key(|session| session.id);
    sessions
}
