use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::value::SeqDeserializer;
use serde::de::{Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// The names of permissions that a token of a trusted issuer grants: the deserializer of a set of permissions.
pub(super) struct GrantedNames<'n, E> {
    names: &'n [Cow<'n, str>],
    error: PhantomData<E>,
}

impl<'n, E> GrantedNames<'n, E> {
    pub(super) fn new(names: &'n [Cow<'n, str>]) -> Self {
        GrantedNames { names, error: PhantomData }
    }
}

impl<'de, E: Error> Deserializer<'de> for GrantedNames<'_, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_seq(SeqDeserializer::new(self.names.iter().map(|name| &**name)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
