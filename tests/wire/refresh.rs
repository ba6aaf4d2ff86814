//! A hand-written refresh route, and the two response bodies of its refusals.

use jwtauth::{RefreshError, Refreshing, Tokens};
use jwtauth_tests::{NOW, forge_with};
use rocket::http::Method;
use rocket::{post, routes};
use serde_json::{Value, json};

use crate::wire_app::{App, EXPIRED, REFUSED, token};

#[post("/refresh")]
async fn refresh(refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    let refreshing = refreshing?;
    if refreshing.userid() == "gone" {
        return Err(RefreshError::NoSuchUser);
    }
    refreshing.renew(()).await
}

#[post("/tell")]
fn tell(refreshing: Result<Refreshing<'_>, RefreshError>) -> String {
    match refreshing {
        Ok(refreshing) => format!("{} {:?} {refreshing:?}", refreshing.userid(), refreshing.auth_time()),
        Err(error) => format!("{error:?}"),
    }
}

#[post("/bare")]
async fn bare(refreshing: Refreshing<'_>) -> Result<Tokens, RefreshError> {
    refreshing.renew(()).await
}

fn app(mut settings: Value) -> App {
    if settings.get("allow_refresh").is_none() {
        settings["allow_refresh"] = true.into();
    }
    App::new(settings, routes![refresh, tell, bare])
}

#[test]
fn refresh_answers_as_a_login_does() {
    let app = app(json!({}));
    app.clock.set(NOW + 600);
    let answer = app.post_with("/refresh", &token(json!({})));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    let token = answer.token();
    assert_eq!(answer.header("Authorization"), Some(format!("Bearer {token}").as_str()));
    assert_eq!(answer.json(), json!({ "access_token": token, "token_type": "Bearer", "expires_in": 1800 }));
    assert_eq!(
        answer.claims(),
        json!({
            "sub": "alice", "exp": NOW + 2400, "iat": NOW + 600, "auth_time": NOW, "refresh_until": NOW + 605_400,
        })
    );
}

#[test]
fn refresh_refuses_every_bad_token_with_one_answer() {
    let app = app(json!({ "issuer": "shop", "leeway": 0 }));
    let with = |mut other: Value| {
        if other.get("iss").is_none() {
            other["iss"] = "shop".into();
        }
        token(other)
    };
    assert_eq!(app.post_with("/refresh", &with(json!({}))).status, 200);
    app.post("/refresh").assert_not_refreshed(REFUSED);
    for bad in [
        "nonsense".to_owned(),
        String::new(),
        forge_with(r#"{"alg":"HS256"}"#, r#"{"sub":"alice","iss":"shop","exp":9999999999}"#, b"another secret"),
        with(json!({ "iss": "another" })),
        with(json!({ "aud": "another" })),
        with(json!({ "sub": null })),
        with(json!({ "sub": 5 })),
        with(json!({ "sub": "" })),
        with(json!({ "exp": null })),
        with(json!({ "exp": "soon" })),
        with(json!({ "iat": NOW + 61 })),
        with(json!({ "nbf": NOW + 1 })),
        with(json!({ "refresh_until": null })),
        with(json!({ "refresh_until": "later" })),
        with(json!({ "auth_time": "yesterday" })),
        with(json!({ "nonce": 5 })),
        with(json!({ "sub": "gone" })),
    ] {
        app.post_with("/refresh", &bad).assert_not_refreshed(REFUSED);
    }
}

#[test]
fn refresh_accepts_token_of_a_clock_ahead() {
    let app = app(json!({}));
    assert_eq!(app.post_with("/refresh", &token(json!({ "iat": NOW + 60, "auth_time": NOW + 60 }))).status, 200);
    app.post_with("/refresh", &token(json!({ "iat": NOW + 61 }))).assert_not_refreshed(REFUSED);
}

/// As in the original library: a negative time has passed.
#[test]
fn refresh_treats_negative_times_as_past() {
    for time in [json!(-1), json!(-0.5), json!(-1_750_000_000), json!(-1e300)] {
        let answer = app(json!({})).post_with("/refresh", &token(json!({ "refresh_until": time })));
        answer.assert_not_refreshed(EXPIRED);
        let verifying = app(json!({ "verify_expiration_on_refresh": true }));
        verifying.post_with("/refresh", &token(json!({ "exp": time }))).assert_not_refreshed(EXPIRED);
        let limited = app(json!({ "max_lifetime": "1d" }));
        limited.post_with("/refresh", &token(json!({ "auth_time": time }))).assert_not_refreshed(EXPIRED);
        for name in ["exp", "iat", "nbf", "auth_time"] {
            let answer = app(json!({})).post_with("/refresh", &token(json!({ name: time })));
            assert_eq!(answer.status, 200, "{name} {time}");
        }
    }
    let answer = app(json!({})).post_with("/refresh", &token(json!({ "auth_time": -7 })));
    assert_eq!(answer.claims()["auth_time"], 0);
}

#[test]
fn refresh_refuses_two_tokens() {
    let app = app(json!({}));
    let bearer = format!("Bearer {}", token(json!({})));
    let answer = app.send(Method::Post, "/refresh", &[("Authorization", &bearer), ("Authorization", &bearer)], "");
    answer.assert_not_refreshed(REFUSED);
}

#[test]
fn refresh_refuses_token_of_another_scheme() {
    let app = app(json!({ "auth_header_prefix": "JWT" }));
    let token = token(json!({}));
    app.post_with("/refresh", &token).assert_not_refreshed(REFUSED);
    let answer = app.send(Method::Post, "/refresh", &[("Authorization", &format!("jwt {token}"))], "");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["token_type"], "JWT");
}

#[test]
fn refresh_refuses_every_request_while_off() {
    let app = app(json!({ "allow_refresh": false }));
    app.post_with("/refresh", &token(json!({}))).assert_not_refreshed(REFUSED);
    app.post("/refresh").assert_not_refreshed(REFUSED);
    assert_eq!(app.post_with("/tell", &token(json!({}))).body, "Disabled");
}

#[test]
fn refresh_refusals_forbid_caching() {
    let app = app(json!({}));
    assert_eq!(app.post("/refresh").header("Cache-Control"), Some("no-store"));
    assert_eq!(
        app.post_with("/refresh", &token(json!({ "refresh_until": 1 }))).header("Cache-Control"),
        Some("no-store")
    );
}

#[test]
fn refreshing_result_tells_the_route_the_reason() {
    let app = app(json!({}));
    assert_eq!(app.post("/tell").body, "MissingToken");
    assert_eq!(app.post_with("/tell", "nonsense").body, "InvalidToken(Malformed)");
    assert_eq!(app.post_with("/tell", &token(json!({ "refresh_until": 1 }))).body, "Expired");
    assert_eq!(app.post_with("/tell", &token(json!({ "refresh_until": null }))).body, "MissingClaim");
    let told = app.post_with("/tell", &token(json!({}))).body;
    assert_eq!(told, format!("alice Some({NOW}) Refreshing {{ userid: \"alice\", .. }}"));
}

#[test]
fn refreshing_guard_refuses_with_403() {
    let app = app(json!({}));
    assert_eq!(app.post_with("/bare", &token(json!({}))).status, 200);
    assert_eq!(app.post("/bare").status, 403);
    assert_eq!(app.post_with("/bare", &token(json!({ "refresh_until": 1 }))).status, 403);
}

#[test]
fn refresh_accepts_expired_token_unless_exp_is_verified() {
    let expired = token(json!({ "exp": NOW - 1000, "iat": NOW - 2000 }));
    assert_eq!(app(json!({})).post_with("/refresh", &expired).status, 200);
    let app = app(json!({ "verify_expiration_on_refresh": true, "leeway": 10 }));
    app.post_with("/refresh", &expired).assert_not_refreshed(EXPIRED);
    let token = token(json!({}));
    for (now, status) in [(NOW + 1800, 200), (NOW + 1809, 200), (NOW + 1810, 403)] {
        app.clock.set(now);
        assert_eq!(app.post_with("/refresh", &token).status, status, "{now}");
    }
    app.post_with("/refresh", &token).assert_not_refreshed(EXPIRED);
}

#[test]
fn refresh_accepts_token_without_exp_only_if_unlimited() {
    let endless = token(json!({ "exp": null }));
    app(json!({})).post_with("/refresh", &endless).assert_not_refreshed(REFUSED);
    let app = app(json!({ "expiration_delta": "unlimited", "max_lifetime": "30d" }));
    assert_eq!(app.post_with("/refresh", &endless).status, 200);
}

#[test]
fn refresh_route_answers_only_post() {
    let app = app(json!({}));
    let bearer = format!("Bearer {}", token(json!({})));
    for method in [Method::Get, Method::Put, Method::Head, Method::Options, Method::Delete] {
        assert_eq!(app.send(method, "/refresh", &[("Authorization", &bearer)], "").status, 404, "{method}");
    }
}
