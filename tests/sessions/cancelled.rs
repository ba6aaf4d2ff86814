//! Clients that disconnect. At whichever point a request is dropped, the session either stays usable or has ended as
//! requested. The node and the listener learn of every change.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use jwtauth::EndReason;
use rocket::tokio::task::yield_now;
use rocket::{async_test, http::Method};
use serde_json::json;

use crate::session_app::{App, REFUSED, block_on, sid};
use crate::store::Event;

/// Polls a future at most `polls` times, and drops it. Returns whether it completed.
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

/// Lets the remaining work of dropped requests finish. This needs a single-threaded runtime.
async fn settle() {
    for _ in 0..50 {
        yield_now().await;
    }
}

async fn slow() -> App {
    let app = App::new(json!({ "staleness": 0 })).await;
    app.store.set_slow(2);
    app
}

#[test]
fn dropped_refresh_can_be_repeated() {
    block_on(async {
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
    });
}

#[async_test]
async fn dropped_request_does_not_block_later_requests() {
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

#[test]
fn dropped_logout_ends_session_or_leaves_it_usable() {
    block_on(async {
        let app = slow().await;
        let mut done = false;
        let mut polls = 0;
        let (mut went_on, mut ended_unanswered) = (0, 0);
        while !done {
            let pair = app.login("alice").await;
            let id = sid(&pair.access);
            app.events.heard();
            done = dropped_after(polls, app.post("/logout", &pair.refresh)).await;
            settle().await;
            match app.store.row(id).await {
                Some(_) => {
                    assert!(!done, "the logout was answered");
                    went_on += 1;
                    assert_eq!(app.events.heard(), []);
                    let next = app.refresh(&pair.refresh).await.pair();
                    assert_eq!(app.me(&next.access).await, 200);
                }
                None => {
                    let ended = (Event::Ended(EndReason::Logout), id, "alice".to_owned());
                    assert_eq!(app.events.heard(), [ended], "dropped after {polls}");
                    ended_unanswered += usize::from(!done);
                    app.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
                }
            }
            polls += 1;
        }
        assert!(went_on > 0 && ended_unanswered > 0, "{went_on} went on, {ended_unanswered} ended unanswered");
    });
}

#[test]
fn dropped_login_leaves_sessions_that_can_be_ended() {
    block_on(async {
        let app = slow().await;
        let mut done = false;
        let mut polls = 0;
        while !done {
            done = dropped_after(polls, app.send(Method::Post, "/login/alice", &[])).await;
            polls += 1;
        }
        settle().await;
        let all = app.jwtauth().sessions("alice").await.expect("a store").len();
        assert!(all > 1);
        assert_eq!(app.events.kinds(), vec![Event::Began; all]);
        assert_eq!(app.jwtauth().end_all_sessions("alice", None).await, Ok(all));
    });
}

/// Reuse is reported even if the thief disconnects early.
#[test]
fn dropped_refresh_still_reports_reuse() {
    block_on(async {
        let app = slow().await;
        let mut done = false;
        let mut polls = 0;
        let (mut went_on, mut in_time) = (0, 0);
        while !done {
            let first = app.login("alice").await;
            let id = sid(&first.access);
            let second = app.refresh(&first.refresh).await.pair();
            app.refresh(&second.refresh).await.pair();
            app.wait(60);
            app.events.heard();
            done = dropped_after(polls, app.refresh(&first.refresh)).await;
            settle().await;
            let heard = app.events.heard();
            match app.store.row(id).await {
                Some(_) => {
                    assert!(!done, "the refresh was answered");
                    went_on += 1;
                    assert_eq!(heard, []);
                }
                None => {
                    let alarm = [Event::ReuseFound, Event::Ended(EndReason::Reuse)];
                    let alarm = alarm.map(|event| (event, id, "alice".to_owned()));
                    assert_eq!(heard, alarm, "dropped after {polls}");
                    in_time += usize::from(!done);
                }
            }
            polls += 1;
        }
        assert!(went_on > 0 && in_time > 0, "{went_on} went on, {in_time} hung up before they were answered");
    });
}

#[test]
fn dropped_request_still_reports_sessions_it_ended() {
    block_on(async {
        let app = App::new(json!({ "staleness": "1h", "max_per_user": 1 })).await;
        app.store.set_slow(2);
        for path in ["/login/alice", "/logout-everywhere"] {
            let mut done = false;
            let mut polls = 0;
            let (mut went_on, mut ended_unanswered) = (0, 0);
            while !done {
                let before = app.login("alice").await;
                let id = sid(&before.access);
                assert_eq!(app.me(&before.access).await, 200);
                app.events.heard();
                done = dropped_after(polls, app.post(path, &before.access)).await;
                settle().await;
                let heard = app.events.heard();
                let ended = |(event, of, _): &&(Event, _, _)| *of == id && matches!(event, Event::Ended(_));
                let ends = heard.iter().filter(ended).count();
                // This node knows the state of the session without the store.
                app.store.asked();
                let status = app.me(&before.access).await;
                assert_eq!(app.store.asked(), 0);
                let what = format!("{path} dropped after {polls}: {heard:?}");
                if app.store.row(id).await.is_some() {
                    assert!(!done, "{what}");
                    assert_eq!((ends, status), (0, 200), "{what}");
                    went_on += 1;
                } else {
                    assert_eq!((ends, status), (1, 401), "{what}");
                    ended_unanswered += usize::from(!done);
                }
                polls += 1;
            }
            assert!(
                went_on > 0 && ended_unanswered > 0,
                "{path}: {went_on} went on, {ended_unanswered} ended unanswered"
            );
        }
    });
}
