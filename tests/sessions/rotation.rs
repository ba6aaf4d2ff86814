//! Refresh tokens that rotate: whoever loses an answer stays logged in, and whoever steals a token is found out.

use jwtauth::{Clock, EndReason, SessionId};
use jwtauth_tests::answer::Answer;
use jwtauth_tests::{NOW, payload};
use rocket::async_test;
use rocket::futures::future::join_all;
use rocket::tokio::task::yield_now;
use serde_json::json;

use crate::session_app::{App, Pair, REFUSED, block_on, sid};
use crate::store::{Event, Store};

const HOUR: u64 = 3600;

/// The generation of a refresh token.
pub(crate) fn generation(token: &str) -> u64 {
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(token).expect("base64url");
    u64::from_be_bytes(bytes[17..25].try_into().expect("8 bytes"))
}

impl App {
    /// Refreshes. The access token is of the same generation as the refresh token.
    async fn renew(&self, token: &str) -> Pair {
        let pair = self.refresh(token).await.pair();
        assert_eq!(payload(&pair.access)["gen"], generation(&pair.refresh));
        pair
    }

    /// Refreshes, but the client does not get the answer.
    async fn lose_answer(&self, token: &str) {
        self.renew(token).await;
    }

    async fn assert_reuse_ends_session(&self, token: &str, id: SessionId) {
        self.events.heard();
        self.refresh(token).await.assert_not_refreshed(REFUSED);
        let expected = [Event::ReuseFound, Event::Ended(EndReason::Reuse)].map(|event| (event, id, "alice".to_owned()));
        assert_eq!(self.events.heard(), expected);
        assert_eq!(self.store.row(id).await, None);
    }

    async fn assert_goes_on(&self, id: SessionId) {
        assert!(self.store.row(id).await.is_some());
        assert!(!self.events.kinds().iter().any(|event| matches!(event, Event::ReuseFound | Event::Ended(_))));
    }
}

/// Another node on the same store, with a clock and a listener of its own.
async fn node(store: &Store, now: u64) -> App {
    let settings = json!({ "sessions": { "staleness": 0 } });
    App::on(store.clone(), Clock::manual(now), settings, |rocket, fairing| rocket.attach(fairing)).await
}

/// Lets what is done in the background come to its end. On one thread.
pub(crate) async fn settle() {
    for _ in 0..50 {
        yield_now().await;
    }
}

#[async_test]
async fn client_that_lost_answer_an_hour_ago_stays_logged_in() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    app.lose_answer(&first.refresh).await;
    app.wait(HOUR);
    let second = app.renew(&first.refresh).await;
    assert_eq!(generation(&second.refresh), 2, "the one that was lost is void");
    assert_eq!(app.me(&second.access).await, 200);
    app.wait(HOUR);
    let third = app.renew(&second.refresh).await;
    assert_eq!(app.me(&third.access).await, 200);
    assert_eq!(app.events.kinds(), [Event::Began, Event::Refreshed, Event::Refreshed, Event::Refreshed]);
}

/// Whichever answers are lost, and however late the client comes again.
#[async_test]
async fn client_stays_logged_in_whichever_answers_are_lost() {
    for waits in [[0, 0], [31, 31], [HOUR, HOUR], [5, HOUR], [HOUR, 5]] {
        let app = App::new(json!({})).await;
        for lost in 0..64_u32 {
            let mut pair = app.login("alice").await;
            for step in 0..6 {
                app.wait(waits[step % 2]);
                let next = app.renew(&pair.refresh).await;
                if lost & 1 << step == 0 {
                    pair = next;
                    // Not every answer that arrives is followed by a request.
                    if step % 3 == 1 {
                        app.prove(&pair).await;
                    }
                }
            }
            app.assert_goes_on(sid(&pair.access)).await;
        }
    }
}

/// Lost before the store could answer, and afterwards.
#[async_test]
async fn client_stays_logged_in_if_store_answers_are_lost() {
    let app = App::new(json!({})).await;
    let mut pair = app.login("alice").await;
    for round in 0..5 {
        app.store.set_loses_answers(true);
        for _ in 0..2 {
            app.refresh(&pair.refresh).await.assert_unavailable();
            app.wait(HOUR);
        }
        app.store.set_loses_answers(false);
        pair = app.renew(&pair.refresh).await;
        assert_eq!(generation(&pair.refresh), 3 * (round + 1));
    }
    app.assert_goes_on(sid(&pair.access)).await;
}

#[async_test]
async fn thief_ahead_and_silent_is_found_when_thief_refreshes() {
    let app = App::new(json!({})).await;
    let owner = app.login("alice").await;
    let thief = app.renew(&owner.refresh).await;
    app.wait(HOUR);
    // The owner notices nothing, and the thief's token is void now.
    let next = app.renew(&owner.refresh).await;
    assert_ne!(next.refresh, thief.refresh);
    app.prove(&next).await;
    app.assert_goes_on(sid(&next.access)).await;
    app.wait(HOUR);
    app.assert_reuse_ends_session(&thief.refresh, sid(&next.access)).await;
    app.refresh(&next.refresh).await.assert_not_refreshed(REFUSED);
}

#[async_test]
async fn thief_ahead_and_busy_is_found_when_owner_refreshes() {
    for is_proven_by_access in [true, false] {
        let app = App::new(json!({})).await;
        let owner = app.login("alice").await;
        let thief = app.renew(&owner.refresh).await;
        match is_proven_by_access {
            true => app.prove(&thief).await,
            false => drop(app.renew(&thief.refresh).await),
        }
        app.wait(HOUR);
        app.assert_reuse_ends_session(&owner.refresh, sid(&owner.access)).await;
        app.refresh(&thief.refresh).await.assert_not_refreshed(REFUSED);
        assert_eq!(app.me(&thief.access).await, 401);
    }
}

#[async_test]
async fn thief_behind_is_found_at_once() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    let second = app.renew(&first.refresh).await;
    app.prove(&second).await;
    app.wait(HOUR);
    app.assert_reuse_ends_session(&first.refresh, sid(&first.access)).await;
    app.refresh(&second.refresh).await.assert_not_refreshed(REFUSED);
}

/// A stolen spent token works while its successor is not proven.
#[async_test]
async fn thief_behind_unproven_successor_is_found_when_owner_refreshes() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    let owner = app.renew(&first.refresh).await;
    app.wait(HOUR);
    let thief = app.renew(&first.refresh).await;
    assert_eq!(app.me(&thief.access).await, 200);
    app.assert_goes_on(sid(&first.access)).await;
    app.assert_reuse_ends_session(&owner.refresh, sid(&first.access)).await;
    assert_eq!(app.me(&thief.access).await, 401);
}

/// Who always comes within the grace is not told apart from a second tab, until one of them comes too late.
#[async_test]
async fn thief_in_step_is_found_when_one_falls_behind() {
    let app = App::new(json!({})).await;
    let mut pair = app.login("alice").await;
    for round in 0..5 {
        app.wait(HOUR);
        let (owner, thief) = match round % 2 {
            0 => (app.renew(&pair.refresh).await, app.renew(&pair.refresh).await),
            _ => {
                let thief = app.renew(&pair.refresh).await;
                app.prove(&thief).await;
                app.wait(30);
                (app.renew(&pair.refresh).await, thief)
            }
        };
        assert_eq!(owner.refresh, thief.refresh);
        pair = owner;
    }
    app.assert_goes_on(sid(&pair.access)).await;
    app.wait(HOUR);
    let owner = app.renew(&pair.refresh).await;
    app.prove(&owner).await;
    app.wait(31);
    app.assert_reuse_ends_session(&pair.refresh, sid(&pair.access)).await;
}

/// A tab whose request was under way while another tab went on twice.
#[async_test]
async fn late_request_is_refused_and_session_goes_on() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    let second = app.renew(&first.refresh).await;
    app.wait(10);
    app.prove(&second).await;
    assert_eq!(app.renew(&first.refresh).await.refresh, second.refresh, "the current tokens once more");
    let third = app.renew(&second.refresh).await;
    app.events.heard();
    app.wait(30);
    app.refresh(&first.refresh).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.events.heard(), []);
    assert_eq!(app.me(&third.access).await, 200);
    assert_eq!(app.renew(&second.refresh).await.refresh, third.refresh);
    app.renew(&third.refresh).await;
    app.wait(1);
    app.assert_reuse_ends_session(&first.refresh, sid(&first.access)).await;
}

#[async_test]
async fn client_of_nodes_whose_clocks_differ_stays_logged_in() {
    // As far apart as the grace, and further.
    for apart in [20, 30, 45] {
        let store = Store::default();
        let (behind, ahead) = (node(&store, NOW).await, node(&store, NOW + apart).await);
        let mut pair = behind.login("alice").await;
        for (nodes, wait) in [(&behind, &ahead), (&ahead, &behind)].into_iter().cycle().zip([0, 1, 31, HOUR]) {
            behind.wait(wait);
            ahead.wait(wait);
            nodes.0.lose_answer(&pair.refresh).await;
            pair = nodes.1.renew(&pair.refresh).await;
            nodes.0.prove(&pair).await;
        }
        behind.assert_goes_on(sid(&pair.access)).await;
        ahead.assert_goes_on(sid(&pair.access)).await;
    }
}

#[async_test]
async fn thief_is_found_by_nodes_whose_clocks_differ() {
    let store = Store::default();
    let (behind, ahead) = (node(&store, NOW).await, node(&store, NOW + 20).await);
    let first = behind.login("alice").await;
    let second = ahead.renew(&first.refresh).await;
    behind.prove(&second).await;
    // The proof was at NOW. By the clock that is ahead, that is 20 seconds ago.
    ahead.wait(10);
    assert_eq!(ahead.renew(&first.refresh).await.refresh, second.refresh);
    ahead.wait(1);
    ahead.assert_reuse_ends_session(&first.refresh, sid(&first.access)).await;
    behind.refresh(&second.refresh).await.assert_not_refreshed(REFUSED);
}

/// Fifty requests at once.
async fn burst(app: &App, access: &str) {
    assert_eq!(join_all((0..50).map(|_| app.me(access))).await, [200; 50]);
}

#[test]
fn access_token_proves_its_generation_once_per_node() {
    block_on(async {
        for staleness in [json!(0), json!("5s"), json!("1h")] {
            let app = App::new(json!({ "staleness": staleness })).await;
            let other = app.node(json!({ "staleness": staleness })).await;
            let mut pair = app.login("alice").await;
            app.store.set_slow(5);
            for rotation in 1..4 {
                burst(&app, &pair.access).await;
                burst(&other, &pair.access).await;
                settle().await;
                let proved = app.store.proved();
                assert!(proved <= 2 && (proved > 0) == (rotation > 1), "{proved}: at most once for each node");
                burst(&app, &pair.access).await;
                burst(&other, &pair.access).await;
                settle().await;
                assert_eq!(app.store.proved(), 0, "rotation {rotation}, staleness {staleness}");
                let row = app.store.row(sid(&pair.access)).await.expect("a session");
                assert_eq!((row.generation, row.proven), (rotation - 1, rotation - 1));
                app.wait(60);
                pair = app.renew(&pair.refresh).await;
            }
            // The tokens of the login prove nothing new.
            app.store.proved();
            let login = app.login("bob").await;
            assert_eq!((app.me(&login.access).await, other.me(&login.access).await), (200, 200));
            settle().await;
            assert_eq!(app.store.proved(), 0);
        }
    });
}

#[test]
fn lost_proof_delays_no_request_and_is_tried_again_after_staleness() {
    block_on(async {
        let app = App::new(json!({ "staleness": "5s" })).await;
        let first = app.login("alice").await;
        let second = app.renew(&first.refresh).await;
        let id = sid(&second.access);
        app.store.set_loses_proofs(true);
        for _ in 0..3 {
            for _ in 0..4 {
                assert_eq!(app.me(&second.access).await, 200);
                settle().await;
            }
            assert_eq!(app.store.proved(), 1, "once until the store is asked again");
            assert_eq!(app.store.row(id).await.map(|row| row.proven), Some(0));
            app.wait(5);
        }
        app.store.set_loses_proofs(false);
        assert_eq!(app.me(&second.access).await, 200);
        settle().await;
        assert_eq!((app.store.proved(), app.store.row(id).await.map(|row| row.proven)), (1, Some(1)));
        // A client whose proofs are all lost proves by its refresh tokens.
        app.store.set_loses_proofs(true);
        let third = app.renew(&second.refresh).await;
        assert_eq!(app.me(&third.access).await, 200);
        let fourth = app.renew(&third.refresh).await;
        assert_eq!(app.store.row(id).await.map(|row| (row.generation, row.proven)), Some((3, 2)));
        app.wait(HOUR);
        app.assert_reuse_ends_session(&second.refresh, id).await;
        assert_eq!(app.me(&fourth.access).await, 401);
    });
}

/// Nodes that never ask the store do not tell it anything either.
#[test]
fn access_token_proves_nothing_with_unlimited_staleness() {
    block_on(async {
        let app = App::new(json!({ "staleness": "unlimited" })).await;
        let first = app.login("alice").await;
        let second = app.renew(&first.refresh).await;
        assert_eq!(app.me(&second.access).await, 200);
        settle().await;
        assert_eq!(app.store.proved(), 0);
        app.wait(HOUR);
        // So a stolen spent token works until the owner refreshes.
        let thief = app.renew(&first.refresh).await;
        app.assert_reuse_ends_session(&second.refresh, sid(&first.access)).await;
        app.refresh(&thief.refresh).await.assert_not_refreshed(REFUSED);
        // Refresh tokens prove.
        let first = app.login("alice").await;
        let second = app.renew(&first.refresh).await;
        app.renew(&second.refresh).await;
        app.wait(HOUR);
        app.assert_reuse_ends_session(&first.refresh, sid(&first.access)).await;
    });
}

#[test]
fn session_without_grace_ends_after_lost_answer() {
    block_on(async {
        for wait in [0, HOUR] {
            let app = App::new(json!({ "reuse_grace": 0, "staleness": 0 })).await;
            let first = app.login("alice").await;
            let second = app.renew(&first.refresh).await;
            assert_eq!(app.me(&second.access).await, 200);
            settle().await;
            assert_eq!(app.store.proved(), 0, "nothing depends on it");
            app.wait(wait);
            app.assert_reuse_ends_session(&first.refresh, sid(&first.access)).await;
        }
    });
}

/// Many tabs of a client that lost the answer an hour ago.
#[async_test]
async fn concurrent_refreshes_after_lost_answer_get_one_successor() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    app.lose_answer(&first.refresh).await;
    app.wait(HOUR);
    app.store.set_slow(3);
    let answers: Vec<Answer> = join_all((0..50).map(|_| app.refresh(&first.refresh))).await;
    for answer in answers {
        let pair = answer.pair();
        assert_eq!((generation(&pair.refresh), &payload(&pair.access)["gen"]), (2, &json!(2)));
    }
    app.assert_goes_on(sid(&first.access)).await;
}
