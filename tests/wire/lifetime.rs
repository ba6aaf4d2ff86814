//! The duration of a login: `refresh_until`, `auth_time` and `max_lifetime`.

use jwtauth::{Auth, AuthError, Identity, RefreshError, Refreshing, Tokens};
use jwtauth_tests::NOW;
use rocket::{get, post, routes};
use serde_json::{Value, json};

use crate::wire_app::{App, EXPIRED, REFUSED, token};

#[post("/login")]
async fn login(auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", ()).await
}

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(()).await
}

#[get("/me")]
fn me(identity: Identity) -> String {
    identity.userid().to_owned()
}

fn app(mut settings: Value) -> App {
    settings["allow_refresh"] = true.into();
    App::new(settings, routes![login, refresh, me])
}

#[test]
fn refresh_until_is_the_last_second_of_refreshing() {
    for leeway in [0, 10] {
        let app = app(json!({ "refresh_delta": "1h", "leeway": leeway }));
        let token = app.post("/login").token();
        let end = NOW + 3600 + leeway;
        for now in [NOW, NOW + 3600, end] {
            app.clock.set(now);
            assert_eq!(app.post_with("/refresh", &token).status, 200, "{now}");
        }
        for now in [end + 1, end + 1_000_000] {
            app.clock.set(now);
            app.post_with("/refresh", &token).assert_not_refreshed(EXPIRED);
        }
    }
}

#[test]
fn refresh_starts_refresh_delta_anew() {
    let app = app(json!({ "refresh_delta": "1h" }));
    let mut token = app.post("/login").token();
    for hour in 1..10 {
        app.clock.set(NOW + hour * 3600);
        token = app.post_with("/refresh", &token).token();
    }
    assert_eq!(jwtauth_tests::payload(&token)["refresh_until"], NOW + 10 * 3600);
}

#[test]
fn unlimited_refresh_delta_never_ends_and_needs_no_claim() {
    let app = app(json!({ "refresh_delta": "unlimited" }));
    let answer = app.post("/login");
    assert_eq!(answer.claims().get("refresh_until"), None);
    app.clock.set(NOW * 2);
    assert_eq!(app.post_with("/refresh", &answer.token()).status, 200);
}

#[test]
fn refresh_until_holds_after_refresh_delta_becomes_unlimited() {
    let app = app(json!({ "refresh_delta": "unlimited" }));
    app.post_with("/refresh", &token(json!({ "refresh_until": NOW - 1 }))).assert_not_refreshed(EXPIRED);
}

#[test]
fn refresh_carries_auth_time_over() {
    let app = app(json!({}));
    let mut token = app.post("/login").token();
    for day in 1..6 {
        app.clock.set(NOW + day * 86_400);
        token = app.post_with("/refresh", &token).token();
        let claims = jwtauth_tests::payload(&token);
        assert_eq!((&claims["auth_time"], &claims["iat"]), (&json!(NOW), &json!(NOW + day * 86_400)));
    }
}

#[test]
fn refresh_uses_iat_if_auth_time_is_missing() {
    let app = app(json!({}));
    app.clock.set(NOW + 100);
    let answer = app.post_with("/refresh", &token(json!({ "auth_time": null, "iat": NOW + 50 })));
    assert_eq!(answer.claims()["auth_time"], NOW + 50);
}

#[test]
fn token_never_outlives_its_login() {
    let app = app(json!({ "max_lifetime": "1h", "expiration_delta": "30m", "refresh_delta": "7d" }));
    let first = app.post("/login");
    assert_eq!(first.claims()["exp"], NOW + 1800);
    assert_eq!(first.claims()["refresh_until"], NOW + 3600);
    app.clock.set(NOW + 2700);
    let second = app.post_with("/refresh", &first.token());
    assert_eq!(second.claims()["exp"], NOW + 3600);
    assert_eq!(second.claims()["refresh_until"], NOW + 3600);
    assert_eq!(second.json()["expires_in"], 900);
}

#[test]
fn max_lifetime_ends_a_login_for_good() {
    let app = app(json!({ "max_lifetime": "1h" }));
    let token = app.post("/login").token();
    app.clock.set(NOW + 1700);
    let token = app.post_with("/refresh", &token).token();
    app.clock.set(NOW + 3400);
    let token = app.post_with("/refresh", &token).token();
    app.clock.set(NOW + 3599);
    assert_eq!(app.get_with("/me", &token).status, 200);
    assert_eq!(app.post_with("/refresh", &token).status, 200);
    for now in [NOW + 3600, NOW + 3601, NOW * 2] {
        app.clock.set(now);
        assert_eq!(app.get_with("/me", &token).status, 401);
        app.post_with("/refresh", &token).assert_not_refreshed(EXPIRED);
    }
}

#[test]
fn max_lifetime_also_ends_older_logins() {
    let endless = json!({ "exp": NOW + 1_000_000, "refresh_until": NOW + 1_000_000, "iat": NOW - 60 });
    let with = |auth_time: Value| {
        let mut claims = endless.clone();
        claims["auth_time"] = auth_time;
        token(claims)
    };
    let app = app(json!({ "max_lifetime": "1h" }));
    let expired = r#"Bearer error="invalid_token", error_description="The token has expired""#;
    for auth_time in [NOW - 3600, NOW - 1_000_000] {
        let answer = app.get_with("/me", &with(json!(auth_time)));
        assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some(expired)));
        app.post_with("/refresh", &with(json!(auth_time))).assert_not_refreshed(EXPIRED);
    }
    assert_eq!(app.get_with("/me", &with(json!(NOW - 3599))).status, 200);
    assert_eq!(app.post_with("/refresh", &with(json!(NOW - 3599))).status, 200);
    app.clock.set(NOW - 60 + 3600);
    assert_eq!(app.get_with("/me", &with(Value::Null)).status, 401, "as old as the token itself");
}

#[test]
fn leeway_extends_max_lifetime() {
    let app = app(json!({ "max_lifetime": "1h", "leeway": 10 }));
    let token = token(json!({ "exp": NOW + 10_000 }));
    for (now, status) in [(NOW + 3609, 200), (NOW + 3610, 401)] {
        app.clock.set(now);
        assert_eq!(app.get_with("/me", &token).status, status);
    }
}

#[test]
fn refresh_issues_no_expired_token_within_the_leeway() {
    let app = app(json!({ "max_lifetime": "1h", "leeway": 10 }));
    let token = token(json!({ "exp": NOW + 10_000 }));
    app.clock.set(NOW + 3599);
    assert_eq!(app.post_with("/refresh", &token).json()["expires_in"], 1);
    app.clock.set(NOW + 3600);
    assert_eq!(app.get_with("/me", &token).status, 200);
    let app = self::app(json!({ "max_lifetime": "1h", "leeway": 10 }));
    app.clock.set(NOW + 3600);
    app.post_with("/refresh", &token).assert_not_refreshed(EXPIRED);
}

#[test]
fn refresh_refuses_token_without_times_under_max_lifetime() {
    let app = app(json!({ "max_lifetime": "1h" }));
    app.post_with("/refresh", &token(json!({ "auth_time": null, "iat": null }))).assert_not_refreshed(REFUSED);
}
