//! Reads the claims of a token in one pass: the application's type is deserialized from the payload, while the
//! registered claims are extracted.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::slice;

use serde::de::value::CowStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::value::RawValue;

use super::audience::AudienceSeed;
use super::claims_type::Claims;
use super::granted_names::GrantedNames;
use super::issuer;
use super::issuer::{IssuerClaims, IssuerRules, NamesInClaim, RawMembers};
use super::names;
use super::numeric_date::NumericDate;
use super::policy::Policy;
use super::registered::{NOTHING, Read, Registered, Texts};
use super::typed_userid::refuses;
use crate::json;
use crate::json::set;
use crate::permissions;
use crate::permissions::{PermissionsField, Reading};

/// Reads the payload of a verified token. Returns `None` if it is not one JSON object, if a registered claim has the
/// wrong type or occurs twice, or if the other claims can't be read as `C`.
pub(crate) fn read<'p, C: Claims>(payload: &'p str, policy: &'p Policy) -> Option<Read<'p, C>> {
    if !json::is_harmless(payload) {
        return None;
    }
    match &policy.of_issuer {
        Some(rules) => read_issuer_token(payload, policy, rules),
        None => read_own_token(payload, policy),
    }
}

fn read_own_token<'p, C: Claims>(payload: &'p str, policy: &'p Policy) -> Option<Read<'p, C>> {
    let mut reader = Reader::new(policy);
    let claims = deserialize(payload, &mut reader, Reading::OwnToken)?;
    let Reader { mut registered, refresh_until, generation, mut texts, .. } = reader;
    registered.generation = generation.unwrap_or_default();
    texts.carried = texts.carried.filter(|text| *text != NOTHING);
    registered.names_user = texts.userid.as_deref().is_some_and(|userid| !userid.is_empty());
    registered.names_user_of_issuer = texts.userid.as_deref().is_some_and(|userid| policy.is_of_issuer(userid));
    if texts.userid.as_deref().is_some_and(|userid| refuses::<C>(userid).is_some()) {
        return None;
    }
    Some(Read { registered, refresh_until, texts, claims })
}

/// The application's type can read all claims of such a token, whatever they are called. Only its sets of permissions
/// are read from the claim in the settings.
fn read_issuer_token<'p, C: Claims>(payload: &'p str, policy: &Policy, rules: &IssuerRules) -> Option<Read<'p, C>> {
    let members = RawMembers::parse(payload)?;
    let IssuerClaims { registered, userid, iss } = issuer::read(&members, policy, rules).ok()?;
    let fields = C::permissions_claims();
    let granted = match rules.permissions.as_ref().filter(|_| !fields.is_empty()) {
        None => Vec::new(),
        Some(claim) => match claim.read_in(&members) {
            NamesInClaim::Names(names) => names,
            NamesInClaim::WrongType => {
                permissions::log_wrong_type(&claim.claim.to_string());
                Vec::new()
            }
        },
    };
    let mut reader = Reader { granted: &granted, granted_claims: fields, ..Reader::new(policy) };
    let claims = deserialize(payload, &mut reader, Reading::IssuerToken)?;
    if userid.as_deref().is_some_and(|userid| refuses::<C>(userid).is_some()) {
        return None;
    }
    let texts = Texts { userid, iss, ..Texts::default() };
    Some(Read { registered, refresh_until: None, texts, claims })
}

/// Deserializes the application's type, while the reader takes the registered claims.
fn deserialize<'p, C: Claims>(payload: &'p str, reader: &mut Reader<'p, '_>, reading: Reading) -> Option<C> {
    let mut json = serde_json::Deserializer::from_str(payload);
    let object = Object { reader, claims: PhantomData };
    let claims = permissions::reading(reading, || json.deserialize_map(object)).ok()?;
    json.end().ok()?;
    (!reader.failed).then_some(claims)
}

struct Reader<'p, 'g> {
    policy: &'p Policy,
    /// The names of the permissions that a token of a trusted issuer grants.
    granted: &'g [Cow<'g, str>],
    /// The claims of the application's type that are sets of permissions, if their source is `granted`.
    granted_claims: &'static [PermissionsField],
    registered: Registered,
    refresh_until: Option<i64>,
    generation: Option<u64>,
    texts: Texts<'p>,
    /// Whether there was an error. The error passes through the application's type, which may discard it.
    failed: bool,
}

impl<'de> Reader<'de, '_> {
    fn new(policy: &'de Policy) -> Self {
        Reader {
            policy,
            granted: &[],
            granted_claims: &[],
            registered: Registered::default(),
            refresh_until: None,
            generation: None,
            texts: Texts::default(),
            failed: false,
        }
    }

    /// Reads the value of a registered claim. Returns `false` if the name is not a registered claim, and in a token of
    /// a trusted issuer.
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        if self.policy.of_issuer.is_some() {
            let is_replaced = self.granted_claims.iter().any(|field| field.reads(name));
            if is_replaced {
                map.next_value::<IgnoredAny>()?;
            }
            return Ok(is_replaced);
        }
        // The user id comes first, because `userid_claim` may be any name.
        if name == self.policy.userid_claim {
            set(&mut self.texts.userid, map.next_value::<json::Text<'de>>()?.0)?;
            return Ok(true);
        }
        match name {
            names::EXP => set(&mut self.registered.exp, map.next_value::<NumericDate>()?.floor)?,
            names::NBF => set(&mut self.registered.nbf, map.next_value::<NumericDate>()?.ceil)?,
            names::IAT => set(&mut self.registered.iat, map.next_value::<NumericDate>()?.ceil)?,
            names::AUTH_TIME => set(&mut self.registered.auth_time, map.next_value::<NumericDate>()?.floor)?,
            names::LOGIN_TIME => set(&mut self.registered.login_time, map.next_value::<NumericDate>()?.floor)?,
            names::REFRESH_UNTIL => set(&mut self.refresh_until, map.next_value::<NumericDate>()?.floor)?,
            names::NONCE => set(&mut self.texts.nonce, map.next_value::<json::Text<'de>>()?.0)?,
            names::ISS => {
                let json::Text(issuer) = map.next_value()?;
                set(&mut self.registered.issuer_matches, self.policy.issuer.as_deref() == Some(&*issuer))?;
            }
            names::AUD => {
                let matches = map.next_value_seed(AudienceSeed(&self.policy.audience))?;
                set(&mut self.registered.audience_matches, matches)?;
            }
            // As it is written: whoever asks for it reads it as a type of its own.
            names::CARRIED => {
                set(&mut self.texts.carried, map.next_value::<&'de RawValue>()?.get())?;
            }
            names::SID if self.policy.sessions => {
                let json::Text(sid) = map.next_value()?;
                set(&mut self.registered.sid, sid.parse().map_err(A::Error::custom)?)?;
            }
            names::GEN if self.policy.sessions => set(&mut self.generation, map.next_value::<u64>()?)?,
            // These are reserved. Neither this crate nor the application reads them here.
            names::SUB | names::JTI | names::SID | names::GEN => {
                let IgnoredAny = map.next_value()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The whole payload.
struct Object<'r, 'p, 'g, C> {
    reader: &'r mut Reader<'p, 'g>,
    claims: PhantomData<C>,
}

impl<'de, C: Claims> Visitor<'de> for Object<'_, 'de, '_, C> {
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the claims of a token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<C, A::Error> {
        let granted_claims = self.reader.granted_claims.iter();
        let mut rest = Rest { reader: self.reader, map: &mut map, granted_claims, is_granted: false, seen: None };
        let claims = C::deserialize(&mut rest)?;
        // Some types stop reading early, but registered claims may follow.
        while rest.next_key::<IgnoredAny>()?.is_some() {
            rest.next_value::<IgnoredAny>()?;
        }
        Ok(claims)
    }
}

/// The payload without the registered claims: the deserializer of the application's type.
struct Rest<'r, 'p, 'g, A> {
    reader: &'r mut Reader<'p, 'g>,
    map: &'r mut A,
    /// The sets of permissions that follow the payload.
    granted_claims: slice::Iter<'static, PermissionsField>,
    /// Whether the next value is such a set.
    is_granted: bool,
    /// The names so far, for types that don't refuse duplicates themselves.
    seen: Option<HashSet<Cow<'p, str>>>,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for &mut Rest<'_, 'de, '_, A> {
    type Error = A::Error;

    /// Maps, flattened types and untagged types accept any name.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        self.seen = Some(HashSet::new());
        visitor.visit_map(self)
    }

    /// Derived implementations for structs refuse duplicate fields themselves.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple
        tuple_struct map enum identifier
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Rest<'_, 'de, '_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.next_name(seed).inspect_err(|_| self.reader.failed = true)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let value = match self.is_granted {
            false => self.map.next_value_seed(seed),
            true => permissions::reading(Reading::Other, || seed.deserialize(GrantedNames::new(self.reader.granted))),
        };
        value.inspect_err(|_| self.reader.failed = true)
    }
}

impl<'de, A: MapAccess<'de>> Rest<'_, 'de, '_, A> {
    fn next_name<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(json::Text(name)) = self.map.next_key()? {
            if self.reader.take(&name, self.map)? {
                continue;
            }
            if self.seen.as_mut().is_some_and(|seen| !seen.insert(name.clone())) {
                return Err(A::Error::custom("a duplicate claim"));
            }
            return seed.deserialize(Name { name, error: PhantomData }).map(Some);
        }
        let Some(field) = self.granted_claims.find(|field| field.is_set) else { return Ok(None) };
        self.is_granted = true;
        seed.deserialize(Name { name: Cow::Borrowed(field.name), error: PhantomData }).map(Some)
    }
}

/// The name of a claim: the deserializer of a key.
struct Name<'de, E> {
    name: Cow<'de, str>,
    error: PhantomData<E>,
}

impl<'de, E: serde::de::Error> Deserializer<'de> for Name<'de, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.name {
            Cow::Borrowed(name) => visitor.visit_borrowed_str(name),
            Cow::Owned(name) => visitor.visit_string(name),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_enum(CowStrDeserializer::new(self.name))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
