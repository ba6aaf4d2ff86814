//! Shared by the tests: the application with its own database, and a client.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use jwtauth::{Clock, JwtAuth};
use rocket::figment::Figment;
use rocket::http::{ContentType, Header, Status};
use rocket::local::asynchronous::{Client, LocalRequest, LocalResponse};
use rocket::serde::json::Value;
use rocket_db_pools::{Database as _, sqlx};

use crate::db::Db;
use crate::{accounts, figment, login};

/// The database of one test. It is removed at the end of the test.
pub struct Database(PathBuf);

impl Database {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("accounts-{}-{}.sqlite", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Database(env::temp_dir().join(name))
    }

    pub fn figment(&self) -> Figment {
        figment()
            .merge(("databases.accounts.url", &self.0))
            .merge(("jwtauth.master_secret", "a secret of the tests, 32 bytes and more"))
            .merge(("log_level", "off"))
    }

    /// Settings with sessions.
    pub fn figment_with_sessions(&self) -> Figment {
        self.figment().merge(("jwtauth.sessions.url", "memory:"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The launched application with a client.
pub struct App {
    pub client: Client,
}

impl App {
    pub async fn launch(figment: Figment) -> Self {
        App { client: Client::tracked(accounts(figment)).await.expect("it launches") }
    }

    pub async fn launch_with(figment: Figment, clock: &Clock) -> Self {
        // If two fairings are attached, the last one is used.
        let jwtauth = JwtAuth::fairing().refresh_nonce_handler(login::nonce).clock(clock.clone());
        App { client: Client::tracked(accounts(figment).attach(jwtauth)).await.expect("it launches") }
    }

    pub async fn login(&self, username: &str, password: &str) -> LocalResponse<'_> {
        let form = format!("username={username}&password={password}");
        self.client.post("/login").header(ContentType::Form).body(form).dispatch().await
    }

    /// Logs in and returns the access token.
    pub async fn token(&self, username: &str) -> String {
        let password = if username == "root" { "toor" } else { "wonderland" };
        access_token(self.login(username, password).await).await
    }

    /// Logs in with this client and returns the tokens.
    pub async fn tokens(&self, username: &str, user_agent: &'static str) -> Tokens {
        let password = if username == "root" { "toor" } else { "wonderland" };
        let form = format!("username={username}&password={password}");
        let request = self.client.post("/login").header(ContentType::Form).body(form);
        tokens(request.header(Header::new("User-Agent", user_agent)).dispatch().await).await
    }

    pub async fn get(&self, uri: &'static str, token: &str) -> LocalResponse<'_> {
        self.client.get(uri).bearer(token).dispatch().await
    }

    pub async fn refresh(&self, token: &str) -> LocalResponse<'_> {
        self.client.post("/refresh").bearer(token).dispatch().await
    }

    pub async fn rename(&self, token: &str, nickname: &str) -> LocalResponse<'_> {
        let form = format!("nickname={nickname}");
        self.client.put("/me/nickname").header(ContentType::Form).bearer(token).body(form).dispatch().await
    }

    pub async fn lock(&self, token: &str) -> LocalResponse<'_> {
        self.client.post("/me/lock").bearer(token).dispatch().await
    }

    pub async fn post(&self, uri: &'static str, token: &str) -> LocalResponse<'_> {
        self.client.post(uri).bearer(token).dispatch().await
    }

    /// The list of sessions that the user sees.
    pub async fn sessions(&self, token: &str) -> Vec<Value> {
        let response = self.get("/sessions", token).await;
        assert_eq!(response.status(), Status::Ok);
        response.into_json().await.expect("a list")
    }

    /// Ends one of the sessions in the list.
    pub async fn end(&self, session: &Value, token: &str) -> LocalResponse<'_> {
        let id = session["id"].as_str().expect("an id");
        self.client.delete(format!("/sessions/{id}")).bearer(token).dispatch().await
    }

    pub fn db(&self) -> &Db {
        Db::fetch(self.client.rocket()).expect("the database is attached")
    }

    /// Changes the database from outside of the application.
    pub async fn execute(&self, sql: &'static str) {
        sqlx::query(sql).execute(&**self.db()).await.expect("the statement is good");
    }
}

pub trait Bearer {
    fn bearer(self, token: &str) -> Self;
}

impl Bearer for LocalRequest<'_> {
    fn bearer(self, token: &str) -> Self {
        self.header(Header::new("Authorization", format!("Bearer {token}")))
    }
}

/// The tokens of a session.
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

pub async fn tokens(response: LocalResponse<'_>) -> Tokens {
    assert_eq!(response.status(), Status::Ok);
    let body: Value = response.into_json().await.expect("a token response");
    let token = |name: &str| body[name].as_str().expect(name).to_owned();
    Tokens { access: token("access_token"), refresh: token("refresh_token") }
}

pub async fn access_token(response: LocalResponse<'_>) -> String {
    assert_eq!(response.status(), Status::Ok);
    let body: Value = response.into_json().await.expect("a token response");
    body["access_token"].as_str().expect("an access token").to_owned()
}

pub async fn text(response: LocalResponse<'_>) -> String {
    response.into_string().await.expect("a body")
}

pub async fn error(response: LocalResponse<'_>) -> String {
    let body: Value = response.into_json().await.expect("a JSON body");
    body["error"].as_str().expect("an error code").to_owned()
}
