//! Two applications with a user `alice` each. The second trusts the first as an issuer, and fetches its keys over HTTP.
//! Neither the user ids nor the sessions of the two are mixed up.

use jwtauth::{
    Auth, AuthError, Claims, Clock, Granted, Identity, JwtAuth, LoggedOut, Rule, Session, Tokens, refresh_endpoint,
};
use jwtauth_tests::answer::{Answer, Pair};
use jwtauth_tests::pem::ES256;
use jwtauth_tests::server::Server;
use jwtauth_tests::{NOW, figment, payload, with_secret};
use rocket::request::Request;
use rocket::{Route, async_test, delete, get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::issuer_app::AUDIENCE;
// Both applications have the same permissions, by chance.
use crate::permissions::{Permission, permission};

/// The issuer of the first application.
const FIRST: &str = "https://first.example.com";
const KEYS: &str = "/keys.json";

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    permissions: Granted<Permission>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tid: Option<String>,
}

/// The user of the query is the user of the token.
struct Oneself;

impl<C: Claims> Rule<C> for Oneself {
    async fn check(identity: &Identity<C>, request: &Request<'_>) -> Result<(), AuthError> {
        match request.query_value::<&str>("user") {
            Some(Ok(user)) if user == identity.userid() => Ok(()),
            _ => Err(AuthError::forbidden()),
        }
    }
}

#[post("/login/<user>?<tenant>")]
async fn login(user: &str, tenant: Option<String>, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember(user, Profile { permissions: Granted::from([Permission::WriteOrders]), tid: tenant }).await
}

#[refresh_endpoint("/refresh")]
async fn refresh(userid: &str) -> Option<Profile> {
    (userid == "alice").then(|| Profile { permissions: Granted::new(), tid: None })
}

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

#[get("/letters")]
fn letters(_identity: Identity<(), Oneself>) {}

#[get("/orders")]
fn orders(identity: Identity<Profile, permission::ReadOrders>) -> String {
    format!("{:?}", identity.permissions)
}

#[get("/granted")]
fn granted(identity: Identity<Profile>) -> String {
    format!("{:?} {:?}", identity.permissions, identity.permissions::<Permission>())
}

#[get("/session")]
fn session(session: Session) -> String {
    session.userid().to_owned()
}

#[get("/sessions")]
async fn sessions(auth: Auth<'_>) -> Result<String, AuthError> {
    Ok(auth.sessions().await?.len().to_string())
}

/// Ends the sessions of whoever has the user id. It trusts the user id alone, as the guide says for `distinct`.
#[delete("/sessions")]
async fn end_all(identity: Identity, jwtauth: &JwtAuth) -> Result<String, AuthError> {
    Ok(jwtauth.end_all_sessions(identity.userid(), None).await?.to_string())
}

#[post("/confirm/<user>")]
async fn confirm(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.confirm(user, Profile { permissions: Granted::new(), tid: None }).await
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut, AuthError> {
    auth.forget().await
}

fn all() -> Vec<Route> {
    routes![login, refresh, me, letters, orders, granted, session, sessions, end_all, confirm, logout]
}

/// Launches an application on a socket.
async fn launch(settings: Value) -> Server {
    crate::process_log::install();
    let fairing = JwtAuth::fairing().clock(Clock::manual(NOW));
    Server::start(rocket::custom(figment(settings)).attach(fairing).mount("/", all())).await
}

/// The first application, which publishes its keys.
async fn first(issuer: &str) -> Server {
    let settings = json!({
        "issuer": issuer, "audience": AUDIENCE, "private_key": ES256, "algorithm": "ES256", "jwks_path": KEYS,
        "allow_refresh": true, "sessions": { "staleness": 0 },
    });
    launch(settings).await
}

/// The second application, with users and sessions of its own. It trusts the issuer, with these settings of it too.
async fn second(keys: &Server, issuer: &str, more: Value) -> Server {
    let mut trusted = json!({ "issuer": issuer, "jwks_uri": format!("{}{KEYS}", keys.url()), "audience": AUDIENCE });
    // The machine may be busy.
    trusted["timeout"] = json!(30);
    trusted.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let settings = json!({
        "userids": "distinct", "issuers": [trusted], "allow_refresh": true, "sessions": { "staleness": 0 },
    });
    launch(with_secret(settings)).await
}

async fn send(app: &Server, start: &str, token: &str) -> Answer {
    app.send(start, &["Host: localhost", &format!("Authorization: Bearer {token}")]).await
}

async fn log_in(app: &Server, start: &str) -> Pair {
    app.send(&format!("POST /login/{start}"), &["Host: localhost"]).await.pair()
}

async fn status(app: &Server, start: &str, token: &str) -> u16 {
    send(app, start, token).await.status
}

#[async_test]
async fn user_of_another_application_has_another_userid_with_the_same_name() {
    for (more, prefix) in [(json!({}), "https://first.example.com#"), (json!({ "userid_prefix": "first:" }), "first:")]
    {
        let first = first(FIRST).await;
        let second = second(&first, FIRST, more).await;
        let theirs = log_in(&first, "alice").await.access;
        let own = log_in(&second, "alice").await.access;
        let encoded = prefix.replace('#', "%23");
        // The tokens alternate, so that a remembered one could answer for the other.
        for _ in 0..2 {
            for (token, userid, is_own) in [(&theirs, format!("{prefix}alice"), false), (&own, "alice".into(), true)] {
                assert_eq!(send(&second, "GET /me", token).await.body, userid);
                let letters = async |user: &str| status(&second, &format!("GET /letters?user={user}"), token).await;
                assert_eq!(letters("alice").await, if is_own { 200 } else { 403 }, "{userid}");
                assert_eq!(letters(&format!("{encoded}alice")).await, if is_own { 403 } else { 200 }, "{userid}");
            }
        }
        // In the first application, the user id has no prefix.
        assert_eq!(send(&first, "GET /me", &theirs).await.body, "alice");
        // A login with the user id of the other application is refused. The first does not trust the second.
        let taken = format!("POST /login/{encoded}alice").replace("//", "%2F%2F");
        assert_eq!(second.send(&taken, &["Host: localhost"]).await.status, 500);
        assert_eq!(status(&first, "GET /me", &own).await, 401);
        first.stop().await;
        second.stop().await;
    }
}

#[async_test]
async fn user_of_another_application_has_no_session_here() {
    for (more, prefix) in
        [(json!({}), "https:%2F%2Ffirst.example.com%23"), (json!({ "userid_prefix": "first:" }), "first:")]
    {
        let first = first(FIRST).await;
        let second = second(&first, FIRST, more).await;
        let theirs = log_in(&first, "alice").await;
        let (own, own_too) = (log_in(&second, "alice").await, log_in(&second, "alice").await);
        assert!(payload(&theirs.access)["sid"].is_string());
        for (start, expected) in [
            ("GET /session", 404),
            ("GET /sessions", 404),
            ("POST /confirm/alice", 403),
            (&*format!("POST /confirm/{prefix}alice"), 403),
            ("POST /logout", 204),
            ("POST /refresh", 403),
        ] {
            assert_eq!(status(&second, start, &theirs.access).await, expected, "{start}");
        }
        assert_eq!(status(&second, "POST /refresh", &theirs.refresh).await, 403);
        assert_eq!(send(&second, "DELETE /sessions", &theirs.access).await.body, "0");
        for pair in [&own, &own_too] {
            assert_eq!(send(&second, "GET /sessions", &pair.access).await.body, "2");
        }
        // The own user ends all of the own sessions, and none at the first application.
        assert_eq!(send(&second, "DELETE /sessions", &own.access).await.body, "2");
        assert_eq!(
            [status(&second, "GET /me", &own.access).await, status(&second, "GET /me", &own_too.access).await],
            [401; 2]
        );
        assert_eq!(send(&first, "GET /sessions", &theirs.access).await.body, "1");
        assert_eq!(status(&first, "POST /refresh", &theirs.refresh).await, 200);
        first.stop().await;
        second.stop().await;
    }
}

#[async_test]
async fn user_of_another_application_has_only_the_permissions_of_the_settings() {
    let first = first(FIRST).await;
    let theirs = log_in(&first, "alice").await.access;
    assert_eq!(payload(&theirs)["permissions"], json!(["orders:write"]));
    assert_eq!(send(&first, "GET /orders", &theirs).await.status, 200);
    let claim = json!({ "permissions_claim": "permissions" });
    let other = json!({ "permissions_claim": "permissions", "permissions": { "orders:read": "orders:write" } });
    let mapped = json!({ "permissions_claim": "permissions", "permissions": { "orders:write": "orders:read" } });
    for (more, expected, names) in [
        (json!({}), 403, "{} {}"),
        (other, 403, "{} {}"),
        (mapped, 200, "{\"orders:read\"} {\"orders:read\"}"),
        (claim, 200, "{\"orders:write\"} {\"orders:write\"}"),
    ] {
        let second = second(&first, FIRST, more.clone()).await;
        let own = log_in(&second, "alice").await.access;
        for _ in 0..2 {
            assert_eq!(status(&second, "GET /orders", &theirs).await, expected, "{more}");
            assert_eq!(send(&second, "GET /granted", &theirs).await.body, names, "{more}");
            assert_eq!(status(&second, "GET /orders", &own).await, 200);
            let of_own = "{\"orders:write\"} {\"orders:write\"}";
            assert_eq!(send(&second, "GET /granted", &own).await.body, of_own, "{more}");
        }
        second.stop().await;
    }
    first.stop().await;
}

/// Two applications with the same keys are tenants of one issuer, and each has a user `alice` too.
#[async_test]
async fn users_of_tenants_are_three_people_with_the_same_name() {
    let issuer = |tenant: &str| format!("{FIRST}/{tenant}");
    for (more, prefix) in [
        (json!({}), "https://first.example.com/{tenantid}#"),
        (json!({ "userid_prefix": "{tenantid}@" }), "{tenantid}@"),
    ] {
        let (one, two) = (first(&issuer("one")).await, first(&issuer("two")).await);
        let mut settings = json!({ "tenants": ["one", "two"] });
        settings.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let here = second(&one, &issuer("{tenantid}"), settings).await;
        let own = log_in(&here, "alice").await.access;
        let of_one = log_in(&one, "alice?tenant=one").await.access;
        let of_two = log_in(&two, "alice?tenant=two").await.access;
        for _ in 0..2 {
            for (tenant, token) in [("one", &of_one), ("two", &of_two)] {
                let userid = format!("{}alice", prefix.replace("{tenantid}", tenant));
                assert_eq!(send(&here, "GET /me", token).await.body, userid);
                assert_eq!(status(&here, "GET /letters?user=alice", token).await, 403);
                assert_eq!(send(&here, "DELETE /sessions", token).await.body, "0");
            }
            assert_eq!(send(&here, "GET /me", &own).await.body, "alice");
        }
        // A user who chooses the claim of the tenant does not get into another one.
        let of_other_tenant = log_in(&one, "alice?tenant=two").await.access;
        assert_eq!(status(&here, "GET /me", &of_other_tenant).await, 401);
        for server in [one, two, here] {
            server.stop().await;
        }
    }
}
