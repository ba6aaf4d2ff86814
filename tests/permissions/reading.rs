//! Which claim the permissions are read from, and how often.

use jwtauth::{Claims, Granted, Identity, Permissions};
use rocket::{get, routes};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::permissions_app::{App, Permission, block_on, permission};

#[derive(Permissions)]
#[permissions(module = scopes, claim = "scope")]
enum Scope {
    #[permission("openid")]
    OpenId,
    #[permission("email")]
    Email,
}

#[derive(Serialize, Deserialize, Claims)]
struct Both {
    permissions: Granted<Permission>,
    scope: Option<Granted<Scope>>,
}

#[get("/two-enums")]
fn two_enums(identity: Identity<(), (permission::ReadOrders, scopes::Email)>) -> String {
    format!("{:?} {:?}", identity.permissions::<Permission>(), identity.permissions::<Scope>())
}

#[get("/both")]
fn both(identity: Identity<Both>) -> String {
    format!("{:?} {:?}", identity.permissions, identity.scope)
}

#[get("/email")]
fn email(_identity: Identity<(), scopes::Email>) -> &'static str {
    "email"
}

#[test]
fn permissions_of_two_enums_are_read_from_their_claims() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| rocket.mount("/", routes![two_enums, both, email])).await;
        let token = app.token(json!({ "permissions": ["orders:write"], "scope": "openid email profile" }));
        for _ in 0..2 {
            assert_eq!(app.get("/two-enums", &token).await.body, r#"{"orders:write"} {"openid", "email"}"#);
            assert_eq!(app.get("/both", &token).await.body, r#"{"orders:write"} Some({"openid", "email"})"#);
        }
        // A permission in the claim of another enum is not one.
        let token = app.token(json!({ "permissions": ["email"], "scope": "openid" }));
        assert_eq!(app.get("/email", &token).await.status, 403);
        assert_eq!([Scope::OpenId.name(), Scope::Email.name()], ["openid", "email"]);
    });
}

#[test]
fn foreign_token_has_an_empty_set_in_its_claims() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| rocket.mount("/", routes![both])).await;
        for (permissions, scope) in [(json!(["admin"]), json!("email")), (json!({ "a": 1 }), json!(7))] {
            let token = app.foreign_token(json!({ "permissions": permissions, "scope": scope }));
            assert_eq!(app.get("/both", &token).await.body, "{} Some({})");
        }
    });
}

#[test]
fn claim_of_the_wrong_type_is_logged_once_per_token() {
    let (_, lines) = crate::log::logged(|| {
        block_on(async {
            let app = App::new().await;
            let token = app.token(json!({ "permissions": { "orders:read": true } }));
            // The claims type without permissions: only the rule reads the claim.
            let identity = app.client.rocket().state::<jwtauth::JwtAuth>().expect("attached");
            for _ in 0..3 {
                let identity = identity.verify::<()>(&token).await.expect("valid");
                assert!(identity.require::<permission::ReadOrders>().is_err());
                assert!(identity.require::<permission::Admin>().is_err());
            }
        });
    });
    let warnings = lines.iter().filter(|line| line.text.contains("is not a list of texts")).count();
    assert_eq!(warnings, 1, "{lines:#?}");
}

/// The claims type has the claim too. Each token is verified with it once.
#[test]
fn claim_of_the_wrong_type_in_the_claims_type_is_logged_once_per_token() {
    let (_, lines) = crate::log::logged(|| {
        block_on(async {
            let app = App::custom(json!({ "verified_cache": 0 }), |rocket| rocket).await;
            let token = app.token(json!({ "permissions": 7 }));
            assert_eq!(app.get("/one/guard", &token).await.status, 403);
            assert_eq!(app.get("/anyone/guard", &token).await.status, 200);
        });
    });
    let warnings = lines.iter().filter(|line| line.text.contains("is not a list of texts")).count();
    assert_eq!(warnings, 2, "two requests without a cache: {lines:#?}");
}

#[test]
fn issued_token_has_the_names_that_were_granted() {
    block_on(async {
        let app = App::new().await;
        let jwtauth = app.client.rocket().state::<jwtauth::JwtAuth>().expect("attached");
        let claims = Both { permissions: Granted::from([Permission::Admin]), scope: None };
        let tokens = jwtauth.issue("alice", claims).await.expect("issued");
        let payload = jwtauth_tests::payload(tokens.access_token());
        assert_eq!((&payload["permissions"], &payload["scope"]), (&json!(["admin"]), &json!(null)));
        assert_eq!(app.get("/all/guard", tokens.access_token()).await.status, 200);
    });
}
