use super::{ENDS, NOW, Store, advance, begin, begun, get, id, listed, session, sorted, step, user};
use crate::{Advanced, SessionRecord};

/// A session that was ended is unknown, and says once that it was there.
pub async fn an_end_is_an_end(store: Store) {
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, Advanced::Next);
    assert!(store.end(session.id).await.expect("end"));
    assert_eq!(get(&store, session.id).await, None);
    assert_eq!(listed(&store, &session.userid).await, []);
    for generation in [0, 1] {
        assert_eq!(advance(&store, session.id, step(generation, NOW)).await, Advanced::Unknown);
    }
    assert!(!store.end(session.id).await.expect("end"));
}

/// All of one user, and none of another.
pub async fn all_sessions_of_a_user_end(store: Store) {
    let (alice, bob) = (user("alice"), begun(&store).await);
    let sessions: Vec<_> = (0..5).map(|_| session(&alice)).collect();
    for session in &sessions {
        begin(&store, session).await;
    }
    let ended = store.end_all(&alice, None).await.expect("end_all");
    assert_eq!(sorted(ended), sorted(sessions.iter().map(|session| session.id)));
    for session in sessions {
        assert_eq!(get(&store, session.id).await, None);
    }
    assert_eq!(listed(&store, &alice).await, []);
    assert_eq!(store.end_all(&alice, None).await.expect("end_all"), []);
    assert_eq!(get(&store, bob.id).await, Some(bob));
    // And a login afterwards is one.
    let next = session(&alice);
    begin(&store, &next).await;
    assert_eq!(listed(&store, &alice).await, [next.id]);
}

/// The one that is excepted goes on as it was.
pub async fn all_sessions_but_one_end(store: Store) {
    let alice = user("alice");
    let sessions: Vec<_> = (0..4).map(|_| session(&alice)).collect();
    for session in &sessions {
        begin(&store, session).await;
    }
    let ended = store.end_all(&alice, Some(sessions[2].id)).await.expect("end_all");
    let others = [0, 1, 3].map(|index: usize| sessions[index].id);
    assert_eq!(sorted(ended), sorted(others));
    assert_eq!(get(&store, sessions[2].id).await.as_ref(), Some(&sessions[2]));
    assert_eq!(listed(&store, &alice).await, [sessions[2].id]);
    assert_eq!(advance(&store, sessions[2].id, step(0, NOW)).await, Advanced::Next);
    // Again there is nothing to end, nor does an exception have to be there.
    assert_eq!(store.end_all(&alice, Some(sessions[2].id)).await.expect("end_all"), []);
    assert_eq!(store.end_all(&alice, Some(id())).await.expect("end_all"), [sessions[2].id]);
}

/// Whose session it is decides, whatever is excepted.
pub async fn a_foreign_session_is_not_ended(store: Store) {
    let (alice, bob) = (begun(&store).await, begun(&store).await);
    assert_eq!(store.end_all(&alice.userid, Some(bob.id)).await.expect("end_all"), [alice.id]);
    assert_eq!(get(&store, bob.id).await.as_ref(), Some(&bob));
    assert_eq!(listed(&store, &bob.userid).await, [bob.id]);
}

/// What is alive stays, and what is over stays for a day.
pub async fn only_what_is_long_over_is_purged(store: Store) {
    // Other tests may run on the same store: nothing of theirs is as old as this.
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
        // It goes by itself, on a clock of the server's.
        Some(row) => assert_eq!((row, forgotten), (first, 0)),
    }
    assert_eq!(get(&store, second.id).await.as_ref(), Some(&second));
    assert_eq!(store.list(&alice, PAST + 100 + kept).await.expect("list"), []);
    let alive = begun(&store).await;
    store.purge(PAST + 200 + kept).await.expect("purge");
    assert_eq!(get(&store, alive.id).await.as_ref(), Some(&alive));
    assert_eq!(advance(&store, alive.id, step(0, ENDS - 1)).await, Advanced::Next);
}
