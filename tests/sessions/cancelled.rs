//! Clients that hang up: wherever a request is dropped, the session can be used, or was ended as asked.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use rocket::tokio::task::yield_now;
use rocket::{async_test, http::Method};
use serde_json::json;

use crate::app::{App, sid};

/// Polls a future so many times, and drops it; says whether it was done before.
async fn dropped_after(polls: usize, future: impl Future) -> bool {
    let mut future = pin!(future);
    for _ in 0..polls {
        if poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await {
            return true;
        }
        yield_now().await;
    }
    false
}

async fn slow() -> App {
    let app = App::new(json!({ "staleness": 0 })).await;
    app.store.set_slow(2);
    app
}

#[async_test]
async fn a_refresh_that_is_dropped_can_be_made_again() {
    let app = slow().await;
    let mut done = false;
    let mut polls = 0;
    while !done {
        let first = app.login("alice").await;
        done = dropped_after(polls, app.refresh(&first.refresh)).await;
        app.wait(1);
        let second = app.refresh(&first.refresh).await.pair();
        assert_eq!(app.me(&second.access).await, 200, "dropped after {polls}");
        assert_eq!(app.store.row(sid(&first.access)).await.map(|row| row.generation), Some(1));
        app.refresh(&second.refresh).await.pair();
        polls += 1;
    }
    assert!(polls > 8, "every point was come by: {polls}");
}

#[async_test]
async fn a_request_that_is_dropped_holds_nobody_up() {
    let app = slow().await;
    let pair = app.login("alice").await;
    let mut done = false;
    let mut polls = 0;
    while !done {
        done = dropped_after(polls, app.me(&pair.access)).await;
        assert_eq!(app.me(&pair.access).await, 200, "dropped after {polls}");
        polls += 1;
    }
    assert!(polls > 3, "{polls}");
}

#[async_test]
async fn a_logout_that_is_dropped_has_ended_the_session_or_not() {
    let app = slow().await;
    let mut done = false;
    let mut polls = 0;
    let mut went_on = false;
    while !done {
        let pair = app.login("alice").await;
        done = dropped_after(polls, app.post("/logout", &pair.refresh)).await;
        match app.store.row(sid(&pair.access)).await {
            Some(_) => {
                went_on = true;
                let next = app.refresh(&pair.refresh).await.pair();
                assert_eq!(app.me(&next.access).await, 200);
            }
            None => app.refresh(&pair.refresh).await.assert_not_refreshed(crate::app::REFUSED),
        }
        polls += 1;
    }
    assert!(went_on);
}

#[async_test]
async fn a_login_that_is_dropped_leaves_what_can_be_ended() {
    let app = slow().await;
    let mut done = false;
    let mut polls = 0;
    while !done {
        done = dropped_after(polls, app.send(Method::Post, "/login/alice", &[])).await;
        polls += 1;
    }
    let all = app.jwtauth().sessions("alice").await.expect("a store").len();
    assert!(all >= 1);
    assert_eq!(app.jwtauth().end_all_sessions("alice", None).await, Ok(all));
}
