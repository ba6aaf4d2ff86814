//! The same application with and without the sessions table in its settings.

use std::time::Duration;

use jwtauth::Clock;
use rocket::async_test;
use rocket::http::Status;
use rocket::serde::json::{Value, json};

use super::COULD_NOT_REFRESH;
use super::app::{App, Bearer, Database, access_token, error, text, tokens};

const NOW: u64 = 1_750_000_000;
const WEEK: u64 = 7 * 24 * 3600;

async fn assert_logged_out(app: &App, access: &str, refresh: &str) {
    let response = app.get("/me", access).await;
    assert_eq!(response.status(), Status::Unauthorized);
    assert_eq!(error(response).await, "invalid_token");
    let response = app.refresh(refresh).await;
    assert_eq!(response.status(), Status::Forbidden);
    assert_eq!(text(response).await, COULD_NOT_REFRESH);
}

#[async_test]
async fn login_returns_refresh_token_if_sessions_are_on() {
    let database = Database::new();
    let app = App::launch(database.figment_with_sessions()).await;

    let body: Value = app.login("alice", "wonderland").await.into_json().await.unwrap();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 1800);
    assert_eq!(body["refresh_expires_in"], WEEK);
    let (access, refresh) = (body["access_token"].as_str().unwrap(), body["refresh_token"].as_str().unwrap());

    // Each token works only for its own purpose.
    assert_eq!(app.get("/me", access).await.status(), Status::Ok);
    assert_eq!(app.get("/me", refresh).await.status(), Status::Unauthorized);
    assert_eq!(app.refresh(access).await.status(), Status::Forbidden);
    let next = tokens(app.refresh(refresh).await).await;
    assert_ne!(next.refresh, refresh);
    assert_eq!(app.get("/me", &next.access).await.status(), Status::Ok);
}

#[async_test]
async fn login_begins_no_session_if_sessions_are_off() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let body: Value = app.login("alice", "wonderland").await.into_json().await.unwrap();
    assert_eq!((&body["refresh_token"], &body["refresh_expires_in"]), (&Value::Null, &Value::Null));

    let token = body["access_token"].as_str().unwrap();
    let id = json!({ "id": "AAAAAAAAAAAAAAAAAAAAAA" });
    for response in
        [app.get("/sessions", token).await, app.end(&id, token).await, app.post("/logout-everywhere", token).await]
    {
        assert_eq!(response.status(), Status::NotFound);
    }
}

#[async_test]
async fn logout_without_sessions_leaves_token_valid() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let token = app.token("alice").await;
    let response = app.post("/logout", &token).await;
    assert_eq!(response.status(), Status::NoContent);
    assert_eq!(response.headers().get_one("Cache-Control"), Some("no-store"));
    assert_eq!(app.get("/me", &token).await.status(), Status::Ok);
    access_token(app.refresh(&token).await).await;
}

/// Without sessions, the guard `Session` answers 404 first.
#[async_test]
async fn sessions_routes_answer_401_without_identity() {
    let database = Database::new();
    for (figment, ends) in [(database.figment(), false), (database.figment_with_sessions(), true)] {
        let app = App::launch(figment).await;
        let requests = || {
            let end = app.client.delete("/sessions/AAAAAAAAAAAAAAAAAAAAAA");
            [(app.client.get("/sessions"), true), (end, ends), (app.client.post("/logout-everywhere"), ends)]
        };
        for (request, has_sessions) in requests() {
            let response = request.dispatch().await;
            if has_sessions {
                assert_eq!(response.status(), Status::Unauthorized);
                assert_eq!(response.headers().get_one("WWW-Authenticate"), Some("Bearer"));
                assert_eq!(error(response).await, "unauthorized");
            } else {
                assert_eq!(response.status(), Status::NotFound);
            }
        }
        for (request, has_sessions) in requests() {
            let response = request.bearer("not.a.token").dispatch().await;
            if has_sessions {
                assert_eq!(error(response).await, "invalid_token");
            } else {
                assert_eq!(response.status(), Status::NotFound);
            }
        }
    }
}

#[async_test]
async fn sessions_route_lists_sessions_of_the_user() {
    let database = Database::new();
    let clock = Clock::manual(NOW);
    let app = App::launch_with(database.figment_with_sessions(), &clock).await;

    let phone = app.tokens("alice", "Phone/1").await;
    app.tokens("root", "Console/9").await;
    clock.advance(Duration::from_secs(60));
    let laptop = app.tokens("alice", "Laptop/2").await;

    let of = |sessions: &[Value]| -> Vec<Value> {
        let public = |session: &Value| {
            let mut session = session.clone();
            session.as_object_mut().unwrap().remove("id").unwrap();
            session
        };
        sessions.iter().map(public).collect()
    };
    let session = |label, created, refreshed, current| {
        json!({
            "label": label, "created": created, "refreshed": refreshed, "ends_at": refreshed + WEEK, "current": current
        })
    };
    let expected = [session("Laptop/2", NOW + 60, NOW + 60, false), session("Phone/1", NOW, NOW, true)];
    assert_eq!(of(&app.sessions(&phone.access).await), expected);

    // The most recently refreshed session comes first.
    clock.advance(Duration::from_secs(60));
    app.refresh(&phone.refresh).await;
    let expected = [session("Phone/1", NOW, NOW + 120, false), session("Laptop/2", NOW + 60, NOW + 60, true)];
    assert_eq!(of(&app.sessions(&laptop.access).await), expected);
}

#[async_test]
async fn sessions_route_ends_another_session_of_the_user() {
    let database = Database::new();
    let app = App::launch(database.figment_with_sessions()).await;

    let (phone, laptop) = (app.tokens("alice", "Phone/1").await, app.tokens("alice", "Laptop/2").await);
    let sessions = app.sessions(&laptop.access).await;
    let lost = sessions.iter().find(|session| session["label"] == "Phone/1").unwrap();
    assert_eq!(app.end(lost, &laptop.access).await.status(), Status::NoContent);

    assert_logged_out(&app, &phone.access, &phone.refresh).await;
    assert_eq!(app.sessions(&laptop.access).await.len(), 1);
    tokens(app.refresh(&laptop.refresh).await).await;
}

#[async_test]
async fn sessions_route_answers_foreign_like_missing_session() {
    let database = Database::new();
    let app = App::launch(database.figment_with_sessions()).await;

    let (alice, root) = (app.tokens("alice", "Phone/1").await, app.tokens("root", "Console/9").await);
    let foreign = app.end(&app.sessions(&root.access).await[0], &alice.access).await;
    let missing = app.end(&json!({ "id": "AAAAAAAAAAAAAAAAAAAAAA" }), &alice.access).await;
    assert_eq!((foreign.status(), missing.status()), (Status::NotFound, Status::NotFound));
    assert_eq!(text(foreign).await, text(missing).await);
    tokens(app.refresh(&root.refresh).await).await;
}

#[async_test]
async fn logout_ends_the_session() {
    let database = Database::new();
    let clock = Clock::manual(NOW);
    let app = App::launch_with(database.figment_with_sessions(), &clock).await;

    let (phone, laptop) = (app.tokens("alice", "Phone/1").await, app.tokens("alice", "Laptop/2").await);
    assert_eq!(app.post("/logout", &phone.access).await.status(), Status::NoContent);
    assert_logged_out(&app, &phone.access, &phone.refresh).await;
    assert_eq!(app.get("/me", &laptop.access).await.status(), Status::Ok);

    // Also with an expired access token.
    clock.advance(Duration::from_secs(1800));
    assert_eq!(app.get("/me", &laptop.access).await.status(), Status::Unauthorized);
    assert_eq!(app.post("/logout", &laptop.access).await.status(), Status::NoContent);
    assert_logged_out(&app, &laptop.access, &laptop.refresh).await;
    assert_eq!(app.client.post("/logout").dispatch().await.status(), Status::Unauthorized);
}

#[async_test]
async fn logout_everywhere_ends_all_sessions_of_the_user() {
    let database = Database::new();
    let app = App::launch(database.figment_with_sessions()).await;

    let (phone, laptop) = (app.tokens("alice", "Phone/1").await, app.tokens("alice", "Laptop/2").await);
    let root = app.tokens("root", "Console/9").await;
    assert_eq!(app.post("/logout-everywhere", &phone.access).await.status(), Status::NoContent);

    for pair in [phone, laptop] {
        assert_logged_out(&app, &pair.access, &pair.refresh).await;
    }
    tokens(app.refresh(&root.refresh).await).await;
    tokens(app.refresh(&app.tokens("alice", "Phone/1").await.refresh).await).await;
}

#[async_test]
async fn refresh_token_replayed_after_grace_ends_the_session() {
    let database = Database::new();
    let clock = Clock::manual(NOW);
    let app = App::launch_with(database.figment_with_sessions(), &clock).await;

    let first = app.tokens("alice", "Phone/1").await;
    let second = tokens(app.refresh(&first.refresh).await).await;
    clock.advance(Duration::from_secs(30));
    assert_eq!(tokens(app.refresh(&first.refresh).await).await.refresh, second.refresh);

    let third = tokens(app.refresh(&second.refresh).await).await;
    clock.advance(Duration::from_secs(31));
    assert_eq!(app.refresh(&first.refresh).await.status(), Status::Forbidden);
    assert_logged_out(&app, &third.access, &third.refresh).await;
}

#[async_test]
async fn refresh_whose_response_was_lost_works_an_hour_later() {
    let database = Database::new();
    let clock = Clock::manual(NOW);
    let app = App::launch_with(database.figment_with_sessions(), &clock).await;

    let first = app.tokens("alice", "Phone/1").await;
    tokens(app.refresh(&first.refresh).await).await;
    clock.advance(Duration::from_secs(3600));
    let second = tokens(app.refresh(&first.refresh).await).await;
    assert_eq!(text(app.get("/hello", &second.access).await).await, "Hello, Alice");
}

#[async_test]
async fn refresh_and_lock_work_alike_with_sessions() {
    let database = Database::new();
    let app = App::launch(database.figment_with_sessions()).await;

    let first = app.tokens("alice", "Phone/1").await;
    assert_eq!(app.rename(&first.access, "Queen").await.status(), Status::NoContent);
    let second = tokens(app.refresh(&first.refresh).await).await;
    assert_eq!(text(app.get("/hello", &second.access).await).await, "Hello, Queen");

    assert_eq!(app.lock(&second.access).await.status(), Status::NoContent);
    let response = app.refresh(&second.refresh).await;
    assert_eq!(response.status(), Status::Forbidden);
    assert_eq!(text(response).await, COULD_NOT_REFRESH);
    let later = app.tokens("alice", "Phone/1").await;
    tokens(app.refresh(&later.refresh).await).await;
}
