//! An unavailable store: 503, no token is spent, no user is logged out, and no check is skipped.

use rocket::async_test;
use rocket::http::Method;
use serde_json::json;

use crate::session_app::{App, REFUSED, sid};
use crate::store::Event;

#[async_test]
async fn session_store_outage_answers_503_and_loses_nothing() {
    let app = App::new(json!({ "staleness": 0 })).await;
    let pair = app.login("alice").await;
    let id = sid(&pair.access);
    app.events.heard();
    app.store.set_away(true);
    for _ in 0..3 {
        app.refresh(&pair.refresh).await.assert_unavailable();
        app.send(Method::Post, "/login/alice", &[]).await.assert_unavailable();
        for path in ["/me", "/session", "/sessions"] {
            app.get(path, &pair.access).await.assert_unavailable();
        }
        app.delete(&format!("/sessions/{id}"), &pair.access).await.assert_unavailable();
        app.post("/logout-everywhere", &pair.access).await.assert_unavailable();
        app.wait(60);
    }
    let jwtauth = app.jwtauth();
    assert_eq!(jwtauth.sessions("alice").await.map(drop), Err(jwtauth::AuthError::Unavailable));
    assert_eq!(jwtauth.end_session(id, "alice").await, Err(jwtauth::AuthError::Unavailable));
    assert_eq!(jwtauth.end_all_sessions("alice", None).await, Err(jwtauth::AuthError::Unavailable));
    assert_eq!(jwtauth.issue("alice", ()).await.map(drop), Err(jwtauth::AuthError::Unavailable));
    assert_eq!(app.events.heard(), []);

    app.store.set_away(false);
    assert_eq!(app.store.row(id).await.map(|row| row.generation), Some(0));
    assert_eq!(app.me(&pair.access).await, 200);
    app.refresh(&pair.refresh).await.pair();
}

#[async_test]
async fn forged_token_is_refused_during_store_outage() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    app.store.set_away(true);
    app.refresh(&pair.access).await.assert_not_refreshed(REFUSED);
    app.refresh(&"A".repeat(76)).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.get("/me", &format!("{}x", pair.access)).await.status, 401);
}

#[async_test]
async fn refresh_whose_answer_was_lost_can_be_repeated() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    app.store.set_loses_answers(true);
    app.refresh(&first.refresh).await.assert_unavailable();
    app.store.set_loses_answers(false);
    app.wait(20);
    let second = app.refresh(&first.refresh).await.pair();
    assert_eq!(app.events.kinds(), [Event::Began, Event::Repeated]);
    app.refresh(&second.refresh).await.pair();
}

#[async_test]
async fn refresh_ends_session_of_deleted_user_after_outage() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    app.users.set("alice", None);
    app.store.set_away(true);
    app.refresh(&pair.refresh).await.assert_unavailable();
    app.store.set_away(false);
    app.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.store.row(sid(&pair.access)).await, None);
}
