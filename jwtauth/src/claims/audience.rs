use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use crate::json;

/// Whether `aud`, a string or an array of strings (RFC 7519 §4.1.3), contains one of our audiences.
pub(super) struct AudienceSeed<'a>(pub(super) &'a [String]);

impl<'de> DeserializeSeed<'de> for AudienceSeed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AudienceSeed<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of strings")
    }

    fn visit_str<E: serde::de::Error>(self, audience: &str) -> Result<bool, E> {
        Ok(self.0.iter().any(|ours| ours == audience))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<bool, A::Error> {
        let mut matches = false;
        while let Some(json::Text(audience)) = array.next_element()? {
            matches |= self.0.iter().any(|ours| *ours == *audience);
        }
        Ok(matches)
    }
}
