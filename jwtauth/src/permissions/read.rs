use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::declared::Permissions;
use super::names::Names;
use crate::json;

/// The result of reading the claim of the permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The bits of the permissions that the claim names.
    Granted(u128),
    /// There is no such claim.
    Nothing,
    /// The claim is neither a list of texts nor a text, or it occurs twice.
    WrongType,
}

/// Reads the permissions in a claim of a verified payload.
pub(crate) fn read<P: Permissions>(payload: &str, claim: &str) -> Found {
    let mut json = serde_json::Deserializer::from_str(payload);
    let found = Claim::<P> { name: claim, permissions: PhantomData }.deserialize(&mut json);
    found.unwrap_or(Found::WrongType)
}

/// One claim of a payload.
struct Claim<'c, P> {
    name: &'c str,
    permissions: PhantomData<P>,
}

impl<'de, P: Permissions> DeserializeSeed<'de> for Claim<'_, P> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, P: Permissions> Visitor<'de> for Claim<'_, P> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of a token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found::Nothing;
        while let Some(json::Text(name)) = map.next_key::<json::Text<'de>>()? {
            let name: Cow<'de, str> = name;
            if name != self.name {
                map.next_value::<IgnoredAny>()?;
            } else if found != Found::Nothing {
                return Err(A::Error::custom("a duplicate claim"));
            } else {
                found = map.next_value::<Names<P>>()?.0.map_or(Found::WrongType, Found::Granted);
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Permission;

    impl Permissions for Permission {
        const ALL: &'static [Self] = &[Permission, Permission];
        const NAMES: &'static [&'static str] = &["read", "write"];
        const GRANTED_BY: &'static [u128] = &[0b11, 0b10];
        const CLAIM: &'static str = "permissions";

        fn index(&self) -> usize {
            0
        }
    }

    #[test]
    fn permissions_are_read_from_lists_and_texts() {
        for (claim, bits) in [
            (r#"["read"]"#, 0b01),
            (r#"["write","other","read","read"]"#, 0b11),
            ("[]", 0),
            (r#""write""#, 0b10),
            (r#""other read  write""#, 0b11),
            (r#""""#, 0),
            (r#""READ read,write""#, 0),
            (r#"["read write"]"#, 0),
            (r#"["re\u0061d"]"#, 0b01),
            ("null", 0),
        ] {
            let payload = format!(r#"{{"sub":"alice","permissions":{claim},"scope":"write"}}"#);
            assert_eq!(read::<Permission>(&payload, "permissions"), Found::Granted(bits), "{claim}");
        }
        assert_eq!(read::<Permission>(r#"{"scope":"write"}"#, "permissions"), Found::Nothing);
        assert_eq!(read::<Permission>(r#"{"x":{"permissions":["read"]}}"#, "permissions"), Found::Nothing);
    }

    #[test]
    fn permissions_of_the_wrong_type_grant_nothing() {
        for claim in ["true", "1", "-1", "0.5", "{}", r#"{"read":true}"#, r#"["read",1]"#, r#"[["read"]]"#, "[null]"] {
            let payload = format!(r#"{{"permissions":{claim}}}"#);
            assert_eq!(read::<Permission>(&payload, "permissions"), Found::WrongType, "{claim}");
        }
        let twice = r#"{"permissions":["read"],"permissions":["write"]}"#;
        assert_eq!(read::<Permission>(twice, "permissions"), Found::WrongType);
        let escaped = r#"{"permissions":["read"],"\u0070ermissions":["write"]}"#;
        assert_eq!(read::<Permission>(escaped, "permissions"), Found::WrongType);
    }
}
