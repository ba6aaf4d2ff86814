//! The application's claims in addition to the registered ones.

use std::collections::BTreeMap;

use jwtauth::{AuthError, Claims, Identity, TokenError};
use jwtauth_tests::forge;
use rocket::{get, routes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::wire_app::{App, claims, token};

#[derive(Serialize, Deserialize, Claims)]
struct Profile {
    nickname: String,
}

#[derive(Serialize, Deserialize, Claims)]
struct Role {
    role: String,
    #[serde(default)]
    level: u8,
}

#[get("/me")]
fn me(identity: Identity<Profile>) -> String {
    format!("{} {} {}", identity.userid(), identity.nickname, identity.claims().nickname)
}

#[get("/both")]
fn both(profile: Identity<Profile>, role: Identity<Role>) -> String {
    format!("{} {} {}", profile.nickname, role.role, role.level)
}

#[get("/tell")]
fn tell(profile: Result<Identity<Profile>, AuthError>, role: Option<Identity<Role>>, alone: Identity) -> String {
    let profile = match profile {
        Ok(profile) => profile.nickname.clone(),
        Err(AuthError::InvalidToken { error: TokenError::Claims, .. }) => "no profile".into(),
        Err(error) => panic!("{error:?}"),
    };
    format!("{profile}, {}, {}", role.map_or("no role".into(), |role| role.role.clone()), alone.userid())
}

#[get("/all")]
fn all(identity: Identity<BTreeMap<String, Value>>) -> String {
    serde_json::to_string(identity.claims()).expect("JSON")
}

#[get("/map")]
fn map(identity: Identity<Map<String, Value>>) -> String {
    identity.keys().cloned().collect::<Vec<_>>().join(" ")
}

fn app() -> App {
    App::new(json!({}), routes![me, both, tell, all, map])
}

const CLAIMS: &str = r#"Bearer error="invalid_token", error_description="The claims of the token are not acceptable""#;

#[test]
fn identity_reads_claims_beside_registered_ones() {
    let answer = app().get_with("/me", &token(json!({ "nickname": "Al", "unknown": [1, {"a": null}] })));
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice Al Al"));
}

#[test]
fn identity_reads_claims_in_any_order() {
    let payload = r#"{"nickname":"Al","refresh_until":1750604800,"sub":"alice","exp":1750001800}"#;
    let answer = app().get_with("/me", &forge(r#"{"alg":"HS256"}"#, payload));
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice Al Al"));
}

#[test]
fn identities_of_two_claims_types_read_one_token() {
    let answer = app().get_with("/both", &token(json!({ "nickname": "Al", "role": "admin", "level": 3 })));
    assert_eq!((answer.status, answer.body.as_str()), (200, "Al admin 3"));
}

#[test]
fn identity_refuses_claims_of_another_type() {
    for other in [json!({}), json!({ "nickname": 5 }), json!({ "nickname": ["Al"] }), json!({ "Nickname": "Al" })] {
        let answer = app().get_with("/me", &token(other));
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("WWW-Authenticate"), Some(CLAIMS));
    }
}

#[test]
fn identity_refuses_duplicate_claim() {
    let claims = claims(json!({ "nickname": "Al" })).to_string();
    for twice in [r#""nickname":"Al","#, r#""sub":"alice","#, r#""exp":1750001800,"#] {
        let payload = claims.replacen('{', &format!("{{{twice}"), 1);
        for path in ["/me", "/all"] {
            let answer = app().get_with(path, &forge(r#"{"alg":"HS256"}"#, &payload));
            assert_eq!(answer.status, 401, "{path} {payload}");
            assert_eq!(answer.header("WWW-Authenticate"), Some(CLAIMS));
        }
    }
}

#[test]
fn mismatched_claims_type_does_not_affect_other_guards() {
    let app = app();
    for (other, told) in [
        (json!({}), "no profile, no role, alice"),
        (json!({ "nickname": "Al" }), "Al, no role, alice"),
        (json!({ "role": "admin" }), "no profile, admin, alice"),
        (json!({ "nickname": "Al", "role": "admin" }), "Al, admin, alice"),
    ] {
        let answer = app.get_with("/tell", &token(other));
        assert_eq!((answer.status, answer.body.as_str()), (200, told));
        assert_eq!(answer.header("WWW-Authenticate"), None);
    }
}

#[test]
fn challenge_reports_expiry_even_if_claims_do_not_fit() {
    let answer = app().get_with("/me", &token(json!({ "exp": 1 })));
    let expired = r#"Bearer error="invalid_token", error_description="The token has expired""#;
    assert_eq!(answer.header("WWW-Authenticate"), Some(expired));
}

#[test]
fn claims_map_contains_all_but_reserved_claims() {
    let token = token(json!({
        "nickname": "Al", "n": 5, "jti": "id", "sid": "session", "nbf": 1, "iss": "x", "nonce": "n",
    }));
    assert_eq!(app().get_with("/all", &token).json(), json!({ "nickname": "Al", "n": 5 }));
    assert_eq!(app().get_with("/map", &token).body, "n nickname");
}
