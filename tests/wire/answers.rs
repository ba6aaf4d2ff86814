//! Responses of `Identity`, and the challenges of RFC 6750.

use jwtauth::{Identity, JwtAuthFairing};
use jwtauth_tests::{NOW, forge, forge_with};
use rocket::http::{Header, Method, Status};
use rocket::response::Responder;
use rocket::{Build, Request, Rocket, catch, catchers, get, routes};
use serde_json::json;

use crate::wire_app::{App, claims, token};

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

#[get("/open")]
fn open() -> &'static str {
    "open"
}

fn app(settings: serde_json::Value) -> App {
    App::new(settings, routes![me, open])
}

#[test]
fn identity_accepts_good_token() {
    let answer = app(json!({})).get_with("/me", &token(json!({})));
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice"));
    assert_eq!(answer.header("WWW-Authenticate"), None);
}

#[test]
fn challenge_without_a_token_has_no_error() {
    let answer = app(json!({})).get("/me");
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
}

#[test]
fn challenge_names_the_realm() {
    let answer = app(json!({ "realm": "the shop" })).get("/me");
    assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer realm="the shop""#));
    let answer = app(json!({ "realm": r#"a "b" \ c"# })).get("/me");
    assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer realm="a \"b\" \\ c""#));
}

#[test]
fn challenge_uses_the_configured_scheme() {
    let answer = app(json!({ "auth_header_prefix": "JWT" })).get("/me");
    assert_eq!(answer.header("WWW-Authenticate"), Some("JWT"));
    let answer = app(json!({ "auth_header_prefix": "JWT", "realm": "shop" })).get_with("/me", "x");
    assert_eq!(answer.header("WWW-Authenticate"), Some(r#"JWT realm="shop""#), "Bearer is not our scheme");
}

#[test]
fn challenge_describes_bad_token_in_fixed_words() {
    let app = app(json!({ "issuer": "shop", "audience": ["shop"], "kid": "new" }));
    let with = |other: serde_json::Value| {
        let mut all = json!({ "iss": "shop", "aud": "shop" });
        for (name, value) in other.as_object().expect("an object") {
            all[name] = value.clone();
        }
        token(all)
    };
    assert_eq!(app.get_with("/me", &with(json!({}))).status, 200);
    let good = claims(json!({ "iss": "shop", "aud": "shop" })).to_string();
    let cases = [
        ("not.a-token".to_owned(), "The token is malformed"),
        ("a.b.c.d".to_owned(), "The token is malformed"),
        ("a.b.c.d.e".to_owned(), "The token is encrypted"),
        ("a".repeat(17 * 1024), "The token is too long"),
        (forge(r#"{"alg":"HS256","typ":"dpop+jwt"}"#, &good), "The token is of another type"),
        (forge(r#"{"alg":"HS256","crit":["exp"]}"#, &good), "The token requires an extension that is not supported"),
        (forge(r#"{"alg":"HS512"}"#, &good), "The token is signed with another algorithm"),
        (forge(r#"{"alg":"none"}"#, &good), "The token is signed with another algorithm"),
        (forge(r#"{"alg":"HS256","kid":"old"}"#, &good), "The token is signed with an unknown key"),
        (forge_with(r#"{"alg":"HS256"}"#, &good, b"another secret"), "The signature of the token is not valid"),
        (with(json!({ "exp": "soon" })), "The claims of the token are not acceptable"),
        (with(json!({ "exp": null })), "The claims of the token are not acceptable"),
        (with(json!({ "sub": 5 })), "The claims of the token are not acceptable"),
        (with(json!({ "sub": null })), "The claims of the token are not acceptable"),
        (with(json!({ "iat": NOW + 61 })), "The token is not valid yet"),
        (with(json!({ "nbf": NOW + 1 })), "The token is not valid yet"),
        (with(json!({ "exp": NOW })), "The token has expired"),
        (with(json!({ "iss": "another" })), "The token is from another issuer"),
        (with(json!({ "iss": null })), "The token is from another issuer"),
        (with(json!({ "aud": ["another"] })), "The token is for another audience"),
        (with(json!({ "aud": null })), "The token is for another audience"),
    ];
    for (token, description) in cases {
        let answer = app.get_with("/me", &token);
        assert_eq!(answer.status, 401, "{description}");
        let challenge = format!(r#"Bearer error="invalid_token", error_description="{description}""#);
        assert_eq!(answer.header("WWW-Authenticate"), Some(challenge.as_str()));
        assert!(!answer.body.contains(&token));
    }
}

#[test]
fn challenge_puts_realm_before_error() {
    let answer = app(json!({ "realm": "shop" })).get_with("/me", &token(json!({ "exp": NOW })));
    let challenge = r#"Bearer realm="shop", error="invalid_token", error_description="The token has expired""#;
    assert_eq!(answer.header("WWW-Authenticate"), Some(challenge));
}

#[test]
fn identity_expires_at_exp_plus_leeway_by_the_clock() {
    let app = app(json!({ "leeway": 10 }));
    let token = token(json!({ "exp": NOW + 100 }));
    for (now, status) in [(NOW, 200), (NOW + 109, 200), (NOW + 110, 401), (NOW + 111, 401), (NOW, 200)] {
        app.clock.set(now);
        assert_eq!(app.get_with("/me", &token).status, status, "{now}");
    }
}

#[test]
fn head_request_is_answered_as_get_without_a_body() {
    let app = app(json!({}));
    let answer = app.send(Method::Head, "/me", &[], "");
    assert_eq!((answer.status, answer.body.as_str()), (401, ""));
    assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
    let bearer = format!("Bearer {}", token(json!({})));
    let answer = app.send(Method::Head, "/me", &[("Authorization", &bearer)], "");
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
}

#[test]
fn fairing_leaves_other_answers_unchanged() {
    let app = app(json!({ "realm": "shop" }));
    for token in [token(json!({})), "nonsense".to_owned()] {
        let open = app.get_with("/open", &token);
        assert_eq!((open.status, open.body.as_str()), (200, "open"));
        let bearer = format!("Bearer {token}");
        let options = app.send(Method::Options, "/me", &[("Authorization", &bearer)], "");
        assert_eq!(options.status, 404);
        let missing = app.get_with("/nowhere", &token);
        assert_eq!(missing.status, 404);
        for answer in [open, options, missing] {
            for name in ["WWW-Authenticate", "Cache-Control", "Authorization", "Retry-After"] {
                assert_eq!(answer.header(name), None);
            }
        }
    }
}

#[get("/basic")]
fn basic() -> Status {
    Status::Unauthorized
}

#[get("/away")]
fn away() -> Status {
    Status::ServiceUnavailable
}

#[get("/bad")]
fn bad() -> Status {
    Status::BadRequest
}

#[test]
fn fairing_adds_no_challenge_to_refusals_of_the_application() {
    let app = App::new(json!({}), routes![basic, away, bad]);
    for path in ["/basic", "/away", "/bad"] {
        let answer = app.get_with(path, "nonsense");
        assert_eq!(answer.header("WWW-Authenticate"), None);
        assert_eq!(answer.header("Retry-After"), None);
    }
}

#[get("/swallowed/<code>")]
fn swallowed(code: u16, identity: Option<Identity>) -> Status {
    assert!(identity.is_none());
    Status::new(code)
}

#[test]
fn fairing_reports_swallowed_error_only_with_401() {
    let app = App::new(json!({}), routes![swallowed]);
    for code in [400, 403, 404, 503] {
        let answer = app.get_with(&format!("/swallowed/{code}"), &token(json!({ "exp": NOW })));
        assert_eq!(answer.status, code);
        assert_eq!(answer.header("WWW-Authenticate"), None);
        assert_eq!(answer.header("Retry-After"), None);
    }
    let answer = app.get_with("/swallowed/401", &token(json!({ "exp": NOW })));
    let expired = r#"Bearer error="invalid_token", error_description="The token has expired""#;
    assert_eq!(answer.header("WWW-Authenticate"), Some(expired), "this is what it is about");
}

#[derive(Responder)]
struct Challenged(&'static str, Header<'static>);

#[catch(401)]
fn challenged() -> Challenged {
    Challenged("who are you?", Header::new("WWW-Authenticate", r#"Basic realm="mine""#))
}

#[test]
fn fairing_keeps_challenge_set_by_a_catcher() {
    let app = App::with(json!({}), |rocket: Rocket<Build>, fairing: JwtAuthFairing| {
        rocket.attach(fairing).mount("/", routes![me]).register("/", catchers![challenged])
    });
    let answer = app.get_with("/me", "nonsense");
    assert_eq!((answer.status, answer.body.as_str()), (401, "who are you?"));
    assert_eq!(answer.headers("WWW-Authenticate"), [r#"Basic realm="mine""#]);
}

#[catch(401)]
fn teapot(_: &Request<'_>) -> (Status, &'static str) {
    (Status::ImATeapot, "short and stout")
}

#[test]
fn fairing_adds_no_challenge_if_catcher_changes_the_status() {
    let app = App::with(json!({}), |rocket, fairing| {
        rocket.attach(fairing).mount("/", routes![me]).register("/", catchers![teapot])
    });
    let answer = app.get("/me");
    assert_eq!(answer.status, 418);
    assert_eq!(answer.header("WWW-Authenticate"), None);
}
