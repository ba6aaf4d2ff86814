//! The events of sessions: for a listener, or in the log if there is none.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jwtauth::{Clock, EndReason, JwtAuth, RefreshError, Refreshing, SessionEvents, SessionId, Tokens};
use jwtauth_tests::answer::Answer;
use jwtauth_tests::{NOW, with_secret};
use rocket::http::Header;
use rocket::local::asynchronous::Client;
use rocket::log::private::Level;
use rocket::{post, routes};
use serde_json::json;

use crate::log::logged;
use crate::session_app::block_on;
use crate::store::Store;

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

struct App {
    client: Client,
    clock: Clock,
    store: Store,
}

impl App {
    /// Starts the application with the default listener.
    async fn new() -> Self {
        App::with(()).await
    }

    async fn with(events: impl SessionEvents) -> Self {
        let (clock, store) = (Clock::manual(NOW), Store::default());
        let settings = with_secret(json!({ "allow_refresh": true }));
        let fairing = JwtAuth::fairing().clock(clock.clone()).session_store(store.clone()).session_events(events);
        let rocket = crate::session_app::rocket(settings).attach(fairing).mount("/", routes![refresh]);
        App { client: Client::untracked(rocket).await.expect("a launch"), clock, store }
    }

    async fn issue(&self, userid: &str) -> String {
        let jwtauth: &JwtAuth = self.client.rocket().state().expect("attached");
        jwtauth.issue(userid, ()).await.expect("tokens").refresh_token().expect("one").to_owned()
    }

    async fn refresh(&self, token: &str) -> u16 {
        self.send(token).await.status
    }

    /// Refreshes, and gives the next refresh token.
    async fn renew(&self, token: &str) -> String {
        self.send(token).await.pair().refresh
    }

    async fn send(&self, token: &str) -> Answer {
        let bearer = Header::new("Authorization", format!("Bearer {token}"));
        Answer::of(self.client.post("/refresh").header(bearer).dispatch().await).await
    }
}

#[test]
fn reuse_is_written_to_the_log_without_a_token() {
    let (token, lines) = logged(|| {
        block_on(async {
            let app = App::new().await;
            let token = app.issue("alice\nmallory").await;
            let next = app.renew(&token).await;
            assert_eq!(app.refresh(&next).await, 200);
            app.clock.advance(std::time::Duration::from_secs(60));
            assert_eq!(app.refresh(&token).await, 403);
            token
        })
    });
    let warnings: Vec<_> = lines.iter().filter(|line| line.level == Level::Warn).collect();
    let ours: Vec<_> = warnings.iter().filter(|line| line.text.starts_with("jwtauth: ")).collect();
    // One warning is for the reuse, one for the refused request.
    assert_eq!(ours.len(), 2, "{warnings:?}");
    assert!(ours[0].text.contains(r#"of user "alice\nmallory" has ended"#), "{ours:?}");
    assert!(lines.iter().all(|line| !line.text.contains(&token)));
}

#[test]
fn store_failure_is_written_to_the_log_with_its_cause() {
    let ((), lines) = logged(|| {
        block_on(async {
            let app = App::new().await;
            let token = app.issue("alice").await;
            app.store.set_away(true);
            assert_eq!(app.refresh(&token).await, 503);
        });
    });
    let errors = lines.iter().filter(|line| line.level == Level::Error).map(|line| line.text.as_str());
    let ours: Vec<_> = errors.filter(|text| text.starts_with("jwtauth: ")).collect();
    assert_eq!(ours, ["jwtauth: the session store failed: connection refused"]);
}

/// A listener that panics.
struct Panics;

impl SessionEvents for Panics {
    fn began(&self, _: SessionId, _: &str) {
        panic!("began");
    }

    fn refreshed(&self, _: SessionId, _: &str) {
        panic!("refreshed");
    }

    fn repeated(&self, _: SessionId, _: &str) {
        panic!("repeated");
    }

    fn reuse_found(&self, _: SessionId, _: &str) {
        panic!("reuse found");
    }

    fn ended(&self, _: SessionId, _: &str, _: EndReason) {
        panic!("ended");
    }
}

#[test]
fn panicking_listener_does_not_disturb_sessions() {
    let ((), lines) = logged(|| {
        block_on(async {
            let app = App::with(Panics).await;
            let token = app.issue("alice").await;
            assert_eq!(app.refresh(&token).await, 200);
            let next = app.renew(&token).await;
            assert_eq!(app.refresh(&next).await, 200);
            app.clock.advance(std::time::Duration::from_secs(60));
            assert_eq!(app.refresh(&token).await, 403);
            app.issue("alice").await;
            let jwtauth: &JwtAuth = app.client.rocket().state().expect("attached");
            assert_eq!(jwtauth.end_all_sessions("alice", None).await, Ok(1));
        });
    });
    let ours = lines.iter().filter(|line| line.level == Level::Error && line.text.starts_with("jwtauth: "));
    assert_eq!(ours.count(), 8, "began twice, refreshed twice, repeated, reuse found, ended twice: {lines:?}");
}

/// Events need no runtime either.
#[test]
fn sessions_on_memory_store_need_no_runtime() {
    let app = block_on(App::new());
    let mut login = pin!(app.issue("alice"));
    let Poll::Ready(_token) = login.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("a store in memory makes nobody wait");
    };
    let jwtauth: &JwtAuth = app.client.rocket().state().expect("attached");
    let mut ending = pin!(jwtauth.end_all_sessions("alice", None));
    assert_eq!(ending.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(1)));
}
