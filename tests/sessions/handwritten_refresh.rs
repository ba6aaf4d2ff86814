//! A refresh route that is written by hand, and the conformance suite for stores.

use std::collections::HashMap;

use jwtauth::{EndReason, JwtAuth, MemoryStore, RefreshError, Refreshing, Tokens, verify_refresh_request};
use jwtauth_tests::NOW;
use rocket::fairing::AdHoc;
use rocket::http::Header;
use rocket::local::asynchronous::Client;
use rocket::{State, async_test, post, routes};
use serde_json::json;

use crate::session_app::{App, sid};
use crate::store::Event;

// The suite runs as the author of a store runs it, on a store whose calls all wait.
mod slow {
    use crate::store::Store;

    fn store() -> Store {
        let store = Store::default();
        store.set_slow(3);
        store
    }

    jwtauth::session_store_conformance!(store());
}

#[post("/by-hand")]
async fn by_hand(
    refreshing: Result<Refreshing<'_>, RefreshError>,
    users: &State<crate::session_app::Users>,
) -> Result<Tokens, RefreshError> {
    let refreshing = refreshing?;
    assert_eq!(refreshing.auth_time(), Some(NOW));
    match users.loads(refreshing.userid()) {
        Some(_) => refreshing.renew(()).await,
        None => Err(refreshing.refuse().await),
    }
}

async fn app() -> App {
    App::custom(json!({ "sessions": {} }), |rocket, fairing| rocket.attach(fairing).mount("/", routes![by_hand])).await
}

#[async_test]
async fn hand_written_refresh_route_spends_and_refuses_tokens() {
    let app = app().await;
    let first = app.login("alice").await;
    let second = app.post("/by-hand", &first.refresh).await.pair();
    assert_eq!(app.post("/by-hand", &first.refresh).await.pair().refresh, second.refresh);
    app.events.heard();
    app.users.set("alice", None);
    app.post("/by-hand", &second.refresh).await.assert_not_refreshed(crate::session_app::REFUSED);
    assert_eq!(app.events.heard(), [(Event::Ended(EndReason::UserGone), sid(&first.access), "alice".to_owned())]);
}

#[post("/impossible")]
async fn impossible(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(HashMap::from([("sid".to_owned(), "mine".to_owned())])).await
}

#[async_test]
async fn failed_issue_spends_no_token_and_begins_no_session() {
    let app = App::custom(json!({ "sessions": {} }), |rocket, fairing| {
        rocket.attach(fairing).mount("/", routes![impossible])
    });
    let app = app.await;
    let pair = app.login("alice").await;
    app.store.advanced();
    assert_eq!(app.post("/impossible", &pair.refresh).await.status, 500);
    assert_eq!(app.store.advanced(), 0);
    let claims = HashMap::from([("sid".to_owned(), "mine".to_owned())]);
    assert!(app.jwtauth().issue("alice", claims).await.is_err());
    assert_eq!(app.jwtauth().sessions("alice").await.expect("a store").len(), 1);
    app.refresh(&pair.refresh).await.pair();
}

#[async_test]
async fn verify_refresh_request_spends_no_token() {
    let app = app().await;
    let pair = app.login("alice").await;
    app.store.advanced();
    for _ in 0..3 {
        let request =
            app.client.post("/refresh").header(Header::new("Authorization", format!("Bearer {}", pair.refresh)));
        let refreshing = verify_refresh_request(request.inner()).await.expect("it can be refreshed");
        assert_eq!(refreshing.userid(), "alice");
    }
    assert_eq!(app.store.advanced(), 0);
}

#[async_test]
async fn session_store_can_come_from_another_fairing() {
    struct Pool(std::sync::Mutex<Option<MemoryStore>>);
    let settings = jwtauth_tests::with_secret(json!({ "allow_refresh": true, "sessions": { "max_per_user": 1 } }));
    let rocket = crate::session_app::rocket(settings)
        .attach(AdHoc::on_ignite("pool", |rocket| async {
            rocket.manage(Pool(std::sync::Mutex::new(Some(MemoryStore::new()))))
        }))
        .attach(AdHoc::on_ignite("sessions", |rocket| async {
            let pool: &Pool = rocket.state().expect("its fairing comes first");
            let store = pool.0.lock().expect("no panic").take().expect("it is there");
            rocket.attach(JwtAuth::fairing().session_store(store))
        }));
    let client = Client::untracked(rocket).await.expect("a launch");
    let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
    for _ in 0..3 {
        drop(jwtauth.issue("alice", ()).await.expect("tokens"));
    }
    assert_eq!(jwtauth.sessions("alice").await.expect("a store").len(), 1);
}
