//! A user authenticates again in the same session.

use jwtauth::{Auth, AuthError, Claims, Identity, Recent, Tokens};
use jwtauth_tests::{NOW, payload};
use rocket::http::Method;
use rocket::{async_test, get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::session_app::{App, WEEK, sid};
use crate::store::Event;

/// Claims that are not those of the login.
#[derive(Serialize, Deserialize, Claims)]
struct Confirmed {
    loads: u32,
}

#[derive(Serialize, Deserialize, Claims)]
struct Biography {
    text: String,
}

#[post("/confirm/<user>")]
async fn confirm(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.confirm(user, Confirmed { loads: 100 }).await
}

#[post("/carry")]
async fn carry(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", Confirmed { loads: 0 }).carrying("x").await
}

/// No token has room for these claims.
#[post("/confirm-badly")]
async fn confirm_badly(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.confirm("alice", Biography { text: "x".repeat(20_000) }).await
}

#[get("/recent")]
fn recent(_identity: Identity<(), Recent<300>>) {}

async fn app(settings: Value) -> App {
    let routes = routes![confirm, confirm_badly, carry, recent];
    App::custom(settings, |rocket, fairing| rocket.attach(fairing).mount("/", routes)).await
}

#[async_test]
async fn confirm_renews_auth_time_in_the_same_session() {
    let app = app(json!({ "sessions": {} })).await;
    let login = app.login("alice").await;
    let before = app.store.row(sid(&login.access)).await.expect("a row");
    app.wait(1000);
    assert_eq!(app.get("/recent", &login.access).await.status, 401);
    app.events.heard();
    let answer = app.post("/confirm/alice", &login.access).await;
    let body = answer.json();
    assert_eq!(
        (answer.status, body["expires_in"].as_u64(), body["token_type"].as_str()),
        (200, Some(1800), Some("Bearer"))
    );
    assert!(body.get("refresh_token").is_none() && body.get("refresh_expires_in").is_none(), "{body}");
    let access = answer.token();
    assert_eq!(answer.header("Authorization"), Some(format!("Bearer {access}").as_str()));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let claims = payload(&access);
    let expected = json!({
        "sub": "alice", "exp": NOW + 2800, "iat": NOW + 1000, "auth_time": NOW + 1000, "login_time": NOW,
        "sid": before.id.to_string(), "gen": 0, "loads": 100,
    });
    assert_eq!(claims, expected);
    // Only the time is new in the row, and no event is reported.
    let row = app.store.row(before.id).await.expect("a row");
    let mut expected = before.clone();
    expected.auth_time = NOW + 1000;
    assert_eq!(row, expected);
    assert_eq!(app.events.heard(), []);
    assert_eq!(app.get("/recent", &access).await.status, 200);
    assert_eq!(app.get("/me", &access).await.body, "alice 100");
    // The old token is still valid, and still old.
    assert_eq!((app.me(&login.access).await, app.get("/recent", &login.access).await.status), (200, 401));

    // The client has kept its refresh token. The refresh keeps the time.
    app.wait(250);
    let next = app.refresh(&login.refresh).await.pair();
    let claims = payload(&next.access);
    assert_eq!((&claims["auth_time"], &claims["login_time"]), (&json!(NOW + 1000), &json!(NOW)));
    assert_eq!(app.get("/recent", &next.access).await.status, 200);
    app.wait(51);
    assert_eq!(app.get("/recent", &next.access).await.status, 401);
}

#[async_test]
async fn confirm_does_not_extend_the_login() {
    let app = app(json!({ "sessions": {}, "max_lifetime": "1h" })).await;
    let login = app.login("alice").await;
    app.wait(1500);
    let access = app.post("/confirm/alice", &login.access).await.token();
    app.wait(1500);
    let claims = app.post("/confirm/alice", &access).await.claims();
    assert_eq!((&claims["exp"], &claims["login_time"]), (&json!(NOW + 3600), &json!(NOW)));
    let next = app.refresh(&login.refresh).await.pair();
    assert_eq!((&payload(&next.access)["exp"], next.refresh_expires_in), (&json!(NOW + 3600), 600));
    app.wait(600);
    assert_eq!(app.post("/confirm/alice", &next.access).await.status, 401);
    assert_eq!(app.refresh(&next.refresh).await.status, 403);
}

#[async_test]
async fn confirm_refuses_another_user() {
    let app = app(json!({ "sessions": {} })).await;
    let (alice, bob) = (app.login("alice").await, app.login("bob").await);
    app.wait(1000);
    for user in ["bob", "Alice", "alice%20", "nobody"] {
        let answer = app.post(&format!("/confirm/{user}"), &alice.access).await;
        assert_eq!((answer.status, answer.header("WWW-Authenticate")), (403, None), "{user}");
        assert!(answer.header("Authorization").is_none() && !answer.body.contains("token"), "{answer:?}");
    }
    for pair in [&alice, &bob] {
        assert_eq!(app.store.row(sid(&pair.access)).await.map(|row| row.auth_time), Some(NOW));
    }
    assert_eq!(app.me(&alice.access).await, 200);
}

#[async_test]
async fn confirm_needs_a_living_session() {
    // This node has not noticed that the session has ended.
    let app = app(json!({ "sessions": { "staleness": "unlimited" } })).await;
    let login = app.login("alice").await;
    let answer = app.send(Method::Post, "/confirm/alice", &[]).await;
    assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some("Bearer")));
    assert_eq!(app.post("/confirm/alice", &login.refresh).await.status, 401, "a refresh token");
    app.node(json!({})).await.post("/logout", &login.access).await;
    assert_eq!(app.me(&login.access).await, 200);
    app.post("/confirm/alice", &login.access).await.assert_refused("The session of the token has ended");
    assert_eq!(app.store.row(sid(&login.access)).await, None);

    let login = app.login("alice").await;
    // A session whose refresh token was reused.
    app.refresh(&login.refresh).await.pair();
    app.wait(31);
    let second = app.refresh(&login.refresh).await.pair();
    app.refresh(&second.refresh).await.pair();
    app.wait(31);
    assert_eq!(app.refresh(&login.refresh).await.status, 403);
    app.post("/confirm/alice", &second.access).await.assert_refused("The session of the token has ended");
}

/// The access token outlives the session.
#[async_test]
async fn confirm_refuses_expired_session() {
    let app = app(json!({ "sessions": { "staleness": "unlimited" }, "expiration_delta": "30d" })).await;
    let login = app.login("alice").await;
    app.wait(WEEK);
    app.post("/confirm/alice", &login.access).await.assert_refused("The session of the token has ended");
    assert_eq!(app.store.row(sid(&login.access)).await.map(|row| row.auth_time), Some(NOW));
}

#[async_test]
async fn confirm_answers_503_during_store_outage() {
    let app = app(json!({ "sessions": { "staleness": "unlimited" } })).await;
    let login = app.login("alice").await;
    app.wait(1000);
    app.store.set_away(true);
    app.post("/confirm/alice", &login.access).await.assert_unavailable();
    app.store.set_away(false);
    assert_eq!(app.store.row(sid(&login.access)).await.map(|row| row.auth_time), Some(NOW));
    assert_eq!(app.post("/confirm/alice", &login.access).await.status, 200);
}

/// A refresh response was lost, and the user confirms with the old access token. The new one must not prove that the
/// client has the lost refresh token.
#[async_test]
async fn confirmed_token_proves_what_the_old_one_proves() {
    let app = app(json!({ "sessions": { "staleness": 0 } })).await;
    let login = app.login("alice").await;
    app.refresh(&login.refresh).await.pair();
    app.wait(1000);
    app.store.proved();
    let access = app.post("/confirm/alice", &login.access).await.token();
    assert_eq!(payload(&access)["gen"], 0);
    assert_eq!((app.me(&access).await, app.store.proved()), (200, 0));
    let pair = app.refresh(&login.refresh).await.pair();

    let confirmed = app.post("/confirm/alice", &pair.access).await.token();
    assert_eq!(payload(&confirmed)["gen"], 2);
    app.prove(&jwtauth_tests::answer::Pair { access: confirmed, ..pair }).await;
}

#[async_test]
async fn confirm_keeps_what_the_login_carries() {
    let app = app(json!({ "sessions": {} })).await;
    let pair = app.send(Method::Post, "/carry", &[]).await.pair();
    app.wait(10);
    assert_eq!(app.post("/confirm/alice", &pair.access).await.claims()["carried"], "x");
}

/// The user has authenticated, so the session may say so.
#[async_test]
async fn confirm_that_issues_nothing_keeps_the_time() {
    let app = app(json!({ "sessions": {} })).await;
    let login = app.login("alice").await;
    app.wait(10);
    assert_eq!(app.post("/confirm-badly", &login.access).await.status, 500);
    assert_eq!(app.store.row(sid(&login.access)).await.map(|row| row.auth_time), Some(NOW + 10));
    assert_eq!(app.events.kinds(), [Event::Began]);
}
