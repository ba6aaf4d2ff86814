//! What the matrix does not show of rules.

use std::time::Duration;

use jwtauth::{Any, Auth, AuthError, Claims, Identity, Recent, Rule};
use jwtauth_tests::NOW;
use rocket::http::{Method, Status};
use rocket::request::Request;
use rocket::{catch, catchers, get, routes};
use serde_json::json;

use crate::permissions_app::{Alice, App, Permission, Profile, block_on, permission};

#[test]
fn rule_that_cannot_tell_answers_503() {
    block_on(async {
        let app = App::new().await;
        let away = [("X-Database-Away", "1")];
        let token = app.token(json!({}));
        for path in ["/own/guard", "/own/mounted", "/any_or_own/guard", "/own/result", "/own/visitor"] {
            app.send(Method::Get, path, &token, &away).await.assert_unavailable();
        }
        // The first rule is satisfied, so the second is not asked.
        let admin = app.token(json!({ "permissions": ["admin"] }));
        assert_eq!(app.send(Method::Get, "/any_or_own/guard", &admin, &away).await.status, 200);
    });
}

#[test]
fn recent_login_ages_with_the_clock_and_not_with_refreshes() {
    block_on(async {
        let app = App::new().await;
        let token = app.token(json!({ "auth_time": NOW }));
        for (seconds, status) in [(0, 200), (300, 200), (1, 401)] {
            app.clock.advance(Duration::from_secs(seconds));
            assert_eq!(app.get("/recent/guard", &token).await.status, status, "{seconds}");
        }
        // A new token for the same login.
        let refreshed = app.token(json!({ "auth_time": NOW, "iat": NOW + 301 }));
        assert_eq!(app.get("/recent/guard", &refreshed).await.status, 401);
        let without = app.token(json!({ "auth_time": null }));
        assert_eq!(app.get("/recent/guard", &without).await.status, 401);
    });
}

#[get("/several")]
fn several(
    _first: Option<Identity<(), permission::Admin>>,
    _second: Option<Identity<(), Recent<300>>>,
    _third: Identity<(), permission::WriteOrders>,
    _fourth: Identity<(), Recent<10>>,
) {
}

#[get("/own-answer")]
fn own_answer(_first: Option<Identity<(), permission::Admin>>) -> Status {
    Status::NotFound
}

#[catch(403)]
fn missing(request: &rocket::Request<'_>) -> String {
    match AuthError::of(request) {
        Some(AuthError::Forbidden { scope }) => format!("{} is missing", scope),
        other => format!("{other:?}"),
    }
}

#[test]
fn challenge_is_that_of_the_guard_that_refused_last() {
    block_on(async {
        let app = App::custom(json!({ "realm": "shop" }), |rocket| {
            rocket.mount("/x", routes![several, own_answer]).register("/x", catchers![missing])
        });
        let app = app.await;
        let old = NOW - 301;
        let answer = app.get("/x/several", &app.token(json!({ "auth_time": old }))).await;
        assert_eq!((answer.status, answer.body.as_str()), (403, "orders:write is missing"));
        let challenge = "Bearer realm=\"shop\", error=\"insufficient_scope\", scope=\"orders:write\"";
        assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));
        let token = app.token(json!({ "auth_time": old, "permissions": ["orders:write"] }));
        let answer = app.get("/x/several", &token).await;
        let challenge = "Bearer realm=\"shop\", error=\"insufficient_user_authentication\", max_age=\"10\"";
        assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some(challenge)));
        let answer = app.get("/x/own-answer", &token).await;
        assert_eq!((answer.status, answer.header("WWW-Authenticate")), (404, None));
    });
}

#[get("/by-hand")]
fn by_hand(identity: Identity<Profile>) -> Result<String, AuthError> {
    identity.require::<Any<(permission::ReadUsers, (permission::ReadOrders, permission::WriteOrders))>>()?;
    let permissions = identity.permissions::<Permission>();
    assert_eq!(permissions, identity.permissions, "the claim in the claims type");
    Ok(format!("{permissions:?}"))
}

#[test]
fn identity_checks_rules_by_hand() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| rocket.mount("/", routes![by_hand])).await;
        for (permissions, body) in [
            (json!(["orders:write", "x"]), Ok(r#"{"orders:write"}"#)),
            (json!("users:read x"), Ok(r#"{"users:read"}"#)),
            (json!(["admin"]), Ok(r#"{"admin"}"#)),
            (json!(["orders:read"]), Err("users:read")),
            (json!(null), Err("users:read")),
            (json!(7), Err("users:read")),
        ] {
            let answer = app.get("/by-hand", &app.token(json!({ "permissions": permissions }))).await;
            match body {
                Ok(body) => assert_eq!((answer.status, answer.body.as_str()), (200, body)),
                Err(scope) => {
                    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
                    assert_eq!((answer.status, answer.header("WWW-Authenticate")), (403, Some(challenge.as_str())));
                }
            }
        }
    });
}

/// The same rules outside of a request, as for a WebSocket message.
#[test]
fn verified_token_outside_of_a_request_has_permissions() {
    block_on(async {
        let app = App::new().await;
        let jwtauth: &jwtauth::JwtAuth = app.client.rocket().state().expect("the fairing is attached");
        let identity =
            jwtauth.verify::<()>(&app.token(json!({ "permissions": ["orders:write"] }))).await.expect("valid");
        assert_eq!(identity.require::<permission::ReadOrders>(), Ok(()));
        assert_eq!(identity.require::<permission::Admin>(), Err(AuthError::Forbidden { scope: "admin".into() }));
        let identity = jwtauth.verify::<()>(&app.foreign_token(json!({ "permissions": ["admin"] }))).await;
        let identity = identity.expect("valid");
        assert!(
            identity.require::<permission::ReadOrders>().is_err() && identity.permissions::<Permission>().is_empty()
        );
    });
}

#[test]
fn scope_of_a_rule_lists_what_satisfies_it() {
    fn scope<R: Rule<()>>() -> Vec<&'static str> {
        R::scope()
    }
    assert_eq!(scope::<permission::Admin>(), ["admin"]);
    type Both = (permission::ReadOrders, Recent<300>, Any<(permission::Admin, permission::ReadUsers)>);
    assert_eq!(scope::<Both>(), ["orders:read", "admin"]);
    assert_eq!(scope::<Alice>(), [""; 0]);
}

/// A rule that names what is missing.
struct Tenant;

impl<C: Claims> Rule<C> for Tenant {
    async fn check(_: &Identity<C>, _: &Request<'_>) -> Result<(), AuthError> {
        Err(AuthError::Forbidden { scope: "tenant:7 orders:read".into() })
    }
}

#[get("/tenant")]
fn tenant(_identity: Identity<(), (permission::ReadOrders, Recent<300>, Tenant)>) {}

type Nested = (Any<(permission::Admin, Tenant)>, (Tenant, permission::ReadUsers));

#[get("/nested")]
fn nested(_identity: Identity<(), Nested>) {}

#[test]
fn tuple_keeps_the_scope_that_a_rule_of_the_application_names() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| rocket.mount("/", routes![tenant, nested])).await;
        for (path, granted, scope) in [
            ("/tenant", json!([]), "orders:read"),
            ("/tenant", json!(["orders:read"]), "orders:read tenant:7"),
            ("/nested", json!([]), "admin users:read"),
            ("/nested", json!(["admin"]), "admin users:read tenant:7 orders:read"),
        ] {
            let answer = app.get(path, &app.token(json!({ "permissions": granted }))).await;
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
            assert_eq!(
                (answer.status, answer.header("WWW-Authenticate")),
                (403, Some(challenge.as_str())),
                "{granted}"
            );
        }
    });
}

#[test]
fn refusal_of_a_rule_is_one_line_with_the_user() {
    let (_, lines) = crate::log::logged(|| {
        block_on(async {
            let app = App::new().await;
            app.get("/one/guard", &app.token(json!({}))).await;
            app.get("/recent/mounted", &app.token(json!({ "auth_time": NOW - 301 }))).await;
        });
    });
    let refusals: Vec<&str> =
        lines.iter().map(|line| line.text.as_str()).filter(|text| text.contains("is refused")).collect();
    assert_eq!(
        refusals,
        [
            "jwtauth: GET /one/guard (guard) is refused with 403: insufficient_scope: The user needs the permission \
             `orders:read`; user `alice`",
            "jwtauth: GET /recent/mounted (mounted) is refused with 401: login_not_recent: The user must have logged in \
             within the last 300 seconds; user `alice`",
        ]
    );
}

/// The example of the guide: the second segment of the path is an order of the user.
struct OwnOrder;

impl<C: Claims> Rule<C> for OwnOrder {
    async fn check(identity: &Identity<C>, request: &Request<'_>) -> Result<(), AuthError> {
        match request.param::<u32>(1) {
            Some(Ok(7)) if identity.userid() == "alice" => Ok(()),
            _ => Err(AuthError::forbidden()),
        }
    }
}

#[get("/orders/<id>")]
fn order(id: u32, _identity: Identity<(), OwnOrder>) -> String {
    format!("The order {id}")
}

#[test]
fn rule_reads_a_segment_of_the_path_after_the_mount_point() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| rocket.mount("/shop/v1", routes![order])).await;
        let token = app.token(json!({}));
        assert_eq!(app.get("/shop/v1/orders/7", &token).await.body, "The order 7");
        assert_eq!(app.get("/shop/v1/orders/8", &token).await.status, 403);
        let bob = app.token(json!({ "sub": "bob" }));
        assert_eq!(app.get("/shop/v1/orders/7", &bob).await.status, 403);
    });
}

#[get("/many-checks")]
async fn many_checks(identity: Identity, auth: Auth<'_>) -> String {
    let mut refused = 0;
    for _ in 0..200_000 {
        refused += u32::from(identity.check::<Recent<0>>(&auth).await.is_err());
    }
    refused.to_string()
}

/// As a route with a socket may do, for as long as the socket is open.
#[test]
fn refused_checks_by_hand_do_not_add_up_in_the_request() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| rocket.mount("/", routes![many_checks])).await;
        let token = app.token(json!({ "auth_time": NOW - 10 }));
        assert_eq!(app.get("/many-checks", &token).await.body, "200000");
    });
}
