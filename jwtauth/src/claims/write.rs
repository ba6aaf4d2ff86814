//! Writes the claims of a token into one object: first the registered claims, then the application's.

use std::collections::HashSet;

use serde::Serialize;
use serde::ser::{Error as _, Impossible, SerializeMap, SerializeStruct, Serializer};

use super::carried;
use super::claims_type::Claims;
use super::names::{is_reserved, member};
use super::numeric_date::LAST_SECOND;
use super::policy::Policy;
use super::read::read;
use super::registered::Issued;
use super::typed_userid::refuses;
use super::watch::{Doubt, Watched};
use crate::error::ClaimsError;
use crate::json;

type Error = serde_json::Error;

/// Writes the payload of a token. If it may not be readable, it is read back here.
pub(crate) fn write<C: Claims>(issued: &Issued<'_>, claims: &C, policy: &Policy) -> Result<Vec<u8>, ClaimsError> {
    if let Some(kind) = refuses::<C>(issued.userid) {
        return Err(ClaimsError::UserId(kind));
    }
    issued.carried.map_or(Ok(()), carried::check)?;
    let mut payload = Vec::with_capacity(256);
    let (mut fault, doubt) = (None, Doubt::default());
    let names = Names { userid_claim: issued.userid_claim, fault: &mut fault };
    let written = registered(issued, &mut payload)
        .and_then(|()| claims.serialize(MemberWriter { object: &mut payload, names, doubt: &doubt, seen: Vec::new() }));
    payload.push(b'}');
    match (fault, written) {
        // Also if the application's type ignored the error.
        (Some(fault), _) => return Err(fault),
        (None, Err(error)) => return Err(ClaimsError::Serialize(error.to_string())),
        (None, Ok(())) => {}
    }
    // `serde_json` writes only UTF-8.
    let text = str::from_utf8(&payload).ok().filter(|text| json::is_harmless(text)).ok_or(ClaimsError::TooDeep)?;
    // If the clock is set too far ahead, no token can be read, so reading back would not test the claims.
    let is_in_calendar = issued.iat.max(issued.auth_time).max(issued.login_time.unwrap_or(0)) <= LAST_SECOND;
    let read_back = C::read_back();
    if is_in_calendar && read_back.applies(doubt.is_raised()) {
        read::<C>(text, policy).ok_or(ClaimsError::Unreadable)?;
        read_back.succeeded();
    }
    Ok(payload)
}

/// Writes the start of the object with all registered claims.
fn registered(issued: &Issued<'_>, object: &mut Vec<u8>) -> Result<(), Error> {
    fn add<T: ?Sized + Serialize>(object: &mut Vec<u8>, member: &str, content: &T) -> Result<(), Error> {
        object.extend_from_slice(member.as_bytes());
        value(object, content)
    }
    object.push(b'{');
    value(object, issued.userid_claim)?;
    object.push(b':');
    value(object, issued.userid)?;
    if let Some(exp) = issued.exp {
        add(object, member::EXP, &exp)?;
    }
    add(object, member::IAT, &issued.iat)?;
    add(object, member::AUTH_TIME, &issued.auth_time)?;
    if let Some((sid, generation)) = &issued.session {
        add(object, member::SID, sid)?;
        add(object, member::GEN, generation)?;
    }
    if let Some(issuer) = issued.issuer {
        add(object, member::ISS, issuer)?;
    }
    match issued.audience {
        [] => {}
        [one] => add(object, member::AUD, one)?,
        several => add(object, member::AUD, several)?,
    }
    if let Some(refresh_until) = issued.refresh_until {
        add(object, member::REFRESH_UNTIL, &refresh_until)?;
    }
    if let Some(nonce) = issued.nonce {
        add(object, member::NONCE, nonce)?;
    }
    if let Some(login_time) = issued.login_time {
        add(object, member::LOGIN_TIME, &login_time)?;
    }
    if let Some(carried) = issued.carried {
        // It has been checked.
        object.extend_from_slice(member::CARRIED.as_bytes());
        object.extend_from_slice(carried.as_bytes());
    }
    Ok(())
}

fn value<T: ?Sized + Serialize>(object: &mut Vec<u8>, value: &T) -> Result<(), Error> {
    value.serialize(&mut serde_json::Serializer::new(object))
}

/// Checks the names of the application's claims.
struct Names<'n> {
    userid_claim: &'n str,
    fault: &'n mut Option<ClaimsError>,
}

impl Names<'_> {
    fn check(&mut self, name: &str) -> Result<(), Error> {
        if name == self.userid_claim || is_reserved(name) {
            return self.fail(ClaimsError::Reserved(name.to_owned()));
        }
        Ok(())
    }

    fn fail<T>(&mut self, fault: ClaimsError) -> Result<T, Error> {
        *self.fault = Some(fault);
        Err(Error::custom("refused"))
    }
}

/// A serializer that appends the members of an object to one that is already started.
struct MemberWriter<'m> {
    object: &'m mut Vec<u8>,
    names: Names<'m>,
    doubt: &'m Doubt,
    /// The fields so far. A field may have the same name as the tag of an enum.
    seen: Vec<&'static str>,
}

impl MemberWriter<'_> {
    fn add<T: ?Sized + Serialize>(&mut self, name: &str, content: &T) -> Result<(), Error> {
        self.names.check(name)?;
        self.object.push(b',');
        value(self.object, name)?;
        self.object.push(b':');
        let written = value(self.object, &Watched::value(content, self.doubt));
        written.or_else(|error| self.names.fail(ClaimsError::Serialize(error.to_string())))
    }

    fn not_an_object<T>(mut self) -> Result<T, Error> {
        self.names.fail(ClaimsError::NotAnObject)
    }
}

macro_rules! not_an_object {
    ($($method:ident($($argument:ty),*) -> $ok:ty;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$ok, Error> {
            self.not_an_object()
        })*
    };
}

impl<'m> Serializer for MemberWriter<'m> {
    type Ok = ();
    type Error = Error;
    type SerializeMap = Entries<'m>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Error>;
    type SerializeSeq = Impossible<(), Error>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;

    fn serialize_map(self, len: Option<usize>) -> Result<Entries<'m>, Error> {
        // A struct with flattened members does not know their number.
        if len.is_none() {
            self.doubt.raise();
        }
        Ok(Entries { writer: self, name: None, seen: HashSet::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        Ok(())
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Error> {
        self.not_an_object()
    }

    not_an_object! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Impossible<(), Error>;
        serialize_tuple(usize) -> Impossible<(), Error>;
        serialize_tuple_struct(&'static str, usize) -> Impossible<(), Error>;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Impossible<(), Error>;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Impossible<(), Error>;
    }
}

impl SerializeStruct for MemberWriter<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        if self.seen.contains(&name) {
            return self.names.fail(ClaimsError::Duplicate(name.to_owned()));
        }
        self.seen.push(name);
        self.add(name, value)
    }

    fn skip_field(&mut self, _: &'static str) -> Result<(), Error> {
        // Reading fails if the field has no `default`.
        self.doubt.raise();
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}

/// The members of a map, whose keys may be anything that serializes to a string. Flattened types are also written here.
/// They don't know each other's names.
struct Entries<'m> {
    writer: MemberWriter<'m>,
    name: Option<String>,
    seen: HashSet<String>,
}

impl SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<K: ?Sized + Serialize>(&mut self, key: &K) -> Result<(), Error> {
        let fault = match serde_json::to_value(Watched::name(key, self.writer.doubt)) {
            Ok(serde_json::Value::String(name)) => {
                self.name = Some(name);
                return Ok(());
            }
            Ok(_) => "a key must be a string".to_owned(),
            Err(error) => error.to_string(),
        };
        self.writer.names.fail(ClaimsError::Serialize(fault))
    }

    fn serialize_value<V: ?Sized + Serialize>(&mut self, value: &V) -> Result<(), Error> {
        let name = self.name.take().ok_or_else(|| Error::custom("a value without a key"))?;
        if self.seen.contains(&name) {
            return self.writer.names.fail(ClaimsError::Duplicate(name));
        }
        self.writer.add(&name, value)?;
        self.seen.insert(name);
        Ok(())
    }

    fn end(self) -> Result<(), Error> {
        Ok(())
    }
}
