//! No token is issued with a duplicate member, or without a member that could not be written.

use jwtauth::{AuthError, Claims, ClaimsError};
use serde::ser::{Error, SerializeMap, SerializeStruct};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::token_app::App;

/// A field with the same name as the tag around it.
#[derive(Clone, Serialize, Deserialize)]
struct Guest {
    kind: String,
    nickname: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
enum OfStruct {
    Guest(Guest),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
enum OfMap {
    Guest(Map<String, Value>),
}

#[derive(Serialize, Deserialize)]
struct Flattening {
    nickname: String,
    #[serde(flatten)]
    guest: Guest,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
enum OfFlattening {
    Guest(Flattening),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
struct WithTag {
    kind: String,
}

impl Claims for OfStruct {}
impl Claims for OfMap {}
impl Claims for OfFlattening {}
impl Claims for Flattening {}
impl Claims for WithTag {}

#[track_caller]
fn assert_doubled<C: Claims>(claims: C, name: &str) {
    let issued = App::new(json!({})).issue(claims);
    assert_eq!(issued, Err(AuthError::Claims(ClaimsError::Duplicate(name.into()))));
}

#[test]
fn issue_refuses_field_named_like_the_tag() {
    let guest = || Guest { kind: "other".into(), nickname: "Al".into() };
    assert_doubled(OfStruct::Guest(guest()), "kind");
    assert_doubled(OfMap::Guest(Map::from_iter([("kind".to_owned(), json!("other"))])), "kind");
    assert_doubled(WithTag { kind: "other".into() }, "kind");
    assert_doubled(OfFlattening::Guest(Flattening { nickname: "Al".into(), guest: guest() }), "kind");
}

#[test]
fn issue_refuses_field_named_like_a_flattened_field() {
    let guest = Guest { kind: "other".into(), nickname: "Al".into() };
    assert_doubled(Flattening { nickname: "Al".into(), guest }, "nickname");
}

/// Writes members and ignores errors.
#[derive(Clone, Copy, Deserialize)]
enum Careless {
    Reserved,
    ReservedInAStruct,
    Twice,
    TwiceInAStruct,
    Failing,
    FailingInAStruct,
    HalfWritten,
    NumberAsName,
    FailingName,
}

/// A type that can't be serialized.
struct Failing;

impl Serialize for Failing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("out of luck"))
    }
}

impl Serialize for Careless {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Careless::ReservedInAStruct | Careless::TwiceInAStruct | Careless::FailingInAStruct = self {
            let mut members = serializer.serialize_struct("Careless", 3)?;
            members.serialize_field("nickname", "Al")?;
            let _ = match self {
                Careless::ReservedInAStruct => members.serialize_field("sub", "root"),
                Careless::TwiceInAStruct => members.serialize_field("nickname", "Root"),
                _ => members.serialize_field("role", &Failing),
            };
            members.serialize_field("level", &1)?;
            return members.end();
        }
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("nickname", "Al")?;
        let _ = match self {
            Careless::Reserved => members.serialize_entry("sub", "root"),
            Careless::Twice => members.serialize_entry("nickname", "Root"),
            Careless::HalfWritten => members.serialize_entry("role", &[None, Some(Failing)]),
            Careless::NumberAsName => members.serialize_entry(&5, "five"),
            Careless::FailingName => members.serialize_entry(&Failing, "admin"),
            _ => members.serialize_entry("role", &Failing),
        };
        members.serialize_entry("level", &1)?;
        members.end()
    }
}

impl Claims for Careless {}

#[test]
fn issue_reports_member_error_that_serialize_ignored() {
    let app = App::new(json!({}));
    for careless in [Careless::Reserved, Careless::ReservedInAStruct] {
        assert_eq!(app.issue(careless), Err(AuthError::Claims(ClaimsError::Reserved("sub".into()))));
    }
    for careless in [Careless::Twice, Careless::TwiceInAStruct] {
        assert_eq!(app.issue(careless), Err(AuthError::Claims(ClaimsError::Duplicate("nickname".into()))));
    }
    for careless in [Careless::Failing, Careless::FailingInAStruct, Careless::HalfWritten] {
        let issued = app.issue(careless);
        assert!(matches!(issued, Err(AuthError::Claims(ClaimsError::Serialize(_)))), "{issued:?}");
    }
}

#[test]
fn issue_reports_name_error_that_serialize_ignored() {
    let app = App::new(json!({}));
    for careless in [Careless::NumberAsName, Careless::FailingName] {
        let issued = app.issue(careless);
        assert!(matches!(issued, Err(AuthError::Claims(ClaimsError::Serialize(_)))), "{issued:?}");
    }
}
