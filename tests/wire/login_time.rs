//! Tokens of other issuers with missing or impossible login times.

use jwtauth::{Identity, RefreshError, Refreshing, Tokens};
use jwtauth_tests::NOW;
use rocket::{get, post, routes};
use serde_json::{Value, json};

use crate::wire_app::{App, REFUSED, token};

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
    App::new(settings, routes![refresh, me])
}

const CLAIMS: &str = r#"Bearer error="invalid_token", error_description="The claims of the token are not acceptable""#;

#[test]
fn identity_refuses_endless_token_under_max_lifetime() {
    let app = app(json!({ "expiration_delta": "unlimited", "max_lifetime": "1h", "refresh_delta": "unlimited" }));
    let endless = json!({ "exp": null, "iat": null, "auth_time": null, "refresh_until": null });
    let with = |name: &str, value: Value| {
        let mut claims = endless.clone();
        claims[name] = value;
        token(claims)
    };
    let answer = app.get_with("/me", &token(endless.clone()));
    assert_eq!((answer.status, answer.header("WWW-Authenticate")), (401, Some(CLAIMS)));
    app.post_with("/refresh", &token(endless.clone())).assert_not_refreshed(REFUSED);
    for name in ["exp", "iat", "auth_time"] {
        let time = if name == "exp" { NOW + 60 } else { NOW - 60 };
        assert_eq!(app.get_with("/me", &with(name, json!(time))).status, 200, "{name} is an end");
    }
    for name in ["iat", "auth_time"] {
        assert_eq!(app.get_with("/me", &with(name, json!(NOW - 3600))).status, 401, "{name}: an hour is over");
    }
    let boundless = self::app(json!({ "expiration_delta": "unlimited" }));
    assert_eq!(boundless.get_with("/me", &token(endless)).status, 200, "no limit is configured");
}

#[test]
fn refresh_limits_auth_time_to_now() {
    for leeway in [0, 30] {
        let app = app(json!({ "leeway": leeway }));
        for (auth_time, iat, carried) in [
            (NOW + 1_000_000, Value::Null, NOW),
            (NOW + 1, Value::Null, NOW),
            (NOW, Value::Null, NOW),
            (NOW - 5, Value::Null, NOW - 5),
            (NOW + 1_000_000, json!(NOW - 5), NOW - 5),
        ] {
            let answer = app.post_with("/refresh", &token(json!({ "auth_time": auth_time, "iat": iat })));
            assert_eq!(answer.claims()["auth_time"], carried, "{auth_time} {iat}");
        }
    }
    let app = app(json!({ "leeway": 30 }));
    let ahead = token(json!({ "auth_time": NOW + 20, "iat": NOW + 20 }));
    assert_eq!(app.post_with("/refresh", &ahead).claims()["auth_time"], NOW, "a clock that is ahead");
}

#[test]
fn token_with_future_auth_time_ends_at_max_lifetime() {
    let app = app(json!({ "max_lifetime": "1h" }));
    let future = token(json!({ "auth_time": NOW + 1_000_000, "iat": null, "exp": NOW + 2_000_000 }));
    let answer = app.post_with("/refresh", &future);
    let token = answer.token();
    assert_eq!(answer.claims()["refresh_until"], NOW + 3600);
    app.clock.set(NOW + 3600);
    assert_eq!(app.post_with("/refresh", &token).status, 403);
}

#[test]
fn token_ends_at_max_lifetime_after_login_time() {
    let app = app(json!({ "max_lifetime": "1h", "refresh_delta": "unlimited" }));
    // The user has authenticated again since the login.
    let of_login = |ago: u64| token(json!({ "login_time": NOW - ago, "auth_time": NOW - 60, "refresh_until": null }));
    let answer = app.post_with("/refresh", &of_login(3000));
    let claims = answer.claims();
    assert_eq!((&claims["login_time"], &claims["auth_time"]), (&json!(NOW - 3000), &json!(NOW - 60)));
    assert_eq!((&claims["exp"], &claims["refresh_until"]), (&json!(NOW + 600), &json!(NOW + 600)));
    assert_eq!(app.get_with("/me", &of_login(3599)).status, 200);
    assert_eq!(app.get_with("/me", &of_login(3600)).status, 401);
    app.post_with("/refresh", &of_login(3600)).assert_not_refreshed(crate::wire_app::EXPIRED);
    // It is written only if it differs.
    let same = app.post_with("/refresh", &of_login(60)).claims();
    assert_eq!((same.get("login_time"), &same["auth_time"]), (None, &json!(NOW - 60)));
    let future = app.post_with("/refresh", &token(json!({ "login_time": NOW + 60, "auth_time": NOW - 60 })));
    assert_eq!(future.claims()["login_time"], NOW, "nothing was after the token was issued");
}
