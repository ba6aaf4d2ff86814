//! The location of the token in a request: one `Authorization` header with our scheme.

use jwtauth::Identity;
use rocket::http::Method;
use rocket::{get, routes};
use serde_json::json;

use crate::wire_app::{Answer, App, token};

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

const MALFORMED: &str = r#"Bearer error="invalid_token", error_description="The token is malformed""#;
const AMBIGUOUS: &str =
    r#"Bearer error="invalid_request", error_description="The request carries more than one token""#;

fn ask(app: &App, headers: &[&str]) -> Answer {
    let headers: Vec<_> = headers.iter().map(|value| ("Authorization", *value)).collect();
    app.send(Method::Get, "/me", &headers, "")
}

fn app() -> App {
    App::new(json!({}), routes![me])
}

#[test]
fn auth_scheme_ignores_case() {
    let token = token(json!({}));
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        assert_eq!(ask(&app(), &[&format!("{scheme} {token}")]).status, 200, "{scheme}");
    }
    let jwt = App::new(json!({ "auth_header_prefix": "JWT" }), routes![me]);
    for scheme in ["JWT", "jwt"] {
        assert_eq!(ask(&jwt, &[&format!("{scheme} {token}")]).status, 200, "{scheme}");
    }
}

#[test]
fn auth_scheme_may_be_followed_by_several_spaces() {
    let token = token(json!({}));
    assert_eq!(ask(&app(), &[&format!("Bearer   {token}")]).status, 200);
}

#[test]
fn request_with_another_scheme_carries_no_token() {
    let token = token(json!({}));
    for header in
        [format!("Basic {token}"), format!("Bearer{token}"), token.clone(), format!("Token {token}"), String::new()]
    {
        let answer = ask(&app(), &[&header]);
        assert_eq!(answer.status, 401, "{header}");
        assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
    }
}

#[test]
fn auth_scheme_without_token_is_malformed() {
    for header in ["Bearer", "Bearer ", "bearer   "] {
        let answer = ask(&app(), &[header]);
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("WWW-Authenticate"), Some(MALFORMED));
    }
}

#[test]
fn request_with_two_authorization_headers_is_ambiguous() {
    let good = format!("Bearer {}", token(json!({})));
    for (first, second) in [
        (good.as_str(), good.as_str()),
        (&good, "Bearer nonsense"),
        ("Bearer nonsense", &good),
        (&good, "Basic YTpi"),
        ("Basic YTpi", &good),
    ] {
        let answer = ask(&app(), &[first, second]);
        assert_eq!(answer.status, 400, "{first} {second}");
        assert_eq!(answer.header("WWW-Authenticate"), Some(AMBIGUOUS));
    }
}

#[test]
fn identity_refuses_joined_tokens() {
    let token = token(json!({}));
    for header in [
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token},Bearer {token}"),
        format!("Bearer {token},"),
        format!("Bearer {token} {token}"),
    ] {
        let answer = ask(&app(), &[&header]);
        assert_eq!(answer.status, 401);
        let challenge = answer.header("WWW-Authenticate");
        assert!(challenge.is_some_and(|challenge| challenge.contains("invalid_token")), "{challenge:?}");
    }
}

#[test]
fn token_is_read_only_from_the_authorization_header() {
    let token = token(json!({}));
    let app = app();
    for (path, header) in [
        (format!("/me?access_token={token}"), None),
        ("/me".to_owned(), Some(("Cookie", format!("access_token={token}; Authorization=Bearer {token}")))),
        ("/me".to_owned(), Some(("X-Authorization", format!("Bearer {token}")))),
        ("/me".to_owned(), Some(("Proxy-Authorization", format!("Bearer {token}")))),
    ] {
        let headers: Vec<_> = header.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = app.send(Method::Get, &path, &headers, "");
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
    }
}
