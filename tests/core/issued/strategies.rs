//! Random claims of all types.

use std::collections::{BTreeMap, HashMap};

use jwtauth::{Claims, ClaimsError};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    ByHand, Choosy, Flattened, Inner, InnerSkipping, Key, Keys, Kind, Nested, Newtype, Numbers, Odds, Overlapping, Own,
    Short, Skipping, Tagged, Untagged, Variant, round_trip,
};
use crate::token_app::App;

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
pub(super) enum Any {
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
    pub(super) fn is_readable(&self) -> bool {
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

    pub(super) fn round_trip(self, app: &App) -> Result<(), ClaimsError> {
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

pub(super) fn any_claims() -> impl Strategy<Value = Any> {
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
