//! The answer to a page whose user lacks a permission, or did not log in recently.

use jwtauth_tests::NOW;
use rocket::http::Method;
use serde_json::json;

use crate::permissions_app::{App, block_on};

const PAGE: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

async fn location(settings: serde_json::Value, path: &str, claims: serde_json::Value) -> (u16, Option<String>) {
    let settings = json!({ "allow_refresh": false, "cookies": settings });
    let app = App::custom(settings, |rocket| rocket).await;
    let cookie = format!("__Host-jwtauth={}", app.token(claims));
    let answer = app.send(Method::Get, path, "", &[PAGE, ("Cookie", &cookie)]).await;
    (answer.status, answer.header("Location").map(str::to_owned))
}

#[test]
fn page_for_a_recent_login_is_redirected_to_confirm_url() {
    block_on(async {
        let old = json!({ "auth_time": NOW - 301, "permissions": ["orders:write"] });
        let both = json!({ "login_url": "/login", "confirm_url": "/confirm?a=b" });
        for (settings, expected) in [
            (both.clone(), Some("/confirm?a=b&next=/recent/guard%3Fx%3D1")),
            (json!({ "login_url": "/login" }), Some("/login?next=/recent/guard%3Fx%3D1")),
            (json!({ "confirm_url": "/confirm" }), Some("/confirm?next=/recent/guard%3Fx%3D1")),
        ] {
            let answer = location(settings, "/recent/guard?x=1", old.clone()).await;
            assert_eq!(answer, (303, expected.map(str::to_owned)));
        }
        assert_eq!(location(json!({}), "/recent/guard", old.clone()).await, (401, None));
        assert_eq!(location(both.clone(), "/one_and_recent/mounted", old.clone()).await.0, 303);
        // Without the permission, logging in again does not help.
        let old = json!({ "auth_time": NOW - 301 });
        assert_eq!(location(both.clone(), "/one_and_recent/mounted", old).await, (403, None));
        // Without an identity, the page to log in.
        let expired = json!({ "exp": NOW });
        let answer = location(both, "/recent/guard", expired).await;
        assert_eq!(answer, (303, Some("/login?next=/recent/guard".to_owned())));
    });
}
