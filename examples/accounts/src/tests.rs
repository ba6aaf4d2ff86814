//! Tests of the whole application, on a database of their own.

mod app;
mod sessions;

use std::path::PathBuf;
use std::time::Duration;

use jwtauth::Clock;
use rocket::async_test;
use rocket::figment::value::magic::RelativePathBuf;
use rocket::http::{ContentType, Header, Status};
use rocket::serde::json::{Value, json};
use rocket_db_pools::sqlx;

use self::app::{App, Bearer, Database, access_token, error, text};
use crate::figment;
use crate::passwords::Passwords;

const COULD_NOT_REFRESH: &str = r#"{"validationError": "Could not refresh your token"}"#;
const EXPIRED: &str = r#"{"validationError": "Your session has expired"}"#;

#[async_test]
async fn login_returns_the_token_response() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let response = app.login("alice", "wonderland").await;
    assert_eq!(response.status(), Status::Ok);
    assert_eq!(response.headers().get_one("Cache-Control"), Some("no-store"));
    let header = response.headers().get_one("Authorization").map(str::to_owned);
    let body: Value = response.into_json().await.unwrap();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 1800);
    assert_eq!(header, Some(format!("Bearer {}", body["access_token"].as_str().unwrap())));
}

#[async_test]
async fn login_answers_same_401_to_wrong_password_and_unknown_user() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let mut bodies = Vec::new();
    for (username, password) in [("alice", "toor"), ("nobody", "wonderland"), ("", ""), ("alice", "")] {
        let response = app.login(username, password).await;
        assert_eq!(response.status(), Status::Unauthorized);
        assert_eq!(response.headers().get_one("Authorization"), None);
        bodies.push(text(response).await);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[async_test]
async fn login_hashes_password_of_unknown_user_too() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    // A login that hashes is answered 503, because no permit is left.
    app.client.rocket().state::<Passwords>().unwrap().hashing.close();
    for username in ["alice", "nobody", ""] {
        assert_eq!(app.login(username, "wonderland").await.status(), Status::ServiceUnavailable, "{username}");
    }
}

#[async_test]
async fn release_profile_has_no_users_with_known_passwords() {
    let database = Database::new();
    let app = App::launch(database.figment().select("release")).await;

    for (username, password) in [("alice", "wonderland"), ("root", "toor")] {
        assert_eq!(app.login(username, password).await.status(), Status::Unauthorized, "{username}");
    }
    let users: u32 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&**app.db()).await.unwrap();
    assert_eq!(users, 0);
}

#[async_test]
async fn debug_profile_seeds_an_empty_database_only() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;
    app.execute("DELETE FROM users WHERE userid = 'root'").await;

    let app = App::launch(database.figment()).await;
    assert_eq!(app.login("alice", "wonderland").await.status(), Status::Ok);
    assert_eq!(app.login("root", "toor").await.status(), Status::Unauthorized);
}

#[async_test]
async fn login_without_a_field_is_unprocessable() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let response = app.client.post("/login").header(ContentType::Form).body("username=alice").dispatch().await;
    assert_eq!(response.status(), Status::UnprocessableEntity);
}

#[async_test]
async fn passwords_are_kept_as_argon2id_hashes() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let hashes: Vec<String> = sqlx::query_scalar("SELECT password FROM users").fetch_all(&**app.db()).await.unwrap();
    assert_eq!(hashes.len(), 2);
    assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$v=19$")));
}

#[async_test]
async fn me_returns_the_claims_of_the_token() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    for (userid, nickname, role) in [("alice", "Alice", "reader"), ("root", "Root", "admin")] {
        let token = app.token(userid).await;
        let me: Value = app.get("/me", &token).await.into_json().await.unwrap();
        assert_eq!(me, json!({ "userid": userid, "nickname": nickname, "role": role }));
    }
}

#[async_test]
async fn me_and_admin_answer_401_without_identity() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let requests = || {
        let rename = app.client.put("/me/nickname").header(ContentType::Form).body("nickname=Queen");
        [app.client.get("/me"), app.client.get("/admin"), rename, app.client.post("/me/lock")]
    };
    for request in requests() {
        let response = request.dispatch().await;
        assert_eq!(response.status(), Status::Unauthorized);
        assert_eq!(response.headers().get_one("WWW-Authenticate"), Some("Bearer"));
        assert_eq!(error(response).await, "unauthorized");
    }
    for request in requests() {
        let response = request.bearer("not.a.token").dispatch().await;
        assert_eq!(response.status(), Status::Unauthorized);
        assert_eq!(error(response).await, "invalid_token");
    }
}

#[async_test]
async fn hello_greets_user_by_nickname_and_stranger_without_token() {
    let database = Database::new();
    let clock = Clock::manual(1_750_000_000);
    let app = App::launch_with(database.figment(), &clock).await;

    let token = app.token("alice").await;
    assert_eq!(text(app.get("/hello", &token).await).await, "Hello, Alice");
    assert_eq!(text(app.client.get("/hello").dispatch().await).await, "Hello, stranger");

    clock.advance(Duration::from_secs(1800));
    assert_eq!(app.get("/hello", &token).await.status(), Status::Unauthorized);
}

#[async_test]
async fn admin_refuses_other_roles_with_403() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let root = app.token("root").await;
    assert_eq!(app.get("/admin", &root).await.status(), Status::Ok);

    let alice = app.token("alice").await;
    let response = app.get("/admin", &alice).await;
    assert_eq!(response.status(), Status::Forbidden);
    assert!(!response.headers().contains("WWW-Authenticate"));
    assert_eq!(error(response).await, "forbidden");
}

#[async_test]
async fn nickname_changes_with_the_next_refresh() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let token = app.token("alice").await;
    assert_eq!(app.rename(&token, "Queen+Alice").await.status(), Status::NoContent);
    assert_eq!(text(app.get("/hello", &token).await).await, "Hello, Alice");

    let refreshed = access_token(app.refresh(&token).await).await;
    assert_eq!(text(app.get("/hello", &refreshed).await).await, "Hello, Queen Alice");

    let root = app.token("root").await;
    assert_eq!(text(app.get("/hello", &root).await).await, "Hello, Root");
}

#[async_test]
async fn nickname_must_have_1_to_64_characters() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let token = app.token("alice").await;
    for nickname in ["", &"a".repeat(65)] {
        assert_eq!(app.rename(&token, nickname).await.status(), Status::UnprocessableEntity);
    }
    let refreshed = access_token(app.refresh(&token).await).await;
    assert_eq!(text(app.get("/hello", &refreshed).await).await, "Hello, Alice");
}

#[async_test]
async fn refresh_reads_the_role_again() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let token = app.token("alice").await;
    app.execute("UPDATE users SET role = 'admin' WHERE userid = 'alice'").await;
    assert_eq!(app.get("/admin", &token).await.status(), Status::Forbidden);

    let refreshed = access_token(app.refresh(&token).await).await;
    assert_eq!(app.get("/admin", &refreshed).await.status(), Status::Ok);
}

#[async_test]
async fn refresh_accepts_expired_token_until_session_expires() {
    let database = Database::new();
    let clock = Clock::manual(1_750_000_000);
    let app = App::launch_with(database.figment(), &clock).await;

    let token = app.token("alice").await;
    clock.advance(Duration::from_secs(3600));
    assert_eq!(app.get("/me", &token).await.status(), Status::Unauthorized);
    let refreshed = access_token(app.refresh(&token).await).await;
    assert_eq!(app.get("/me", &refreshed).await.status(), Status::Ok);

    clock.advance(Duration::from_secs(7 * 24 * 3600));
    let response = app.refresh(&token).await;
    assert_eq!(response.status(), Status::Forbidden);
    assert_eq!(text(response).await, EXPIRED);
}

#[async_test]
async fn refresh_refuses_missing_and_malformed_token() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    for response in [app.client.post("/refresh").dispatch().await, app.refresh("not.a.token").await] {
        assert_eq!(response.status(), Status::Forbidden);
        assert_eq!(text(response).await, COULD_NOT_REFRESH);
    }
}

#[async_test]
async fn lock_ends_refreshing_of_all_earlier_tokens() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let [phone, laptop, root] = [app.token("alice").await, app.token("alice").await, app.token("root").await];
    let refreshed = access_token(app.refresh(&phone).await).await;
    assert_eq!(app.lock(&laptop).await.status(), Status::NoContent);

    for token in [&phone, &laptop, &refreshed] {
        let response = app.refresh(token).await;
        assert_eq!(response.status(), Status::Forbidden);
        assert_eq!(text(response).await, COULD_NOT_REFRESH);
        // The access token is valid until it expires nevertheless.
        assert_eq!(app.get("/me", token).await.status(), Status::Ok);
    }
    let later = app.token("alice").await;
    assert_eq!(app.refresh(&later).await.status(), Status::Ok);
    assert_eq!(app.refresh(&root).await.status(), Status::Ok);
}

#[async_test]
async fn deleted_user_can_change_and_refresh_nothing() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let token = app.token("alice").await;
    app.execute("DELETE FROM users WHERE userid = 'alice'").await;

    let response = app.refresh(&token).await;
    assert_eq!(response.status(), Status::Forbidden);
    assert_eq!(text(response).await, COULD_NOT_REFRESH);
    assert_eq!(app.rename(&token, "Ghost").await.status(), Status::NotFound);
    assert_eq!(app.lock(&token).await.status(), Status::NotFound);
    assert_eq!(app.login("alice", "wonderland").await.status(), Status::Unauthorized);
}

/// Routes that need the database respond with 503. The others still work.
async fn assert_unavailable(app: &App, token: &str) {
    let responses = [
        app.login("alice", "wonderland").await,
        app.login("nobody", "wonderland").await,
        app.refresh(token).await,
        app.rename(token, "Queen").await,
        app.lock(token).await,
    ];
    for response in responses {
        assert_eq!(response.status(), Status::ServiceUnavailable);
        assert!(response.headers().contains("Retry-After"));
        assert_eq!(error(response).await, "temporarily_unavailable");
    }
    assert_eq!(app.get("/me", token).await.status(), Status::Ok);
    assert_eq!(app.refresh("not.a.token").await.status(), Status::Forbidden);
}

#[async_test]
async fn accounts_answers_503_without_database_connection() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let token = app.token("alice").await;
    app.db().close().await;
    assert_unavailable(&app, &token).await;
}

#[async_test]
async fn accounts_answers_503_if_query_fails() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;

    let token = app.token("alice").await;
    app.execute("ALTER TABLE users RENAME TO elsewhere").await;
    assert_unavailable(&app, &token).await;

    app.execute("ALTER TABLE elsewhere RENAME TO users").await;
    assert_eq!(app.refresh(&token).await.status(), Status::Ok);
}

#[async_test]
async fn accounts_keeps_users_and_logins_after_restart() {
    let database = Database::new();
    let app = App::launch(database.figment()).await;
    let token = app.token("alice").await;
    assert_eq!(app.rename(&token, "Queen").await.status(), Status::NoContent);
    app.db().close().await;

    let app = App::launch(database.figment()).await;
    let refreshed = access_token(app.refresh(&token).await).await;
    assert_eq!(text(app.get("/hello", &refreshed).await).await, "Hello, Queen");
}

#[async_test]
async fn accounts_obeys_jwtauth_settings_of_the_operator() {
    let database = Database::new();
    let figment = database
        .figment()
        .merge(("jwtauth.auth_header_prefix", "JWT"))
        .merge(("jwtauth.expiration_delta", "10m"))
        .merge(("jwtauth.userid_claim", "login"))
        .merge(("jwtauth.realm", "Wonderland"));
    let app = App::launch(figment).await;

    let body: Value = app.login("alice", "wonderland").await.into_json().await.unwrap();
    assert_eq!(body["token_type"], "JWT");
    assert_eq!(body["expires_in"], 600);
    let token = Header::new("Authorization", format!("JWT {}", body["access_token"].as_str().unwrap()));
    let me: Value = app.client.get("/me").header(token).dispatch().await.into_json().await.unwrap();
    assert_eq!(me["userid"], "alice");

    let response = app.client.get("/me").dispatch().await;
    assert_eq!(response.headers().get_one("WWW-Authenticate"), Some(r#"JWT realm="Wonderland""#));
}

#[async_test]
async fn refresh_can_be_turned_off_in_settings() {
    let database = Database::new();
    let app = App::launch(database.figment().merge(("jwtauth.allow_refresh", false))).await;

    let token = app.token("alice").await;
    assert_eq!(app.get("/me", &token).await.status(), Status::Ok);
    let response = app.refresh(&token).await;
    assert_eq!(response.status(), Status::Forbidden);
    assert_eq!(text(response).await, COULD_NOT_REFRESH);
}

#[test]
fn database_path_is_relative_to_settings_file() {
    let url: RelativePathBuf = figment().extract_inner("databases.accounts.url").unwrap();
    assert_eq!(url.relative(), PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/accounts.sqlite")));
}
