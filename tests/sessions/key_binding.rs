//! Only the key that a session started with refreshes it, not another key of the ring.

use std::cell::Cell;

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use jwtauth::{Clock, EndReason, SessionId};
use jwtauth_tests::{NOW, encode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::Config;
use rocket::async_test;
use rocket::log::private::Level;
use serde_json::{Value, json};

use crate::log::{Line, logged};
use crate::session_app::{App, Pair, REFUSED, block_on, sid};
use crate::store::{Event, Store};

const SECRETS: [&str; 3] = [
    "the first secret of these tests, which has a little more than 32 bytes",
    "the second secret of these tests, which has a little more than 32 bytes",
    "the third secret of these tests, which has a little more than 32 bytes",
];

fn key(secret: usize) -> Value {
    json!({ "master_secret": SECRETS[secret] })
}

fn retired(secret: usize) -> Value {
    json!({ "master_secret": SECRETS[secret], "retire_at": "2025-01-01T00:00:00Z" })
}

/// Starts a node with these keys and this store.
async fn node(store: &Store, clock: &Clock, keys: Value) -> App {
    let settings = json!({ "keys": keys, "sessions": { "staleness": 0 } });
    App::on(store.clone(), clock.clone(), settings, |rocket, fairing| rocket.attach(fairing)).await
}

/// Creates a refresh token from a secret and a session id.
fn forge(secret: usize, id: SessionId, generation: u64) -> String {
    let hmac = |key: &[u8], message: &[u8]| sign(&Key::new(HMAC_SHA256, key), message).as_ref().to_vec();
    let seed = hmac(&[0; 32], SECRETS[secret].as_bytes());
    let key = hmac(&seed, b"jwtauth refresh token\x01");
    let mut token = vec![1];
    token.extend(id.as_bytes());
    token.extend(generation.to_be_bytes());
    let mac = hmac(&key, &token);
    token.extend(mac);
    encode(token)
}

#[async_test]
async fn retired_key_refreshes_no_session_that_it_did_not_begin() {
    let (store, clock) = (Store::default(), Clock::manual(NOW));
    let old = node(&store, &clock, json!([key(0)])).await.login("alice").await;
    let app = node(&store, &clock, json!([key(1), retired(0)])).await;
    let new = app.login("alice").await;
    let id = sid(&new.access);
    let row = store.row(id).await;
    for generation in [0, 1, 5, u64::MAX] {
        app.refresh(&forge(0, id, generation)).await.assert_not_refreshed(REFUSED);
        assert_eq!(store.row(id).await, row, "it goes on");
    }
    assert_eq!(app.events.kinds(), [Event::Began]);
    // The function `forge` is correct: with the session's own key, it creates the real token.
    assert_eq!(forge(1, id, 0), new.refresh);
    let next = app.refresh(&new.refresh).await.pair();
    assert_eq!(app.me(&next.access).await, 200);
    // The old key refreshes the session that it started.
    app.refresh(&old.refresh).await.pair();
}

#[async_test]
async fn logout_with_a_token_of_another_key_ends_nothing() {
    let (store, clock) = (Store::default(), Clock::manual(NOW));
    let app = node(&store, &clock, json!([key(1), retired(0)])).await;
    let pair = app.login("alice").await;
    let answer = app.post("/logout", &forge(0, sid(&pair.access), 0)).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(app.me(&pair.access).await, 200);
    assert_eq!(app.post("/logout", &pair.refresh).await.status, 204);
    assert_eq!(app.me(&pair.access).await, 401);
}

#[test]
fn token_of_another_key_is_logged_with_its_session() {
    let (id, mut forgeries) = (Cell::new(None), Vec::new());
    let ((), lines) = logged(|| {
        block_on(async {
            let (store, clock) = (Store::default(), Clock::manual(NOW));
            let app = node(&store, &clock, json!([key(1), retired(0)])).await;
            let session = sid(&app.login("alice").await.access);
            id.set(Some(session));
            forgeries = vec![forge(0, session, 0), forge(0, session, 1), forge(2, session, 0)];
            app.refresh(&forgeries[0]).await.assert_not_refreshed(REFUSED);
            assert_eq!(app.post("/logout", &forgeries[1]).await.status, 401);
            // A forgery under a secret that is not in the ring tells nothing about a session.
            app.refresh(&forgeries[2]).await.assert_not_refreshed(REFUSED);
        });
    });
    let id = id.get().expect("a session");
    let line =
        format!("jwtauth: a refresh token of session {id} was made with a key that is not the session's: refused");
    let logged: Vec<_> = lines.iter().filter(|line| line.text.contains("key that is not the session's")).collect();
    assert_eq!(logged, [&Line { level: Level::Info, text: line.clone() }, &Line { level: Level::Info, text: line }]);
    for token in forgeries {
        assert!(lines.iter().all(|line| !line.text.contains(&token)), "{lines:?}");
    }
}

#[async_test]
async fn key_of_a_session_is_its_secret_and_not_its_kid() {
    let (store, clock) = (Store::default(), Clock::manual(NOW));
    let named = |secret: usize, kid: &str| json!({ "master_secret": SECRETS[secret], "kid": kid });
    let pair = node(&store, &clock, json!([named(0, "main")])).await.login("alice").await;
    let id = sid(&pair.access);
    // The name `main` now has another secret, and the old secret has another name.
    let app = node(&store, &clock, json!([named(1, "main"), named(0, "old")])).await;
    app.refresh(&forge(1, id, 0)).await.assert_not_refreshed(REFUSED);
    let next = app.refresh(&pair.refresh).await.pair();
    // Two entries with the same secret are one key.
    let twice = json!([{ "master_secret": SECRETS[0], "algorithm": "HS512", "kid": "x" }, named(0, "y")]);
    node(&store, &clock, twice).await.refresh(&next.refresh).await.pair();
}

#[async_test]
async fn session_without_a_key_is_bound_by_its_next_refresh() {
    let (store, clock) = (Store::default(), Clock::manual(NOW));
    let app = node(&store, &clock, json!([key(0), key(1)])).await;
    let first = app.login("alice").await;
    let id = sid(&first.access);
    store.unbind(id).await;
    app.refresh(&first.refresh).await.pair();
    assert!(store.row(id).await.expect("a row").key_id.is_some());
    app.refresh(&forge(1, id, 1)).await.assert_not_refreshed(REFUSED);
}

/// SECURITY.md documents this behaviour of rows from before rows had keys.
#[async_test]
async fn session_without_a_key_is_bound_to_whichever_key_of_the_ring_is_first() {
    let (store, clock) = (Store::default(), Clock::manual(NOW));
    let app = node(&store, &clock, json!([key(0), retired(1)])).await;
    let pair = app.login("alice").await;
    let id = sid(&pair.access);
    store.unbind(id).await;
    app.refresh(&forge(2, id, 0)).await.assert_not_refreshed(REFUSED);
    assert_eq!(store.row(id).await.expect("a row").key_id, None, "not a key of the ring");
    app.refresh(&forge(1, id, 0)).await.pair();
    app.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
    app.refresh(&forge(1, id, 1)).await.pair();
}

#[async_test]
async fn reuse_is_reported_after_the_store_lost_its_answer() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    let second = app.refresh(&first.refresh).await.pair();
    app.wait(31);
    app.events.heard();
    app.store.set_loses_answers(true);
    app.refresh(&first.refresh).await.assert_unavailable();
    app.store.set_loses_answers(false);
    assert_eq!(app.events.kinds(), []);
    // The next token of the session causes the report, whichever token it is.
    app.refresh(&second.refresh).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.events.kinds(), [Event::ReuseFound, Event::Ended(EndReason::Reuse)]);
    for token in [&first.refresh, &second.refresh] {
        app.refresh(token).await.assert_not_refreshed(REFUSED);
    }
    assert_eq!(app.events.kinds(), [], "once");
}

#[derive(Clone, Debug)]
enum Op {
    /// Replaces the ring. The fields are the order of the secrets, their number, and which later ones are retired.
    Roll(usize, usize, [bool; 2]),
    Login,
    Refresh(Index),
    /// Presents a token of a session that is created with another secret.
    Forge(Index, usize, u64),
    Unbind(Index),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        (0..6usize, 1..=3usize, any::<[bool; 2]>()).prop_map(|(order, count, retired)| Op::Roll(order, count, retired)),
        Just(Op::Login),
        any::<Index>().prop_map(Op::Refresh),
        (any::<Index>(), 1..3usize, 0..4u64).prop_map(|(index, key, generation)| Op::Forge(index, key, generation)),
        any::<Index>().prop_map(Op::Unbind),
    ];
    vec(op, 1..24)
}

struct Model {
    pair: Pair,
    owner: usize,
    bound: bool,
    generation: u64,
}

async fn play(ops: Vec<Op>) {
    const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let (store, clock) = (Store::default(), Clock::manual(NOW));
    let mut ring = vec![0];
    let mut app = node(&store, &clock, json!([key(0)])).await;
    let mut sessions = Vec::<Model>::new();
    for op in ops {
        match op {
            Op::Roll(order, count, are_retired) => {
                ring = ORDERS[order][..count].to_vec();
                let keys: Vec<_> = ring
                    .iter()
                    .enumerate()
                    .map(|(place, secret)| match place > 0 && are_retired[place - 1] {
                        true => retired(*secret),
                        false => key(*secret),
                    })
                    .collect();
                app = node(&store, &clock, keys.into()).await;
            }
            Op::Login => {
                let pair = app.login("alice").await;
                sessions.push(Model { pair, owner: ring[0], bound: true, generation: 0 });
            }
            _ if sessions.is_empty() => {}
            Op::Refresh(index) => {
                let session = index.get_mut(&mut sessions);
                let answer = app.refresh(&session.pair.refresh).await;
                if ring.contains(&session.owner) {
                    session.pair = answer.pair();
                    session.bound = true;
                    session.generation += 1;
                } else {
                    answer.assert_not_refreshed(REFUSED);
                }
            }
            Op::Forge(index, other, generation) => {
                let session = index.get(&sessions);
                // A row without a key is bound to the first key that refreshes it, so a forged token would succeed.
                if session.bound {
                    let id = sid(&session.pair.access);
                    let row = store.row(id).await;
                    let token = forge((session.owner + other) % 3, id, session.generation + generation);
                    app.refresh(&token).await.assert_not_refreshed(REFUSED);
                    assert_eq!(app.post("/logout", &token).await.status, 401);
                    assert_eq!(store.row(id).await, row);
                }
            }
            Op::Unbind(index) => {
                let session = index.get_mut(&mut sessions);
                store.unbind(sid(&session.pair.access)).await;
                session.bound = false;
            }
        }
        for session in &sessions {
            let row = store.row(sid(&session.pair.access)).await.expect("no session ends");
            assert_eq!(row.generation, session.generation);
            assert_eq!(row.key_id.is_some(), session.bound);
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn session_is_refreshed_only_with_its_key_in_any_ring(ops in ops()) {
        block_on(play(ops));
    }
}
