//! User ids as types.

use jwtauth::{AuthError, Claims, ClaimsError, Identity};
use rocket::{get, routes};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::permissions_app::{App, block_on};

#[derive(Debug, Serialize, Deserialize, Claims)]
#[claims(userid = i64)]
struct Numbered {}

#[get("/id")]
fn id(identity: Identity<Numbered>) -> String {
    let id: i64 = identity.id();
    (id + 1).to_string()
}

#[get("/both")]
fn both(any: Identity, identity: Identity<Numbered>) -> String {
    format!("{} {}", any.userid(), identity.id())
}

#[get("/as")]
fn userid_as(identity: Identity) -> String {
    let id = identity.userid_as::<u8>().map_or("none".to_owned(), |id| id.to_string());
    format!("{id} {}", identity.userid_as::<&str>().expect("any text"))
}

#[test]
fn identity_refuses_user_id_of_another_type() {
    let (_, lines) = crate::log::logged(|| {
        block_on(async {
            let app = App::custom(json!({}), |rocket| rocket.mount("/", routes![id, both, userid_as])).await;
            let token = |userid: &str| app.token(json!({ "sub": userid }));
            assert_eq!(app.get("/id", &token("41")).await.body, "42");
            assert_eq!(app.get("/both", &token("-1")).await.body, "-1 -1");
            for userid in ["alice", "1.5", "9223372036854775808", "7 "] {
                for path in ["/id", "/both"] {
                    app.get(path, &token(userid)).await.assert_refused("The claims of the token are not acceptable");
                }
            }
            assert_eq!(app.get("/as", &token("255")).await.body, "255 255");
            assert_eq!(app.get("/as", &token("256")).await.body, "none 256");
        });
    });
    let says = |line: &&crate::log::Line| line.text.contains("user id is not of the type `i64`");
    assert!(lines.iter().any(|line| says(&line)), "{lines:#?}");
}

#[test]
fn issue_refuses_user_id_of_another_type() {
    block_on(async {
        let app = App::new().await;
        let jwtauth: &jwtauth::JwtAuth = app.client.rocket().state().expect("attached");
        let error = jwtauth.issue("alice", Numbered {}).await.expect_err("another type");
        assert_eq!(error, AuthError::Claims(ClaimsError::UserId("i64")));
        let tokens = jwtauth.issue(7, Numbered {}).await.expect("a number");
        assert_eq!(jwtauth.verify::<Numbered>(tokens.access_token()).await.expect("valid").id(), 7);
    });
}
