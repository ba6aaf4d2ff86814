//! Access tokens: how long a node uses its copy of the session state.

use jwtauth::{Identity, Visitor};
use jwtauth_tests::{NOW, token};
use rocket::futures::future::join_all;
use rocket::{async_test, get, routes};
use serde_json::json;

use crate::session_app::{App, Profile, WEEK, sid};

const ENDED: &str = "The session of the token has ended";

#[async_test]
async fn session_is_not_looked_up_within_staleness() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    app.store.asked();
    for _ in 0..4 {
        assert_eq!(app.me(&pair.access).await, 200);
        app.wait(1);
    }
    assert_eq!(app.store.asked(), 0, "a login is known where it was");
    app.wait(1);
    for _ in 0..10 {
        assert_eq!(app.me(&pair.access).await, 200);
    }
    assert_eq!(app.store.asked(), 1);
    app.wait(5);
    assert_eq!(app.me(&pair.access).await, 200);
    assert_eq!(app.store.asked(), 1);
}

#[async_test]
async fn session_ended_on_other_node_is_refused_after_staleness() {
    let here = App::new(json!({ "staleness": "10s" })).await;
    let there = here.node(json!({ "staleness": "10s" })).await;
    let pair = here.login("alice").await;
    assert_eq!(here.me(&pair.access).await, 200);
    there.jwtauth().end_session(sid(&pair.access), "alice").await.expect("a store");
    there.get("/me", &pair.access).await.assert_refused(ENDED);
    here.wait(9);
    assert_eq!(here.me(&pair.access).await, 200);
    here.wait(1);
    here.get("/me", &pair.access).await.assert_refused(ENDED);
    here.refresh(&pair.refresh).await.assert_not_refreshed(crate::session_app::REFUSED);
}

#[async_test]
async fn session_is_looked_up_by_each_request_without_staleness() {
    let here = App::new(json!({ "staleness": 0 })).await;
    let there = here.node(json!({ "staleness": 0 })).await;
    let pair = here.login("alice").await;
    here.store.asked();
    for asked in 1..5 {
        assert_eq!(here.me(&pair.access).await, 200, "request {asked}");
    }
    assert_eq!(here.store.asked(), 4);
    there.post("/logout", &pair.access).await;
    here.get("/me", &pair.access).await.assert_refused(ENDED);
    here.store.set_away(true);
    here.get("/me", &pair.access).await.assert_unavailable();
}

#[async_test]
async fn session_is_never_looked_up_with_unlimited_staleness() {
    let app = App::new(json!({ "staleness": "unlimited" })).await;
    let pair = app.login("alice").await;
    app.store.asked();
    app.store.set_away(true);
    for _ in 0..3 {
        app.wait(300);
        assert_eq!(app.me(&pair.access).await, 200);
    }
    assert_eq!(app.store.asked(), 0);
    app.store.set_away(false);
    app.post("/logout", &pair.access).await;
    assert_eq!(app.me(&pair.access).await, 200, "until it expires");
    app.refresh(&pair.refresh).await.assert_not_refreshed(crate::session_app::REFUSED);
    app.wait(900);
    app.get("/me", &pair.access).await.assert_refused("The token has expired");
}

#[async_test]
async fn identity_is_unavailable_in_store_outage_after_staleness() {
    let app = App::new(json!({ "staleness": "60s" })).await;
    let pair = app.login("alice").await;
    app.store.set_away(true);
    app.wait(59);
    assert_eq!(app.me(&pair.access).await, 200);
    app.wait(1);
    app.get("/me", &pair.access).await.assert_unavailable();
    assert_eq!(app.get("/maybe", &pair.access).await.body, "unknown", "never taken for known");
    app.store.set_away(false);
    assert_eq!(app.me(&pair.access).await, 200);
}

#[async_test]
async fn liveness_lookup_is_shared_by_concurrent_requests() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    app.wait(5);
    app.store.asked();
    app.store.set_slow(50);
    // All requests run in one task, so all of them start before the first one finishes.
    let requests = (0..100).map(|_| app.me(&pair.access));
    assert_eq!(join_all(requests).await, [200; 100]);
    assert_eq!(app.store.asked(), 1);
    app.wait(5);
    app.store.set_away(true);
    let requests = (0..100).map(|_| app.me(&pair.access));
    assert_eq!(join_all(requests).await, [503; 100]);
    assert_eq!(app.store.asked(), 1, "who waited does not ask again");
}

#[get("/many")]
fn many(_one: Identity<Profile>, _two: Identity, _three: Visitor, _four: Option<Identity<Profile>>) {}

#[async_test]
async fn session_is_looked_up_once_per_request() {
    let settings = json!({ "sessions": { "staleness": 0 } });
    let app = App::custom(settings, |rocket, fairing| rocket.attach(fairing).mount("/", routes![many])).await;
    let pair = app.login("alice").await;
    app.store.asked();
    assert_eq!(app.get("/many", &pair.access).await.status, 200);
    assert_eq!(app.store.asked(), 1);
    app.post("/logout-elsewhere", &pair.access).await;
    assert_eq!(app.store.asked(), 3, "the check, the row for the guard `Session`, and the ends");
}

#[async_test]
async fn access_token_is_refused_after_idle_end_of_session() {
    let app = App::with(json!({ "expiration_delta": "unlimited", "sessions": {} })).await;
    let pair = app.login("alice").await;
    app.wait(WEEK - 1);
    assert_eq!(app.me(&pair.access).await, 200);
    app.wait(1);
    app.get("/me", &pair.access).await.assert_refused(ENDED);
}

#[async_test]
async fn session_refreshed_on_other_node_stays_valid() {
    let here = App::with(json!({ "expiration_delta": "unlimited", "sessions": { "staleness": "30d" } })).await;
    let there = here.node(json!({})).await;
    let pair = here.login("alice").await;
    here.wait(WEEK - 1);
    there.refresh(&pair.refresh).await.pair();
    here.wait(1);
    assert_eq!(here.me(&pair.access).await, 200, "asked again before it is refused");
}

#[async_test]
async fn identity_refuses_token_without_valid_session_id() {
    let app = App::new(json!({ "staleness": "unlimited" })).await;
    let claims = json!({ "sub": "alice", "exp": NOW + 1800, "iat": NOW, "auth_time": NOW, "loads": 0 });
    let with = |sid: serde_json::Value| {
        let mut claims = claims.clone();
        claims["sid"] = sid;
        token(&claims)
    };
    let refused = "The claims of the token are not acceptable";
    app.get("/me", &token(&claims)).await.assert_refused(refused);
    for sid in [json!(null), json!(7), json!(""), json!("x"), json!("_____________________x"), json!(["a"])] {
        app.get("/me", &with(sid)).await.assert_refused(refused);
    }
    assert_eq!(app.me(&with(json!("_____________________w"))).await, 200);
    let twice =
        r#"{"sub":"alice","exp":9999999999,"loads":0,"sid":"_____________________w","sid":"_____________________w"}"#;
    let twice = jwtauth_tests::forge(r#"{"alg":"HS256","typ":"JWT"}"#, twice);
    app.get("/me", &twice).await.assert_refused(refused);
}

#[async_test]
async fn identity_refuses_token_with_invalid_generation() {
    let app = App::new(json!({ "staleness": "unlimited" })).await;
    let claims = |generation: &str| {
        format!(r#"{{"sub":"alice","exp":9999999999,"loads":0,"sid":"_____________________w"{generation}}}"#)
    };
    let with = |generation: &str| jwtauth_tests::forge(r#"{"alg":"HS256","typ":"JWT"}"#, claims(generation));
    for generation in ["null", "\"1\"", "-1", "1.5", "[1]", "18446744073709551616", "1,\"gen\":1"] {
        let refused = app.get("/me", &with(&format!(",\"gen\":{generation}"))).await;
        refused.assert_refused("The claims of the token are not acceptable");
    }
    for generation in ["", ",\"gen\":0", ",\"gen\":18446744073709551615"] {
        assert_eq!(app.me(&with(generation)).await, 200, "{generation}");
    }
}

#[async_test]
async fn identity_refuses_unknown_session() {
    let app = App::new(json!({})).await;
    let claims = json!({ "sub": "alice", "exp": NOW + 1800, "sid": "_____________________w", "loads": 0 });
    app.get("/me", &token(&claims)).await.assert_refused(ENDED);
    app.get("/me", &token(&claims)).await.assert_refused(ENDED);
    assert_eq!(app.store.asked(), 1, "and that is known then");
}

#[async_test]
async fn verify_looks_up_session_outside_of_a_request() {
    let app = App::new(json!({})).await;
    let pair = app.login("alice").await;
    let identity = app.jwtauth().verify::<()>(&pair.access).await.expect("a good token");
    assert_eq!((identity.userid(), identity.session_id()), ("alice", Some(sid(&pair.access))));
    app.post("/logout", &pair.access).await;
    let error = app.jwtauth().verify::<()>(&pair.access).await.expect_err("it has ended");
    assert_eq!(error.token_error(), Some(jwtauth::TokenError::SessionEnded));
}
