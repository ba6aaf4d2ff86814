//! Routes that are open by accident.

use jwtauth::testing::{OpenRoutes, open_routes};
use jwtauth::{Auth, Identity, JwtAuth, LoggedOut, Public, Visitor, guarded};
use jwtauth_tests::with_secret;
use rocket::figment::Figment;
use rocket::figment::providers::Serialized;
use rocket::http::Status;
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket, get, post, routes};
use serde_json::{Value, json};

use crate::log::logged;
use crate::permissions_app::block_on;

#[get("/open")]
fn open() -> &'static str {
    "open"
}

#[get("/public")]
fn public(_public: Public) -> &'static str {
    "public"
}

#[get("/known")]
fn known(_identity: Identity) -> &'static str {
    "known"
}

#[get("/visitor")]
fn visitor(_visitor: Visitor) -> &'static str {
    "visitor"
}

#[post("/logout")]
async fn logout(auth: Auth<'_>) -> Result<LoggedOut, Status> {
    Ok(auth.forget().await?)
}

#[get("/handle")]
fn handle(jwtauth: &JwtAuth) -> String {
    format!("{:?}", jwtauth.config().leeway)
}

#[get("/fails")]
fn fails() -> Status {
    Status::InternalServerError
}

#[get("/inside")]
fn inside() -> &'static str {
    "inside"
}

fn rocket(profile: &str, settings: Value) -> Rocket<Build> {
    crate::log::install();
    let ours = Serialized::default("jwtauth", with_secret(settings)).profile("default");
    let quiet = Serialized::default("log_level", "off").profile("default");
    let figment = Figment::from(rocket::Config::debug_default()).merge(quiet).merge(ours).select(profile);
    rocket::custom(figment)
        .attach(JwtAuth::fairing())
        .mount("/", routes![open, public, known, visitor, logout, handle, fails])
        .mount("/m", guarded::<Public>(routes![inside]))
}

/// The routes that a launch with these settings warns about.
fn warned(profile: &str, settings: Value) -> Vec<String> {
    let (_, lines) = logged(|| {
        block_on(async {
            let client = Client::untracked(rocket(profile, settings)).await.expect("a launch");
            for path in
                ["/open", "/public", "/known", "/visitor", "/handle", "/fails", "/m/inside", "/nothing", "/open"]
            {
                client.get(path).dispatch().await;
            }
            client.post("/logout").dispatch().await;
        });
    });
    let routes = lines.iter().filter_map(|line| line.text.strip_prefix("jwtauth: the route "));
    routes.map(|line| line.split(" has answered").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn open_route_is_warned_of_once_in_the_debug_profile() {
    assert_eq!(warned("debug", json!({})), ["GET /open (open)", "GET /handle (handle)"]);
    assert_eq!(warned("debug", json!({ "warn_open_routes": false })), [""; 0]);
    assert_eq!(warned("release", json!({})), [""; 0]);
    assert_eq!(warned("release", json!({ "warn_open_routes": true })), ["GET /open (open)", "GET /handle (handle)"]);
}

#[get("/item/<id>")]
fn item(id: u32) -> String {
    id.to_string()
}

#[get("/date/<year>/<name>?<page>&sort=up")]
fn query(year: u16, name: &str, page: u8) -> String {
    format!("{year} {name} {page}")
}

#[get("/text", format = "text/plain")]
fn text() -> &'static str {
    "text"
}

#[post("/json", format = "json", data = "<body>")]
fn body(body: &str) -> String {
    body.to_owned()
}

#[get("/rest/<rest..>")]
fn rest(rest: std::path::PathBuf) -> String {
    rest.display().to_string()
}

#[get("/not-found")]
fn not_found() -> Status {
    Status::NotFound
}

/// No candidate parses.
struct Odd;

impl rocket::request::FromParam<'_> for Odd {
    type Error = ();

    fn from_param(text: &str) -> Result<Self, ()> {
        if text == "an odd name" { Ok(Odd) } else { Err(()) }
    }
}

#[get("/odd/<odd>")]
fn odd(odd: Odd) -> String {
    let Odd = odd;
    "odd".into()
}

#[get("/odd/<_>", rank = 2)]
fn not_odd(_public: Public) -> &'static str {
    "not odd"
}

/// Its guard is asked before its path parameter forwards.
#[get("/number/<_number>")]
fn number(_public: Public, _number: u32) -> &'static str {
    "a number"
}

#[get("/number/<_>", rank = 2)]
fn not_a_number() -> &'static str {
    "not a number"
}

#[get("/hidden", rank = 5)]
fn hidden() -> &'static str {
    "hidden"
}

#[get("/hidden", rank = 1)]
fn before_hidden(_public: Public) -> &'static str {
    "before"
}

fn names(routes: &OpenRoutes) -> (Vec<String>, Vec<String>) {
    let names = |list: &[String]| {
        let name = |route: &String| route.split(['(', ')']).nth(1).unwrap_or_default().to_owned();
        let mut names: Vec<String> = list.iter().map(name).collect();
        names.sort_unstable();
        names
    };
    (names(routes.open()), names(routes.unreached()))
}

#[test]
fn open_routes_lists_every_route_without_a_guard() {
    block_on(async {
        let rocket = rocket("release", json!({}))
            .mount("/x", routes![item, query, text, body, rest, not_found, odd, not_odd, hidden, before_hidden])
            .mount("/x", routes![number, not_a_number]);
        let routes = open_routes(rocket).await;
        let (open, unreached) = names(&routes);
        assert_eq!(open, ["body", "fails", "handle", "item", "not_a_number", "open", "query", "rest", "text"]);
        assert_eq!(unreached, ["hidden", "odd"]);
        let shown = routes.to_string();
        assert!(shown.contains("GET /x/item/<id> (item)") && shown.contains("200"), "{shown}");
    });
}

#[test]
fn open_routes_is_empty_if_all_routes_have_a_guard() {
    block_on(async {
        crate::log::install();
        let rocket = jwtauth_tests::rocket(json!({})).attach(JwtAuth::fairing());
        let rocket = rocket.mount("/", routes![public, known, visitor, logout]);
        let rocket = rocket.mount("/m", guarded::<Public>(routes![inside, rest]));
        open_routes(rocket).await.assert_none();
    });
}
