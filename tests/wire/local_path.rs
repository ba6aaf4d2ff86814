//! `LocalPath` in forms, queries and redirects, and what browsers make of it.

use jwtauth::LocalPath;
use proptest::prelude::*;
use rocket::form::{Contextual, Form, FromForm};
use rocket::http::{ContentType, RawStr, Status};
use rocket::local::blocking::Client;
use rocket::response::Redirect;
use rocket::{get, post, routes, uri};
use url::Url;

use crate::log;

#[derive(FromForm)]
struct Login {
    next: Option<LocalPath>,
}

#[derive(FromForm)]
struct Strict {
    next: LocalPath,
}

#[get("/login?<next>")]
fn page(next: Option<LocalPath>) -> String {
    next.unwrap_or_default().to_string()
}

#[post("/login", data = "<login>")]
fn login(login: Form<Login>) -> Redirect {
    Redirect::to(login.into_inner().next.unwrap_or_default())
}

#[post("/strict", data = "<form>")]
fn strict(form: Form<Contextual<'_, Strict>>) -> Result<String, String> {
    match &form.value {
        Some(strict) => Ok(strict.next.to_string()),
        None => Err(form.context.errors().map(ToString::to_string).collect()),
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn client() -> Client {
    log::install();
    Client::untracked(rocket::build().mount("/", routes![page, login, strict])).expect("a launch")
}

fn post(client: &Client, path: &'static str, next: &str) -> (Status, Option<String>, String) {
    let body = format!("next={}", encoded(next));
    let response = client.post(path).header(ContentType::Form).body(body).dispatch();
    let location = response.headers().get_one("Location").map(str::to_owned);
    (response.status(), location, response.into_string().unwrap_or_default())
}

#[test]
fn local_path_is_the_way_back_after_a_login() {
    let client = client();
    for next in ["/", "/members", "/members?page=2&sort=a%20b#top", "/caf%C3%A9", "/a//b/"] {
        let (status, location, _) = post(&client, "/login", next);
        assert_eq!((status, location.as_deref()), (Status::SeeOther, Some(next)));
        let answer = client.get(format!("/login?next={}", encoded(next))).dispatch().into_string();
        assert_eq!(answer.as_deref(), Some(next));
        assert_eq!(post(&client, "/strict", next).2, next);
    }
}

#[test]
fn local_path_leads_to_the_root_from_elsewhere() {
    let client = client();
    for next in
        ["//other.example", "/\\other.example", "https://other.example/", "/%2f/x", "/\r\nSet-Cookie:a", "", "x"]
    {
        let (status, location, _) = post(&client, "/login", next);
        assert_eq!((status, location.as_deref()), (Status::SeeOther, Some("/")), "{next:?}");
        let answer = client.get(format!("/login?next={}", encoded(next))).dispatch().into_string();
        assert_eq!(answer.as_deref(), Some("/"), "{next:?}");
    }
    let (_, _, errors) = post(&client, "/strict", "//other.example");
    assert!(errors.contains("not a path of this site: it begins with `//`"), "{errors}");
    // Encoded once more than a form needs, in the address itself.
    let answer = client.get("/login?next=/%252fother.example").dispatch().into_string();
    assert_eq!(answer.as_deref(), Some("/"));
}

#[test]
fn local_path_stands_in_a_typed_uri() {
    let next: LocalPath = "/members?page=2&sort=a%20b#top".parse().expect("a path");
    let uri = uri!(page(Some(&next))).to_string();
    let query = uri.strip_prefix("/login?").expect("the route");
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    assert_eq!(pairs, [("next".into(), next.as_str().into())]);
    assert_eq!(client().get(uri).dispatch().into_string().as_deref(), Some(next.as_str()));
}

/// Texts of what browsers, proxies and servers may read in different ways.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "/",
        "/",
        "/",
        "\\",
        "%2f",
        "%2F",
        "%5c",
        "%25",
        "25",
        "2f",
        "5c",
        "2e",
        ".",
        "..",
        "%2e",
        "%",
        "\t",
        "\n",
        "\r",
        "%09",
        "%0a",
        "0d",
        "\0",
        " ",
        "%20",
        "other.example",
        "a",
        "@",
        ":",
        ":80",
        "?",
        "#",
        "https:",
        "javascript:",
        ";",
        "é",
        "%c3%a9",
        "[::1]",
        "\u{2028}",
        "\u{ff0f}",
        "*",
        "&",
        "=",
        "+",
    ]);
    let parts = prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat());
    (prop::sample::select(vec!["/", "/", "/a", ""]), parts).prop_map(|(start, rest)| format!("{start}{rest}"))
}

fn site() -> Url {
    Url::parse("https://site.example/login?next=x").expect("a URL")
}

/// Decodes a text once, as a proxy might.
fn decoded(text: &str) -> String {
    RawStr::new(text).percent_decode_lossy().into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn local_path_stays_on_the_site(text in prop_oneof![4 => hostile(), 1 => "/[ -~]{0,20}"]) {
        let Ok(path) = text.parse::<LocalPath>() else { return Ok(()) };
        prop_assert_eq!(path.as_str(), text.as_str());
        let reference = rocket::http::uri::Reference::from(path);
        prop_assert_eq!(reference.to_string(), text.as_str());
        let mut text = text;
        for _ in 0..8 {
            let url = site().join(&text);
            prop_assert!(url.is_ok(), "{text}");
            let url = url.expect("a URL");
            prop_assert_eq!(url.origin(), site().origin(), "{}", text);
            // The path is good to be sent again.
            prop_assert_eq!(site().join(url.path()).map(|again| again.origin()), Ok(site().origin()), "{}", text);
            text = decoded(&text);
        }
    }
}
