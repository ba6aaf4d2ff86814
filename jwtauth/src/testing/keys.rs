//! Tests of stores: a session is bound to the key of its refresh tokens.

use rocket::tokio;

use super::{ENDS, KEY, NOW, Store, advance, begin, begun, get, listed, next, repeated, session, step, user};
use crate::session::{RefreshOutcome, RefreshStep, SessionRecord};

const OTHER: [u8; 16] = [0x80; 16];

/// A token of a different key changes nothing, for any other content of the token and any state of the session.
pub async fn advance_refuses_another_key(store: Store) {
    let session = begun(&store).await;
    assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
    let row = get(&store, session.id).await;
    for generation in [0, 1, 2, 7, u64::MAX] {
        for now in [NOW, NOW + 100, ENDS - 1, ENDS, ENDS + 1] {
            for grace in [0, 30] {
                let other = RefreshStep { key_id: OTHER, grace, ..step(generation, now) };
                assert_eq!(advance(&store, session.id, other).await, RefreshOutcome::OtherKey, "{generation} at {now}");
            }
        }
    }
    assert_eq!(get(&store, session.id).await, row, "it goes on as it was");
    assert_eq!(listed(&store, &session.userid).await, [session.id]);
    assert_eq!(advance(&store, session.id, step(1, NOW + 100)).await, next(2));
}

/// The next step binds a row without a key. Nothing else binds it.
pub async fn advance_binds_a_row_without_key(store: Store) {
    let session = SessionRecord { key_id: None, ..session(&user("alice")) };
    begin(&store, &session).await;
    assert_eq!(get(&store, session.id).await, Some(session.clone()));
    let late = RefreshStep { key_id: OTHER, ..step(0, ENDS) };
    assert_eq!(advance(&store, session.id, late).await, RefreshOutcome::Expired);
    assert_eq!(get(&store, session.id).await, Some(session.clone()));

    assert_eq!(advance(&store, session.id, step(0, NOW + 1)).await, next(1));
    let bound = SessionRecord { generation: 1, refreshed: NOW + 1, key_id: Some(KEY), ..session.clone() };
    assert_eq!((bound.proven, bound.proven_at), (0, NOW), "as from the login on");
    assert_eq!(get(&store, session.id).await, Some(bound));
    for generation in [0, 1] {
        let other = RefreshStep { key_id: OTHER, ..step(generation, NOW + 2) };
        assert_eq!(advance(&store, session.id, other).await, RefreshOutcome::OtherKey);
    }
    assert_eq!(advance(&store, session.id, step(0, NOW + 2)).await, repeated(1));
    assert_eq!(advance(&store, session.id, step(1, NOW + 2)).await, next(2));

    // Reuse is also detected in such a row.
    let session = SessionRecord { key_id: None, ..self::session(&user("alice")) };
    begin(&store, &session).await;
    assert_eq!(advance(&store, session.id, step(3, NOW)).await, RefreshOutcome::Reused);
}

/// If two keys are used concurrently, one of them binds the row.
pub async fn advance_binds_one_of_two_concurrent_keys(store: Store) {
    for _ in 0..10 {
        let session = SessionRecord { key_id: None, ..session(&user("alice")) };
        begin(&store, &session).await;
        let steps: Vec<_> = (0..32)
            .map(|index| {
                let (store, id, key_id) = (store.clone(), session.id, if index % 2 == 0 { KEY } else { OTHER });
                tokio::spawn(async move { (key_id, advance(&store, id, RefreshStep { key_id, ..step(0, NOW) }).await) })
            })
            .collect();
        let mut answers = Vec::new();
        for step in steps {
            answers.push(step.await.expect("a step"));
        }
        let bound = get(&store, session.id).await.and_then(|row| row.key_id).expect("it is bound");
        assert_eq!(answers.iter().filter(|(_, answer)| *answer == next(1)).count(), 1, "{answers:?}");
        for (key_id, answer) in answers {
            match key_id == bound {
                true => assert!([next(1), repeated(1)].contains(&answer), "{answer:?}"),
                false => assert_eq!(answer, RefreshOutcome::OtherKey),
            }
        }
    }
}
