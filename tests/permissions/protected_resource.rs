//! The challenges of a protected resource (RFC 9728 §5.1), and the scopes in its metadata.

use jwtauth::testing::open_routes;
use jwtauth::{Any, Auth, AuthError, Claims, Granted, Identity, JwtAuth, Permissions, Recent, Rule, Visitor, guarded};
use rocket::http::{Method, Status};
use rocket::local::asynchronous::Client;
use rocket::request::Request;
use rocket::{get, post, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::log::logged;
use crate::permissions_app::{App, block_on, permission};

const RESOURCE: &str = "https://api.example.com/mcp";
const METADATA: &str = "/.well-known/oauth-protected-resource/mcp";

/// The parameter that ends each challenge.
const AT: &str = "resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/mcp\"";

async fn app() -> App {
    App::custom(json!({ "resource": RESOURCE }), |rocket| rocket.mount("/x", routes![answers])).await
}

/// The second guard refuses the request, so the scope is that of its rule.
#[get("/answers")]
fn answers(
    _first: Option<Identity<(), permission::Admin>>,
    _second: Identity<(), permission::WriteOrders>,
) -> &'static str {
    "content"
}

#[test]
fn challenge_of_resource_names_metadata_and_scope_of_the_route() {
    block_on(async {
        let app = app().await;
        let invalid = "error=\"invalid_token\", error_description=\"The token is malformed\"";
        for (path, scope) in [
            ("/anyone/guard", ""),
            ("/one/guard", "orders:read"),
            ("/one/mounted", "orders:read"),
            ("/one/mounted-again", "orders:read"),
            ("/one/result", "orders:read"),
            ("/one/ranked", "orders:read"),
            ("/all/guard", "orders:read users:read"),
            ("/any/guard", "orders:write"),
            ("/own/guard", ""),
            ("/recent/guard", ""),
            ("/one_and_recent/guard", "orders:write"),
            ("/x/answers", "orders:write"),
        ] {
            let scope = if scope.is_empty() { String::new() } else { format!("scope=\"{scope}\", ") };
            let missing = format!("Bearer {scope}{AT}");
            let answer = app.get(path, "").await;
            assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some(missing.as_str())), "{path}");
            let malformed = format!("Bearer {invalid}, {scope}{AT}");
            let answer = app.get(path, "x").await;
            assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some(malformed.as_str())), "{path}");
        }
        // A bad token of a visitor. There is no rule before the handler.
        let answer = app.get("/one/visitor", "x").await;
        assert_eq!(answer.header("WWW-Authenticate"), Some(format!("Bearer {invalid}, {AT}").as_str()));
    });
}

#[test]
fn challenge_of_resource_names_metadata_for_other_refusals() {
    block_on(async {
        let app = app().await;
        let answer = app.get("/all/guard", &app.token(json!({ "permissions": ["orders:read"] }))).await;
        let expected = format!("Bearer error=\"insufficient_scope\", scope=\"orders:read users:read\", {AT}");
        assert_eq!((answer.status, answer.header("WWW-Authenticate")), (403, Some(expected.as_str())));
        let old = json!({ "auth_time": 0, "permissions": ["orders:write"] });
        let answer = app.get("/one_and_recent/guard", &app.token(old)).await;
        let expected =
            format!("Bearer error=\"insufficient_user_authentication\", max_age=\"300\", scope=\"orders:write\", {AT}");
        assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some(expected.as_str())));
        // No other token would help.
        let answer = app.get("/own/guard", &app.token(json!({ "sub": "bob" }))).await;
        assert_eq!((answer.status, answer.header("WWW-Authenticate")), (403, None));
        let two = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")];
        let answer = app.send(Method::Get, "/one/guard", "", &two).await;
        let challenge = answer.header("WWW-Authenticate").expect("a challenge");
        assert!(answer.status == 400 && !challenge.contains("resource_metadata"), "{challenge}");
    });
}

#[test]
fn challenge_of_resource_never_uses_the_host_of_the_request() {
    block_on(async {
        let app = app().await;
        for name in ["Host", "X-Forwarded-Host", "Forwarded"] {
            let answer = app.send(Method::Get, "/anyone/guard", "", &[(name, "host=evil.example.com")]).await;
            assert_eq!(answer.header("WWW-Authenticate"), Some(format!("Bearer {AT}").as_str()), "{name}");
        }
    });
}

/// A token without the scope of a guard that only looked does not change the challenge of another route.
#[get("/first", rank = 1)]
fn first(_identity: Option<Identity<(), permission::Admin>>, _only: Never) -> &'static str {
    "content"
}

#[get("/first", rank = 2)]
fn second(_visitor: Visitor) -> &'static str {
    "content"
}

struct Never;

#[rocket::async_trait]
impl<'r> rocket::request::FromRequest<'r> for Never {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> rocket::request::Outcome<Self, ()> {
        rocket::outcome::Outcome::Forward(Status::NotFound)
    }
}

#[test]
fn challenge_of_resource_has_no_scope_of_a_route_that_forwarded() {
    block_on(async {
        let app =
            App::custom(json!({ "resource": RESOURCE }), |rocket| rocket.mount("/x", routes![first, second])).await;
        let answer = app.get("/x/first", "x").await;
        let challenge = answer.header("WWW-Authenticate").expect("a challenge");
        assert!(answer.status == 401 && !challenge.contains("scope"), "{challenge}");
    });
}

#[derive(Permissions)]
#[permissions(module = guard)]
enum OfGuard {
    #[permission("guard:one")]
    One,
    #[permission("guard:two")]
    Two,
}

#[derive(Permissions)]
#[permissions(module = member)]
enum OfMember {
    #[permission("member")]
    Member,
}

#[derive(Permissions)]
#[permissions(claim = "roles", module = claim)]
enum OfClaim {
    #[permission("claim")]
    Claim,
}

#[derive(Permissions)]
#[permissions(claim = "groups", module = variant)]
enum OfVariant {
    #[permission("variant")]
    Variant,
}

#[derive(Permissions)]
#[permissions(module = mount)]
enum OfMount {
    #[permission("mount")]
    Mount,
}

#[derive(Serialize, Deserialize, Claims)]
struct Roles {
    #[serde(default)]
    roles: Option<Granted<OfClaim>>,
}

#[derive(Serialize, Deserialize, Claims)]
#[serde(untagged)]
enum Groups {
    Some { groups: Granted<OfVariant> },
    None {},
}

/// A rule of the application that is about a permission.
struct Own;

impl<C: Claims> Rule<C> for Own {
    async fn check(_: &Identity<C>, _: &Request<'_>) -> Result<(), AuthError> {
        Err(AuthError::Forbidden { scope: "own".into() })
    }

    fn scope() -> Vec<&'static str> {
        vec!["own"]
    }
}

#[get("/guard")]
fn guard_route(_identity: Identity<(), guard::Two>) {}

type OneOrMember = (Recent<5>, Any<(guard::One, member::Member)>);

#[get("/member")]
fn member_route(_identity: Option<Identity<Roles, OneOrMember>>) {}

#[get("/variant")]
fn variant_route(_visitor: Visitor<Groups>, _auth: Auth<'_>) {}

#[post("/own")]
fn own_route(_identity: Result<Identity<(), Own>, AuthError>) {}

#[get("/mount")]
fn mount_route() {}

async fn scopes(client: &Client) -> Value {
    let answer = client.get(METADATA).dispatch().await;
    let document: Value = answer.into_json().await.expect("JSON");
    document["scopes_supported"].clone()
}

#[test]
fn resource_metadata_lists_the_permissions_of_all_guards() {
    block_on(async {
        let settings = json!({ "resource": RESOURCE, "authorization_servers": "https://id.example.com" });
        let rocket = jwtauth_tests::rocket(settings)
            .attach(JwtAuth::fairing())
            .mount("/", routes![guard_route, member_route, variant_route, own_route])
            .mount("/", guarded::<Identity<(), mount::Mount>>(routes![mount_route]));
        let client = Client::untracked(rocket).await.expect("a launch");
        let expected = ["claim", "guard:one", "guard:two", "member", "own", "variant"];
        assert_eq!(scopes(&client).await, json!(expected));
        // The guard before a mount adds its permissions with its first refusal, which is what sends clients to the
        // metadata.
        assert_eq!(client.get("/mount").dispatch().await.status(), Status::Unauthorized);
        let expected = ["claim", "guard:one", "guard:two", "member", "mount", "own", "variant"];
        assert_eq!(scopes(&client).await, json!(expected));
    });
}

/// A guard of a mount is of any type, so the application states its permissions to have them in the metadata at once.
#[test]
fn resource_metadata_lists_the_permissions_that_the_fairing_states() {
    block_on(async {
        let rocket = jwtauth_tests::rocket(json!({ "resource": RESOURCE }))
            .attach(JwtAuth::fairing().permissions::<OfMount>().permissions::<OfMember>())
            .mount("/", routes![guard_route])
            .mount("/", guarded::<Identity<(), mount::Mount>>(routes![mount_route]));
        let client = Client::untracked(rocket).await.expect("a launch");
        assert_eq!(scopes(&client).await, json!(["guard:one", "guard:two", "member", "mount"]));
    });
}

/// The metadata is public on purpose.
#[test]
fn resource_metadata_is_no_open_route() {
    let settings = json!({ "resource": RESOURCE, "warn_open_routes": true });
    let ((), lines) = logged(|| {
        block_on(async {
            let app = App::custom(settings.clone(), |rocket| rocket).await;
            for method in [Method::Get, Method::Head, Method::Options] {
                let answer = app.send(method, METADATA, "", &[]).await;
                assert!(answer.status < 300, "{answer:?}");
            }
        });
    });
    assert!(!lines.iter().any(|line| line.text.contains("without any guard")), "{lines:?}");
    block_on(async {
        let rocket = jwtauth_tests::rocket(settings).attach(JwtAuth::fairing());
        open_routes(rocket).await.assert_none();
    });
}
