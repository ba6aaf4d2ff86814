use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::claim_path::ClaimPath;
use crate::json;

/// The members of a JSON object, each with its value as it is written. No name occurs twice.
pub(crate) struct RawMembers<'p>(HashMap<Cow<'p, str>, &'p RawValue>);

impl<'p> RawMembers<'p> {
    /// Reads the members of an object. `None` if the text is something else, or if a name occurs twice. The caller has
    /// checked that the text is [harmless](json::is_harmless).
    pub(crate) fn parse(json: &'p str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// The value of a member, as it is written.
    pub(crate) fn get(&self, name: &str) -> Option<&'p str> {
        self.0.get(name).map(|value| value.get())
    }

    /// The value at a path, as it is written. A value that is not an object has no members.
    pub(crate) fn find(&self, path: &ClaimPath) -> Option<&'p str> {
        if let Some(value) = path.name().and_then(|name| self.get(name)) {
            return Some(value);
        }
        let (first, inner) = path.split();
        inner.iter().try_fold(self.get(first)?, |object, name| RawMembers::parse(object)?.get(name))
    }
}

impl<'de> Deserialize<'de> for RawMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RawMembersVisitor)
    }
}

struct RawMembersVisitor;

impl<'de> Visitor<'de> for RawMembersVisitor {
    type Value = RawMembers<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawMembers<'de>, A::Error> {
        let mut members = HashMap::new();
        while let Some(json::Text(name)) = map.next_key()? {
            if members.insert(name, map.next_value()?).is_some() {
                return Err(serde::de::Error::custom("a duplicate member"));
            }
        }
        Ok(RawMembers(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_by_name_and_then_by_path() {
        let members = RawMembers::parse(r#"{"a.b":1,"a":{"b":2,"c":{"d":[3]}},"e":"x"}"#).expect("an object");
        let find = |path: &str| members.find(&ClaimPath::from(path));
        assert_eq!(find("a.b"), Some("1"));
        assert_eq!(find("a.c.d"), Some("[3]"));
        assert_eq!(find("e"), Some("\"x\""));
        for absent in ["b", "a.d", "a.c.d.0", "e.x", "a.b.c"] {
            assert_eq!(find(absent), None, "{absent}");
        }
        let parts = ClaimPath::of_parts(vec!["a".into(), "b".into()]).expect("a path");
        assert_eq!(members.find(&parts), Some("2"));
    }

    #[test]
    fn members_refuse_names_that_occur_twice() {
        assert!(RawMembers::parse(r#"{"a":1,"\u0061":2}"#).is_none());
        assert!(RawMembers::parse("[]").is_none() && RawMembers::parse("{}x").is_none());
        // Also in an object on the path.
        let members = RawMembers::parse(r#"{"a":{"b":1,"b":2},"c":{"d":1}}"#).expect("an object");
        assert_eq!(members.find(&ClaimPath::from("a.b")), None);
        assert_eq!(members.find(&ClaimPath::from("c.d")), Some("1"));
    }
}
