//! Reads the permissions that an issuer's token grants.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::DeserializeSeed;

use super::claim_path::ClaimPath;
use super::raw_members::RawMembers;
use crate::permissions::NamesSeed;

/// The claim of a trusted issuer's tokens that grants permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PermissionsClaim {
    pub(crate) claim: ClaimPath,
    /// The permission for each name in the claim. Other names grant nothing. `None`: the names in the claim are those
    /// of the permissions.
    pub(crate) names: Option<BTreeMap<String, String>>,
}

/// The content of the claim.
pub(crate) enum NamesInClaim<'p> {
    /// The names of permissions of the application.
    Names(Vec<Cow<'p, str>>),
    /// The claim is neither a list of texts nor a text.
    WrongType,
}

impl PermissionsClaim {
    /// Reads the claim in a verified payload.
    pub(crate) fn read<'p>(&'p self, payload: &'p str) -> NamesInClaim<'p> {
        RawMembers::parse(payload).map_or(NamesInClaim::Names(Vec::new()), |members| self.read_in(&members))
    }

    /// Reads the claim among these.
    pub(crate) fn read_in<'p>(&'p self, claims: &RawMembers<'p>) -> NamesInClaim<'p> {
        let Some(value) = claims.find(&self.claim) else {
            return NamesInClaim::Names(Vec::new());
        };
        let mut names: Vec<Cow<'p, str>> = Vec::new();
        let mut value = serde_json::Deserializer::from_str(value);
        if !matches!(NamesSeed::of_claim(&mut names).deserialize(&mut value), Ok(true)) {
            return NamesInClaim::WrongType;
        }
        NamesInClaim::Names(match &self.names {
            None => names,
            Some(mapped) => {
                names.iter().filter_map(|name| mapped.get(&**name)).map(|name| Cow::Borrowed(&**name)).collect()
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(claim: &PermissionsClaim, payload: &str) -> Option<Vec<String>> {
        match claim.read(payload) {
            NamesInClaim::Names(names) => Some(names.into_iter().map(Cow::into_owned).collect()),
            NamesInClaim::WrongType => None,
        }
    }

    #[test]
    fn permissions_claim_is_a_list_or_a_text() {
        let claim = PermissionsClaim { claim: "realm_access.roles".into(), names: None };
        let names = |value: &str| read(&claim, &format!(r#"{{"realm_access":{{"roles":{value}}}}}"#));
        assert_eq!(names(r#"["a","\u0062 c"]"#), Some(vec!["a".into(), "b c".into()]));
        assert_eq!(names(r#""a b\u0063""#), Some(vec!["a".into(), "bc".into()]));
        assert_eq!(names("null"), Some(Vec::new()));
        for wrong in ["1", "{}", r#"["a",1]"#, r#"[["a"]]"#, "true"] {
            assert_eq!(names(wrong), None, "{wrong}");
        }
        for absent in ["{}", r#"{"realm_access":[]}"#, r#"{"realm_access":{"roles":["a"],"roles":["b"]}}"#] {
            assert_eq!(read(&claim, absent), Some(Vec::new()), "{absent}");
        }
    }

    #[test]
    fn permissions_claim_grants_only_mapped_names() {
        let names = Some(BTreeMap::from([("orders-admin".to_owned(), "admin".to_owned())]));
        let claim = PermissionsClaim { claim: "scope".into(), names };
        assert_eq!(read(&claim, r#"{"scope":"admin orders-admin other"}"#), Some(vec!["admin".into()]));
    }
}
