//! A claims type that discards errors during deserialization. The token is refused nevertheless.

use std::fmt;
use std::marker::PhantomData;

use jwtauth::Claims;
use jwtauth::TokenError::Claims as BadClaims;
use jwtauth_tests::{NOW, forge};
use rocket::http::{Header, Status};
use rocket::local::blocking::Client;
use rocket::{get, routes};
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::token_app::{App, launching};

/// Uses a default if the inner type can't be read.
#[derive(Debug, Default, Serialize)]
struct Lenient<T>(T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Lenient(T::deserialize(deserializer).unwrap_or_default()))
    }
}

impl<T: Serialize + DeserializeOwned + Default + Send + Sync + 'static> Claims for Lenient<T> {}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Profile {
    nickname: String,
}

/// Reads members, and stops at the first error.
#[derive(Debug, Default, Serialize)]
struct UpToAnError {
    members: usize,
}

impl<'de> Deserialize<'de> for UpToAnError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Taker { goes_on: false, lifetime: PhantomData })
    }
}

impl Claims for UpToAnError {}

/// Reads members, and continues after an error.
#[derive(Debug, Default, Serialize)]
struct PastAnError {
    members: usize,
}

impl<'de> Deserialize<'de> for PastAnError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let UpToAnError { members } = deserializer.deserialize_map(Taker { goes_on: true, lifetime: PhantomData })?;
        Ok(PastAnError { members })
    }
}

impl Claims for PastAnError {}

struct Taker<'de> {
    goes_on: bool,
    lifetime: PhantomData<&'de ()>,
}

impl<'de> Visitor<'de> for Taker<'de> {
    type Value = UpToAnError;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UpToAnError, A::Error> {
        let (mut members, mut errors) = (0, 0);
        // Limited, because a parser may return the same error forever.
        while errors < if self.goes_on { 10 } else { 1 } {
            match map.next_key::<String>() {
                Ok(None) => break,
                Ok(Some(_)) if map.next_value::<IgnoredAny>().is_ok() => members += 1,
                _ => errors += 1,
            }
        }
        Ok(UpToAnError { members })
    }
}

/// The payloads of tokens that must be refused, and their faults.
fn payloads() -> [(&'static str, String); 10] {
    let (exp, good) = (NOW + 60, format!(r#""sub":"alice","exp":{},"iat":{NOW}"#, NOW + 60));
    [
        ("two user ids", format!(r#"{{{good},"sub":"root","nickname":"Al"}}"#)),
        ("two user ids, one after the other", format!(r#"{{"sub":"root",{good}}}"#)),
        ("two expirations", format!(r#"{{{good},"exp":{}}}"#, NOW + 3600)),
        ("two expirations, one past", format!(r#"{{{good},"nickname":"Al","exp":1}}"#)),
        ("an nbf that is no time", format!(r#"{{{good},"nbf":"soon"}}"#)),
        ("an nbf that is no time, first", format!(r#"{{"nbf":"soon",{good}}}"#)),
        ("an aud that is nobody", format!(r#"{{{good},"aud":5}}"#)),
        ("an iss that is nobody", format!(r#"{{{good},"iss":[]}}"#)),
        ("a nonce that is no text", format!(r#"{{{good},"nonce":5,"nickname":"Al"}}"#)),
        ("a user id that is no text", format!(r#"{{"exp":{exp},"sub":5,"nickname":"Al"}}"#)),
    ]
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

#[track_caller]
fn assert_refuses<C: Claims>(app: &App) {
    let name = std::any::type_name::<C>();
    let good = format!(r#"{{"sub":"alice","exp":{},"nickname":"Al"}}"#, NOW + 60);
    assert!(app.verify::<C>(&forge(HEADER, good)).is_ok(), "{name}");
    for (what, payload) in payloads() {
        assert_eq!(app.verify::<C>(&forge(HEADER, payload)).map(drop), Err(BadClaims), "{what}: {name}");
    }
}

#[test]
fn verifier_refuses_bad_token_although_claims_swallow_errors() {
    let app = App::new(json!({}));
    assert_refuses::<Lenient<Profile>>(&app);
    assert_refuses::<Lenient<std::collections::BTreeMap<String, String>>>(&app);
    assert_refuses::<UpToAnError>(&app);
    assert_refuses::<PastAnError>(&app);
}

#[test]
fn verifier_refuses_duplicate_claim_that_claims_type_swallows() {
    let app = App::new(json!({}));
    let payload = format!(r#"{{"sub":"alice","exp":{},"nickname":"Al","nickname":"Root"}}"#, NOW + 60);
    let twice = forge(HEADER, payload);
    assert_eq!(app.verify::<Lenient<std::collections::BTreeMap<String, String>>>(&twice).map(drop), Err(BadClaims));
    assert_eq!(app.userid(&twice).as_deref(), Ok("alice"), "whom the member does not concern");
}

#[get("/lenient")]
fn lenient(identity: jwtauth::Identity<Lenient<Profile>>) -> String {
    identity.nickname()
}

#[get("/second")]
fn second(_first: jwtauth::Identity, identity: jwtauth::Identity<Lenient<Profile>>) -> String {
    identity.nickname()
}

impl Lenient<Profile> {
    fn nickname(&self) -> String {
        self.0.nickname.clone()
    }
}

#[test]
fn identity_refuses_bad_token_although_claims_swallow_errors() {
    let alone = launching();
    let fairing = jwtauth::JwtAuth::fairing().clock(jwtauth::Clock::manual(NOW));
    let rocket = jwtauth_tests::rocket(json!({})).attach(fairing).mount("/", routes![lenient, second]);
    let client = Client::untracked(rocket).expect("the application launches");
    drop(alone);
    let get = |path: &'static str, payload: &str| {
        let header = Header::new("Authorization", format!("Bearer {}", forge(HEADER, payload)));
        client.get(path).header(header).dispatch().status()
    };
    let good = format!(r#"{{"sub":"alice","exp":{},"nickname":"Al"}}"#, NOW + 60);
    for path in ["/lenient", "/second"] {
        assert_eq!(get(path, &good), Status::Ok);
        for (what, payload) in payloads() {
            assert_eq!(get(path, &payload), Status::Unauthorized, "{what}: {path}");
        }
    }
}
