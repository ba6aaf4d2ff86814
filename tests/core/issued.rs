//! Every issued token can be verified. With unsuitable claims, issuing fails.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};

use jwtauth::{AuthError, Claims, ClaimsError};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

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

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => any::<f64>(),
        1 => proptest::sample::select(vec![
            f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0, 1e300, 1e22, 5e-324,
        ]),
    ]
}

fn single() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => any::<f32>(),
        1 => proptest::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e-45, -0.0]),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let odd =
        ["", "\\ud800", "\u{0}", "\"", "nickname", "kind", "exp", "$serde_json::private::Number", "\\u0024serde_json"];
    prop_oneof![any::<String>(), proptest::sample::select(odd.to_vec()).prop_map(str::to_owned)]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        double().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(70, 100, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(text(), inner, 0..3).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn variant() -> impl Strategy<Value = Variant> {
    prop_oneof![
        Just(Variant::Unit),
        any::<Option<u64>>().prop_map(Variant::Newtype),
        (any::<i64>(), text()).prop_map(|(number, text)| Variant::Tuple(number, text)),
        text().prop_map(|text| Variant::Struct { text }),
    ]
}

fn numbers() -> impl Strategy<Value = Numbers> {
    (double(), single(), proptest::option::of(double()), vec(single(), 0..3), any::<(i64, u64, i128, u128)>()).prop_map(
        |(double, single, optional, list, (signed, unsigned, wide, wider))| Numbers {
            double,
            single,
            optional,
            list,
            signed,
            unsigned,
            wide,
            wider,
        },
    )
}

fn odds() -> impl Strategy<Value = Odds> {
    let option = any::<Option<Option<u8>>>();
    (option, proptest::option::of(text()), vec(variant(), 0..4), text(), any::<char>(), any::<u8>(), text()).prop_map(
        |(option, newtype, variants, text, character, number, other)| Odds {
            option,
            unit: (),
            newtype: Newtype(newtype),
            variants,
            text,
            character,
            tuple: (number, other),
        },
    )
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        text().prop_map(|kind| Kind::Of(Own { kind })),
        text().prop_map(|name| Kind::Named { name }),
        Just(Kind::Unit),
    ]
}

fn untagged() -> impl Strategy<Value = Untagged> {
    prop_oneof![
        (double(), any::<Option<u128>>()).prop_map(|(number, wide)| Untagged::Numbers { number, wide }),
        any::<HashMap<i32, bool>>().prop_map(|keys| Untagged::Keys { keys }),
        btree_map(text(), value(), 0..3).prop_map(Untagged::Other),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        text().prop_map(Key::Text),
        any::<Option<char>>().prop_map(Key::Maybe),
        any::<u8>().prop_map(Key::Number),
    ]
}

/// Claims of any of the types.
#[derive(Clone, Debug)]
enum Any {
    Numbers(Numbers),
    ByHand(ByHand),
    Flattened(Flattened),
    Nested(Nested),
    Tagged(Tagged),
    Untagged(Untagged),
    Skipping(Skipping),
    Odds(Odds),
    Keys(Keys),
    Choosy(Choosy),
    Values(BTreeMap<String, Value>),
    Floats(HashMap<String, f32>),
}

impl Any {
    /// Whether serde_json reads the claims again from what it writes.
    fn is_readable(&self) -> bool {
        fn reads<C: Claims>(claims: &C) -> bool {
            serde_json::to_string(claims).is_ok_and(|text| serde_json::from_str::<C>(&text).is_ok())
        }
        match self {
            Any::Numbers(claims) => reads(claims),
            Any::ByHand(claims) => reads(claims),
            Any::Flattened(claims) => reads(claims),
            Any::Nested(claims) => reads(claims),
            Any::Tagged(claims) => reads(claims),
            Any::Untagged(claims) => reads(claims),
            Any::Skipping(claims) => reads(claims),
            Any::Odds(claims) => reads(claims),
            Any::Keys(claims) => reads(claims),
            Any::Choosy(claims) => reads(claims),
            Any::Values(claims) => reads(claims),
            Any::Floats(claims) => reads(claims),
        }
    }

    fn round_trip(self, app: &App) -> Result<(), ClaimsError> {
        match self {
            Any::Numbers(claims) => round_trip(app, claims),
            Any::ByHand(claims) => round_trip(app, claims),
            Any::Flattened(claims) => round_trip(app, claims),
            Any::Nested(claims) => round_trip(app, claims),
            Any::Tagged(claims) => round_trip(app, claims),
            Any::Untagged(claims) => round_trip(app, claims),
            Any::Skipping(claims) => round_trip(app, claims),
            Any::Odds(claims) => round_trip(app, claims),
            Any::Keys(claims) => round_trip(app, claims),
            Any::Choosy(claims) => round_trip(app, claims),
            Any::Values(claims) => round_trip(app, claims),
            Any::Floats(claims) => round_trip(app, claims),
        }
    }
}

fn any_claims() -> impl Strategy<Value = Any> {
    let flattened = (text(), any::<u128>(), btree_map(any::<u8>(), text(), 0..3));
    let skipping = (vec(text(), 0..2), text(), any::<Option<u8>>());
    prop_oneof![
        numbers().prop_map(Any::Numbers),
        (double(), btree_map(text(), proptest::option::of(single()), 0..3))
            .prop_map(|(double, nested)| Any::ByHand(ByHand { double, nested })),
        flattened.prop_map(|(nickname, number, names)| Any::Flattened(Flattened {
            nickname,
            inner: Inner { number, names }
        })),
        (text(), btree_map(text(), value(), 0..3))
            .prop_map(|(nickname, others)| Any::Nested(Nested { inner: Overlapping { nickname, others } })),
        kind().prop_map(|tagged| Any::Tagged(Tagged { tagged })),
        untagged().prop_map(Any::Untagged),
        skipping
            .prop_map(|(roles, text, option)| Any::Skipping(Skipping { roles, inner: InnerSkipping { text, option } })),
        odds().prop_map(Any::Odds),
        proptest::collection::hash_map(key(), any::<u8>(), 0..3).prop_map(|keys| Any::Keys(Keys(keys))),
        text().prop_map(|text| Any::Choosy(Choosy { short: Short(text) })),
        btree_map(text(), value(), 0..4).prop_map(Any::Values),
        proptest::collection::hash_map(text(), single(), 0..3).prop_map(Any::Floats),
    ]
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
