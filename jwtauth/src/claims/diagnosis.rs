//! Finds the claim for which a verified token is refused, for the log. Logs only the names of registered claims and of
//! the fields of a claims type, and no other content of the token.
//!
//! This runs only after a claim was refused, so it may be slow and reads the payload again.

use std::any::type_name;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Map, Value};

use super::claims_type::Claims;
use super::issuer;
use super::issuer::IssuerRules;
use super::names::is_reserved;
use super::policy::Policy;
use super::read::read;
use super::refusal;
use super::typed_userid::refuses;
use crate::error::TokenError;
use crate::json;
use crate::permissions;
use crate::permissions::Reading;
use crate::shown;

/// Logs why the payload of a verified token can't be read as the claims type. Returns the error for the token.
#[cold]
pub(crate) fn refuse<C: Claims>(payload: &str, policy: &Policy) -> TokenError {
    refusal::log(policy.trusted_issuer(), &diagnose::<C>(payload, policy));
    TokenError::Claims
}

/// Why the payload of a verified token can't be read as the claims type.
pub(crate) fn diagnose<C: Claims>(payload: &str, policy: &Policy) -> String {
    if !json::is_harmless(payload) {
        return "its payload nests deeper than 64 levels, or contains a name that serde_json reserves".into();
    }
    let Ok(OrderedMembers(members)) = serde_json::from_str(payload) else {
        return "its payload is not a JSON object that can be read".into();
    };
    let is_registered = |name: &str| name == policy.userid_claim || is_reserved(name);
    if let Some(rules) = &policy.of_issuer {
        return of_issuer_token::<C>(payload, members, policy, rules);
    }
    for (name, value) in &members {
        // If a payload with only this claim is refused, the claim is at fault.
        let alone = Value::Object(Map::from_iter([(name.clone(), value.clone())])).to_string();
        if is_registered(name) && read::<()>(&alone, policy).is_none() {
            return format!("its claim `{name}` has a value that this claim can't have");
        }
    }
    let mut seen = HashSet::new();
    let twice = members.iter().find(|(name, _)| is_registered(name) && !seen.insert(name));
    if let Some((name, _)) = twice {
        return format!("its claim `{name}` occurs twice");
    }
    let userid = members.iter().find(|(name, _)| *name == policy.userid_claim).and_then(|(_, value)| value.as_str());
    if let Some(wanted) = userid.and_then(refuses::<C>) {
        return format!("its user id is not of the type `{wanted}`, which `{}` requires", type_name::<C>());
    }
    of_type::<C>(members.into_iter().filter(|(name, _)| !is_registered(name)).collect(), Reading::OwnToken)
}

/// The reason for a token of a trusted issuer. All of its claims are those of the claims type.
fn of_issuer_token<C: Claims>(
    payload: &str,
    all: Vec<(String, Value)>,
    policy: &Policy,
    rules: &IssuerRules,
) -> String {
    let Some(members) = issuer::RawMembers::parse(payload) else {
        let mut seen = HashSet::new();
        let twice = all.iter().find(|(name, _)| !seen.insert(name));
        return twice.map_or("its payload is not a JSON object that can be read".into(), |(name, _)| {
            format!("its claim {} occurs twice", shown::text(name))
        });
    };
    match issuer::read(&members, policy, rules) {
        Err(name) => format!("its claim `{name}` has a value that this claim can't have"),
        Ok(claims) => match claims.userid.as_deref().and_then(refuses::<C>) {
            Some(wanted) => {
                format!("its user id is not of the type `{wanted}`, which `{}` requires", type_name::<C>())
            }
            None => {
                // The sets of permissions have another source.
                let claims = C::permissions_claims();
                let mut all =
                    Vec::from_iter(all.into_iter().filter(|(name, _)| !claims.iter().any(|field| field.reads(name))));
                let sets = claims.iter().filter(|field| field.is_set);
                all.extend(sets.map(|field| (field.name.to_owned(), Value::Array(Vec::new()))));
                of_type::<C>(all, Reading::IssuerToken)
            }
        },
    }
}

fn of_type<C: Claims>(members: Vec<(String, Value)>, reading: Reading) -> String {
    let kind = type_name::<C>();
    let others = Others { members, value: None, fields: &[] };
    match permissions::reading(reading, || C::deserialize(others)) {
        Err(Fault(why)) => format!("its claims are not those of the type `{kind}`: {why}"),
        Ok(_) => format!("its claims are not those of the type `{kind}`"),
    }
}

/// The reason why a value can't be read as a type, without any part of the value.
pub(super) fn of_value<D: DeserializeOwned>(text: &str) -> String {
    let kind = match text.bytes().next() {
        Some(b'{') => match serde_json::from_str(text) {
            Ok(OrderedMembers(members)) => {
                let read = D::deserialize(Others { members, value: None, fields: &[] });
                return read.err().map_or_else(|| "the type refuses it".to_owned(), |Fault(why)| why);
            }
            Err(_) => "an object",
        },
        Some(b'[') => "a list",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a truth value",
        _ => "a number",
    };
    format!("it is {kind}, which the type refuses")
}

/// The members of an object in order, including duplicates.
struct OrderedMembers(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for OrderedMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OrderedMembersVisitor;

        impl<'de> Visitor<'de> for OrderedMembersVisitor {
            type Value = OrderedMembers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OrderedMembers, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(OrderedMembers(members))
            }
        }

        deserializer.deserialize_map(OrderedMembersVisitor)
    }
}

/// A fault without any value. The error texts of serde or of a claims type may quote one.
#[derive(Debug)]
struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Fault("the type refuses them".into())
    }

    fn missing_field(field: &'static str) -> Self {
        Fault(format!("`{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Fault(format!("`{field}` occurs twice"))
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Fault("one of them is not a field of it".into())
    }
}

/// The deserializer of the claims type: all members except the registered claims.
struct Others {
    members: Vec<(String, Value)>,
    /// The member whose name was read last.
    value: Option<(String, Value)>,
    /// The fields of the type, if it is a struct without flattened fields.
    fields: &'static [&'static str],
}

impl<'de> Deserializer<'de> for Others {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Fault> {
        self.members.reverse();
        visitor.visit_map(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.fields = fields;
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Others {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.value = self.members.pop();
        let Some((name, _)) = &self.value else { return Ok(None) };
        seed.deserialize(name.clone().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, value) = self.value.take().unwrap_or_default();
        seed.deserialize(value).map_err(|_| match self.fields.iter().find(|field| **field == name) {
            Some(field) => Fault(format!("`{field}` has a value that it can't be made of")),
            None => Fault("one of them has a value that it can't be made of".into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Serialize;

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Profile {
        nickname: String,
        #[serde(default)]
        level: u8,
        #[serde(default, rename = "e-mail")]
        mail: Option<Mail>,
    }

    #[derive(Serialize, Deserialize)]
    struct Mail {
        address: String,
    }

    impl Claims for Profile {}

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {}

    impl Claims for Strict {}

    #[derive(Serialize, Deserialize)]
    struct Flat {
        #[serde(flatten)]
        profile: Profile,
        role: u8,
    }

    impl Claims for Flat {}

    #[derive(Serialize, Deserialize)]
    #[serde(try_from = "HashMap<String, String>")]
    struct Picky {}

    impl Claims for Picky {}

    impl TryFrom<HashMap<String, String>> for Picky {
        type Error = String;

        fn try_from(map: HashMap<String, String>) -> Result<Self, String> {
            Err(format!("not {map:?}"))
        }
    }

    fn policy() -> Policy {
        Policy {
            userid_claim: "uid".into(),
            issuer: None,
            audience: Vec::new(),
            leeway: 0,
            expiration_delta: Some(60),
            refresh_delta: None,
            max_lifetime: None,
            allow_refresh: false,
            verify_expiration_on_refresh: false,
            sessions: true,
            with_issuers: false,
            reserved_prefixes: Vec::new(),
            of_issuer: None,
        }
    }

    #[test]
    fn diagnosis_names_the_registered_claim() {
        for (payload, name) in [
            (r#"{"exp":"SECRET"}"#, "`exp`"),
            (r#"{"iat":[],"exp":1}"#, "`iat`"),
            (r#"{"nbf":{}}"#, "`nbf`"),
            (r#"{"auth_time":"1"}"#, "`auth_time`"),
            (r#"{"refresh_until":null}"#, "`refresh_until`"),
            (r#"{"uid":7,"sub":8}"#, "`uid`"),
            (r#"{"aud":[1]}"#, "`aud`"),
            (r#"{"iss":1}"#, "`iss`"),
            (r#"{"nonce":1}"#, "`nonce`"),
            (r#"{"sid":"SECRET"}"#, "`sid`"),
            (r#"{"gen":"SECRET"}"#, "`gen`"),
            (r#"{"gen":-1}"#, "`gen`"),
            (r#"{"exp":1,"exp":1}"#, "`exp` occurs twice"),
            (r#"{"exp":1"#, "not a JSON object"),
            ("[]", "not a JSON object"),
        ] {
            let said = diagnose::<()>(payload, &policy());
            assert!(said.contains(name) && !said.contains("SECRET"), "{payload}: {said}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
        assert!(diagnose::<()>(&deep, &policy()).contains("64 levels"));
    }

    #[test]
    fn diagnosis_names_the_field_of_the_claims_type() {
        let whole = r#""exp":1,"uid":"SECRET""#;
        for (payload, said) in [
            (diagnose::<Profile>(&format!("{{{whole}}}"), &policy()), "`nickname` is missing"),
            (diagnose::<Profile>(&format!(r#"{{"nickname":["SECRET"],{whole}}}"#), &policy()), "`nickname` has"),
            (diagnose::<Profile>(&format!(r#"{{"nickname":"SECRET","level":256,{whole}}}"#), &policy()), "`level` has"),
            (diagnose::<Profile>(r#"{"nickname":"SECRET","e-mail":{"SECRET":1}}"#, &policy()), "`e-mail` has"),
            (diagnose::<Profile>(r#"{"nickname":"SECRET","nickname":""}"#, &policy()), "`nickname` occurs twice"),
            (diagnose::<Strict>(&format!(r#"{{{whole},"SECRET":"SECRET"}}"#), &policy()), "not a field of it"),
            (diagnose::<Flat>(r#"{"role":1}"#, &policy()), "`nickname` is missing"),
            (diagnose::<Flat>(r#"{"nickname":"SECRET","role":"SECRET"}"#, &policy()), "one of them has"),
            (diagnose::<Flat>(r#"{"nickname":["SECRET"],"role":1}"#, &policy()), "refuses them"),
            (diagnose::<Picky>(r#"{"nickname":"SECRET"}"#, &policy()), "Picky`: the type refuses them"),
            (diagnose::<HashMap<String, u8>>(r#"{"SECRET":"SECRET"}"#, &policy()), "one of them has"),
        ] {
            assert!(payload.contains(said) && !payload.contains("SECRET"), "{said}: {payload}");
        }
    }
}
