//! Every issued token can be verified. With unsuitable claims, issuing fails.

mod strategies;

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use jwtauth::{AuthError, Claims, ClaimsError};
use proptest::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use self::strategies::any_claims;
use crate::token_app::{App, Profile};

/// Issues claims, and verifies the token as their type and as other types that fit. Returns whether it was issued.
#[track_caller]
fn round_trip<C: Claims>(app: &App, claims: C) -> Result<(), ClaimsError> {
    let name = std::any::type_name::<C>();
    match app.issue(claims) {
        Ok(token) => {
            assert_eq!(app.verify::<C>(&token).map(drop), Ok(()), "{name}: {}", jwtauth_tests::payload(&token));
            assert_eq!(app.userid(&token).as_deref(), Ok("alice"), "{name}");
            Ok(())
        }
        Err(AuthError::Claims(error)) => Err(error),
        Err(error) => panic!("{name}: {error:?}"),
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Claims)]
struct Numbers {
    double: f64,
    single: f32,
    optional: Option<f64>,
    list: Vec<f32>,
    signed: i64,
    unsigned: u64,
    wide: i128,
    wider: u128,
}

/// The same type with a hand-written `Claims`: nothing is known about it before a token is issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct ByHand {
    double: f64,
    nested: BTreeMap<String, Option<f32>>,
}

impl Claims for ByHand {}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Inner {
    number: u128,
    names: BTreeMap<u8, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Flattened {
    nickname: String,
    #[serde(flatten)]
    inner: Inner,
}

impl Claims for Flattened {}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Nested {
    inner: Overlapping,
}

impl Claims for Nested {}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Overlapping {
    nickname: String,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Tagged {
    tagged: Kind,
}

impl Claims for Tagged {}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Kind {
    Of(Own),
    Named { name: String },
    Unit,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Own {
    kind: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Numbers { number: f64, wide: Option<u128> },
    Keys { keys: HashMap<i32, bool> },
    Other(BTreeMap<String, Value>),
}

impl Claims for Untagged {}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Skipping {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    inner: InnerSkipping,
}

impl Claims for Skipping {}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct InnerSkipping {
    #[serde(skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    option: Option<u8>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Odds {
    option: Option<Option<u8>>,
    unit: (),
    newtype: Newtype,
    variants: Vec<Variant>,
    text: String,
    character: char,
    tuple: (u8, String),
}

impl Claims for Odds {}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Newtype(Option<String>);

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Variant {
    Unit,
    Newtype(Option<u64>),
    Tuple(i64, String),
    Struct { text: String },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Keys(HashMap<Key, u8>);

impl Claims for Keys {}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
enum Key {
    Text(String),
    Maybe(Option<char>),
    Number(u8),
}

/// A text that can't be read if it is too long.
#[derive(Clone, Debug)]
struct Short(String);

impl Serialize for Short {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

fn short<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Short, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.len() > 3 { Err(serde::de::Error::custom("too long")) } else { Ok(Short(text)) }
}

#[derive(Clone, Debug, Serialize, Deserialize, Claims)]
struct Choosy {
    #[serde(deserialize_with = "short")]
    short: Short,
}

#[test]
fn issued_claims_always_verify() {
    let app = App::new(json!({ "verified_cache": 0 }));
    let config = ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() };
    let (issued, unreadable) = (Cell::new(0), Cell::new(0));
    proptest!(config, |(claims in any_claims())| {
        let is_readable = claims.is_readable();
        match claims.round_trip(&app) {
            Ok(()) => issued.set(issued.get() + 1),
            Err(ClaimsError::Unreadable) => {
                prop_assert!(!is_readable);
                unreadable.set(unreadable.get() + 1);
            }
            Err(ClaimsError::Reserved(name)) => prop_assert_eq!(name, "exp"),
            // The name of a claim is text, also where serde_json would write a number as one.
            Err(ClaimsError::Serialize(error)) => prop_assert_eq!(error, "a key must be a string"),
            Err(ClaimsError::TooDeep) => {}
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    });
    let (issued, unreadable) = (issued.get(), unreadable.get());
    assert!(issued > 500 && unreadable > 50, "{issued} issued, {unreadable} unreadable");
}

#[test]
fn issue_refuses_claims_that_cannot_be_read_back() {
    let app = App::new(json!({}));
    let unreadable = Err(ClaimsError::Unreadable);
    let by_hand = |double, single| ByHand { double, nested: BTreeMap::from([("x".to_owned(), Some(single))]) };
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(round_trip(&app, by_hand(number, 0.0)), unreadable);
        // Serialized as `null`, which is read as `None` and not as a number.
        assert_eq!(round_trip(&app, by_hand(0.0, number as f32)), Ok(()));
        assert_eq!(round_trip(&app, HashMap::from([("x".to_owned(), number)])), unreadable);
        assert_eq!(round_trip(&app, BTreeMap::from([("x".to_owned(), vec![Some((number as f32,))])])), unreadable);
    }
    let inner = Inner { number: 1, names: BTreeMap::new() };
    assert_eq!(round_trip(&app, Flattened { nickname: "Al".into(), inner }), unreadable);
    let others = BTreeMap::from([("nickname".to_owned(), json!("Bo"))]);
    assert_eq!(round_trip(&app, Nested { inner: Overlapping { nickname: "Al".into(), others } }), unreadable);
    assert_eq!(round_trip(&app, Tagged { tagged: Kind::Of(Own { kind: "x".into() }) }), unreadable);
    assert_eq!(round_trip(&app, Tagged { tagged: Kind::Named { name: "x".into() } }), Ok(()));
    let inner = || InnerSkipping { text: "text".into(), option: None };
    assert_eq!(round_trip(&app, Skipping { roles: vec!["x".into()], inner: inner() }), Ok(()));
    assert_eq!(round_trip(&app, Skipping { roles: vec![], inner: inner() }), unreadable);
    let empty = InnerSkipping { text: String::new(), option: None };
    assert_eq!(round_trip(&app, Skipping { roles: vec!["x".into()], inner: empty }), unreadable);
    assert_eq!(round_trip(&app, Choosy { short: Short("long".into()) }), unreadable);
    assert_eq!(round_trip(&app, Choosy { short: Short("abc".into()) }), Ok(()));
    assert_eq!(round_trip(&app, Keys(HashMap::from([(Key::Maybe(Some('a')), 1)]))), Ok(()));
}

/// Serialized under one name, and read under another.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Renamed {
    #[serde(rename(deserialize = "b"))]
    a: u8,
}

#[derive(Clone, Debug, Serialize, Deserialize, Claims)]
struct Holder {
    inner: Renamed,
}

#[derive(Clone, Debug, Serialize, Deserialize, Claims)]
struct Outright {
    #[serde(rename(serialize = "a"))]
    b: u8,
}

#[test]
fn issue_refuses_derived_claims_with_asymmetric_names() {
    let app = App::new(json!({}));
    for _ in 0..2 {
        assert_eq!(round_trip(&app, Holder { inner: Renamed { a: 1 } }), Err(ClaimsError::Unreadable));
        assert_eq!(round_trip(&app, Outright { b: 1 }), Err(ClaimsError::Unreadable));
    }
}

/// Counts the calls of its `Deserialize`.
#[derive(Serialize)]
struct Counted {
    nickname: String,
    role: Option<Variant>,
    level: u32,
    permissions: Vec<String>,
}

thread_local! {
    static READ: Cell<usize> = const { Cell::new(0) };
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        READ.set(READ.get() + 1);
        let Profile { nickname } = Profile::deserialize(deserializer)?;
        Ok(Counted { nickname, role: None, level: 0, permissions: Vec::new() })
    }
}

impl Claims for Counted {}

#[test]
fn issue_does_not_read_back_claims_that_read_as_written() {
    let app = App::new(json!({}));
    for role in [None, Some(Variant::Unit), Some(Variant::Newtype(Some(7))), Some(Variant::Struct { text: "x".into() })]
    {
        let permissions = vec!["read".to_owned(), "write".to_owned()];
        app.issue(Counted { nickname: "Alice".into(), role, level: 3, permissions }).expect("a token");
    }
    assert_eq!(READ.get(), 0);
}
