//! Claims that are maps with keys of the application's own types.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use jwtauth::{AuthError, Claims, ClaimsError};
use jwtauth_tests::payload;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::token_app::App;

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
struct Name(String);

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
struct Outer(Name);

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Room {
    Kitchen,
    Hall,
}

/// Claims that are a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Of<M>(M);

impl<M: Serialize + DeserializeOwned + Send + Sync + 'static> Claims for Of<M> {}

/// Claims that contain a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Beside<M> {
    nickname: String,
    #[serde(flatten)]
    map: M,
}

impl<M: Serialize + DeserializeOwned + Send + Sync + 'static> Claims for Beside<M> {}

#[track_caller]
fn assert_round_trip<C: Claims + Clone + Debug + PartialEq>(claims: C) {
    let app = App::new(json!({}));
    let token = app.issue(claims.clone()).expect("good claims");
    assert_eq!(app.verify::<C>(&token).expect("what was issued").claims(), &claims, "{}", payload(&token));
}

#[test]
fn claims_map_with_string_newtype_keys_round_trips() {
    let name = |name: &str| Name(name.into());
    assert_round_trip(Of(BTreeMap::from([(name("a"), 1), (name("b \"ü\" \\ \n"), 2)])));
    assert_round_trip(Of(HashMap::from([(name("a"), "x".to_owned())])));
    assert_round_trip(Of(BTreeMap::from([(Outer(name("a")), vec![1])])));
    assert_round_trip(Of(BTreeMap::from([(Room::Kitchen, 1), (Room::Hall, 2)])));
    assert_round_trip(Beside { nickname: "Al".into(), map: BTreeMap::from([(name("a"), "x".to_owned())]) });
}

#[test]
fn issue_refuses_reserved_name_as_string_newtype_key() {
    let issued = App::new(json!({})).issue(Of(BTreeMap::from([(Name("exp".into()), 1)])));
    assert_eq!(issued, Err(AuthError::Claims(ClaimsError::Reserved("exp".into()))));
}

#[test]
fn issue_refuses_map_keys_that_are_not_strings() {
    #[track_caller]
    fn assert_refused<M: Serialize + DeserializeOwned + Send + Sync + 'static>(map: M) {
        let issued = App::new(json!({})).issue(Of(map));
        assert!(matches!(issued, Err(AuthError::Claims(ClaimsError::Serialize(_)))), "{issued:?}");
    }
    assert_refused(BTreeMap::from([(5_u32, "x".to_owned())]));
    assert_refused(HashMap::from([(-5_i64, 1)]));
    assert_refused(BTreeMap::from([(true, 1)]));
}
