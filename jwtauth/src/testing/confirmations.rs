//! Tests of stores: confirming a login.

use rocket::tokio;

use super::{
    ENDS, NOW, Store, advance, begin, begun, confirm, end, get, id, listed, next, prove, repeated, session, step, user,
};
use crate::session::{RefreshOutcome, SessionRecord};

/// A confirmation changes `auth_time`, and no other field.
pub async fn confirm_changes_the_row(store: Store) {
    let alice = user("alice");
    let (mut given, other) = (session(&alice), session(&alice));
    given.nonce_digest = Some([7; 32]);
    given.label = "Mozilla/5.0 (X11; Linux x86_64)".into();
    given.carried = Some("{\"tenant\":\"zoë 🦀\"}".into());
    for session in [&given, &other] {
        begin(&store, session).await;
    }
    assert_eq!(advance(&store, given.id, step(0, NOW + 5)).await, next(1));
    prove(&store, given.id, 1, NOW + 9).await;
    let mut expected = get(&store, given.id).await.expect("the session");
    // The clock of another machine may be behind.
    for now in [NOW + 600, NOW + 700, NOW + 650, NOW - 1, ENDS - 1] {
        expected.auth_time = now;
        assert_eq!(confirm(&store, given.id, &alice, now).await.as_ref(), Some(&expected));
        assert_eq!(get(&store, given.id).await.as_ref(), Some(&expected));
    }
    assert!(store.list(&alice, NOW).await.expect("list").contains(&expected));
    assert_eq!(get(&store, other.id).await, Some(other));
}

/// The next steps and proofs keep the time.
pub async fn confirm_lasts(store: Store) {
    let session = begun(&store).await;
    assert!(confirm(&store, session.id, &session.userid, NOW + 50).await.is_some());
    assert_eq!(advance(&store, session.id, step(0, NOW + 60)).await, next(1));
    assert_eq!(advance(&store, session.id, step(0, NOW + 61)).await, repeated(1));
    prove(&store, session.id, 1, NOW + 62).await;
    assert_eq!(get(&store, session.id).await.map(|row| row.auth_time), Some(NOW + 50));
    let ended = end(&store, session.id).await;
    assert_eq!(ended.map(|row| (row.auth_time, row.created)), Some((NOW + 50, NOW)));
}

/// The session of one user is not confirmed by another one. User ids are compared as bytes.
pub async fn confirm_requires_the_user_of_the_session(store: Store) {
    let alice = begun(&store).await;
    let userid = alice.userid.as_str();
    let others = [
        user("bob"),
        String::new(),
        userid.to_uppercase(),
        format!("{userid} "),
        format!("{userid}\u{0}"),
        userid.replacen('a', "_", 1),
        format!("{}%", &userid[..3]),
    ];
    for other in others {
        assert_eq!(confirm(&store, alice.id, &other, NOW + 50).await, None, "{other:?}");
    }
    assert_eq!(get(&store, alice.id).await.as_ref(), Some(&alice));
    let odd = session(&user("zoë 🦀 '%_\\\" --\n"));
    begin(&store, &odd).await;
    assert!(confirm(&store, odd.id, &odd.userid, NOW).await.is_some());
}

/// A session that does not exist is not created, and one that has ended does not return.
pub async fn confirm_ignores_unknown_sessions(store: Store) {
    let (unknown, alice) = (id(), user("alice"));
    assert_eq!(confirm(&store, unknown, &alice, NOW).await, None);
    assert_eq!((get(&store, unknown).await, listed(&store, &alice).await), (None, Vec::new()));

    let session = begun(&store).await;
    assert!(end(&store, session.id).await.is_some());
    assert_eq!(confirm(&store, session.id, &session.userid, NOW).await, None);
    assert_eq!((get(&store, session.id).await, listed(&store, &session.userid).await), (None, Vec::new()));

    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(7, NOW)).await, RefreshOutcome::Reused);
    let trace = store.find_reuse(session.id).await.expect("find_reuse");
    for now in [NOW - 1, NOW, ENDS] {
        assert_eq!(confirm(&store, session.id, &session.userid, now).await, None);
    }
    assert_eq!(store.find_reuse(session.id).await.expect("find_reuse"), trace);
    assert_eq!(get(&store, session.id).await, None);
}

/// The row of an expired session is kept as it is.
pub async fn confirm_ignores_expired_sessions(store: Store) {
    let session = begun(&store).await;
    for now in [ENDS, ENDS + 1, ENDS + SessionRecord::KEPT] {
        assert_eq!(confirm(&store, session.id, &session.userid, now).await, None);
        assert_eq!(get(&store, session.id).await.as_ref(), Some(&session));
    }
}

/// A confirmation and a step at the same time both take effect.
pub async fn concurrent_confirms_and_advances_keep_both(store: Store) {
    for age in 1..21 {
        let session = begun(&store).await;
        let now = NOW + age;
        let confirmations: Vec<_> = (0..8)
            .map(|_| {
                let (store, id, userid) = (store.clone(), session.id, session.userid.clone());
                tokio::spawn(async move { confirm(&store, id, &userid, now).await })
            })
            .collect();
        assert_eq!(advance(&store, session.id, step(0, now)).await, next(1));
        for confirmation in confirmations {
            assert_eq!(confirmation.await.expect("a confirmation").map(|row| row.auth_time), Some(now));
        }
        let row = get(&store, session.id).await.expect("the session");
        assert_eq!((row.generation, row.refreshed, row.auth_time), (1, now, now));
    }
}

/// A confirmation does not restore a session that is being ended.
pub async fn concurrent_confirms_and_ends_leave_an_end(store: Store) {
    for _ in 0..20 {
        let session = begun(&store).await;
        let confirmations: Vec<_> = (0..8)
            .map(|_| {
                let (store, id, userid) = (store.clone(), session.id, session.userid.clone());
                tokio::spawn(async move { confirm(&store, id, &userid, NOW + 1).await })
            })
            .collect();
        let ended = end(&store, session.id).await;
        let mut is_confirmed = false;
        for confirmation in confirmations {
            is_confirmed |= confirmation.await.expect("a confirmation").is_some();
        }
        // A confirmation that took effect came before the end.
        let auth_time = if is_confirmed { NOW + 1 } else { NOW };
        assert_eq!(ended.map(|row| row.auth_time), Some(auth_time));
        assert_eq!(get(&store, session.id).await, None);
        assert_eq!(listed(&store, &session.userid).await, []);
    }
}
