//! Names that the JSON parser reserves, and claims that are nested too deeply: they are neither issued nor read.

use jwtauth::TokenError::{Claims as BadClaims, Malformed};
use jwtauth::{AuthError, ClaimsError};
use jwtauth_tests::{NOW, forge};
use serde_json::{Value, json};

use crate::token_app::{Anything, App};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

const NAMES: [&str; 3] =
    ["$serde_json::private::Number", "$serde_json::private::RawValue", "$serde_json::private::whatever comes"];

/// Objects that contain the name at various places.
fn objects(name: &str) -> [Value; 5] {
    [
        json!({ name: "1" }),
        json!({ "a": { name: "{\"sub\":\"root\"}" } }),
        json!({ "a": [[{ "b": { name: "[]" } }]] }),
        json!({ "a": { name: { "b": 1 } } }),
        json!({ "a": "$", "b": [1, { "c": null, name: "1" }] }),
    ]
}

fn members(object: &Value) -> Anything {
    object.as_object().expect("an object").clone()
}

#[test]
fn issue_refuses_names_private_to_the_json_parser() {
    let app = App::new(json!({}));
    for object in NAMES.iter().flat_map(|name| objects(name)) {
        assert_eq!(app.issue(members(&object)), Err(AuthError::Claims(ClaimsError::TooDeep)), "{object}");
    }
}

/// A token with these members after the registered ones.
fn token(object: &str) -> String {
    let members = object.strip_prefix('{').expect("an object");
    forge(HEADER, format!(r#"{{"sub":"alice","exp":{},{members}"#, NOW + 60))
}

#[track_caller]
fn assert_refused(app: &App, object: &str) {
    let token = token(object);
    assert_eq!(app.userid(&token), Err(BadClaims), "{object}");
    assert_eq!(app.verify::<Anything>(&token).map(drop), Err(BadClaims), "{object}");
}

#[test]
fn verifier_refuses_names_private_to_the_json_parser() {
    let app = App::new(json!({}));
    for object in NAMES.iter().flat_map(|name| objects(name)) {
        assert_refused(&app, &object.to_string());
    }
    let header = format!(r#"{{"alg":"HS256","x":{{"{}":"1"}}}}"#, NAMES[0]);
    assert_eq!(app.userid(&forge(&header, format!(r#"{{"sub":"alice","exp":{}}}"#, NOW + 60))), Err(Malformed));
}

#[test]
fn verifier_refuses_private_names_written_with_escapes() {
    let app = App::new(json!({}));
    for name in NAMES {
        for (plain, escaped) in [("$", r"\u0024"), ("serde", r"s\u0065rde"), ("::private", r":\u003aprivate")] {
            for object in objects(name) {
                assert_refused(&app, &object.to_string().replace(name, &name.replacen(plain, escaped, 1)));
            }
        }
    }
}

#[test]
fn claims_may_use_other_names_with_a_dollar_sign() {
    let app = App::new(json!({}));
    let claims = members(&json!({ "$": 1, "$ref": { "$serde_json": 2, "$serde_json::public": [3] }, "a$": "$$" }));
    let token = app.issue(claims.clone()).expect("good claims");
    assert_eq!(app.verify::<Anything>(&token).expect("acceptable").claims(), &claims);
}

/// Claims with this many levels, including the outer object.
fn nested(levels: usize, objects: bool) -> Anything {
    let innermost = json!("x");
    let value = (1..levels).fold(innermost, |inner, _| if objects { json!({ "a": inner }) } else { json!([inner]) });
    members(&json!({ "a": value }))
}

#[test]
fn issue_refuses_claims_nested_65_levels_deep() {
    let app = App::new(json!({}));
    for objects in [false, true] {
        for levels in [1, 63, 64] {
            let claims = nested(levels, objects);
            let token = app.issue(claims.clone()).unwrap_or_else(|error| panic!("{levels}: {error}"));
            assert_eq!(app.verify::<Anything>(&token).expect("what was issued").claims(), &claims);
        }
        for levels in [65, 66, 100] {
            let issued = app.issue(nested(levels, objects));
            assert_eq!(issued, Err(AuthError::Claims(ClaimsError::TooDeep)), "{levels}");
        }
    }
}
