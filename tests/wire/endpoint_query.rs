//! `#[refresh_endpoint]` with query parameters.

use jwtauth::{Claims, refresh_endpoint};
use rocket::form::FromForm;
use rocket::{routes, uri};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::wire_app::{App, REFUSED, token};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    told: String,
}

#[refresh_endpoint("/shops/<shop>?<lang>&<page>")]
async fn parameters(userid: String, shop: &str, lang: Option<&str>, page: Option<u8>) -> Option<Profile> {
    Some(Profile { told: format!("{userid} {shop} {lang:?} {page:?}") })
}

#[derive(FromForm)]
struct Device<'r> {
    name: &'r str,
    #[field(default = 1)]
    number: u8,
}

#[refresh_endpoint("/trailing?static&<device..>")]
async fn trailing(userid: &str, device: Device<'_>) -> Option<Profile> {
    Some(Profile { told: format!("{userid} {} {}", device.name, device.number) })
}

fn app() -> App {
    App::new(json!({ "allow_refresh": true }), routes![parameters, trailing])
}

#[test]
fn refresh_endpoint_passes_query_parameters() {
    let (app, token) = (app(), token(json!({})));
    for (path, told) in [
        ("/shops/berlin", "alice berlin None None"),
        ("/shops/berlin?lang=de&page=2", "alice berlin Some(\"de\") Some(2)"),
        ("/shops/berlin?page=2", "alice berlin None Some(2)"),
        ("/trailing?static&name=phone", "alice phone 1"),
        ("/trailing?name=phone&number=7&static", "alice phone 7"),
    ] {
        assert_eq!(app.post_with(path, &token).claims()["told"], told, "{path}");
    }
}

#[test]
fn refresh_endpoint_reports_bad_query_only_for_good_token() {
    let app = app();
    assert_eq!(app.post_with("/trailing?static", &token(json!({}))).status, 422);
    app.post("/trailing?static").assert_not_refreshed(REFUSED);
}

#[test]
fn refresh_endpoint_uri_contains_the_query() {
    let uri = uri!("/api", parameters(shop = "a b", lang = Some("de"), page = Some(2)));
    assert_eq!(uri.to_string(), "/api/shops/a%20b?lang=de&page=2");
}
