//! The accepted payloads: one JSON object, without duplicates of members that are read.

use std::collections::{BTreeMap, HashMap};

use jwtauth::TokenError::{self, Claims as BadClaims, Malformed};
use jwtauth::{Claims, Identity};
use jwtauth_tests::{NOW, encode, forge};
use rocket::http::Status;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::token_app::{App, Profile, sign_parts};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// The members of a valid token, followed by these.
fn token(more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    forge(HEADER, format!(r#"{{"sub":"alice","exp":{},"iat":{NOW}{comma}{more}}}"#, NOW + 60))
}

fn app() -> App {
    App::new(json!({}))
}

#[test]
fn verifier_accepts_only_one_utf8_json_object_as_payload() {
    let app = app();
    let claims = format!(r#""sub":"alice","exp":{}"#, NOW + 60);
    for good in [format!("{{{claims}}}"), format!(" {{\n{claims}\t}}\r\n"), format!(r#"{{"é":"\u00e9",{claims}}}"#)] {
        assert_eq!(app.userid(&forge(HEADER, &good)).as_deref(), Ok("alice"), "{good}");
    }
    for bad in [
        String::new(),
        "null".into(),
        "7".into(),
        r#""alice""#.into(),
        "[]".into(),
        format!(r#"["alice",{}]"#, NOW + 60),
        format!("[{{{claims}}}]"),
        claims.clone(),
        format!("{{{claims}"),
        format!("{{{claims},}}"),
        format!("{{{claims}}}}}"),
        format!("{{{claims}}}{{{claims}}}"),
        format!("{{{claims}}} ."),
        format!("{{{claims}}}\0"),
        format!("\u{feff}{{{claims}}}"),
        format!("{{{claims} /* */}}"),
        format!("{{{claims},\"x\":\"a\nb\"}}"),
        format!("{{{claims},\"x\":01}}"),
        format!("{{{claims},\"x\":NaN}}"),
        format!("{{{claims},x:1}}"),
    ] {
        let token = forge(HEADER, &bad);
        assert_eq!(app.userid(&token), Err(BadClaims), "{bad:?}");
        assert_eq!(app.verify::<Map<String, Value>>(&token).map(drop), Err(BadClaims), "{bad:?}");
        assert_eq!(app.get("/me", &token), Status::Unauthorized, "{bad:?}");
    }
    for bad in [&b"\xff"[..], b"{\"sub\":\"\xc0\xaf\"}", b"{\"x\":\"\xed\xa0\x80\",\"sub\":\"alice\"}"] {
        assert_eq!(app.userid(&sign_parts(&encode(HEADER), &encode(bad))), Err(Malformed), "{bad:?}");
    }
}

#[test]
fn verifier_refuses_duplicate_registered_claim() {
    let app = App::new(json!({ "issuer": "us", "audience": "them", "allow_refresh": true }));
    let good = [
        ("sub", r#""alice""#.to_owned()),
        ("exp", (NOW + 60).to_string()),
        ("iat", NOW.to_string()),
        ("nbf", NOW.to_string()),
        ("auth_time", NOW.to_string()),
        ("refresh_until", (NOW + 60).to_string()),
        ("nonce", r#""n""#.to_owned()),
        ("iss", r#""us""#.to_owned()),
        ("aud", r#""them""#.to_owned()),
    ];
    let members: Vec<String> = good.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
    let once = forge(HEADER, format!("{{{}}}", members.join(",")));
    assert_eq!(app.userid(&once).as_deref(), Ok("alice"));
    for (name, value) in &good {
        let (first, rest) = name.split_at(1);
        let escaped = format!("\\u{:04x}{rest}", u32::from(first.as_bytes()[0]));
        for again in [(*name).to_owned(), escaped] {
            let twice = forge(HEADER, format!(r#"{{{},"{again}":{value}}}"#, members.join(",")));
            assert_eq!(app.userid(&twice), Err(BadClaims), "{again}");
            assert_eq!(app.verify::<Profile>(&twice).map(drop), Err(BadClaims), "{again}");
            assert_eq!(app.verify::<HashMap<String, Value>>(&twice).map(drop), Err(BadClaims), "{again}");
            assert_eq!(app.get("/me", &twice), Status::Unauthorized, "{again}");
        }
    }
}

#[test]
fn verifier_resolves_escapes_in_member_names() {
    let app = app();
    let with = |exp: u64| forge(HEADER, format!(r#"{{"s\u0075b":"\u0061lice","\u0065x\u0070":{exp}}}"#));
    assert_eq!(app.userid(&with(NOW + 1)).as_deref(), Ok("alice"));
    assert_eq!(app.userid(&with(NOW)), Err(TokenError::Expired));
    let token = token(r#""n\u0069ckname":"Al\"ice""#);
    let identity: Identity<Profile> = app.verify(&token).expect("acceptable");
    assert_eq!(identity.nickname, "Al\"ice");
}

#[derive(Debug, Serialize, Deserialize)]
struct Flattened {
    nickname: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Nested {
    #[serde(flatten)]
    profile: Profile,
    #[serde(default)]
    role: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Profile(Profile),
    Other(HashMap<String, Value>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Profile { nickname: String },
}

#[derive(Debug, Serialize, Deserialize)]
struct Wrapped(Profile);

#[derive(Debug, Serialize, Deserialize)]
struct WrappedMap(BTreeMap<String, Value>);

#[derive(Debug, Serialize, Deserialize)]
struct Aliased {
    #[serde(alias = "nick")]
    nickname: String,
}

impl Claims for Flattened {}
impl Claims for Nested {}
impl Claims for Untagged {}
impl Claims for Tagged {}
impl Claims for Wrapped {}
impl Claims for WrappedMap {}
impl Claims for Aliased {}

/// Asserts that claims of this type are accepted once, and refused if one of their members occurs twice.
fn assert_once<C: Claims>(app: &App) {
    let name = std::any::type_name::<C>();
    let once = token(r#""kind":"Profile","nickname":"Alice""#);
    assert!(app.verify::<C>(&once).is_ok(), "{name}");
    for twice in [
        r#""kind":"Profile","nickname":"Alice","nickname":"Alice""#,
        r#""kind":"Profile","nickname":"Alice","nickname":"Root""#,
        r#""kind":"Profile","nickname":"Alice","n\u0069ckname":"Root""#,
    ] {
        let twice = token(twice);
        assert_eq!(app.verify::<C>(&twice).map(drop), Err(BadClaims), "{name}");
        // A type that does not read the member does not notice the duplicate.
        assert_eq!(app.userid(&twice).as_deref(), Ok("alice"));
    }
}

#[test]
fn verifier_refuses_duplicate_member_of_the_claims_type() {
    let app = app();
    assert_once::<Profile>(&app);
    assert_once::<Aliased>(&app);
    assert_once::<Wrapped>(&app);
    assert_once::<HashMap<String, Value>>(&app);
    assert_once::<BTreeMap<String, Value>>(&app);
    assert_once::<BTreeMap<String, String>>(&app);
    assert_once::<Map<String, Value>>(&app);
    assert_once::<WrappedMap>(&app);
    assert_once::<Flattened>(&app);
    assert_once::<Nested>(&app);
    assert_once::<Untagged>(&app);
    assert_once::<Tagged>(&app);
    let aliases = token(r#""nickname":"Alice","nick":"Root""#);
    assert_eq!(app.verify::<Aliased>(&aliases).map(drop), Err(BadClaims));
}

#[test]
fn identity_refuses_duplicate_member_in_cached_token() {
    let app = app();
    let twice = token(r#""nickname":"Alice","nickname":"Root""#);
    assert_eq!(app.get("/me", &twice), Status::Ok);
    assert_eq!(app.get("/profile", &twice), Status::Unauthorized);
    assert_eq!(app.get("/anything", &twice), Status::Unauthorized);
    assert_eq!(app.get("/profile", &token(r#""nickname":"Alice""#)), Status::Ok);
}

#[test]
fn claims_type_never_sees_registered_claims() {
    let app = app();
    let more = format!(
        r#""nbf":1,"auth_time":{NOW},"nonce":"n","refresh_until":1,"iss":"us","jti":"j","sid":[],"nickname":"Alice""#
    );
    let identity = app.verify::<Map<String, Value>>(&token(&more)).expect("acceptable");
    assert_eq!(Value::from(identity.claims().clone()), json!({ "nickname": "Alice" }));
    let identity = app.verify::<Flattened>(&token(&more)).expect("acceptable");
    assert!(identity.rest.is_empty(), "{:?}", identity.rest);
}

#[test]
fn verifier_refuses_user_id_that_is_not_a_string() {
    let app = app();
    for userid in ["7", "null", "true", "1.5", "[]", r#"["alice"]"#, "{}", r#"{"sub":"alice"}"#, r#""\ud800""#] {
        let token = forge(HEADER, format!(r#"{{"sub":{userid},"exp":{}}}"#, NOW + 60));
        assert_eq!(app.userid(&token), Err(BadClaims), "{userid}");
    }
    assert_eq!(app.userid(&forge(HEADER, format!(r#"{{"exp":{}}}"#, NOW + 60))), Err(BadClaims));
}

#[test]
fn verifier_refuses_claims_of_the_wrong_type() {
    let app = app();
    for nickname in ["7", "null", "[]", r#"{"nickname":"Alice"}"#] {
        let token = token(&format!(r#""nickname":{nickname}"#));
        assert_eq!(app.verify::<Profile>(&token).map(drop), Err(BadClaims), "{nickname}");
        assert_eq!(app.get("/profile", &token), Status::Unauthorized);
        assert_eq!(app.get("/me", &token), Status::Ok, "unknown claims are ignored");
    }
    assert_eq!(app.get("/profile", &token("")), Status::Unauthorized, "a missing claim");
}
