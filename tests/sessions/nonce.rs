//! The refresh nonce handler, with sessions: a digest of the login's nonce is compared at each refresh.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jwtauth::{AuthError, EndReason, JwtAuth, refresh_nonce_handler};
use jwtauth_tests::payload;
use rocket::http::Method;
use rocket::{State, async_test};
use serde_json::json;

use crate::session_app::{App, EXPIRED, REFUSED, WEEK, sid};
use crate::store::Event;

#[derive(Clone, Default)]
struct Nonces(Arc<Inner>);

#[derive(Default)]
struct Inner {
    nonces: Mutex<HashMap<String, String>>,
    away: AtomicBool,
    asked: AtomicUsize,
}

impl Nonces {
    fn set(&self, user: &str, nonce: &str) {
        self.0.nonces.lock().unwrap_or_else(PoisonError::into_inner).insert(user.to_owned(), nonce.to_owned());
    }
}

#[refresh_nonce_handler]
async fn nonce(user: &str, nonces: &State<Nonces>) -> Result<Option<String>, &'static str> {
    nonces.0.asked.fetch_add(1, Ordering::SeqCst);
    match nonces.0.away.load(Ordering::SeqCst) {
        true => Err("away"),
        false => Ok(nonces.0.nonces.lock().unwrap_or_else(PoisonError::into_inner).get(user).cloned()),
    }
}

async fn app() -> (App, Nonces) {
    let nonces = Nonces::default();
    nonces.set("alice", "first");
    let managed = nonces.clone();
    let app = App::custom(json!({ "sessions": {} }), |rocket, fairing| {
        rocket.manage(managed).attach(fairing.refresh_nonce_handler(nonce))
    });
    (app.await, nonces)
}

#[async_test]
async fn changed_nonce_ends_the_session() {
    let (app, nonces) = app().await;
    let first = app.login("alice").await;
    assert_eq!(payload(&first.access).get("nonce"), None, "it stands in the row, as a digest");
    let row = app.store.row(sid(&first.access)).await.expect("a row");
    assert!(row.nonce_digest.is_some_and(|digest| !digest.starts_with(b"first")));
    let second = app.refresh(&first.refresh).await.pair();
    nonces.set("alice", "second");
    app.events.heard();
    app.refresh(&second.refresh).await.assert_not_refreshed(REFUSED);
    let ended = (Event::Ended(EndReason::NonceChanged), sid(&first.access), "alice".to_owned());
    assert_eq!(app.events.heard(), [ended]);
    assert_eq!(app.me(&second.access).await, 401);
    nonces.set("alice", "first");
    app.refresh(&second.refresh).await.assert_not_refreshed(REFUSED);
    let next = app.login("alice").await;
    app.refresh(&next.refresh).await.pair();
}

#[async_test]
async fn nonce_digest_differs_between_sessions() {
    let (app, _) = app().await;
    let (one, two) = (app.login("alice").await, app.login("alice").await);
    let one = app.store.row(sid(&one.access)).await.expect("a row").nonce_digest;
    let two = app.store.row(sid(&two.access)).await.expect("a row").nonce_digest;
    assert_ne!(one, two);
}

#[async_test]
async fn missing_nonce_refuses_login_and_ends_session() {
    let (app, nonces) = app().await;
    assert_eq!(app.send(Method::Post, "/login/bob", &[]).await.status, 401);
    assert_eq!(app.store.asked(), 0);
    let pair = app.login("alice").await;
    nonces.0.nonces.lock().unwrap_or_else(PoisonError::into_inner).clear();
    app.events.heard();
    app.refresh(&pair.refresh).await.assert_not_refreshed(REFUSED);
    assert_eq!(app.events.kinds(), [Event::Ended(EndReason::UserGone)]);
}

#[async_test]
async fn nonce_handler_outage_spends_no_token() {
    let (app, nonces) = app().await;
    let pair = app.login("alice").await;
    nonces.0.away.store(true, Ordering::SeqCst);
    app.refresh(&pair.refresh).await.assert_unavailable();
    app.send(Method::Post, "/login/alice", &[]).await.assert_unavailable();
    nonces.0.away.store(false, Ordering::SeqCst);
    assert_eq!(app.store.row(sid(&pair.access)).await.map(|row| row.generation), Some(0));
    app.refresh(&pair.refresh).await.pair();
}

#[async_test]
async fn nonce_handler_is_called_only_for_refreshable_tokens() {
    let (app, nonces) = app().await;
    let pair = app.login("alice").await;
    nonces.0.asked.store(0, Ordering::SeqCst);
    app.refresh(&pair.access).await.assert_not_refreshed(REFUSED);
    app.refresh(&format!("{}AAAA", &pair.refresh[..72])).await.assert_not_refreshed(REFUSED);
    app.wait(WEEK);
    app.refresh(&pair.refresh).await.assert_not_refreshed(EXPIRED);
    assert_eq!(nonces.0.asked.load(Ordering::SeqCst), 0);
}

#[async_test]
async fn session_begun_before_nonce_handler_is_refused() {
    let before = App::new(json!({})).await;
    let pair = before.login("alice").await;
    let nonces = Nonces::default();
    nonces.set("alice", "first");
    let (store, clock) = (before.store.clone(), before.clock.clone());
    let figment = jwtauth_tests::with_secret(json!({ "allow_refresh": true }));
    let fairing = JwtAuth::fairing().clock(clock).session_store(store).refresh_nonce_handler(nonce);
    let rocket =
        crate::session_app::rocket(figment).attach(fairing).manage(nonces.clone()).mount("/", rocket::routes![by_hand]);
    let client = rocket::local::asynchronous::Client::untracked(rocket).await.expect("a launch");
    let bearer = rocket::http::Header::new("Authorization", format!("Bearer {}", pair.refresh));
    assert_eq!(client.post("/by-hand").header(bearer).dispatch().await.status().code, 403);
    assert_eq!(nonces.0.asked.load(Ordering::SeqCst), 0);
    let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
    assert_eq!(jwtauth.issue("alice", ()).await.err(), Some(AuthError::NonceNeedsRequest));
}

#[rocket::post("/by-hand")]
async fn by_hand(
    refreshing: Result<jwtauth::Refreshing<'_>, jwtauth::RefreshError>,
) -> Result<jwtauth::Tokens, jwtauth::RefreshError> {
    refreshing?.renew(()).await
}

/// A guard that refuses requests with the header `Hurry`.
struct Patient;

#[rocket::async_trait]
impl<'r> rocket::request::FromRequest<'r> for Patient {
    type Error = ();

    async fn from_request(request: &'r rocket::Request<'_>) -> rocket::request::Outcome<Self, ()> {
        match request.headers().contains("Hurry") {
            true => rocket::outcome::Outcome::Error((rocket::http::Status::TooManyRequests, ())),
            false => rocket::outcome::Outcome::Success(Patient),
        }
    }
}

#[refresh_nonce_handler]
async fn guarded(_user: &str, _patient: Patient) -> Option<String> {
    Some("always".to_owned())
}

#[async_test]
async fn nonce_handler_guard_that_refuses_ends_no_session() {
    let app =
        App::custom(json!({ "sessions": {} }), |rocket, fairing| rocket.attach(fairing.refresh_nonce_handler(guarded)))
            .await;
    let pair = app.login("alice").await;
    app.events.heard();
    let bearer = format!("Bearer {}", pair.refresh);
    let hasty = app.send(Method::Post, "/refresh", &[("Authorization", &bearer), ("Hurry", "yes")]).await;
    hasty.assert_not_refreshed(REFUSED);
    assert_eq!(app.events.heard(), []);
    app.refresh(&pair.refresh).await.pair();
}
