use std::fmt;

use super::claim_path::ClaimPath;
use super::raw_members::RawMembers;
use crate::shown;

/// A value that a claim of a trusted issuer's tokens must have.
///
/// The claim is the value, or a list that contains it. Values are strings, integers and booleans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub(crate) claim: ClaimPath,
    pub(crate) value: serde_json::Value,
}

impl Requirement {
    /// The claim.
    pub fn claim(&self) -> &ClaimPath {
        &self.claim
    }

    /// The value that it must have.
    pub fn value(&self) -> &serde_json::Value {
        &self.value
    }

    /// Whether these claims have the value.
    pub(crate) fn is_met(&self, claims: &RawMembers<'_>) -> bool {
        let claim = claims.find(&self.claim).and_then(|text| serde_json::from_str(text).ok());
        match claim {
            Some(serde_json::Value::Array(values)) => values.contains(&self.value),
            Some(value) => value == self.value,
            None => false,
        }
    }

    /// What these claims have instead, for the log.
    pub(crate) fn missed_by(&self, claims: &RawMembers<'_>) -> String {
        let found = claims.find(&self.claim).map_or("absent".to_owned(), shown::json);
        format!("`{}` was {found}, required {}", self.claim, shown::json(&self.value.to_string()))
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.claim, self.value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn requirement_is_met_by_the_value_or_a_list_with_it() {
        let is_met = |value: Value, claims: &str| {
            let requirement = Requirement { claim: "a.b".into(), value };
            requirement.is_met(&RawMembers::parse(claims).expect("an object"))
        };
        for (value, met, missed) in [
            (
                json!("x"),
                vec![r#""x""#, r#"["y","x"]"#],
                vec![r#""X""#, r#""x y""#, r#"[["x"]]"#, r#"{"x":1}"#, "null"],
            ),
            (json!(1), vec!["1", "[2,1]"], vec!["\"1\"", "true", "2", "1.5"]),
            (json!(true), vec!["true", "[true]"], vec!["false", "\"true\"", "1"]),
        ] {
            for (text, expected) in
                met.into_iter().map(|text| (text, true)).chain(missed.into_iter().map(|text| (text, false)))
            {
                assert_eq!(is_met(value.clone(), &format!(r#"{{"a":{{"b":{text}}}}}"#)), expected, "{value} {text}");
            }
            assert!(!is_met(value.clone(), "{}"));
        }
    }
}
