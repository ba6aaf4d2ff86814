//! A user id of one issuer is not one of another, unless the settings say so.

use jwtauth::{AuthError, Clock, Identity, JwtAuth, TokenError};
use jwtauth_tests::{NOW, SECRET, figment, payload, token};
use rocket::async_test;
use rocket::http::Method;
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, App, claims, claims_with, provider};
use crate::provider::Provider;

fn issuer(provider: &Provider, more: Value) -> Value {
    let mut issuer = json!({ "issuer": provider.issuer, "audience": AUDIENCE });
    issuer.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    issuer
}

/// An application with users of its own, and this issuer.
async fn both(provider: &Provider, userids: &str, more: Value) -> App {
    let issuers = json!([issuer(provider, more)]);
    App::with(json!({ "master_secret": SECRET, "issuers": issuers, "userids": userids, "sessions": {} })).await
}

async fn faults(settings: Value) -> Vec<String> {
    match JwtAuth::from_figment(&figment(settings)).await {
        Ok(_) => Vec::new(),
        Err(error) => error.faults().iter().map(|fault| format!("{}: {}", fault.setting(), fault.problem())).collect(),
    }
}

const NOT_CHOSEN: &str = "userids: is not set, and user ids come from several issuers: `alice` of one of them would act as \
                          `alice` of another";

#[async_test]
async fn launch_needs_userids_if_there_are_several_issuers() {
    let ((one, _, _), (other, _, _)) = (provider(), provider());
    let (one, other) = (issuer(&one, json!({})), issuer(&other, json!({})));
    for (settings, fails) in [
        (json!({ "issuers": [one] }), false),
        (json!({ "master_secret": SECRET }), false),
        (json!({ "issuers": [one], "master_secret": SECRET }), true),
        (json!({ "issuers": [one, other] }), true),
    ] {
        assert_eq!(faults(settings.clone()).await, if fails { vec![NOT_CHOSEN] } else { vec![] }, "{settings}");
        for userids in ["shared", "distinct"] {
            let mut settings = settings.clone();
            settings["userids"] = userids.into();
            assert_eq!(faults(settings).await, Vec::<String>::new());
        }
    }
    let wrong = faults(json!({ "issuers": [one, other], "userids": "Distinct" })).await;
    assert_eq!(wrong, ["userids: is neither `distinct` nor `shared`"]);
}

#[async_test]
async fn distinct_userids_of_issuers_have_a_prefix() {
    let ((one, _, token_of_one), (other, _, token_of_other)) = (provider(), provider());
    let issuers = json!([issuer(&one, json!({})), issuer(&other, json!({ "userid_prefix": "other:" }))]);
    let app = App::with(json!({ "master_secret": SECRET, "issuers": issuers, "userids": "distinct" })).await;
    assert_eq!(app.get("/me", &token_of_one).await.body, format!("{0}#alice of {0}", one.issuer));
    assert_eq!(app.get("/me", &token_of_other).await.body, format!("other:alice of {}", other.issuer));
    let own = app.login("alice").await;
    assert_eq!(app.get("/me", own["access_token"].as_str().expect("a token")).await.body, "alice of nobody");
    let identity: Identity = app.jwtauth().verify(&token_of_other).await.expect("an identity");
    assert_eq!(identity.sub().as_deref(), Some("alice"));
}

#[async_test]
async fn own_userid_with_the_prefix_of_an_issuer_is_refused() {
    let (provider, _, _) = provider();
    let app = both(&provider, "distinct", json!({ "userid_prefix": "shop:" })).await;
    let error = app.jwtauth().issue("shop:alice", json!({}).as_object().expect("an object").clone()).await;
    assert_eq!(error.expect_err("it is reserved"), AuthError::ReservedUserId { userid: "shop:alice".into() });
    assert_eq!(app.send(Method::Post, "/login/shop:alice", "").await.status, 500);
    assert_eq!(app.send(Method::Post, "/login/shop", "").await.status, 200);
    // A token from before the setting.
    let app = App::with(json!({
        "master_secret": SECRET,
        "issuers": [issuer(&provider, json!({ "userid_prefix": "shop:" }))],
        "userids": "distinct",
    }))
    .await;
    let own = |userid: &str| {
        token(&json!({ "sub": userid, "iat": NOW, "exp": NOW + 60, "refresh_until": NOW + 600, "scope": "x" }))
    };
    assert_eq!(app.status(&own("alice")).await, 200);
    let error = app.jwtauth().verify::<()>(&own("shop:alice")).await.expect_err("it is reserved");
    assert_eq!(error.token_error(), Some(TokenError::Claims));
    assert_eq!(error.facts(), Some("its user id begins with the prefix of a trusted issuer's user ids"));
    assert_eq!(app.send(Method::Post, "/refresh", &own("shop:alice")).await.status, 403);
    assert_eq!(app.send(Method::Post, "/refresh", &own("alice")).await.status, 200);
}

/// With either setting, the guards for sessions refuse a token of an issuer, so it ends no session of an own user. With
/// `distinct`, its user id does not end one either.
#[async_test]
async fn issuer_token_ends_no_session_of_an_own_user() {
    for userids in ["distinct", "shared"] {
        let (provider, signer, _) = provider();
        let app = both(&provider, userids, json!({})).await;
        let own = app.login("alice").await;
        let own = own["access_token"].as_str().expect("a token");
        let theirs = signer.token("a", &claims_with(&provider, "sid", payload(own)["sid"].clone()));
        for (method, path, status) in
            [(Method::Get, "/session", 404), (Method::Get, "/sessions", 404), (Method::Post, "/logout", 204)]
        {
            assert_eq!(app.send(method, path, &theirs).await.status, status, "{path}");
        }
        assert_eq!(app.status(own).await, 200);
        let identity: Identity = app.jwtauth().verify(&theirs).await.expect("an identity");
        let ended = app.jwtauth().end_all_sessions(identity.userid(), None).await.expect("the store is there");
        assert_eq!((ended, app.status(own).await), if userids == "distinct" { (0, 200) } else { (1, 401) });
    }
}

#[async_test]
async fn prefixes_must_not_begin_each_other() {
    let ((one, _, _), (other, _, _)) = (provider(), provider());
    let faults = async |first: Value, second: Value, userids: &str| {
        let issuers = json!([issuer(&one, first), issuer(&other, second)]);
        faults(json!({ "issuers": issuers, "userids": userids })).await
    };
    let prefix = |text: &str| json!({ "userid_prefix": text });
    let overlap = "issuers[1].userid_prefix: can be the beginning of that of `issuers[0]`, or the other way round";
    assert_eq!(faults(prefix("a:"), prefix("b:"), "distinct").await, Vec::<String>::new());
    assert_eq!(faults(prefix("a"), prefix("a:b"), "distinct").await, [overlap]);
    assert_eq!(faults(prefix("a:b"), prefix("a"), "distinct").await, [overlap]);
    assert_eq!(faults(prefix("http"), json!({}), "distinct").await, [overlap]);
    assert_eq!(
        faults(json!({}), prefix("b:"), "shared").await,
        ["issuers[1].userid_prefix: is set, and `userids` is not `distinct`"]
    );
    assert_eq!(
        faults(json!({}), prefix("b:{tenantid}:"), "distinct").await,
        ["issuers[1].userid_prefix: has a tenant, and `issuer` has none"]
    );
}

#[async_test]
async fn faults_of_userids_are_reported_beside_those_of_an_issuer() {
    let ((one, _, _), (other, _, _)) = (provider(), provider());
    let faulty = json!({ "issuer": "https://id.example.com" });
    let audience = "issuers[0].audience: is not set, and tokens for other applications would be accepted";
    let settings = json!({ "issuers": [faulty, issuer(&one, json!({}))] });
    assert_eq!(faults(settings).await, [NOT_CHOSEN, audience]);
    let prefix = |text: &str| json!({ "userid_prefix": text });
    let issuers = json!([faulty, issuer(&one, prefix("a:")), issuer(&other, prefix("a:b:"))]);
    let overlap = "issuers[2].userid_prefix: can be the beginning of that of `issuers[1]`, or the other way round";
    assert_eq!(faults(json!({ "issuers": issuers, "userids": "distinct" })).await, [audience, overlap]);
}

#[async_test]
async fn one_issuer_without_own_users_needs_no_prefix() {
    let (provider, signer, _) = provider();
    let settings = json!({ "issuers": [issuer(&provider, json!({}))] });
    let fairing = JwtAuth::fairing().clock(Clock::manual(NOW));
    let rocket = rocket::custom(figment(settings)).attach(fairing).ignite().await.expect("a launch");
    let jwtauth = rocket.state::<JwtAuth>().expect("the fairing is attached");
    let identity: Identity = jwtauth.verify(&signer.token("a", &claims(&provider))).await.expect("an identity");
    assert_eq!(identity.userid(), "alice");
}
