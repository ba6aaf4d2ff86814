//! Confirming a login where other issuers are trusted.

use jwtauth::{Auth, AuthError, Tokens};
use jwtauth_tests::NOW;
use rocket::http::Method;
use rocket::{post, routes};
use serde_json::json;

use crate::permissions_app::{App, Profile, block_on};

#[post("/confirm/<user>")]
async fn confirm(user: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.confirm(user, Profile { permissions: Default::default() }).await
}

/// `alice` of the issuer is not the user of the same id in this application.
#[test]
fn confirm_refuses_token_of_another_issuer() {
    block_on(async {
        let app = App::custom(json!({}), |rocket| rocket.mount("/", routes![confirm])).await;
        let old = json!({ "auth_time": NOW - 301 });
        let answer = app.send(Method::Post, "/confirm/alice", &app.foreign_token(old.clone()), &[]).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (403, Some("other_user")));
        assert_eq!(answer.header("Authorization"), None);
        let own = app.token(old);
        assert_eq!(app.get("/recent/guard", &own).await.status, 401);
        let answer = app.send(Method::Post, "/confirm/alice", &own, &[]).await;
        assert_eq!(app.get("/recent/guard", &answer.token()).await.status, 200);
        assert_eq!(app.send(Method::Post, "/confirm/bob", &own, &[]).await.status, 403);
    });
}

#[test]
fn refused_confirmation_is_one_line_with_the_user() {
    let (_, lines) = crate::log::logged(|| {
        block_on(async {
            let app = App::custom(json!({}), |rocket| rocket.mount("/", routes![confirm])).await;
            app.send(Method::Post, "/confirm/bob", &app.token(json!({})), &[]).await;
        });
    });
    let refusals = Vec::from_iter(lines.iter().map(|line| line.text.as_str()).filter(|text| text.contains("refused")));
    let expected = "jwtauth: POST /confirm/<user> (confirm) is refused with 403: other_user: The user is not the one who is \
                    logged in; user `alice`";
    assert_eq!(refusals, [expected]);
}
