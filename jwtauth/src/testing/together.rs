//! Tests of stores: several calls at the same time.

use std::future::Future;

use rocket::tokio;

use super::{NOW, Store, advance, begun, end, end_all, get, listed, next, prove, repeated, session, step, user};
use crate::session::{RefreshOutcome, RefreshStep};

/// Concurrent requests of tabs and retries, on any thread, make one step. All of them get the same generation.
pub async fn concurrent_advances_make_one_step(store: Store) {
    let session = begun(&store).await;
    for generation in 0..20 {
        let answers = sixty_four(&store, session.id, step(generation, NOW)).await;
        assert_eq!(count(&answers, next(generation + 1)), 1, "{answers:?}");
        assert_eq!(count(&answers, repeated(generation + 1)), 63, "{answers:?}");
        assert_eq!(get(&store, session.id).await.map(|row| row.generation), Some(generation + 1));
    }
}

/// One request makes the step, one is reuse, and the session is unknown for all others.
pub async fn concurrent_advances_without_grace_end_the_session(store: Store) {
    for _ in 0..10 {
        let session = begun(&store).await;
        let answers = sixty_four(&store, session.id, RefreshStep { grace: 0, ..step(0, NOW) }).await;
        assert_eq!(count(&answers, next(1)), 1, "{answers:?}");
        assert_eq!(count(&answers, RefreshOutcome::Reused), 1, "{answers:?}");
        assert_eq!(count(&answers, RefreshOutcome::Unknown), 62, "{answers:?}");
        assert_eq!(get(&store, session.id).await, None);
        assert_eq!(listed(&store, &session.userid).await, []);
    }
}

/// In any order, the generation is proven once, and the next one is issued.
pub async fn concurrent_proofs_and_advances_prove_once(store: Store) {
    for _ in 0..10 {
        let session = begun(&store).await;
        assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
        let proofs: Vec<_> = (0..16)
            .map(|_| {
                let (store, id) = (store.clone(), session.id);
                tokio::spawn(async move { prove(&store, id, 1, NOW + 5).await })
            })
            .collect();
        let answers = sixty_four(&store, session.id, step(1, NOW + 5)).await;
        for proof in proofs {
            proof.await.expect("a proof");
        }
        assert_eq!(count(&answers, next(2)), 1, "{answers:?}");
        assert_eq!(count(&answers, repeated(2)), 63, "{answers:?}");
        let row = get(&store, session.id).await.expect("the session");
        assert_eq!((row.generation, row.proven, row.proven_at, row.previous), (2, 1, NOW + 5, Some(0)));
    }
}

/// A proof that comes before the step that replaces its generation takes effect. A proof that comes after that step
/// does not.
pub async fn concurrent_proof_and_replacement_agree(store: Store) {
    for _ in 0..30 {
        let session = begun(&store).await;
        assert_eq!(advance(&store, session.id, step(0, NOW)).await, next(1));
        let proof = {
            let (store, id) = (store.clone(), session.id);
            tokio::spawn(async move { prove(&store, id, 1, NOW + 100).await })
        };
        let answer = advance(&store, session.id, step(0, NOW + 100)).await;
        proof.await.expect("a proof");
        let row = get(&store, session.id).await.expect("the session");
        let expected = match answer {
            RefreshOutcome::Next { .. } => (next(2), (2, 0, None)),
            _ => (repeated(1), (1, 1, Some(0))),
        };
        assert_eq!((answer, (row.generation, row.proven, row.previous)), expected);
    }
}

/// A step does not restore a session that is being ended.
pub async fn concurrent_advances_and_ends_leave_an_end(store: Store) {
    for _ in 0..10 {
        let session = begun(&store).await;
        let steps: Vec<_> = (0..16)
            .map(|_| {
                let (store, id) = (store.clone(), session.id);
                tokio::spawn(async move { advance(&store, id, step(0, NOW)).await })
            })
            .collect();
        let ending = {
            let (store, id) = (store.clone(), session.id);
            tokio::spawn(async move { end(&store, id).await })
        };
        for step in steps {
            let answer = step.await.expect("a step");
            let expected = [next(1), repeated(1), RefreshOutcome::Unknown];
            assert!(expected.contains(&answer), "{answer:?}");
        }
        assert!(ending.await.expect("an end").is_some());
        assert_eq!(get(&store, session.id).await, None);
        assert_eq!(listed(&store, &session.userid).await, []);
    }
}

/// A client that disconnects leaves a usable session: its token is still valid, or is accepted again.
pub async fn dropped_advance_is_made_or_not(store: Store) {
    for patience in 0..40 {
        let session = begun(&store).await;
        drop_after(patience, store.advance(session.id, step(0, NOW))).await;
        let answer = advance(&store, session.id, step(0, NOW + 1)).await;
        assert!([next(1), repeated(1)].contains(&answer), "{answer:?}");
        assert_eq!(advance(&store, session.id, step(1, NOW + 2)).await, next(2));
        assert_eq!(get(&store, session.id).await.map(|row| row.generation), Some(2));
    }
}

/// A session whose `create` was dropped either does not exist, or can be listed and ended.
pub async fn dropped_create_is_made_or_not(store: Store) {
    for patience in 0..40 {
        let session = session(&user("alice"));
        drop_after(patience, store.create(&session, None)).await;
        // If a server is still processing the call, the next call runs after it or sees its result.
        tokio::task::yield_now().await;
        if get(&store, session.id).await.is_some() {
            assert_eq!(listed(&store, &session.userid).await, [session.id]);
            assert_eq!(end_all(&store, &session.userid, None).await, std::slice::from_ref(&session));
            assert_eq!(get(&store, session.id).await, None);
        }
    }
}

async fn sixty_four(store: &Store, id: crate::SessionId, step: RefreshStep) -> Vec<RefreshOutcome> {
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { advance(&store, id, step).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("a step"));
    }
    answers
}

fn count(answers: &[RefreshOutcome], wanted: RefreshOutcome) -> usize {
    answers.iter().filter(|answer| **answer == wanted).count()
}

/// Yields to other tasks `patience` times, and then drops the future if it has not completed.
async fn drop_after<F: Future>(patience: usize, future: F) {
    tokio::select! {
        biased;
        _ = future => {}
        () = async { for _ in 0..patience { tokio::task::yield_now().await } } => {}
    }
}
