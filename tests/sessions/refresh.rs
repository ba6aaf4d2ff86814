//! Refreshing: a refresh advances the session, a repetition within the grace gets the same result, a later one ends it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jwtauth::{EndReason, SessionStore};
use jwtauth_tests::{NOW, payload};
use rocket::futures::future::join_all;
use rocket::http::Method;
use rocket::{async_test, tokio};
use serde_json::json;

use crate::session_app::{App, EXPIRED, REFUSED, WEEK, sid};
use crate::store::Event;

#[async_test]
async fn login_returns_access_and_refresh_token() {
    let app = App::new(json!({})).await;
    let answer = app.send(Method::Post, "/login/alice", &[]).await;
    let pair = answer.pair();
    let expected = json!({
        "access_token": pair.access,
        "token_type": "Bearer",
        "expires_in": 1800,
        "refresh_token": pair.refresh,
        "refresh_expires_in": WEEK,
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("Authorization"), Some(format!("Bearer {}", pair.access).as_str()));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let claims = json!({
        "sub": "alice", "exp": NOW + 1800, "iat": NOW, "auth_time": NOW, "sid": sid(&pair.access).to_string(), "gen": 0,
        "loads": 0,
    });
    assert_eq!(payload(&pair.access), claims);
    assert_eq!(app.me(&pair.access).await, 200);
}

#[async_test]
async fn refresh_returns_next_access_and_refresh_token() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    app.wait(3600);
    let second = app.refresh(&first.refresh).await.pair();
    assert_ne!(second.refresh, first.refresh);
    assert_eq!(second.refresh_expires_in, WEEK);
    let claims = payload(&second.access);
    assert_eq!((&claims["iat"], &claims["auth_time"]), (&json!(NOW + 3600), &json!(NOW)));
    assert_eq!((&claims["loads"], &claims["gen"]), (&json!(1), &json!(1)));
    assert_eq!(sid(&second.access), sid(&first.access));
    assert_eq!(app.me(&second.access).await, 200);
    assert_eq!(app.get("/me", &first.access).await.status, 401, "expired by itself");
    let row = app.store.row(sid(&first.access)).await.expect("a row");
    assert_eq!((row.generation, row.created, row.refreshed, row.ends_at), (1, NOW, NOW + 3600, NOW + 3600 + WEEK));
}

#[async_test]
async fn refresh_repeated_within_grace_returns_same_successor() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    let second = app.refresh(&first.refresh).await.pair();
    for late in [0, 7, 7, 7, 9] {
        app.wait(late);
        let again = app.refresh(&first.refresh).await.pair();
        assert_eq!(again.refresh, second.refresh);
        assert_eq!(payload(&again.access)["gen"], 1);
        assert_eq!(app.me(&again.access).await, 200);
    }
    let row = app.store.row(sid(&first.access)).await.expect("a row");
    assert_eq!((row.generation, row.refreshed, row.ends_at), (1, NOW, NOW + WEEK), "nothing is renewed by it");
    let last = app.refresh(&first.refresh).await.pair();
    assert_eq!(last.refresh_expires_in, WEEK - 30);
    let expected: Vec<_> = [Event::Began, Event::Refreshed].into_iter().chain([Event::Repeated; 6]).collect();
    assert_eq!(app.events.kinds(), expected);
    // The repetitions do not affect the successor.
    app.refresh(&second.refresh).await.pair();
}

#[async_test]
async fn refresh_replayed_after_grace_ends_the_session() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    let other = app.login("alice").await;
    let second = app.refresh(&first.refresh).await.pair();
    app.prove(&second).await;
    app.events.heard();
    app.wait(31);
    app.refresh(&first.refresh).await.assert_not_refreshed(REFUSED);
    let id = sid(&first.access);
    let expected = [Event::ReuseFound, Event::Ended(EndReason::Reuse)].map(|event| (event, id, "alice".to_owned()));
    assert_eq!(app.events.heard(), expected);
    assert_eq!(app.store.row(id).await, None);
    // The session has ended for the owner and for the thief.
    app.refresh(&second.refresh).await.assert_not_refreshed(REFUSED);
    app.refresh(&first.refresh).await.assert_not_refreshed(REFUSED);
    app.get("/me", &second.access).await.assert_refused("The session of the token has ended");
    assert_eq!(app.events.heard(), []);
    // The other session of the user still works.
    app.refresh(&other.refresh).await.pair();
}

#[async_test]
async fn session_store_keeps_one_row_for_a_thousand_refreshes() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    let mut pair = first.clone();
    for _ in 0..1000 {
        app.wait(60);
        pair = app.refresh(&pair.refresh).await.pair();
    }
    let row = app.store.row(sid(&first.access)).await.expect("a row");
    assert_eq!((row.generation, row.refreshed), (1000, NOW + 60_000));
    assert_eq!(app.jwtauth().sessions("alice").await.expect("a store").len(), 1);
    assert_eq!(app.users.loads("alice"), Some(1000));
    app.refresh(&first.refresh).await.assert_not_refreshed(REFUSED);
}

#[async_test]
async fn refresh_token_without_grace_is_good_once() {
    let app = App::new(json!({ "reuse_grace": 0 })).await;
    let first = app.login("alice").await;
    app.refresh(&first.refresh).await.pair();
    app.refresh(&first.refresh).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.store.row(sid(&first.access)).await, None);
}

#[async_test]
async fn refresh_after_idle_end_answers_expired() {
    let app = App::new(json!({})).await;
    let (early, late) = (app.login("alice").await, app.login("alice").await);
    app.wait(WEEK - 1);
    let early = app.refresh(&early.refresh).await.pair();
    app.wait(1);
    app.refresh(&late.refresh).await.assert_not_refreshed(EXPIRED);
    app.wait(WEEK - 2);
    app.refresh(&early.refresh).await.pair();
    assert_eq!(app.users.loads("alice"), Some(2), "nobody is loaded for what is over");
}

#[async_test]
async fn session_ends_at_max_lifetime_despite_refreshes() {
    let app = App::with(json!({ "max_lifetime": "10d", "sessions": {} })).await;
    let day = 24 * 60 * 60;
    let mut pair = app.login("alice").await;
    let first = pair.clone();
    for days in 1..10 {
        app.wait(day);
        pair = app.refresh(&pair.refresh).await.pair();
        assert_eq!(pair.refresh_expires_in, day * 7.min(10 - days));
    }
    app.wait(day - 60);
    pair = app.refresh(&pair.refresh).await.pair();
    assert_eq!(pair.refresh_expires_in, 60);
    assert_eq!(payload(&pair.access)["exp"], NOW + 10 * day, "nor does an access token outlive it");
    app.wait(60);
    app.refresh(&pair.refresh).await.assert_not_refreshed(EXPIRED);
    app.refresh(&first.refresh).await.assert_not_refreshed(EXPIRED);
    assert_eq!(app.me(&pair.access).await, 401);
}

#[test]
fn refresh_by_two_hundred_at_once_returns_one_successor() {
    // The runtime uses several threads.
    rocket::execute(async {
        let app = Arc::new(App::new(json!({})).await);
        app.store.set_slow(3);
        let first = app.login("alice").await;
        let refreshes = (0..200).map(|_| {
            let (app, token) = (Arc::clone(&app), first.refresh.clone());
            tokio::spawn(async move { app.refresh(&token).await.pair().refresh })
        });
        let successors: Result<BTreeSet<_>, _> = join_all(refreshes).await.into_iter().collect();
        assert_eq!(successors.expect("200 answers").len(), 1);
        let row = app.store.row(sid(&first.access)).await.expect("a row");
        assert_eq!(row.generation, 1);
        let kinds = app.events.kinds();
        assert_eq!(kinds.iter().filter(|kind| **kind == Event::Refreshed).count(), 1);
        assert_eq!(kinds.iter().filter(|kind| **kind == Event::Repeated).count(), 199);
    });
}

#[async_test]
async fn refresh_ends_session_of_user_unknown_to_loader() {
    let app = App::new(json!({})).await;
    let first = app.login("alice").await;
    app.events.heard();
    app.users.set("alice", None);
    app.refresh(&first.refresh).await.assert_not_refreshed(REFUSED);
    let expected = (Event::Ended(EndReason::UserGone), sid(&first.access), "alice".to_owned());
    assert_eq!(app.events.heard(), [expected]);
    assert_eq!(app.store.row(sid(&first.access)).await, None);
    app.get("/me", &first.access).await.assert_refused("The session of the token has ended");
}

/// Earlier versions could start such a session.
#[async_test]
async fn session_of_empty_user_id_can_be_ended_but_not_refreshed() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    let mut row = app.store.row(sid(&pair.access)).await.expect("a session");
    app.store.end(row.id).await.expect("memory");
    row.userid.clear();
    app.store.create(&row, None).await.expect("memory");
    app.users.set("", Some(0));
    app.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.users.loads(""), Some(0), "the loader is not asked");
    assert_eq!(app.jwtauth().sessions("").await.expect("memory").len(), 1);
    assert_eq!(app.jwtauth().end_all_sessions("", None).await.expect("memory"), 1);
    assert_eq!(app.jwtauth().end_all_sessions("", None).await.expect("memory"), 0);
}
