//! The supported forms of `#[refresh_endpoint]`: parameters, options, return types, scopes.

use std::str::FromStr;

use jwtauth::{Claims, JwtAuth, refresh_endpoint};
use rocket::data::{Data, ToByteUnit};
use rocket::error::ErrorKind;
use rocket::form::{Form, FromForm};
use rocket::http::{Method, Status};
use rocket::request::FromParam;
use rocket::response::Debug;
use rocket::serde::json::Json;
use rocket::{State, routes, uri};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::wire_app::{Answer, App, REFUSED, token};

#[derive(Debug, PartialEq, Serialize, Deserialize, Claims)]
struct Profile {
    told: String,
}

fn told(told: impl ToString) -> Profile {
    Profile { told: told.to_string() }
}

#[refresh_endpoint("/plain")]
fn plain(userid: &str) -> Option<Profile> {
    Some(told(userid))
}

#[refresh_endpoint("/shops/<shop>/refresh/<page>")]
async fn parameters(userid: String, shop: &str, page: Option<u8>) -> Option<Profile> {
    Some(told(format!("{userid} {shop} {page:?}")))
}

#[refresh_endpoint("/files/<path..>")]
async fn segments(userid: &str, path: std::path::PathBuf) -> Option<Profile> {
    Some(told(format!("{userid} {}", path.display())))
}

#[derive(FromForm)]
struct Device {
    name: String,
}

#[refresh_endpoint("/form", data = "<device>")]
async fn form(userid: &str, device: Form<Device>) -> Option<Profile> {
    Some(told(format!("{userid} {}", device.name)))
}

#[refresh_endpoint("/json", format = "json", data = "<body>", rank = 2)]
async fn body(userid: &str, body: Json<Value>) -> Option<Profile> {
    Some(told(format!("{userid} {}", body["name"])))
}

#[refresh_endpoint("/raw", data = "<data>")]
async fn raw(userid: &str, data: Data<'_>) -> Result<Option<Profile>, Debug<std::io::Error>> {
    let text = data.open(1.kibibytes()).into_string().await?;
    Ok(Some(told(format!("{userid} {}", text.into_inner()))))
}

#[refresh_endpoint("/ranked/<_>", rank = 2)]
async fn ranked(userid: &str) -> Option<Profile> {
    Some(told(format!("{userid} anything")))
}

#[refresh_endpoint("/ranked/<number>", rank = 1)]
async fn numbers(userid: &str, number: u8) -> Option<Profile> {
    Some(told(format!("{userid} {number}")))
}

#[refresh_endpoint("/guarded")]
async fn guarded(userid: &str, state: &State<String>, jwtauth: &JwtAuth) -> Option<Profile> {
    Some(told(format!("{userid} {} {}", state.inner(), jwtauth.config().auth_header_prefix)))
}

struct Number(u32);

impl FromStr for Number {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Number)
    }
}

impl<'r> FromParam<'r> for Number {
    type Error = std::num::ParseIntError;

    fn from_param(param: &'r str) -> Result<Self, Self::Error> {
        param.parse()
    }
}

#[refresh_endpoint("/own")]
async fn own_id(Number(userid): Number) -> Option<Profile> {
    Some(told(userid))
}

#[refresh_endpoint("/status")]
async fn status(userid: &str) -> Result<Option<()>, Status> {
    if userid == "alice" { Ok(Some(())) } else { Err(Status::Conflict) }
}

mod inner {
    use jwtauth::refresh_endpoint;

    /// Another endpoint with the same name.
    #[refresh_endpoint("/inner")]
    pub(crate) async fn plain(_userid: &str) -> Option<super::Profile> {
        Some(super::told("inner"))
    }
}

fn app() -> App {
    App::with(json!({ "allow_refresh": true }), |rocket, fairing| {
        rocket.attach(fairing).manage(String::from("state")).mount(
            "/",
            routes![
                plain,
                parameters,
                segments,
                form,
                body,
                raw,
                ranked,
                numbers,
                guarded,
                own_id,
                status,
                inner::plain
            ],
        )
    })
}

fn refresh(app: &App, path: &str, content_type: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {}", token(json!({})));
    app.send(Method::Post, path, &[("Authorization", &bearer), ("Content-Type", content_type)], body)
}

#[track_caller]
fn assert_told(path: &str, content_type: &str, body: &str, told: &str) {
    assert_eq!(refresh(&app(), path, content_type, body).claims()["told"], told);
}

#[test]
fn refresh_endpoint_accepts_function_that_is_not_async() {
    assert_told("/plain", "text/plain", "", "alice");
}

#[test]
fn refresh_endpoint_passes_path_parameters() {
    assert_told("/shops/berlin/refresh/2", "text/plain", "", "alice berlin Some(2)");
    assert_told("/shops/berlin/refresh/two", "text/plain", "", "alice berlin None");
    assert_told("/files/a/b/c", "text/plain", "", "alice a/b/c");
}

#[test]
fn refresh_endpoint_passes_body_data() {
    assert_told("/form", "application/x-www-form-urlencoded", "name=phone", "alice phone");
    assert_told("/json", "application/json", r#"{"name":"phone"}"#, "alice \"phone\"");
    assert_told("/raw", "text/plain", "some text", "alice some text");
}

#[test]
fn refresh_endpoint_reports_bad_data_only_for_good_token() {
    let app = app();
    assert_eq!(refresh(&app, "/form", "application/x-www-form-urlencoded", "color=red").status, 422);
    let answer = app.send(Method::Post, "/form", &[("Content-Type", "application/x-www-form-urlencoded")], "color=red");
    answer.assert_not_refreshed(REFUSED);
}

#[test]
fn refresh_endpoint_selects_by_format_as_any_route() {
    assert_eq!(refresh(&app(), "/json", "text/plain", "{}").status, 404);
}

#[test]
fn refresh_endpoint_selects_by_rank_as_any_route() {
    assert_told("/ranked/7", "text/plain", "", "alice 7");
    assert_told("/ranked/seven", "text/plain", "", "alice anything");
}

#[test]
fn refresh_endpoint_passes_guards() {
    assert_told("/guarded", "text/plain", "", "alice state Bearer");
}

#[test]
fn refresh_endpoint_accepts_custom_user_id_type() {
    let app = app();
    assert_eq!(app.post_with("/own", &token(json!({ "sub": "7" }))).claims()["told"], "7");
    app.post_with("/own", &token(json!({ "sub": "seven" }))).assert_not_refreshed(REFUSED);
}

#[test]
fn refresh_endpoint_accepts_unit_claims_and_status_errors() {
    let app = app();
    let answer = app.post_with("/status", &token(json!({})));
    assert_eq!(answer.status, 200);
    assert_eq!(app.post_with("/status", &token(json!({ "sub": "bob" }))).status, 409);
}

#[test]
fn refresh_endpoint_names_may_repeat_across_modules() {
    assert_told("/inner", "text/plain", "", "inner");
}

#[test]
fn refresh_endpoint_works_within_a_function() {
    #[refresh_endpoint("/local")]
    async fn local(userid: &str) -> Option<Profile> {
        Some(told(userid))
    }

    let app = App::new(json!({ "allow_refresh": true }), routes![local]);
    assert_eq!(refresh(&app, "/local", "text/plain", "").claims()["told"], "alice");
}

#[test]
fn refresh_endpoint_function_stays_callable() {
    assert_eq!(plain("bob"), Some(told("bob")));
    rocket::tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(async {
        assert_eq!(inner::plain("bob").await, Some(told("inner")));
        assert_eq!(own_id(Number(7)).await, Some(told("7")));
    });
}

#[test]
fn refresh_endpoint_uri_is_written_by_the_uri_macro() {
    assert_eq!(uri!(plain).to_string(), "/plain");
    assert_eq!(uri!(inner::plain).to_string(), "/inner");
    let parameters = uri!("/api", parameters(shop = "a b", page = 2));
    assert_eq!(parameters.to_string(), "/api/shops/a%20b/refresh/2");
}

#[test]
fn launch_stops_at_sentinel_of_guard_in_refresh_endpoint() {
    crate::log::install();
    let rocket = jwtauth_tests::rocket(json!({ "allow_refresh": true }));
    // `State<String>` is not managed.
    let rocket = rocket.attach(JwtAuth::fairing()).mount("/", routes![guarded]);
    let runtime = rocket::tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let error = runtime.block_on(rocket.ignite()).expect_err("a state is missing");
    assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_)), "{:?}", error.kind());
}

#[test]
fn launch_stops_at_endpoint_without_fairing_or_allow_refresh() {
    crate::log::install();
    let runtime = rocket::tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let unattached = jwtauth_tests::rocket(json!({ "allow_refresh": true })).mount("/", routes![plain]);
    let unsettled = jwtauth_tests::rocket(json!({})).attach(JwtAuth::fairing()).mount("/", routes![plain]);
    for rocket in [unattached, unsettled] {
        let error = runtime.block_on(rocket.ignite()).expect_err("a sentinel");
        assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_)), "{:?}", error.kind());
    }
}
