//! The setting `resource`: the metadata (RFC 9728), the audience of issuers, and its faults.

use jwtauth::JwtAuth;
use jwtauth_tests::answer::Answer;
use jwtauth_tests::pem::ES256;
use jwtauth_tests::{SECRET, figment};
use rocket::fs::FileServer;
use rocket::http::{Header, Method};
use rocket::local::asynchronous::Client;
use rocket::{async_test, get, routes};
use serde_json::{Value, json};

use crate::issuer_app::{App, claims_with, provider};

const RESOURCE: &str = "https://api.example.com/mcp";
const METADATA: &str = "/.well-known/oauth-protected-resource/mcp";

async fn ask(app: &App, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = app.client.req(method, path.to_owned());
    headers.iter().for_each(|(name, value)| request.add_header(Header::new(name.to_string(), value.to_string())));
    Answer::of(request.dispatch().await).await
}

/// An application with this resource, which trusts these issuers by discovery.
async fn app(resource: &str, issuers: &[&str]) -> App {
    let issuers: Vec<_> = issuers.iter().map(|issuer| json!({ "issuer": issuer })).collect();
    App::with(json!({ "resource": resource, "issuers": issuers, "userids": "distinct" })).await
}

#[async_test]
async fn resource_metadata_names_resource_and_issuers() {
    let app = app(RESOURCE, &["https://id.example.com/realms/shop", "https://two.example.com"]).await;
    let answer = ask(&app, Method::Get, METADATA, &[("Host", "evil.example.com")]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.body,
        r#"{"resource":"https://api.example.com/mcp","authorization_servers":["https://id.example.com/realms/shop","https://two.example.com"],"bearer_methods_supported":["header"]}"#
    );
    for (name, value) in [
        ("Content-Type", "application/json"),
        ("Access-Control-Allow-Origin", "*"),
        ("Cache-Control", "public, max-age=300"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let head = ask(&app, Method::Head, METADATA, &[]).await;
    assert_eq!((head.status, head.body.as_str(), head.header("Access-Control-Allow-Origin")), (200, "", Some("*")));
}

#[async_test]
async fn resource_metadata_answers_preflight() {
    let app = app(RESOURCE, &["https://id.example.com"]).await;
    let preflight = [
        ("Origin", "https://inspector.example.com"),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "mcp-protocol-version"),
    ];
    let answer = ask(&app, Method::Options, METADATA, &preflight).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    for (name, value) in [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "GET, HEAD"),
        ("Access-Control-Allow-Headers", "*"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert_eq!(ask(&app, Method::Post, METADATA, &[]).await.status, 404);
}

/// RFC 9728 §3.1, and that clients drop a slash at the end.
#[async_test]
async fn resource_metadata_path_is_that_of_the_resource() {
    for (resource, paths, url) in [
        ("https://api.example.com", &[""][..], ""),
        ("https://api.example.com/", &[""], ""),
        ("https://api.example.com/a/b", &["/a/b"], "/a/b"),
        ("https://api.example.com/a/", &["/a/", "/a"], "/a/"),
        ("https://api.example.com/a?b=c", &["/a", "/a?b=c"], "/a?b=c"),
    ] {
        let app = app(resource, &["https://id.example.com"]).await;
        for path in paths {
            let path = format!("/.well-known/oauth-protected-resource{path}");
            let answer = ask(&app, Method::Get, &path, &[]).await;
            assert_eq!((answer.status, &answer.json()["resource"]), (200, &json!(resource)), "{resource} {path}");
            assert_eq!(ask(&app, Method::Options, &path, &[]).await.status, 204, "{resource} {path}");
        }
        let other = ask(&app, Method::Get, "/.well-known/oauth-protected-resource/other", &[]).await;
        assert_eq!(other.status, 404, "{resource}");
        let expected = format!("https://api.example.com/.well-known/oauth-protected-resource{url}");
        let config = app.jwtauth().config().resource.as_ref().expect("a resource");
        assert_eq!((config.identifier.as_str(), config.metadata_url()), (resource, expected.as_str()));
    }
}

#[async_test]
async fn resource_metadata_names_servers_of_the_setting() {
    let app = App::with(json!({
        "resource": RESOURCE, "authorization_servers": ["https://front.example.com/as", "http://localhost:9000"],
        "issuers": [{ "issuer": "https://id.example.com" }],
    }))
    .await;
    let answer = ask(&app, Method::Get, METADATA, &[]).await;
    assert_eq!(
        answer.json()["authorization_servers"],
        json!(["https://front.example.com/as", "http://localhost:9000"])
    );
}

#[get("/.well-known/<_path..>")]
fn well_known(_path: std::path::PathBuf) -> &'static str {
    "the application's"
}

/// A route with parameters, and a file server, give way to the metadata.
#[async_test]
async fn resource_metadata_comes_before_routes_with_parameters() {
    let settings = json!({ "master_secret": SECRET, "resource": RESOURCE });
    let rocket = rocket::custom(figment(settings))
        .attach(JwtAuth::fairing())
        .mount("/", routes![well_known])
        .mount("/", FileServer::from(env!("CARGO_MANIFEST_DIR")).rank(20));
    let client = Client::untracked(rocket).await.expect("a launch");
    let answer = Answer::of(client.get(METADATA).dispatch().await).await;
    // Without a server, the member is left out (RFC 9728 §3.2).
    assert_eq!(answer.json(), json!({ "resource": RESOURCE, "bearer_methods_supported": ["header"] }));
    let other = Answer::of(client.get("/.well-known/oauth-protected-resource").dispatch().await).await;
    assert_eq!(other.body, "the application's");
}

#[async_test]
async fn resource_is_the_audience_of_issuers_without_their_own() {
    let (provider, signer, _) = provider();
    for (resource, audience, good, bad) in [
        (RESOURCE, Value::Null, &[RESOURCE][..], &["https://api.example.com", "https://api.example.com/mcp/"][..]),
        (RESOURCE, json!("orders"), &["orders"], &[RESOURCE]),
        (
            "https://api.example.com",
            Value::Null,
            &["https://api.example.com", "https://api.example.com/"],
            &["https://api.example.com/mcp"],
        ),
        (
            "https://api.example.com/",
            Value::Null,
            &["https://api.example.com", "https://api.example.com/"],
            &["https://api.example.com//"],
        ),
    ] {
        let mut issuer = json!({ "issuer": provider.issuer });
        if !audience.is_null() {
            issuer["audience"] = audience.clone();
        }
        let app = App::with(json!({ "resource": resource, "issuers": [issuer] })).await;
        for (audiences, status) in [(good, 200), (bad, 401)] {
            for aud in audiences {
                let token = signer.token("a", &claims_with(&provider, "aud", json!(aud)));
                assert_eq!(app.status(&token).await, status, "{resource} {audience} {aud}");
            }
        }
    }
}

/// The application's own tokens have the audience of the setting `audience`, as without `resource`.
#[async_test]
async fn resource_is_not_the_audience_of_own_tokens() {
    let app = App::with(json!({ "master_secret": SECRET, "resource": RESOURCE })).await;
    let tokens = app.login("alice").await;
    let token = tokens["access_token"].as_str().expect("a token");
    assert_eq!(jwtauth_tests::payload(token).get("aud"), None);
    assert_eq!(app.status(token).await, 200);
    let other = json!({ "sub": "alice", "iat": jwtauth_tests::NOW, "exp": jwtauth_tests::NOW + 60, "aud": RESOURCE });
    assert_eq!(app.status(&jwtauth_tests::token(&other)).await, 401);
}

/// The setting and text of each fault of these settings.
async fn faults(settings: Value) -> Vec<(String, String)> {
    match JwtAuth::from_figment(&figment(settings)).await {
        Ok(_) => Vec::new(),
        Err(error) => {
            let faults = error.faults().iter();
            let text = |fault: &jwtauth::ConfigFault| format!("{}; {}", fault.problem(), fault.remedy());
            faults.map(|fault| (fault.setting().to_owned(), text(fault))).collect()
        }
    }
}

#[async_test]
async fn resource_settings_report_faults() {
    let server = json!("https://id.example.com");
    for (settings, setting, problem) in [
        (json!({ "resource": "api" }), "resource", "is not an absolute URL"),
        (json!({ "resource": "https://api.example.com#a" }), "resource", "has a fragment"),
        (
            json!({ "resource": "http://api.example.com" }),
            "resource",
            "is `http:`, which is only allowed for `localhost`",
        ),
        (json!({ "resource": "https://API.example.com" }), "resource", "has a host that clients write differently"),
        (json!({ "resource": "https://api.example.com/<a>" }), "resource", "has a path that can't be mounted"),
        (json!({ "resource": 7 }), "resource", "is a number where text is wanted"),
        (
            json!({ "resource": RESOURCE, "auth_header_prefix": "Token" }),
            "resource",
            "is set, and `auth_header_prefix` is not `Bearer`",
        ),
        (json!({ "authorization_servers": server }), "authorization_servers", "is set without `resource`"),
        (
            json!({ "resource": RESOURCE, "authorization_servers": [server, "id.example.com"] }),
            "authorization_servers",
            "has `id.example.com`, which is not the URL of an authorization server",
        ),
        (json!({ "resource": RESOURCE, "authorization_servers": [] }), "authorization_servers", "is an empty list"),
        (json!({ "resorce": RESOURCE }), "resorce", "is not a setting; did you mean `resource`?"),
    ] {
        let mut all = json!({ "master_secret": SECRET });
        for (name, value) in settings.as_object().expect("an object") {
            all[name] = value.clone();
        }
        let faults = faults(all).await;
        let [(name, text)] = &faults[..] else { panic!("one fault for {settings}: {faults:?}") };
        assert_eq!(name, setting, "{settings}: {text}");
        assert!(text.starts_with(problem) && text.contains("; "), "{settings}: {text}");
    }
    // No fault about the audience, whose default would be the resource.
    let all = faults(json!({ "resource": "api", "issuers": [{ "issuer": server }] })).await;
    assert_eq!(all.len(), 1, "{all:?}");
    // No resource is in another claim than `aud`.
    for (claim, expected) in [("aud", &[][..]), ("client_id", &["issuers[0].audience"])] {
        let issuer = json!({ "issuer": server, "audience_claim": claim });
        let all = faults(json!({ "resource": RESOURCE, "issuers": [issuer] })).await;
        assert_eq!(all.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), expected, "{claim}: {all:?}");
    }
}

#[async_test]
async fn resource_metadata_path_differs_from_jwks_path() {
    for (resource, jwks_path, is_fault) in [
        (RESOURCE, METADATA, true),
        ("https://api.example.com/mcp/", METADATA, true),
        (RESOURCE, "/.well-known/oauth-protected-resource", false),
    ] {
        let settings = json!({
            "algorithm": "ES256", "private_key": ES256, "jwks_path": jwks_path, "resource": resource,
            "authorization_servers": "https://id.example.com",
        });
        let faults = faults(settings).await;
        let expected = format!("has its metadata at `{METADATA}`, which is also `jwks_path`");
        let is_expected = |(name, text): &(String, String)| name == "resource" && text.starts_with(&expected);
        assert_eq!(faults.iter().any(is_expected), is_fault, "{resource} {jwks_path}: {faults:?}");
        assert_eq!(faults.len(), usize::from(is_fault), "{faults:?}");
    }
}
