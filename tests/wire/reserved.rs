//! Claims that can't be put into a token are refused when it is issued: 500, and the log has the reason.

use std::collections::{BTreeMap, HashMap};

use jwtauth::{Auth, AuthError, Claims, ClaimsError, RefreshError, Refreshing, Tokens};
use rocket::{post, routes};
use serde::ser::Error;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use crate::log::logged;
use crate::wire_app::{App, token};

const RESERVED: [&str; 14] = [
    "sub",
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "sid",
    "gen",
    "refresh_until",
    "nonce",
    "login_time",
    "carried",
];

type Free = BTreeMap<String, Value>;

fn one(name: &str) -> Free {
    BTreeMap::from([(name.to_owned(), json!("the-value-of-it"))])
}

#[derive(Serialize, Deserialize, Claims)]
struct Flattened {
    nickname: String,
    #[serde(flatten)]
    others: HashMap<String, Value>,
}

#[post("/map/<name>")]
async fn map(name: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", one(name)).await
}

#[post("/flattened/<name>")]
async fn flattened(name: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    auth.remember("alice", Flattened { nickname: "Al".into(), others: one(name).into_iter().collect() }).await
}

#[post("/refresh/<name>")]
async fn refresh(name: &str, refreshing: Result<Refreshing<'_>, RefreshError>) -> Result<Tokens, RefreshError> {
    refreshing?.renew(one(name)).await
}

fn app(settings: Value) -> App {
    App::new(settings, routes![map, flattened, refresh, huge, kind])
}

#[test]
fn issue_refuses_reserved_names_in_maps_and_flattened_types() {
    let app = app(json!({ "allow_refresh": true }));
    let good = token(json!({}));
    for name in RESERVED {
        for path in ["map", "flattened", "refresh"] {
            let (answer, lines) = logged(|| app.post_with(&format!("/{path}/{name}"), &good));
            assert_eq!(answer.status, 500, "{path} {name}");
            assert_eq!(answer.header("Authorization"), None);
            assert!(!answer.body.contains(name), "the client gets no details: {}", answer.body);
            assert!(lines.iter().any(|line| line.text.contains(&format!("`{name}`"))), "{lines:#?}");
            assert!(lines.iter().all(|line| !line.text.contains("the-value-of-it")), "{lines:#?}");
        }
    }
}

#[test]
fn issue_reserves_the_configured_userid_claim() {
    let app = app(json!({ "allow_refresh": true, "userid_claim": "uid" }));
    for name in ["uid", "sub"] {
        let (answer, lines) = logged(|| app.post(&format!("/map/{name}")));
        assert_eq!(answer.status, 500);
        assert!(lines.iter().any(|line| line.text.contains(&format!("`{name}`"))), "{lines:#?}");
    }
    assert_eq!(self::app(json!({ "allow_refresh": true })).post("/map/uid").claims()["uid"], "the-value-of-it");
}

#[test]
fn issue_accepts_names_similar_to_reserved_ones() {
    let app = app(json!({ "allow_refresh": true }));
    for name in ["EXP", "expires", "su", "nonce2", "n"] {
        for path in ["map", "flattened"] {
            assert_eq!(app.post(&format!("/{path}/{name}")).claims()[name], "the-value-of-it");
        }
    }
}

#[test]
fn issue_refuses_duplicate_name_of_flattened_claims() {
    let (answer, lines) = logged(|| app(json!({ "allow_refresh": true })).post("/flattened/nickname"));
    assert_eq!(answer.status, 500);
    assert!(lines.iter().any(|line| line.text.contains("`nickname`")), "{lines:#?}");
}

#[post("/huge/<length>")]
async fn huge(length: usize, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    let result = auth.remember("alice", BTreeMap::from([("text".to_owned(), "x".repeat(length))])).await;
    assert!(matches!(result, Ok(_) | Err(AuthError::Claims(ClaimsError::TooLong))));
    result
}

#[test]
fn issue_refuses_token_over_16_kib() {
    let app = app(json!({ "allow_refresh": true }));
    assert_eq!(app.post("/huge/10000").status, 200);
    for length in [16_384, 1_000_000] {
        let (answer, lines) = logged(|| app.post(&format!("/huge/{length}")));
        assert_eq!(answer.status, 500);
        assert!(lines.iter().any(|line| line.text.contains("longer than 16 KiB")), "{lines:#?}");
        assert!(lines.iter().all(|line| !line.text.contains("xxxx")), "the log has the claims in it");
    }
}

#[test]
fn longest_issued_token_is_accepted() {
    let app = app(json!({ "allow_refresh": true }));
    let longest = (11_000..13_000).rev().step_by(50).find(|length| app.post(&format!("/huge/{length}")).status == 200);
    let token = app.post(&format!("/huge/{}", longest.expect("one that fits"))).token();
    assert!(token.len() > 16_000);
    assert_eq!(app.post_with("/refresh/ok", &token).status, 200);
}

macro_rules! claims {
    ($name:ident, |$serializer:ident| $serialize:expr) => {
        #[derive(Deserialize)]
        struct $name;

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> {
                $serialize
            }
        }

        impl Claims for $name {}
    };
}

claims!(Text, |serializer| serializer.serialize_str("text"));
claims!(Number, |serializer| serializer.serialize_u64(5));
claims!(List, |serializer| serializer.collect_seq([1, 2]));
claims!(Null, |serializer| serializer.serialize_none());
claims!(Failing, |_serializer| Err(S::Error::custom("out of luck")));

#[post("/kind/<kind>")]
async fn kind(kind: &str, auth: Auth<'_>) -> Result<Tokens, AuthError> {
    match kind {
        "text" => auth.remember("alice", Text).await,
        "number" => auth.remember("alice", Number).await,
        "list" => auth.remember("alice", List).await,
        "null" => auth.remember("alice", Null).await,
        _ => auth.remember("alice", Failing).await,
    }
}

#[test]
fn issue_refuses_claims_that_are_not_an_object() {
    let app = app(json!({ "allow_refresh": true }));
    for (kind, words) in [
        ("text", "do not serialize to a JSON object"),
        ("number", "do not serialize to a JSON object"),
        ("list", "do not serialize to a JSON object"),
        ("null", "do not serialize to a JSON object"),
        ("failing", "can't be serialized"),
    ] {
        let (answer, lines) = logged(|| app.post(&format!("/kind/{kind}")));
        assert_eq!(answer.status, 500);
        assert!(lines.iter().any(|line| line.text.contains(words)), "{lines:#?}");
        // The error may contain values.
        assert!(lines.iter().all(|line| !line.text.contains("out of luck")), "{lines:#?}");
    }
}
