//! The setting `permissions` of an issuer may name a permission that the application does not have. The launch warns of
//! it, as far as the permissions are known at launch.

use std::fs;

use jwtauth::{AuthError, Claims, Granted, Identity, JwtAuth, Permissions, Public, Rule, guarded};
use jwtauth_tests::figment;
use jwtauth_tests::folder::Folder;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::local::asynchronous::Client;
use rocket::request::Request;
use rocket::{Build, Rocket, async_test, get, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::issuer_app::AUDIENCE;
use crate::permissions::{Permission, permission};
use crate::process_log::{self, lines_with};

#[derive(Permissions)]
#[permissions(module = report)]
enum Report {
    #[permission("Reports.Read")]
    Read,
}

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    permissions: Granted<Permission>,
}

/// A rule of the application.
struct Own;

impl<C: Claims> Rule<C> for Own {
    async fn check(_: &Identity<C>, _: &Request<'_>) -> Result<(), AuthError> {
        Err(AuthError::forbidden())
    }

    fn scope() -> Vec<&'static str> {
        vec!["own"]
    }
}

#[get("/read")]
fn read(_identity: Identity<(), permission::ReadOrders>) {}

#[get("/profile")]
fn profile(_identity: Option<Identity<Profile>>) {}

#[get("/own")]
fn own(_identity: Identity<(), Own>) {}

#[get("/by-hand")]
fn by_hand(identity: Identity) -> Result<(), AuthError> {
    identity.require::<report::Read>()
}

#[get("/file")]
fn file() {}

/// Launches an application whose issuer has this setting `permissions`. Returns the warnings about the issuer's name
/// `group`, which is another one in each test.
async fn warnings(
    group: &str,
    permission: &str,
    fairing: jwtauth::JwtAuthFairing,
    mount: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
) -> Vec<String> {
    let settings = json!({ "issuers": [{
        "issuer": "https://id.example.com",
        "audience": AUDIENCE,
        "permissions_claim": "groups",
        "permissions": { group: permission },
    }] });
    launch(figment(settings), fairing, mount).await;
    lines_with(&format!("maps `{group}` to "))
}

async fn launch(
    figment: Figment,
    fairing: jwtauth::JwtAuthFairing,
    mount: impl FnOnce(Rocket<Build>) -> Rocket<Build>,
) {
    process_log::install();
    let rocket = mount(rocket::custom(figment).attach(fairing));
    let client = Client::untracked(rocket).await.expect("a launch");
    // A request adds nothing.
    client.get("/read").dispatch().await;
}

#[async_test]
async fn launch_warns_once_of_misspelt_permission_with_setting_and_source() {
    let folder = Folder::new();
    let file = folder.path("Rocket.toml");
    let toml = r#"
        [[default.jwtauth.issuers]]
        issuer = "https://one.example.com"
        audience = "orders-api"

        [[default.jwtauth.issuers]]
        issuer = "https://two.example.com"
        audience = "orders-api"
        permissions_claim = "groups"
        permissions = { misspelt-clerk = "order:write", good-clerk = "orders:write" }
    "#;
    fs::write(&file, toml).expect("a file");
    let figment = figment(json!({ "userids": "shared" })).merge(Toml::file(&file).nested());
    launch(figment, JwtAuth::fairing(), |rocket| rocket.mount("/", routes![read, profile])).await;
    let expected = format!(
        "jwtauth: `issuers[1].permissions`: maps `misspelt-clerk` to `order:write`, which is not a permission that \
         is known at launch; did you mean `orders:write`? If not, name its enum with \
         `JwtAuth::fairing().permissions::<…>()` [`default.jwtauth.issuers[1].permissions` in {}]",
        file.display()
    );
    assert_eq!(lines_with("misspelt-clerk"), [expected]);
    assert_eq!(lines_with("good-clerk"), [""; 0]);
}

#[async_test]
async fn launch_warns_of_unknown_permission_with_the_known_ones() {
    let mount = |rocket: Rocket<Build>| rocket.mount("/", routes![read, own]);
    let found = warnings("unknown-group", "users:administer", JwtAuth::fairing(), mount).await;
    let [line] = &found[..] else { panic!("one line: {found:?}") };
    let expected = "maps `unknown-group` to `users:administer`, which is not a permission that is known at launch; the \
                    known permissions are `orders:read`, `orders:write`, `own`. If it is correct, name its enum with \
                    `JwtAuth::fairing().permissions::<…>()`";
    assert!(line.contains(expected), "{line}");
}

#[async_test]
async fn permission_of_any_guard_is_known() {
    for (group, permission) in
        [("known-by-rule", "orders:write"), ("known-by-claims", "orders:read"), ("known-by-scope", "own")]
    {
        let mount = |rocket: Rocket<Build>| match group {
            "known-by-claims" => rocket.mount("/", routes![profile]),
            _ => rocket.mount("/", routes![read, own]),
        };
        assert_eq!(warnings(group, permission, JwtAuth::fairing(), mount).await, [""; 0]);
    }
}

#[async_test]
async fn application_without_known_permissions_gets_no_warning() {
    let mount = |rocket: Rocket<Build>| rocket.mount("/", routes![by_hand, file]);
    assert_eq!(warnings("no-permissions", "Reports.Read", JwtAuth::fairing(), mount).await, [""; 0]);
}

/// A guard before a mount can have permissions that are not known at launch. Then only a typo of a known one is
/// reported.
#[async_test]
async fn guarded_mount_may_have_other_permissions() {
    type Reader = Identity<(), report::Read>;
    let mount = |rocket: Rocket<Build>| rocket.mount("/", routes![read]).mount("/m", guarded::<Reader>(routes![file]));
    for (group, permission) in [("of-mount", "Reports.Read"), ("of-mount-near", "users:read")] {
        assert_eq!(warnings(group, permission, JwtAuth::fairing(), mount).await, [""; 0]);
    }
    let found = warnings("of-mount-typo", "orders:raed", JwtAuth::fairing(), mount).await;
    assert!(found.len() == 1 && found[0].contains("did you mean `orders:read`?"), "{found:?}");
}

#[async_test]
async fn launch_warns_beside_mounts_without_permissions() {
    let public = |rocket: Rocket<Build>| rocket.mount("/m", guarded::<Public>(routes![file]));
    let anyone = |rocket: Rocket<Build>| rocket.mount("/n", guarded::<Identity>(routes![file]));
    let mount = |rocket: Rocket<Build>| anyone(public(rocket.mount("/", routes![read])));
    assert_eq!(warnings("beside-open-mounts", "administer", JwtAuth::fairing(), mount).await.len(), 1);
}

#[async_test]
async fn fairing_makes_permissions_known() {
    type Reader = Identity<(), report::Read>;
    let mount =
        |rocket: Rocket<Build>| rocket.mount("/", routes![read, by_hand]).mount("/m", guarded::<Reader>(routes![file]));
    let fairing = || JwtAuth::fairing().permissions::<Report>();
    for (group, permission) in [("stated", "Reports.Read"), ("stated-too", "orders:read")] {
        assert_eq!(warnings(group, permission, fairing(), mount).await, [""; 0]);
    }
    for (group, permission, remedy) in [
        ("stated-case", "reports.read", "did you mean `Reports.Read`?"),
        ("stated-typo", "order:read", "did you mean `orders:read`?"),
        ("stated-unknown", "administer", "the known permissions are `Reports.Read`, `orders:read`, `orders:write`."),
    ] {
        let found = warnings(group, permission, fairing(), mount).await;
        assert!(found.len() == 1 && found[0].contains(remedy), "{found:?}");
    }
}

#[async_test]
async fn warning_of_unknown_permission_is_one_short_line() {
    let permission = format!("order:read\n\u{1b}[2J{}", "x".repeat(1000));
    let mount = |rocket: Rocket<Build>| rocket.mount("/", routes![read]);
    let found = warnings("long-permission", &permission, JwtAuth::fairing(), mount).await;
    assert!(found.len() == 1 && found[0].len() < 500 && !found[0].contains(['\n', '\u{1b}']), "{found:?}");
}

/// Only the application knows its permissions, so a program without it has no such warning.
#[async_test]
async fn figment_alone_warns_of_no_permission() {
    process_log::install();
    let settings: Value = json!({ "issuers": [{
        "issuer": "https://id.example.com",
        "audience": AUDIENCE,
        "permissions_claim": "groups",
        "permissions": { "figment-alone": "order:read" },
    }] });
    JwtAuth::from_figment(&figment(settings)).await.expect("good settings");
    assert_eq!(lines_with("figment-alone"), [""; 0]);
}
