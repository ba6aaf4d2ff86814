//! Tests of the store and of the application with it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use jwtauth::{JwtAuth, SessionRecord, SessionStore};
use rocket::async_test;
use rocket::figment::Figment;
use rocket::http::{ContentType, Header, Status};
use rocket::local::asynchronous::{Client, LocalResponse};
use rocket_db_pools::Database as _;
use rocket_db_pools::sqlx::{self, SqlitePool};
use serde_json::Value;

use crate::passwords::Passwords;
use crate::store::SqliteStore;
use crate::{Db, app, figment};

// The directory exists as long as the expression is in use: until the end of the test.
jwtauth::session_store_conformance!(store(&Directory::new()).await);

/// The directory of one test. It is removed at the end of the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("custom-store-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).expect("a directory");
        Directory(path)
    }

    fn figment(&self) -> Figment {
        figment()
            .merge(("databases.app.url", self.0.join("app.sqlite")))
            .merge(("jwtauth.master_secret", "a secret of the tests, 32 bytes and more"))
            .merge(("log_level", "off"))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The store, with the tables and the pool of the application.
async fn store(directory: &Directory) -> SqliteStore {
    let rocket = app(directory.figment()).ignite().await.expect("it ignites");
    SqliteStore(SqlitePool::clone(Db::fetch(&rocket).expect("the database is attached")))
}

async fn launch(directory: &Directory) -> Client {
    Client::tracked(app(directory.figment())).await.expect("it launches")
}

async fn login<'c>(client: &'c Client, password: &str) -> LocalResponse<'c> {
    let form = format!("username=alice&password={password}");
    client.post("/login").header(ContentType::Form).body(form).dispatch().await
}

async fn post<'c>(client: &'c Client, uri: &'static str, token: &str) -> LocalResponse<'c> {
    client.post(uri).header(bearer(token)).dispatch().await
}

async fn me<'c>(client: &'c Client, token: &str) -> LocalResponse<'c> {
    client.get("/me").header(bearer(token)).dispatch().await
}

fn bearer(token: &str) -> Header<'static> {
    Header::new("Authorization", format!("Bearer {token}"))
}

/// The access token and the refresh token.
async fn tokens(response: LocalResponse<'_>) -> (String, String) {
    assert_eq!(response.status(), Status::Ok);
    let body: Value = serde_json::from_str(&response.into_string().await.expect("a body")).expect("JSON");
    let token = |name: &str| body[name].as_str().expect(name).to_owned();
    (token("access_token"), token("refresh_token"))
}

async fn rows(client: &Client) -> u32 {
    let db = Db::fetch(client.rocket()).expect("the database is attached");
    sqlx::query_scalar("SELECT count(*) FROM sessions").fetch_one(&**db).await.expect("a number")
}

#[async_test]
async fn custom_store_keeps_one_row_from_login_to_logout() {
    let directory = Directory::new();
    let client = launch(&directory).await;

    assert_eq!(login(&client, "looking-glass").await.status(), Status::Unauthorized);
    assert_eq!(rows(&client).await, 0);
    let (access, refresh) = tokens(login(&client, "wonderland").await).await;
    assert_eq!(me(&client, &access).await.into_string().await.as_deref(), Some("Hello, Alice"));
    let (next_access, next_refresh) = tokens(post(&client, "/refresh", &refresh).await).await;
    assert_ne!(next_refresh, refresh);
    assert_eq!(me(&client, &next_access).await.status(), Status::Ok);
    assert_eq!(rows(&client).await, 1);

    assert_eq!(post(&client, "/logout", &next_access).await.status(), Status::NoContent);
    assert_eq!(rows(&client).await, 0);
    assert_eq!(me(&client, &next_access).await.status(), Status::Unauthorized);
    assert_eq!(post(&client, "/refresh", &next_refresh).await.status(), Status::Forbidden);
}

#[async_test]
async fn custom_store_keeps_sessions_after_restart() {
    let directory = Directory::new();
    let client = launch(&directory).await;
    let (_, refresh) = tokens(login(&client, "wonderland").await).await;
    Db::fetch(client.rocket()).unwrap().close().await;

    let client = launch(&directory).await;
    tokens(post(&client, "/refresh", &refresh).await).await;
    assert_eq!(client.rocket().state::<JwtAuth>().unwrap().sessions("alice").await.unwrap().len(), 1);
}

#[async_test]
async fn custom_store_answers_503_without_database() {
    let directory = Directory::new();
    let client = launch(&directory).await;
    let (access, refresh) = tokens(login(&client, "wonderland").await).await;
    Db::fetch(client.rocket()).unwrap().close().await;

    for response in [
        login(&client, "wonderland").await,
        post(&client, "/refresh", &refresh).await,
        post(&client, "/logout", &access).await,
    ] {
        assert_eq!(response.status(), Status::ServiceUnavailable);
        assert!(response.headers().contains("Retry-After"));
    }
}

#[async_test]
async fn custom_store_reports_invalid_row_as_error() {
    let directory = Directory::new();
    let store = store(&directory).await;
    let session = SessionRecord::new("AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap(), "alice", 1, 2);
    store.create(&session, None).await.unwrap();
    assert_eq!(store.get(session.id).await.unwrap().as_ref(), Some(&session));

    for damage in ["generation = -1", "nonce_digest = x'00'"] {
        sqlx::query(&format!("UPDATE sessions SET {damage}")).execute(&store.0).await.unwrap();
        assert!(store.get(session.id).await.is_err(), "{damage}");
        sqlx::query("UPDATE sessions SET generation = 0").execute(&store.0).await.unwrap();
    }
}

#[async_test]
async fn login_hashes_password_of_unknown_user_too() {
    let directory = Directory::new();
    let client = launch(&directory).await;
    // A login that hashes is answered 503, because no permit is left.
    client.rocket().state::<Passwords>().expect("managed").hashing.close();
    for username in ["alice", "mallory", ""] {
        let form = format!("username={username}&password=wonderland");
        let response = client.post("/login").header(ContentType::Form).body(form).dispatch().await;
        assert_eq!(response.status(), Status::ServiceUnavailable, "{username}");
    }
}

#[async_test]
async fn release_profile_has_no_user_with_a_known_password() {
    let directory = Directory::new();
    let client = Client::tracked(app(directory.figment().select("release"))).await.expect("it launches");
    assert_eq!(login(&client, "wonderland").await.status(), Status::Unauthorized);
}
