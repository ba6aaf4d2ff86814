//! The public data of sessions.

use jwtauth::{AuthError, JwtAuth, Session};
use jwtauth_tests::NOW;
use rocket::http::Method;
use rocket::local::asynchronous::Client;
use rocket::{async_test, get, routes};
use serde_json::{Value, json};

use crate::session_app::{App, WEEK, sid};

#[async_test]
async fn session_guard_shows_session_of_the_request() {
    let app = App::new(json!({})).await;
    let pair = app.send(Method::Post, "/login/alice", &[("User-Agent", "curl/8.7.1")]).await.pair();
    app.wait(60);
    let next = app.refresh(&pair.refresh).await.pair();
    let expected = json!({
        "id": sid(&pair.access).to_string(),
        "created": NOW,
        "refreshed": NOW + 60,
        "ends_at": NOW + 60 + WEEK,
        "label": "curl/8.7.1",
        "current": true,
    });
    assert_eq!(app.get("/session", &next.access).await.json(), expected);
}

#[async_test]
async fn sessions_of_user_are_listed_last_refreshed_first() {
    let app = App::new(json!({})).await;
    let mut pairs = Vec::new();
    for client in ["one", "two", "three"] {
        pairs.push(app.send(Method::Post, "/login/alice", &[("User-Agent", client)]).await.pair());
        app.wait(1);
    }
    app.login("bob").await;
    app.refresh(&pairs[1].refresh).await.pair();
    let listed = app.get("/sessions", &pairs[2].access).await.json();
    let seen: Vec<_> = listed.as_array().expect("a list").iter().map(|one| (&one["label"], &one["current"])).collect();
    let (yes, no) = (json!(true), json!(false));
    assert_eq!(seen, [(&json!("two"), &no), (&json!("three"), &yes), (&json!("one"), &no)]);

    let sessions = app.jwtauth().sessions("alice").await.expect("a store");
    assert!(sessions.iter().all(|session| !session.is_current() && session.userid() == "alice"));
    assert_eq!(sessions.iter().map(Session::label).collect::<Vec<_>>(), ["two", "three", "one"]);
    assert_eq!(app.jwtauth().sessions("nobody").await, Ok(Vec::new()));
}

#[async_test]
async fn session_label_is_cut_between_characters() {
    let app = App::new(json!({})).await;
    let long = "é".repeat(1000);
    let pair = app.send(Method::Post, "/login/alice", &[("User-Agent", &format!("x{long}"))]).await.pair();
    assert_eq!(app.get("/session", &pair.access).await.json()["label"], format!("x{}", "é".repeat(127)));
    let pair = app.login("alice").await;
    assert_eq!(app.get("/session", &pair.access).await.json()["label"], "");
}

#[async_test]
async fn session_guard_reads_the_store_despite_staleness() {
    let here = App::new(json!({ "staleness": "unlimited" })).await;
    let pair = here.login("alice").await;
    here.node(json!({})).await.post("/logout", &pair.access).await;
    assert_eq!(here.me(&pair.access).await, 200);
    here.get("/session", &pair.access).await.assert_refused("The session of the token has ended");
    let answer = here.send(Method::Get, "/session", &[]).await;
    assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some("Bearer")));
}

#[get("/session")]
fn session(_session: Session) {}

#[get("/caught")]
fn caught(session: Result<Session, AuthError>) -> String {
    session.expect_err("there are none").to_string()
}

#[async_test]
async fn session_functions_fail_if_sessions_are_off() {
    let settings = jwtauth_tests::with_secret(json!({ "allow_refresh": true }));
    let rocket = crate::session_app::rocket(settings).attach(JwtAuth::fairing());
    let client = Client::untracked(rocket.mount("/", routes![session, caught])).await.expect("a launch");
    let jwtauth: &JwtAuth = client.rocket().state().expect("attached");
    let tokens = jwtauth.issue("alice", ()).await.expect("a token");
    assert_eq!((tokens.refresh_token(), tokens.refresh_expires_in()), (None, None));
    let claims = jwtauth_tests::payload(tokens.access_token());
    let names: Vec<_> = claims.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["auth_time", "exp", "iat", "refresh_until", "sub"]);
    let body: Value = serde_json::to_value(&tokens).expect("it serializes");
    let members: Vec<_> = body.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["access_token", "expires_in", "token_type"]);

    let bearer = || rocket::http::Header::new("Authorization", format!("Bearer {}", tokens.access_token()));
    assert_eq!(client.get("/session").header(bearer()).dispatch().await.status().code, 404);
    let caught = client.get("/caught").header(bearer()).dispatch().await.into_string().await;
    assert_eq!(caught.as_deref(), Some("There are no sessions here"));
    let id = "_____________________w".parse().expect("an id");
    assert_eq!(jwtauth.sessions("alice").await, Err(AuthError::NoSessions));
    assert_eq!(jwtauth.end_session(id, "alice").await, Err(AuthError::NoSessions));
    assert_eq!(jwtauth.end_all_sessions("alice", None).await, Err(AuthError::NoSessions));
    assert_eq!(jwtauth.purge_sessions().await, Err(AuthError::NoSessions));
    let identity = jwtauth.verify::<()>(tokens.access_token()).await.expect("a good token");
    assert_eq!(identity.session_id(), None);
    // Without sessions, a `sid` in a token is ignored.
    for sid in [json!("_____________________w"), json!(7), json!(["x"])] {
        let token = jwtauth_tests::token(&json!({ "sub": "alice", "exp": 9_999_999_999_u64, "sid": sid }));
        assert_eq!(jwtauth.verify::<()>(&token).await.expect("a good token").session_id(), None);
    }
}
