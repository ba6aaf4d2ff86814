use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::json;

/// Reads only the claim `iss`.
pub(super) struct Claimed<'de>(pub(super) Option<json::Text<'de>>);

impl<'de> Deserialize<'de> for Claimed<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClaimedVisitor)
    }
}

struct ClaimedVisitor;

impl<'de> Visitor<'de> for ClaimedVisitor {
    type Value = Claimed<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of a token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut issuer = None;
        while let Some(json::Text(name)) = map.next_key()? {
            match &*name {
                "iss" => json::set(&mut issuer, map.next_value()?)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Claimed(issuer))
    }
}
