//! Tests of stores: creating, reading and listing rows.

use super::{ENDS, NOW, Store, advance, begin, end, end_all, get, id, listed, session, sorted, step, user};
use crate::session::{RefreshOutcome, SessionRecord};

/// The store returns every field of a row.
pub async fn create_keeps_the_row_as_given(store: Store) {
    let mut with_all = session(&user("alice"));
    with_all.created = NOW - 7;
    with_all.refreshed = NOW - 3;
    with_all.generation = 1 << 40;
    with_all.nonce_digest = Some(std::array::from_fn(|i| (i as u8).wrapping_mul(37)));
    with_all.label = "Mozilla/5.0 (X11; Linux x86_64)".into();
    (with_all.proven, with_all.proven_at, with_all.previous) = ((1 << 40) - 2, NOW - 2, Some((1 << 40) - 5));
    with_all.carried = Some("{\"tenant\":\"zoë 🦀\",\"x\":\"a\\u0000'\"}".into());
    with_all.auth_time = NOW - 1;
    let mut with_zeros = session(&user("bob"));
    with_zeros.nonce_digest = Some([0; 32]);
    with_zeros.key_id = Some([0; 16]);
    (with_zeros.generation, with_zeros.proven, with_zeros.previous) = (1, 1, Some(0));
    (with_zeros.carried, with_zeros.auth_time) = (Some("0".into()), 0);
    let with_none = SessionRecord { key_id: None, ..session(&user("carol")) };
    let mut with_most = session(&user("dave"));
    with_most.carried = Some(format!("\"{}\"", "x".repeat(SessionRecord::MAX_CARRIED - 2)));
    for given in [with_all, with_zeros, with_none, with_most] {
        begin(&store, &given).await;
        assert_eq!(get(&store, given.id).await.as_ref(), Some(&given));
        assert_eq!(store.list(&given.userid, NOW).await.expect("list"), [given]);
    }
}

/// The application chooses user ids. The store gives no meaning to any character in them.
pub async fn create_accepts_any_user_id(store: Store) {
    for name in
        ["", "1", "a b", "a:b/c{d}", "o'hara; --", "100%_\\", "zoë 🦀", "*?[x]", "\"quoted\"\n", &"x".repeat(1000)]
    {
        let given = session(&format!("{name}{}", id()));
        begin(&store, &given).await;
        assert_eq!(get(&store, given.id).await.as_ref(), Some(&given));
        assert_eq!(listed(&store, &given.userid).await, [given.id]);
        assert_eq!(end_all(&store, &given.userid, None).await, std::slice::from_ref(&given));
        assert_eq!(get(&store, given.id).await, None);
    }
}

/// The client chooses labels, up to the maximum length.
pub async fn create_accepts_any_label(store: Store) {
    for label in ["", " ", "'\"`;\\%{}", "zoë 🦀", &"x".repeat(SessionRecord::MAX_LABEL), &"é".repeat(128)] {
        let mut given = session(&user("alice"));
        given.label = label.to_owned();
        begin(&store, &given).await;
        assert_eq!(get(&store, given.id).await, Some(given));
    }
}

/// A session that never existed is unknown.
pub async fn all_methods_report_an_unknown_session(store: Store) {
    let (id, user) = (id(), user("nobody"));
    assert_eq!(get(&store, id).await, None);
    assert_eq!(advance(&store, id, step(0, NOW)).await, RefreshOutcome::Unknown);
    assert_eq!(end(&store, id).await, None);
    assert_eq!(store.list(&user, NOW).await.expect("list"), []);
    assert_eq!(end_all(&store, &user, None).await, []);
    // The calls have not created the session.
    assert_eq!(get(&store, id).await, None);
}

/// A list contains the sessions of one user that have not expired.
pub async fn list_returns_the_sessions_of_the_user(store: Store) {
    let (alice, bob) = (user("alice"), user("bob"));
    let sessions = [session(&alice), session(&alice), session(&alice)];
    for session in &sessions {
        begin(&store, session).await;
    }
    begin(&store, &session(&bob)).await;
    let mut short = session(&alice);
    short.ends_at = NOW + 5;
    begin(&store, &short).await;

    let long = sorted(sessions.iter().map(|session| session.id));
    let all = sorted(long.iter().copied().chain([short.id]));
    for (now, expected) in [(NOW, &all), (NOW + 4, &all), (NOW + 5, &long), (ENDS - 1, &long), (ENDS, &Vec::new())] {
        let listed = store.list(&alice, now).await.expect("list");
        assert_eq!(sorted(listed.iter().map(|session| session.id)), *expected, "{} s later", now - NOW);
    }
}

/// The comparison is case-sensitive, does not trim, and does not use patterns.
pub async fn list_compares_user_ids_as_bytes(store: Store) {
    let alice = user("alice");
    let session = session(&alice);
    begin(&store, &session).await;
    let others = [
        alice.to_uppercase(),
        format!("{alice} "),
        format!(" {alice}"),
        alice.replacen('a', "_", 1),
        format!("%{alice}%"),
    ];
    for other in others {
        assert_eq!(listed(&store, &other).await, [], "{other:?}");
        assert_eq!(end_all(&store, &other, None).await, [], "{other:?}");
    }
    assert_eq!(listed(&store, &alice).await, [session.id]);
    // The whole id identifies a session, not a part of it.
    let mut bytes = *session.id.as_bytes();
    bytes[15] ^= 1;
    assert_eq!(get(&store, crate::SessionId::from_bytes(bytes)).await, None);
}
