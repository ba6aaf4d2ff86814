//! A token that does not come from a header.

use jwtauth::{AuthError, Claims, Identity, TokenError};
use jwtauth_tests::NOW;
use rocket::tokio::runtime;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::wire_app::{App, token};

#[derive(Debug, Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

fn verify<C: Claims>(app: &App, token: &str) -> Result<Identity<C>, AuthError> {
    let runtime = runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(app.jwtauth().verify(token))
}

#[test]
fn verify_judges_tokens_as_the_guard_does() {
    let app = App::new(json!({}), vec![]);
    let identity = verify::<Profile>(&app, &token(json!({ "nickname": "Al" }))).expect("a good token");
    assert_eq!((identity.userid(), identity.nickname.as_str()), ("alice", "Al"));
    assert_eq!(identity.expires_at(), Some(NOW + 1800));
    for (bad, error) in [
        ("nonsense".to_owned(), TokenError::Malformed),
        (token(json!({ "nickname": "Al", "exp": NOW })), TokenError::Expired),
        (token(json!({})), TokenError::Claims),
        (format!("Bearer {}", token(json!({ "nickname": "Al" }))), TokenError::Malformed),
    ] {
        let refusal = verify::<Profile>(&app, &bad).map(|identity| identity.userid().to_owned());
        assert_eq!(refusal.map_err(|refusal| refusal.token_error()), Err(Some(error)));
    }
}

#[test]
fn verify_accepts_token_issued_without_a_request() {
    let app = App::new(json!({}), vec![]);
    let runtime = runtime::Builder::new_current_thread().build().expect("a runtime");
    let tokens = runtime.block_on(app.jwtauth().issue(42, Profile { nickname: "Al".into() })).expect("a key");
    let identity = verify::<Profile>(&app, tokens.access_token()).expect("a good token");
    assert_eq!(identity.userid(), "42");
    assert_eq!(tokens.expires_in(), Some(1800));
    assert_eq!(tokens.token_type(), "Bearer");
}

#[test]
fn jwtauth_clone_shares_its_clock() {
    let app = App::new(json!({}), vec![]);
    let clone = app.jwtauth().clone();
    app.clock.set(NOW + 1800);
    let runtime = runtime::Builder::new_current_thread().build().expect("a runtime");
    let refusal = runtime.block_on(clone.verify::<()>(&token(json!({})))).map(|identity| identity.userid().to_owned());
    assert_eq!(refusal.map_err(|refusal| refusal.token_error()), Err(Some(TokenError::Expired)));
}
