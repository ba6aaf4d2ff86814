//! Reads the names of permissions in a claim: a list of texts, or one text.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::declared::Permissions;

/// The names in a claim, as bits. Names that the enum does not have are left out. `None` if the value is neither a list
/// of texts nor a text.
pub(super) struct Names<P>(pub(super) Option<u128>, PhantomData<P>);

impl<'de, P: Permissions> Deserialize<'de> for Names<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bits = Bits::<P>(0, PhantomData);
        let is_names = NamesSeed::of_claim(&mut bits).deserialize(deserializer)?;
        Ok(Names(is_names.then_some(bits.0), PhantomData))
    }
}

/// The bit of the permission with this name. 0 if the enum has none.
pub(crate) fn bit<P: Permissions>(name: &str) -> u128 {
    let index = P::NAMES.iter().position(|known| *known == name);
    index.and_then(|index| 1_u128.checked_shl(index as u32)).unwrap_or(0)
}

/// What the names in a claim are collected in.
pub(crate) trait CollectNames<'de> {
    fn add(&mut self, name: &str);

    /// Adds a name that can be borrowed.
    fn add_borrowed(&mut self, name: &'de str) {
        self.add(name);
    }
}

struct Bits<P>(u128, PhantomData<P>);

impl<P: Permissions> CollectNames<'_> for Bits<P> {
    fn add(&mut self, name: &str) {
        self.0 |= bit::<P>(name);
    }
}

impl<'de> CollectNames<'de> for Vec<Cow<'de, str>> {
    fn add(&mut self, name: &str) {
        self.push(Cow::Owned(name.to_owned()));
    }

    fn add_borrowed(&mut self, name: &'de str) {
        self.push(Cow::Borrowed(name));
    }
}

/// Collects the names in the value of a claim. The result is whether the value is a list of texts, a text with spaces
/// between the names, or `null`. If not, the collected names must not be used.
///
/// Any other value is accepted as well, because a value of the wrong type is not an error of the token.
pub(crate) struct NamesSeed<'n, N> {
    names: &'n mut N,
    /// Whether the value is the whole claim. If not, it is one name in a list.
    is_list: bool,
}

impl<'n, N> NamesSeed<'n, N> {
    pub(crate) fn of_claim(names: &'n mut N) -> Self {
        NamesSeed { names, is_list: true }
    }
}

impl<'de, N: CollectNames<'de>> DeserializeSeed<'de> for NamesSeed<'_, N> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, N: CollectNames<'de>> Visitor<'de> for NamesSeed<'_, N> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of permissions")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        match self.is_list {
            // RFC 6749 §3.3: a scope is a list of scope-tokens with spaces between them.
            true => text.split(' ').for_each(|name| self.names.add(name)),
            false => self.names.add(text),
        }
        Ok(true)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<bool, E> {
        match self.is_list {
            true => text.split(' ').for_each(|name| self.names.add_borrowed(name)),
            false => self.names.add_borrowed(text),
        }
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        let mut is_names = self.is_list;
        while let Some(is_name) = list.next_element_seed(NamesSeed { names: &mut *self.names, is_list: false })? {
            is_names &= is_name;
        }
        Ok(is_names)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    /// `null` means no permissions: an `Option` serializes `None` as `null`.
    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(self.is_list)
    }

    fn visit_none<E: Error>(self) -> Result<bool, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }
}
