//! A user authenticates again, without sessions: the new token continues the login of the old one.

use jwtauth::{Auth, AuthError, Identity, Recent, RefreshError, Refreshing, Tokens, WithTokens, refresh_nonce_handler};
use jwtauth_tests::NOW;
use rocket::http::ContentType;
use rocket::{get, post, routes};
use serde_json::{Value, json};

use crate::wire_app::{App, EXPIRED, REFUSED, token};

#[post("/login")]
async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", ()).carrying(7).await
}

#[post("/confirm?<user>")]
async fn confirm(user: Option<&str>, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.confirm(user.unwrap_or("alice"), ()).await
}

#[post("/confirm-with")]
async fn confirm_with(auth: Auth<'_>) -> Result<WithTokens<(ContentType, &'static str)>, AuthError> {
    Ok(auth.confirm("alice", ()).await?.with((ContentType::HTML, "confirmed")))
}

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

#[get("/recent")]
fn recent(_identity: Identity<(), Recent<300>>) {}

fn app(mut settings: Value) -> App {
    settings["allow_refresh"] = true.into();
    let routes = routes![login, confirm, confirm_with, refresh, recent];
    App::with(settings, |rocket, fairing| rocket.attach(fairing).mount("/", routes).register("/", jwtauth::catchers()))
}

#[test]
fn confirm_renews_auth_time() {
    let app = app(json!({}));
    let old = app.post("/login").token();
    app.clock.set(NOW + 1000);
    assert_eq!(app.get_with("/recent", &old).status, 401);
    let answer = app.post_with("/confirm", &old);
    let expected = json!({
        "sub": "alice", "exp": NOW + 2800, "iat": NOW + 1000, "auth_time": NOW + 1000, "login_time": NOW,
        "refresh_until": NOW + 604_800, "carried": 7,
    });
    assert_eq!(answer.claims(), expected);
    let new = answer.token();
    assert_eq!(app.get_with("/recent", &new).status, 200);
    let refreshed = app.post_with("/refresh", &new);
    let claims = refreshed.claims();
    assert_eq!((&claims["auth_time"], &claims["login_time"]), (&json!(NOW + 1000), &json!(NOW)));
    assert_eq!(app.get_with("/recent", &refreshed.token()).status, 200);
    app.clock.set(NOW + 1301);
    assert_eq!(app.get_with("/recent", &refreshed.token()).status, 401);
    let answer = app.post_with("/confirm-with", &new);
    assert_eq!((answer.status, answer.body.as_str()), (200, "confirmed"));
    assert!(answer.header("Authorization").is_some_and(|header| header.starts_with("Bearer ey")));
}

#[test]
fn confirm_refuses_another_user_and_a_request_without_token() {
    let app = app(json!({}));
    let token = app.post("/login").token();
    let answer = app.post_with("/confirm?user=bob", &token);
    let body = json!({ "error": "other_user", "error_description": "The user is not the one who is logged in" });
    assert_eq!((answer.status, answer.json()), (403, body));
    assert!(answer.header("Authorization").is_none() && answer.header("WWW-Authenticate").is_none(), "{answer:?}");
    assert_eq!(app.post_with("/confirm?user=", &token).status, 403);
    let answer = app.post("/confirm");
    assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some("Bearer")));
    app.clock.set(NOW + 1800);
    app.post_with("/confirm", &token).assert_refused("The token has expired");
}

#[test]
fn confirm_does_not_extend_max_lifetime() {
    let app = app(json!({ "max_lifetime": "1h" }));
    let mut token = app.post("/login").token();
    for now in [NOW + 1200, NOW + 2400, NOW + 3599] {
        app.clock.set(now);
        token = app.post_with("/confirm", &token).token();
        let claims = jwtauth_tests::payload(&token);
        assert_eq!((&claims["exp"], &claims["login_time"]), (&json!((now + 1800).min(NOW + 3600)), &json!(NOW)));
    }
    app.clock.set(NOW + 3600);
    assert_eq!(app.post_with("/confirm", &token).status, 401);
    app.post_with("/refresh", &token).assert_not_refreshed(EXPIRED);
    // The age of this login is not known.
    app.clock.set(NOW);
    let ageless = crate::wire_app::token(json!({ "iat": null, "auth_time": null }));
    assert_eq!((app.get_with("/recent", &ageless).status, app.post_with("/confirm", &ageless).status), (401, 401));
}

#[test]
fn confirm_does_not_extend_the_time_for_refreshing() {
    let unlimited = json!({ "refresh_delta": "unlimited" });
    for (settings, old, new) in [
        (json!({}), json!(NOW + 100), json!(NOW + 100)),
        (json!({}), json!(NOW - 100), json!(NOW - 100)),
        (json!({}), json!(NOW as f64 + 100.9), json!(NOW + 100)),
        (json!({}), json!(-1.5), json!(0)),
        (json!({ "refresh_delta": "50s", "expiration_delta": "10s" }), json!(NOW + 100), json!(NOW + 50)),
        (json!({ "max_lifetime": "40s" }), json!(NOW + 100), json!(NOW + 40)),
        (json!({}), Value::Null, Value::Null),
        (unlimited.clone(), json!(NOW + 100), json!(NOW + 100)),
        (unlimited, Value::Null, Value::Null),
    ] {
        let app = app(settings.clone());
        let old_token = token(json!({ "refresh_until": old }));
        let answer = app.post_with("/confirm", &old_token);
        assert_eq!(answer.claims().get("refresh_until").cloned().unwrap_or_default(), new, "{settings} {old}");
        assert_eq!(
            app.post_with("/refresh", &answer.token()).status,
            app.post_with("/refresh", &old_token).status,
            "{settings} {old}"
        );
    }
}

#[refresh_nonce_handler]
fn nonce(_user: &str) -> Option<String> {
    Some("current".to_owned())
}

#[test]
fn confirm_keeps_the_nonce_of_the_login() {
    let routes = routes![confirm, refresh];
    let app = App::with(json!({ "allow_refresh": true }), |rocket, fairing| {
        rocket.attach(fairing.refresh_nonce_handler(nonce)).mount("/", routes)
    });
    for (nonce, status) in [("current", 200), ("former", 403)] {
        let answer = app.post_with("/confirm", &token(json!({ "nonce": nonce })));
        assert_eq!(answer.claims()["nonce"], nonce);
        assert_eq!(app.post_with("/refresh", &answer.token()).status, status);
    }
    let answer = app.post_with("/confirm", &token(json!({})));
    assert_eq!(answer.claims().get("nonce"), None);
    app.post_with("/refresh", &answer.token()).assert_not_refreshed(REFUSED);
}

/// A partner has the secret too. Its tokens are never refreshed, and neither is a token that confirms one of them.
#[test]
fn confirmed_token_of_a_key_that_never_refreshes_cannot_be_refreshed() {
    let partner = "a secret that a partner has as well, 43 bytes";
    for refresh_delta in ["7d", "unlimited"] {
        let keys = json!([{ "master_secret": jwtauth_tests::SECRET }, { "master_secret": partner, "refresh": false }]);
        let settings = json!({ "allow_refresh": true, "refresh_delta": refresh_delta, "keys": keys });
        let app = App::custom(|fairing| {
            rocket::custom(jwtauth_tests::figment(settings)).attach(fairing).mount("/", routes![confirm, refresh])
        });
        let claims =
            json!({ "sub": "alice", "iat": NOW, "exp": NOW + 60, "auth_time": NOW, "refresh_until": NOW + 600 });
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        let theirs = jwtauth_tests::forge_with(header, claims.to_string(), partner.as_bytes());
        let answer = app.post_with("/confirm", &theirs);
        assert_eq!(answer.status, 200, "{answer:?}");
        app.post_with("/refresh", &answer.token()).assert_not_refreshed(EXPIRED);
        let ours = app.post_with("/confirm", &token(json!({ "refresh_until": NOW + 600 })));
        assert_eq!(app.post_with("/refresh", &ours.token()).status, 200);
    }
}

#[test]
fn confirmed_token_without_refreshing_has_no_time_for_it() {
    let routes = routes![login, confirm];
    let app = App::new(json!({ "allow_refresh": false }), routes);
    let old = app.post("/login").token();
    app.clock.set(NOW + 10);
    let claims = app.post_with("/confirm", &old).claims();
    assert_eq!((claims.get("refresh_until"), &claims["auth_time"]), (None, &json!(NOW + 10)));
}
