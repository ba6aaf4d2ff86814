//! Sessions that end before they expire: by logout, by the application, by `max_per_user`.

use jwtauth::EndReason::{Logout, Revoked, TooMany};
use jwtauth::{AuthError, SessionRecord};
use jwtauth_tests::NOW;
use rocket::async_test;
use rocket::http::Method;
use serde_json::json;

use crate::session_app::{App, REFUSED, WEEK, sid};
use crate::store::Event;

#[async_test]
async fn logout_ends_the_session() {
    let app = App::new(json!({})).await;
    let (pair, other) = (app.login("alice").await, app.login("alice").await);
    app.events.heard();
    let answer = app.post("/logout", &pair.access).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.header("Cache-Control")), (204, "", Some("no-store")));
    assert_eq!(app.events.heard(), [(Event::Ended(Logout), sid(&pair.access), "alice".to_owned())]);
    app.get("/me", &pair.access).await.assert_refused("The session of the token has ended");
    app.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.me(&other.access).await, 200);
    app.refresh(&other.refresh).await.pair();
    // A second logout succeeds too.
    for token in [&pair.access, &pair.refresh] {
        assert_eq!(app.post("/logout", token).await.status, 204);
    }
    assert_eq!(app.events.kinds(), [Event::Refreshed]);
}

#[async_test]
async fn logout_accepts_expired_access_token() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    app.wait(WEEK - 1);
    assert_eq!(app.me(&pair.access).await, 401);
    assert_eq!(app.post("/logout", &pair.access).await.status, 204);
    app.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
}

#[async_test]
async fn logout_accepts_refresh_token() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    assert_eq!(app.post("/logout", &first.refresh).await.status, 204);
    assert_eq!(app.me(&first.access).await, 401);
    // A spent refresh token is accepted too.
    let first = app.login("alice").await;
    let second = app.refresh(&first.refresh).await.pair();
    app.wait(3600);
    app.events.heard();
    assert_eq!(app.post("/logout", &first.refresh).await.status, 204);
    assert_eq!(app.events.kinds(), [Event::Ended(Logout)]);
    app.refresh(&second.refresh).await.assert_not_refreshed(REFUSED);
}

#[async_test]
async fn logout_that_ends_nothing_answers_an_error() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    let answer = app.send(Method::Post, "/logout", &[]).await;
    assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some("Bearer")));
    app.post("/logout", &format!("{}x", pair.access)).await.assert_refused("The signature of the token is not valid");
    let bearer = format!("Bearer {}", pair.access);
    let twice = [("Authorization", bearer.as_str()), ("Authorization", bearer.as_str())];
    assert_eq!(app.send(Method::Post, "/logout", &twice).await.status, 400);
    let other_application =
        json!({ "sub": "alice", "exp": NOW + 60, "aud": "them", "sid": sid(&pair.access).to_string() });
    let other_application = jwtauth_tests::token(&other_application);
    app.post("/logout", &other_application).await.assert_refused("The token is for another audience");
    app.store.set_away(true);
    app.post("/logout", &pair.access).await.assert_unavailable();
    app.post("/logout", &pair.refresh).await.assert_unavailable();
    app.store.set_away(false);
    assert_eq!(app.me(&pair.access).await, 200);
    app.refresh(&pair.refresh).await.pair();
}

#[async_test]
async fn end_session_ends_only_sessions_of_its_user() {
    let app = App::new(json!({})).await;
    let (here, there, bob) = (app.login("alice").await, app.login("alice").await, app.login("bob").await);
    app.events.heard();
    let path = |access: &str| format!("/sessions/{}", sid(access));
    assert_eq!(app.delete(&path(&there.access), &here.access).await.status, 204);
    assert_eq!(app.events.heard(), [(Event::Ended(Revoked), sid(&there.access), "alice".to_owned())]);
    app.refresh(&there.refresh).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.me(&there.access).await, 401);
    // The response for another user's session is the same as for a missing session.
    let foreign = app.delete(&path(&bob.access), &here.access).await;
    let missing = app.delete(&path(&there.access), &here.access).await;
    assert_eq!((foreign.status, missing.status), (404, 404));
    assert_eq!(foreign.body, missing.body);
    assert_eq!(app.delete("/sessions/x", &here.access).await.status, 422);
    assert_eq!(app.me(&bob.access).await, 200);
    // The result for an expired session is the same.
    app.wait(WEEK);
    assert_eq!(app.jwtauth().end_session(sid(&bob.access), "bob").await, Ok(false));
}

#[async_test]
async fn end_all_sessions_ends_all_or_all_others() {
    let app = App::new(json!({})).await;
    let (bob, mut alice) = (app.login("bob").await, Vec::new());
    for _ in 0..3 {
        alice.push(app.login("alice").await);
    }
    app.events.heard();
    assert_eq!(app.post("/logout-elsewhere", &alice[1].access).await.body, "2");
    assert_eq!(app.events.kinds(), [Event::Ended(Revoked); 2]);
    for (pair, status) in alice.iter().zip([401, 200, 401]) {
        assert_eq!(app.me(&pair.access).await, status);
    }
    app.refresh(&alice[0].refresh).await.assert_not_refreshed(REFUSED);
    let last = app.refresh(&alice[1].refresh).await.pair();
    alice.push(app.login("alice").await);
    assert_eq!(app.post("/logout-everywhere", &last.access).await.body, "2");
    for pair in &alice {
        assert_eq!(app.me(&pair.access).await, 401);
        app.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
    }
    app.refresh(&bob.refresh).await.pair();
}

#[async_test]
async fn max_per_user_ends_least_recently_refreshed_session() {
    let app = App::new(json!({ "max_per_user": 2 })).await;
    let first = app.login("alice").await;
    app.wait(1);
    let second = app.login("alice").await;
    app.wait(1);
    let first = app.refresh(&first.refresh).await.pair();
    app.login("bob").await;
    app.events.heard();
    let third = app.login("alice").await;
    let alice = || "alice".to_owned();
    let expected = [(Event::Began, sid(&third.access), alice()), (Event::Ended(TooMany), sid(&second.access), alice())];
    assert_eq!(app.events.heard(), expected);
    app.refresh(&second.refresh).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.me(&second.access).await, 401);
    for pair in [first, third] {
        app.refresh(&pair.refresh).await.pair();
    }
}

/// An expired session is not reported as ended.
#[async_test]
async fn expired_session_is_not_counted_as_ended() {
    let app = App::new(json!({})).await;
    let (first, second) = (app.login("alice").await, app.login("alice").await);
    app.wait(WEEK);
    let third = app.login("alice").await;
    app.events.heard();
    assert_eq!(app.jwtauth().end_session(sid(&first.access), "alice").await, Ok(false));
    assert_eq!(app.post("/logout", &first.refresh).await.status, 204);
    assert_eq!(app.events.heard(), []);
    assert_eq!(app.jwtauth().end_all_sessions("alice", None).await, Ok(1));
    let ended = (Event::Ended(Revoked), sid(&third.access), "alice".to_owned());
    assert_eq!(app.events.heard(), [ended]);
    // The session does not become valid again if the clock is set back.
    app.clock.set(NOW);
    for pair in [first, second, third] {
        app.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
    }
}

/// The current settings may be stricter than the row.
#[async_test]
async fn session_expired_by_new_settings_is_not_counted() {
    let before = App::with(json!({ "refresh_delta": "30d", "sessions": {} })).await;
    before.login("alice").await;
    before.wait(WEEK);
    before.login("alice").await;
    let after = before.node(json!({})).await;
    assert_eq!(after.jwtauth().end_all_sessions("alice", None).await, Ok(1));
    assert_eq!(after.events.kinds(), [Event::Ended(Revoked)]);
}

#[async_test]
async fn purge_sessions_removes_long_expired_sessions() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    app.wait(WEEK + SessionRecord::KEPT - 1);
    app.login("alice").await;
    assert_eq!(app.jwtauth().purge_sessions().await, Ok(0));
    app.wait(1);
    assert_eq!(app.jwtauth().purge_sessions().await, Ok(1));
    assert_eq!(app.store.row(sid(&pair.access)).await, None);
    assert_eq!(app.jwtauth().sessions("alice").await.expect("a store").len(), 1);
    app.store.set_away(true);
    assert_eq!(app.jwtauth().purge_sessions().await, Err(AuthError::Unavailable));
}
