//! The tokens of an issuer grant what its settings say.

use jwtauth::{Claims, Clock, Granted, Identity, JwtAuth, Permissions};
use jwtauth_tests::{NOW, figment};
use rocket::async_test;
use rocket::http::Header;
use rocket::local::asynchronous::Client;
use rocket::{get, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::issuer_app::{AUDIENCE, claims, claims_with, provider};
use crate::process_log::{self, lines_with};
use crate::provider::Provider;

/// The permissions of the application.
#[derive(Permissions)]
pub(crate) enum Permission {
    #[permission("orders:read")]
    ReadOrders,
    #[permission("orders:write", implies(ReadOrders))]
    WriteOrders,
}

#[get("/read")]
fn read(_identity: Identity<(), permission::ReadOrders>) {}

#[get("/write")]
fn write(_identity: Identity<(), permission::WriteOrders>) {}

/// The claims type of the own tokens of an application, which also reads those of issuers.
#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    permissions: Granted<Permission>,
    #[serde(default)]
    name: Option<String>,
}

#[get("/granted")]
fn granted(identity: Identity<Profile>) -> String {
    format!("{:?} {:?}", identity.permissions, identity.name)
}

struct App(Client);

impl App {
    async fn with(provider: &Provider, more: Value) -> Self {
        process_log::install();
        let mut issuer = json!({ "issuer": provider.issuer, "audience": AUDIENCE });
        issuer.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let rocket = rocket::custom(figment(json!({ "issuers": [issuer] })))
            .attach(JwtAuth::fairing().clock(Clock::manual(NOW)))
            .mount("/", routes![read, write, granted]);
        App(Client::untracked(rocket).await.expect("a launch"))
    }

    /// The body of the route with the set of permissions.
    async fn granted(&self, token: &str) -> Option<String> {
        let header = Header::new("Authorization", format!("Bearer {token}"));
        self.0.get("/granted").header(header).dispatch().await.into_string().await
    }

    /// The statuses of the other two routes.
    async fn statuses(&self, token: &str) -> [u16; 2] {
        let ask = async |path: &'static str| {
            let header = Header::new("Authorization", format!("Bearer {token}"));
            self.0.get(path).header(header).dispatch().await.status().code
        };
        [ask("/read").await, ask("/write").await]
    }
}

#[async_test]
async fn issuer_token_grants_nothing_without_permissions_claim() {
    let (provider, signer, _) = provider();
    let app = App::with(&provider, json!({})).await;
    for claim in ["permissions", "scope", "roles"] {
        let token = signer.token("a", &claims_with(&provider, claim, json!(["orders:write"])));
        assert_eq!(app.statuses(&token).await, [403, 403], "{claim}");
    }
}

#[async_test]
async fn permissions_claim_is_a_name_or_a_path() {
    let (provider, signer, _) = provider();
    for (claim, value, statuses) in [
        ("scope", json!("openid orders:read"), [200, 403]),
        ("scope", json!("orders:write"), [200, 200]),
        ("scp", json!(["orders:write"]), [200, 200]),
        ("cognito:groups", json!(["orders:read"]), [200, 403]),
        ("https://example.com/roles", json!(["orders:read"]), [200, 403]),
        ("scope", json!("orders:writer"), [403, 403]),
        ("scope", json!(7), [403, 403]),
    ] {
        let app = App::with(&provider, json!({ "permissions_claim": claim })).await;
        let token = signer.token("a", &claims_with(&provider, claim, value.clone()));
        for _ in 0..2 {
            assert_eq!(app.statuses(&token).await, statuses, "{claim} {value}");
        }
    }
    let mut claims = claims(&provider);
    claims["realm_access"] = json!({ "roles": ["orders:read"] });
    claims["permissions"] = json!(["orders:write"]);
    let token = signer.token("a", &claims);
    for path in [json!("realm_access.roles"), json!(["realm_access", "roles"])] {
        let app = App::with(&provider, json!({ "permissions_claim": path })).await;
        assert_eq!(app.statuses(&token).await, [200, 403], "{path}");
    }
}

#[async_test]
async fn permissions_of_an_issuer_may_be_mapped() {
    let (provider, signer, _) = provider();
    let permissions = json!({ "orders-admin": "orders:write", "reader": "orders:read", "other": "unknown" });
    let app = App::with(&provider, json!({ "permissions_claim": "roles", "permissions": permissions })).await;
    for (roles, statuses) in [
        (json!(["orders-admin"]), [200, 200]),
        (json!(["reader", "other"]), [200, 403]),
        // Only the names on the left count.
        (json!(["orders:write", "orders:read"]), [403, 403]),
    ] {
        let token = signer.token("a", &claims_with(&provider, "roles", roles.clone()));
        assert_eq!(app.statuses(&token).await, statuses, "{roles}");
    }
}

#[async_test]
async fn set_of_permissions_is_read_from_the_claim_of_the_issuer() {
    let (provider, signer, _) = provider();
    let mut claims = claims_with(&provider, "name", json!("Alice"));
    claims["roles"] = json!(["reader", "other"]);
    let without = signer.token("a", &claims);
    claims["permissions"] = json!(["orders:write"]);
    let with = signer.token("a", &claims);
    claims["permissions"] = json!({ "of": 7 });
    let odd = signer.token("a", &claims);
    let granting = json!({ "permissions_claim": "roles", "permissions": { "reader": "orders:read" } });
    for (settings, granted) in [(json!({}), "{} Some(\"Alice\")"), (granting, "{\"orders:read\"} Some(\"Alice\")")] {
        let app = App::with(&provider, settings).await;
        for token in [&without, &with, &odd] {
            assert_eq!(app.granted(token).await.as_deref(), Some(granted));
        }
    }
}

/// A claims type whose set of permissions is read from other claims too.
#[derive(Serialize, Deserialize, Claims)]
struct Aliased {
    #[serde(alias = "scope", alias = "scp")]
    permissions: Granted<Permission>,
}

#[async_test]
async fn set_of_permissions_with_an_alias_is_read_from_the_claim_of_the_issuer() {
    let (provider, signer, _) = provider();
    let issuer = json!({ "issuer": provider.issuer, "audience": AUDIENCE, "permissions_claim": "scope" });
    let fairing = JwtAuth::fairing().clock(Clock::manual(NOW));
    let rocket = rocket::custom(figment(json!({ "issuers": [issuer] }))).attach(fairing);
    let rocket = rocket.ignite().await.expect("a launch");
    let jwtauth = rocket.state::<JwtAuth>().expect("the fairing is attached");
    let token = signer.token("a", &claims_with(&provider, "scope", json!("orders:read")));
    let identity: Identity<Aliased> = jwtauth.verify(&token).await.expect("an identity");
    assert_eq!(identity.permissions, Granted::from([Permission::ReadOrders]));
}

#[async_test]
async fn permissions_claim_of_the_wrong_type_is_logged() {
    let (provider, signer, _) = provider();
    let app = App::with(&provider, json!({ "permissions_claim": "grants.of" })).await;
    let line = "the claim `grants.of` of a token is not a list of texts: it grants nothing";
    assert_eq!(lines_with(line).len(), 0);
    let token = signer.token("a", &claims_with(&provider, "grants", json!({ "of": ["orders:read", 7] })));
    assert_eq!(app.statuses(&token).await, [403, 403]);
    assert_eq!(lines_with(line).len(), 1);
    // A claims type reads it without a rule. The token is verified again for it.
    assert_eq!(app.granted(&token).await.as_deref(), Some("{} None"));
    assert_eq!(lines_with(line).len(), 2);
}

#[async_test]
async fn settings_of_permissions_report_each_fault() {
    for (more, fault) in [
        (json!({ "permissions": { "a": "b" } }), "permissions: is set, and `permissions_claim` is not"),
        (
            json!({ "permissions_claim": "roles", "permissions": { "a": 1 } }),
            "permissions: has a value for `a` that is not a text",
        ),
        (
            json!({ "permissions_claim": "roles", "permissions": ["a"] }),
            "permissions: is a list where a table is wanted",
        ),
        (json!({ "permissions_claim": "exp" }), "permissions_claim: is the name of a claim with another meaning"),
        (json!({ "permissions_claim": [] }), "permissions_claim: is an empty list"),
        (json!({ "audience_claim": "iss" }), "audience_claim: is `iss`, which never holds an audience"),
        (json!({ "require": {} }), "require: is an empty table"),
        (json!({ "require": "access" }), "require: is text where a table is wanted"),
        (
            json!({ "require": { "level": 1.5 } }),
            "require: has a value for `level` that is not a text, a whole number, `true`, `false` or a table of them",
        ),
        (
            json!({ "require": { "a.b": { "c": {} } } }),
            "require: has a value for `a.b.c` that is not a text, a whole number, `true`, `false` or a table of them",
        ),
    ] {
        let mut issuer = json!({ "issuer": "https://id.example.com", "audience": AUDIENCE });
        issuer.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let error = JwtAuth::from_figment(&figment(json!({ "issuers": [issuer] }))).await.expect_err("a fault");
        let [found] = error.faults() else { panic!("one fault: {error}") };
        assert_eq!(format!("{}: {}", found.setting(), found.problem()), format!("issuers[0].{fault}"));
    }
}
