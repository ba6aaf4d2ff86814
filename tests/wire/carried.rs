//! The data that a login carries, without sessions: it is in the token, and each refresh keeps it.

use std::sync::{Mutex, PoisonError};

use jwtauth::{
    Auth, AuthError, Carried, ClaimsError, Identity, LoginInfo, RefreshError, Refreshing, Tokens, refresh_endpoint,
    refresh_nonce_handler,
};
use jwtauth_tests::NOW;
use jwtauth_tests::launch::block_on;
use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::{State, get, post, routes};
use serde::ser::Error;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::log::logged;
use crate::wire_app::App;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Tenant {
    tenant: u32,
    by: Option<String>,
}

fn tenant() -> Value {
    json!({ "tenant": 7, "by": "root" })
}

/// Logs alice in. The login carries the body of the request.
#[post("/login", data = "<data>")]
async fn login(auth: Auth<'_>, data: Json<Value>) -> Result<Tokens, Status> {
    Ok(auth.remember("alice", ()).carrying(data.into_inner()).await?)
}

#[post("/plain")]
async fn plain(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", ()).await
}

/// The claims of the new token are what the loader was given.
#[refresh_endpoint("/refresh")]
fn refresh(_userid: &str, login: Carried<Option<Value>>, info: LoginInfo) -> Option<Map<String, Value>> {
    assert_eq!(info.session_id(), None);
    Some(Map::from_iter([("loaded".into(), json!(login.0)), ("at".into(), json!(info.auth_time()))]))
}

#[refresh_endpoint("/typed")]
fn typed(_userid: &str, login: Carried<Tenant>) -> Option<Map<String, Value>> {
    Some(Map::from_iter([("loaded".into(), json!(login.tenant))]))
}

#[refresh_endpoint("/optional")]
fn optional(_userid: &str, login: Option<Carried<Tenant>>) -> Option<Map<String, Value>> {
    Some(Map::from_iter([("loaded".into(), json!(login.map(Carried::into_inner)))]))
}

#[post("/by-hand")]
async fn by_hand(
    refreshing: Result<Refreshing<'_>, RefreshError>,
    guard: Carried<Tenant>,
) -> Result<Tokens, RefreshError> {
    let refreshing = refreshing?;
    let carried: Option<Tenant> = refreshing.carried().expect("a tenant");
    assert_eq!(carried.as_ref(), Some(&*guard));
    assert_eq!(refreshing.session_id(), None);
    refreshing.renew(Map::from_iter([("loaded".into(), json!(carried))])).await
}

#[get("/me")]
fn me(identity: Identity) -> Result<Json<Option<Tenant>>, String> {
    identity.carried().map(Json).map_err(|error| error.to_string())
}

#[get("/guard")]
fn guard(login: Carried<Tenant>, info: LoginInfo) -> Json<(u32, Option<u64>)> {
    Json((login.tenant, info.auth_time()))
}

fn app() -> App {
    app_with(json!({}))
}

fn app_with(mut settings: Value) -> App {
    settings["allow_refresh"] = true.into();
    App::new(settings, routes![login, plain, refresh, typed, optional, by_hand, me, guard])
}

impl App {
    fn login(&self, data: &Value) -> String {
        self.send(rocket::http::Method::Post, "/login", &[], &data.to_string()).token()
    }
}

#[test]
fn carried_data_is_in_the_token_and_kept_by_each_refresh() {
    let app = app();
    for data in [tenant(), json!(0), json!(false), json!(""), json!([1, [2]]), json!({}), json!("ü\"\\\u{1}")] {
        let mut token = app.login(&data);
        assert_eq!(jwtauth_tests::payload(&token)["carried"], data);
        for _ in 0..3 {
            app.clock.advance(std::time::Duration::from_secs(5));
            let claims = app.post_with("/refresh", &token).claims();
            assert_eq!((&claims["carried"], &claims["loaded"], &claims["at"]), (&data, &data, &claims["auth_time"]));
            token = app.post_with("/refresh", &token).token();
        }
        assert!(app.get_with("/guard", &token).status < 500);
    }
}

#[test]
fn login_without_carried_data_has_no_such_claim() {
    let app = app();
    for token in [app.post("/plain").token(), app.login(&Value::Null)] {
        assert_eq!(jwtauth_tests::payload(&token).get("carried"), None);
        let claims = app.post_with("/refresh", &token).claims();
        assert_eq!((claims.get("carried"), &claims["loaded"]), (None, &Value::Null));
        assert_eq!(app.post_with("/optional", &token).claims()["loaded"], Value::Null);
        assert_eq!(app.get_with("/me", &token).body, "null");
    }
}

#[test]
fn carried_guard_gives_the_data_as_a_type() {
    let app = app();
    let token = app.login(&tenant());
    assert_eq!(app.post_with("/typed", &token).claims()["loaded"], 7);
    assert_eq!(app.post_with("/optional", &token).claims()["loaded"], tenant());
    assert_eq!(app.post_with("/by-hand", &token).claims()["loaded"], tenant());
    assert_eq!(app.get_with("/me", &token).json(), tenant());
    assert_eq!(app.get_with("/guard", &token).json(), json!([7, NOW]));
}

#[test]
fn carried_guard_refuses_missing_and_wrong_data() {
    let app = app();
    let wrong = json!({ "tenant": "the-value-of-it", "by": "the-value-of-it" });
    for (token, words) in [
        (app.post("/plain").token(), "the login carries nothing"),
        (app.login(&wrong), "`tenant` has a value"),
        (app.login(&json!({ "by": "the-value-of-it" })), "`tenant` is missing"),
        (app.login(&json!("the-value-of-it")), "it is a string"),
        (app.login(&json!(["the-value-of-it"])), "the type refuses"),
    ] {
        for path in ["/typed", "/guard"] {
            let (answer, lines) = logged(|| match path {
                "/guard" => app.get_with(path, &token),
                _ => app.post_with(path, &token),
            });
            answer.assert_refused("The claims of the token are not acceptable");
            assert!(lines.iter().any(|line| line.text.contains(words)), "{words}: {lines:#?}");
            assert!(lines.iter().all(|line| !line.text.contains("the-value-of-it")), "{lines:#?}");
        }
    }
    let said = app.get_with("/me", &app.login(&wrong)).body;
    assert!(said.contains("Tenant`: `tenant` has a value that") && !said.contains("the-value-of-it"), "{said}");
}

#[test]
fn carried_guard_fails_as_identity_does() {
    let app = app();
    let answer = app.get("/guard");
    assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some("Bearer")));
    let token = app.login(&tenant());
    app.clock.advance(std::time::Duration::from_secs(1800));
    app.get_with("/guard", &token).assert_refused("The token has expired");
    assert_eq!(app.post_with("/typed", &token).status, 200, "a loader has it all the same");
    app.post_with("/by-hand", "nothing").assert_refused("The token is malformed");
}

#[test]
fn login_refuses_carried_data_over_the_limit() {
    let app = app();
    // Two quotes belong to it.
    let longest = json!("x".repeat(1022));
    assert_eq!(jwtauth_tests::payload(&app.login(&longest))["carried"], longest);
    let body = json!("x".repeat(1023)).to_string();
    let (answer, lines) = logged(|| app.send(rocket::http::Method::Post, "/login", &[], &body));
    assert_eq!((answer.status, answer.header("Authorization")), (500, None));
    let ours: Vec<_> = lines.iter().filter(|line| line.text.contains("jwtauth")).collect();
    assert_eq!(ours.len(), 1, "{lines:#?}");
    assert!(ours[0].text.contains("1025 bytes") && ours[0].text.contains("1024"), "{ours:?}");
    assert!(!ours[0].text.contains("xxx"), "{ours:?}");
    let issued = block_on(app.jwtauth().issue("alice", ()).carrying("x".repeat(2000)));
    assert_eq!(issued.err(), Some(AuthError::Claims(ClaimsError::CarriedTooLong { size: 2002 })));
}

#[test]
fn login_refuses_carried_data_that_is_not_json() {
    struct Failing;

    impl Serialize for Failing {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(S::Error::custom("the-value-of-it"))
        }
    }

    let app = app();
    let deep = (0..70).fold(json!(1), |inner, _| json!([inner]));
    let (issued, lines) = logged(|| {
        [
            block_on(app.jwtauth().issue("alice", ()).carrying(Failing)).err(),
            block_on(app.jwtauth().issue("alice", ()).carrying(deep)).err(),
            // The last call counts.
            block_on(app.jwtauth().issue("alice", ()).carrying(Failing).carrying(1)).err(),
        ]
    });
    assert!(matches!(&issued[0], Some(AuthError::Claims(ClaimsError::CarriedSerialize(_)))), "{issued:?}");
    assert_eq!(issued[1..], [Some(AuthError::Claims(ClaimsError::TooDeep)), None]);
    assert!(lines.iter().all(|line| !line.text.contains("the-value-of-it")), "{lines:#?}");
    assert_eq!(lines.len(), 2, "{lines:#?}");
}

/// The tenants that the nonce handler was asked for.
#[derive(Default)]
struct Asked(Mutex<Vec<(Value, Option<u64>)>>);

#[refresh_nonce_handler]
async fn nonce(_user: &str, login: Carried<Option<Value>>, info: LoginInfo, asked: &State<Asked>) -> Option<String> {
    asked.0.lock().unwrap_or_else(PoisonError::into_inner).push((json!(login.0), info.auth_time()));
    Some(json!(login.0).to_string())
}

#[test]
fn nonce_handler_gets_the_data_of_the_login_it_is_called_for() {
    let app = App::with(json!({ "allow_refresh": true }), |rocket, fairing| {
        let routes = routes![login, refresh];
        rocket.attach(fairing.refresh_nonce_handler(nonce)).manage(Asked::default()).mount("/", routes)
    });
    let first = app.login(&json!(1));
    app.clock.advance(std::time::Duration::from_secs(5));
    // A request with the token of another login.
    let headers = [("Authorization", format!("Bearer {first}"))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let second = app.send(rocket::http::Method::Post, "/login", &headers, "2").token();
    app.clock.advance(std::time::Duration::from_secs(5));
    for (token, data, at) in [(&first, 1, NOW), (&second, 2, NOW + 5)] {
        let claims = app.post_with("/refresh", token).claims();
        assert_eq!((&claims["loaded"], &claims["at"]), (&json!(data), &json!(at)));
    }
    let asked = std::mem::take(&mut *app.state::<Asked>().0.lock().unwrap_or_else(PoisonError::into_inner));
    let (one, two) = ((json!(1), Some(NOW)), (json!(2), Some(NOW + 5)));
    assert_eq!(asked, [one.clone(), two.clone(), one, two]);
}

#[test]
fn carried_data_of_a_token_may_be_any_json() {
    let app = app();
    // Written by another program with the same key.
    for (carried, loaded) in [(json!({ "a": 1.5e300 }), json!({ "a": 1.5e300 })), (Value::Null, Value::Null)] {
        let mut claims = crate::wire_app::claims(json!({}));
        claims["carried"] = carried;
        let answer = app.post_with("/refresh", &jwtauth_tests::token(&claims));
        assert_eq!(answer.claims()["loaded"], loaded);
    }
    let twice = r#"{"sub":"alice","exp":1900000000,"carried":1,"carried":1}"#;
    let twice = jwtauth_tests::forge(r#"{"alg":"HS256"}"#, twice);
    assert_eq!(app.get_with("/me", &twice).status, 401);
}
