//! The data that a login carries, with sessions: it is in the row and in each access token.

use jwtauth::{
    Auth, AuthError, Carried, Claims, Identity, LoginInfo, RefreshError, Refreshing, SessionId, Tokens,
    refresh_endpoint,
};
use jwtauth_tests::answer::Pair;
use jwtauth_tests::{NOW, payload};
use rocket::http::Method;
use rocket::{async_test, get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::session_app::{App, WEEK, sid};

#[derive(Serialize, Deserialize, Claims)]
struct Loaded {
    loaded: Value,
    session: String,
    at: Option<u64>,
}

#[post("/carry/<tenant>")]
async fn carry(tenant: u32, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", ()).carrying(json!({ "tenant": tenant })).await
}

#[refresh_endpoint("/load")]
fn load(_userid: &str, login: LoginInfo, data: Carried<Value>) -> Option<Loaded> {
    Some(loaded(data.into_inner(), login.session_id(), login.auth_time()))
}

#[post("/by-hand")]
async fn by_hand(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    let refreshing = refreshing?;
    let data = refreshing.carried().expect("JSON").unwrap_or_default();
    let claims = loaded(data, refreshing.session_id(), refreshing.auth_time());
    refreshing.renew(claims).await
}

#[get("/carried")]
fn carried(identity: Identity, guard: Carried<Value>, login: LoginInfo) -> String {
    assert_eq!(identity.session_id(), login.session_id());
    assert_eq!(identity.carried().expect("JSON").unwrap_or(Value::Null), *guard);
    guard.0.to_string()
}

fn loaded(loaded: Value, session: Option<SessionId>, at: Option<u64>) -> Loaded {
    Loaded { loaded, session: session.expect("a session").to_string(), at }
}

async fn app() -> App {
    let routes = routes![carry, load, by_hand, carried];
    App::custom(json!({ "sessions": {} }), |rocket, fairing| rocket.attach(fairing).mount("/", routes)).await
}

impl App {
    async fn carry(&self, tenant: u32) -> Pair {
        self.send(Method::Post, &format!("/carry/{tenant}"), &[]).await.pair()
    }
}

#[async_test]
async fn session_keeps_what_its_login_carries() {
    let app = app().await;
    let (one, two) = (app.carry(1).await, app.carry(2).await);
    for (mut pair, tenant) in [(one, 1), (two, 2)] {
        let (id, data) = (sid(&pair.access), json!({ "tenant": tenant }));
        let row = app.store.row(id).await.expect("a row");
        assert_eq!(row.carried.as_deref(), Some(data.to_string().as_str()));
        for path in ["/load", "/by-hand", "/load"] {
            app.wait(100);
            pair = app.post(path, &pair.refresh).await.pair();
            let claims = payload(&pair.access);
            assert_eq!((&claims["carried"], &claims["loaded"], &claims["at"]), (&data, &data, &json!(NOW)), "{path}");
            assert_eq!((&claims["session"], &claims["auth_time"]), (&json!(id.to_string()), &json!(NOW)));
            assert_eq!(app.get("/carried", &pair.access).await.body, data.to_string());
        }
        app.clock.set(NOW);
    }
}

#[async_test]
async fn session_without_carried_data_has_none() {
    let app = app().await;
    let pair = app.login("alice").await;
    assert_eq!(app.store.row(sid(&pair.access)).await.and_then(|row| row.carried), None);
    assert_eq!(app.get("/carried", &pair.access).await.body, "null");
    assert_eq!(app.post("/load", &pair.refresh).await.status, 200, "null is a `Value`");
    let pair = app.refresh(&app.login("alice").await.refresh).await.pair();
    assert_eq!(payload(&pair.access).get("carried"), None);
}

#[async_test]
async fn loader_gets_the_copy_of_the_session_and_not_that_of_a_token() {
    let app = app().await;
    let pair = app.carry(1).await;
    app.store.rewrite(sid(&pair.access), |row| row.carried = Some(r#"{"tenant":5}"#.to_owned())).await;
    assert_eq!(app.get("/carried", &pair.access).await.body, r#"{"tenant":1}"#);
    let claims = payload(&app.post("/load", &pair.refresh).await.pair().access);
    assert_eq!((&claims["loaded"], &claims["carried"]), (&json!({ "tenant": 5 }), &json!({ "tenant": 5 })));
}

#[async_test]
async fn refresh_puts_nothing_from_a_store_into_a_token_but_json() {
    let app = app().await;
    for carried in [r#"1,"role":"admin""#, "", "{", r#"1}{"#] {
        let pair = app.login("alice").await;
        app.store.rewrite(sid(&pair.access), |row| row.carried = Some(carried.to_owned())).await;
        assert_eq!(app.refresh(&pair.refresh).await.status, 500, "{carried}");
        assert_eq!(app.store.row(sid(&pair.access)).await.map(|row| row.generation), Some(0), "nothing is spent");
    }
}

#[async_test]
async fn session_ends_at_max_lifetime_after_the_login_and_not_after_the_authentication() {
    let app = App::with(json!({ "max_lifetime": "2w", "sessions": {} })).await;
    let pair = app.login("alice").await;
    app.wait(WEEK - 100);
    app.store.rewrite(sid(&pair.access), |row| row.auth_time = NOW + WEEK - 200).await;
    let pair = app.refresh(&pair.refresh).await.pair();
    let claims = payload(&pair.access);
    assert_eq!((&claims["login_time"], &claims["auth_time"]), (&json!(NOW), &json!(NOW + WEEK - 200)));
    app.wait(WEEK - 1000);
    let pair = app.refresh(&pair.refresh).await.pair();
    let claims = payload(&pair.access);
    assert_eq!(claims["exp"], NOW + 2 * WEEK, "it ends with the login");
    assert_eq!(app.me(&pair.access).await, 200);
    app.wait(1100);
    assert_eq!(app.me(&pair.access).await, 401);
}
