use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::declared::Permissions;

/// The names in a claim, as bits. Names that the enum does not have are left out. `None` if the value is neither a list
/// of texts nor a text.
pub(super) struct Names<P>(pub(super) Option<u128>, PhantomData<P>);

impl<'de, P: Permissions> Deserialize<'de> for Names<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bits = deserializer.deserialize_any(NamesVisitor::<P> { is_list: true, permissions: PhantomData })?;
        Ok(Names(bits, PhantomData))
    }
}

/// One name in a list.
struct Name<P>(Option<u128>, PhantomData<P>);

impl<'de, P: Permissions> Deserialize<'de> for Name<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bits = deserializer.deserialize_any(NamesVisitor::<P> { is_list: false, permissions: PhantomData })?;
        Ok(Name(bits, PhantomData))
    }
}

/// Accepts any value, because a value of the wrong type is not an error of the token.
struct NamesVisitor<P> {
    /// Whether the value is the whole claim. If not, it is one name in a list.
    is_list: bool,
    permissions: PhantomData<P>,
}

/// The bit of the permission with this name. 0 if the enum has none.
pub(crate) fn bit<P: Permissions>(name: &str) -> u128 {
    let index = P::NAMES.iter().position(|known| *known == name);
    index.and_then(|index| 1_u128.checked_shl(index as u32)).unwrap_or(0)
}

impl<'de, P: Permissions> Visitor<'de> for NamesVisitor<P> {
    type Value = Option<u128>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of permissions")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(match self.is_list {
            // RFC 6749 §3.3: a scope is a list of scope-tokens with spaces between them.
            true => text.split(' ').fold(0, |bits, name| bits | bit::<P>(name)),
            false => bit::<P>(text),
        }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut bits = Some(0);
        while let Some(Name(name, _)) = list.next_element::<Name<P>>()? {
            bits = bits.zip(name).map(|(bits, name)| bits | name);
        }
        Ok(bits.filter(|_| self.is_list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    /// `null` means no permissions: an `Option` serializes `None` as `null`.
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(self.is_list.then_some(0))
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
}
