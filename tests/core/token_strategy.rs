//! Generates tokens for comparing verdicts: valid ones, changed before or after signing.

use jwtauth_tests::encode;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::signing_keys::Keys;

/// A token that is not signed yet, for any time.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// Whether it initially has `iss` and `aud`, for settings that require them.
    pub(crate) demanded: bool,
    header: Object,
    payload: Object,
    damages: Vec<Damage>,
}

/// A JSON object, or a similar text.
#[derive(Clone, Debug)]
struct Object {
    members: Vec<(&'static str, Value)>,
    /// The texts before and after it.
    around: (&'static str, &'static str),
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    /// A number of seconds from now, and a fraction.
    Time(i64, &'static str),
}

impl Draft {
    pub(crate) fn token(&self, keys: &Keys, now: u64) -> String {
        let token = keys.sign_parts(&encode(self.header.text(now)), &encode(self.payload.text(now)));
        self.damages.iter().fold(token, |token, damage| damage.done_to(token))
    }
}

impl Object {
    fn text(&self, now: u64) -> Vec<u8> {
        let members = self.members.iter().map(|(name, value)| match value {
            Value::Text(text) => format!(r#""{name}":{text}"#),
            Value::Time(offset, fraction) => format!(r#""{name}":{}{fraction}"#, now.saturating_add_signed(*offset)),
        });
        let members = members.collect::<Vec<_>>().join(",");
        let text = format!("{}{{{members}}}{}", self.around.0, self.around.1);
        // Represents a byte that is not UTF-8.
        text.chars().flat_map(|char| if char == '\u{fffd}' { vec![0xff] } else { char.to_string().into() }).collect()
    }
}

/// A change to an object.
#[derive(Clone, Debug)]
enum Edit {
    Set(&'static str, Value),
    Add(&'static str, Value),
    Repeat(Index),
    Remove(Index),
    Shuffle(Index),
    Wrap(&'static str, &'static str),
}

impl Edit {
    fn done_to(self, object: &mut Object) {
        let members = &mut object.members;
        match self {
            Edit::Set(name, value) => match members.iter_mut().find(|(other, _)| *other == name) {
                Some((_, old)) => *old = value,
                None => members.push((name, value)),
            },
            Edit::Add(name, value) => members.push((name, value)),
            Edit::Wrap(before, after) => object.around = (before, after),
            _ if members.is_empty() => {}
            Edit::Repeat(place) => members.push(members[place.index(members.len())].clone()),
            Edit::Remove(place) => {
                let place = place.index(members.len());
                members.remove(place);
            }
            Edit::Shuffle(place) => {
                let place = place.index(members.len());
                members.rotate_left(place);
            }
        }
    }
}

/// A change to a signed token.
#[derive(Clone, Debug)]
enum Damage {
    Replace(Index, char),
    Insert(Index, &'static str),
    Remove(Index),
    Append(&'static str),
    Swap(usize, usize),
    Cut(Index),
}

impl Damage {
    fn done_to(&self, token: String) -> String {
        let mut chars: Vec<char> = token.chars().collect();
        match self {
            Damage::Replace(place, with) => {
                let place = place.index(chars.len());
                chars[place] = *with;
            }
            Damage::Insert(place, text) => {
                let place = place.index(chars.len() + 1);
                chars.splice(place..place, text.chars());
            }
            Damage::Remove(place) => {
                let place = place.index(chars.len());
                chars.remove(place);
            }
            Damage::Append(text) => chars.extend(text.chars()),
            Damage::Cut(place) => chars.truncate(place.index(chars.len()).max(1)),
            Damage::Swap(one, other) => {
                let mut parts: Vec<&str> = token.split('.').collect();
                if parts.len() > *one.max(other) {
                    parts.swap(*one, *other);
                }
                return parts.join(".");
            }
        }
        chars.into_iter().collect()
    }
}

const PARAMETERS: [&str; 20] = [
    "alg",
    "typ",
    "kid",
    "crit",
    "b64",
    "jwk",
    "jku",
    "x5u",
    "x5c",
    "x5t",
    "x5t#S256",
    "cty",
    "enc",
    "zip",
    "url",
    "nonce",
    "foo",
    "\\u0061lg",
    "Alg",
    "exp",
];

const CLAIMS: [&str; 18] = [
    "sub",
    "exp",
    "nbf",
    "iat",
    "auth_time",
    "refresh_until",
    "nonce",
    "iss",
    "aud",
    "jti",
    "sid",
    "gen",
    "nickname",
    "foo",
    "\\u0065xp",
    "s\\u0075b",
    "\\ud800",
    "Exp",
];

const VALUES: [&str; 32] = [
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "7",
    "1.5",
    "1e3",
    "1e18",
    "1e308",
    "1e999",
    "18446744073709551615",
    r#""""#,
    r#""alice""#,
    r#""al\u0069ce""#,
    r#""us""#,
    r#""them""#,
    r#""JWT""#,
    r#""at+jwt""#,
    r#""dpop+jwt""#,
    r#""none""#,
    r#""HS256""#,
    r#""ES256""#,
    r#""\ud800""#,
    "\"\u{fffd}\"",
    "[]",
    r#"["us"]"#,
    r#"["them","more"]"#,
    r#"["them",7]"#,
    "{}",
    r#"{"a":[{}]}"#,
    r#"{"HS256":null}"#,
];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => select(&VALUES[..]).prop_map(|text| Value::Text(text.into())),
        3 => (-40_i64..=40, select(&["", ".0", ".3", ".5", ".7"][..])).prop_map(|(s, f)| Value::Time(s, f)),
        3 => (-1_i64..=1, select(&["", ".3", ".5", ".7"][..])).prop_map(|(s, f)| Value::Time(s, f)),
        1 => (1_usize..200).prop_map(|levels| Value::Text("[".repeat(levels) + &"]".repeat(levels))),
        1 => (1_usize..20_000).prop_map(|length| Value::Text(format!("\"{}\"", "a".repeat(length)))),
    ]
}

fn edit(names: &'static [&'static str]) -> impl Strategy<Value = Edit> {
    let around =
        [(" ", "\n"), ("", " "), ("[", "]"), ("", "}"), ("", "{}"), ("\u{feff}", ""), ("", "\0"), ("{\"a\":", "}")];
    prop_oneof![
        6 => (select(names), value()).prop_map(|(name, value)| Edit::Set(name, value)),
        2 => (select(names), value()).prop_map(|(name, value)| Edit::Add(name, value)),
        2 => any::<Index>().prop_map(Edit::Repeat),
        1 => any::<Index>().prop_map(Edit::Remove),
        1 => any::<Index>().prop_map(Edit::Shuffle),
        1 => select(around.to_vec()).prop_map(|(before, after)| Edit::Wrap(before, after)),
    ]
}

fn damage() -> impl Strategy<Value = Damage> {
    let strange = ["=", "==", " ", "\n", "\t", ".", "..", "+", "/", "é", "\0", "A", "AA", "AAAA", "-", "_"];
    prop_oneof![
        (any::<Index>(), any::<char>()).prop_map(|(place, char)| Damage::Replace(place, char)),
        (any::<Index>(), select("Aa0-_.=+/".chars().collect::<Vec<_>>()))
            .prop_map(|(place, c)| Damage::Replace(place, c)),
        (any::<Index>(), select(strange.to_vec())).prop_map(|(place, text)| Damage::Insert(place, text)),
        any::<Index>().prop_map(Damage::Remove),
        select(strange.to_vec()).prop_map(Damage::Append),
        (0_usize..3, 0_usize..3).prop_map(|(one, other)| Damage::Swap(one, other)),
        any::<Index>().prop_map(Damage::Cut),
    ]
}

/// Tokens with this algorithm in the header, unless it was changed.
pub(crate) fn draft(algorithm: &'static str) -> impl Strategy<Value = Draft> {
    let edits = |names| prop_oneof![1 => Just(Vec::new()), 1 => vec(edit(names), 1..4)];
    let damages = prop_oneof![4 => Just(Vec::new()), 1 => vec(damage(), 1..3)];
    (any::<bool>(), edits(&PARAMETERS), edits(&CLAIMS), damages).prop_map(
        move |(demanded, of_header, of_payload, damages)| {
            let text = |text: &str| Value::Text(text.into());
            let alg = Value::Text(format!("\"{algorithm}\""));
            let mut header = Object { members: vec![("alg", alg), ("typ", text("\"JWT\""))], around: ("", "") };
            let mut payload = Object {
                members: vec![
                    ("sub", text("\"alice\"")),
                    ("exp", Value::Time(600, "")),
                    ("iat", Value::Time(-60, "")),
                    ("nickname", text("\"Alice\"")),
                ],
                around: ("", ""),
            };
            if demanded {
                payload.members.extend([("iss", text("\"us\"")), ("aud", text(r#"["more","them"]"#))]);
            }
            of_header.into_iter().for_each(|edit| edit.done_to(&mut header));
            of_payload.into_iter().for_each(|edit| edit.done_to(&mut payload));
            Draft { demanded, header, payload, damages }
        },
    )
}
