//! Watches values while they are serialized, to find those that may not be readable.
//!
//! Derived implementations can read text, integers, booleans, lists, enums and structs from the JSON that they write.
//! Some values can't be read again: a number that is not finite is written as `null`, and a flattened struct may
//! contain a duplicate name. If such a value occurs, the claims are read back before a token is issued (`write.rs`).

use std::cell::Cell;
use std::fmt::Display;

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};

/// Whether a value has occurred that may not be readable.
#[derive(Default)]
pub(super) struct Doubt(Cell<bool>);

impl Doubt {
    pub(super) fn raise(&self) {
        self.0.set(true);
    }

    pub(super) fn is_raised(&self) -> bool {
        self.0.get()
    }

    fn raise_if(&self, condition: bool) {
        if condition {
            self.raise();
        }
    }
}

/// A value that is watched during serialization.
pub(super) struct Watched<'d, T: ?Sized> {
    value: &'d T,
    doubt: &'d Doubt,
    place: Place,
}

/// The position of a value.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Value,
    /// Names are always written as text. A name of another type can't always be read from text.
    Name,
}

impl<'d, T: ?Sized> Watched<'d, T> {
    pub(super) fn value(value: &'d T, doubt: &'d Doubt) -> Self {
        Watched { value, doubt, place: Place::Value }
    }

    pub(super) fn name(value: &'d T, doubt: &'d Doubt) -> Self {
        Watched { value, doubt, place: Place::Name }
    }
}

impl<T: ?Sized + Serialize> Serialize for Watched<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Watcher { inner: serializer, doubt: self.doubt, place: self.place })
    }
}

/// The limit for large numbers: rounding near the largest number may make it infinite.
const LARGE: f64 = 1e300;

/// A serializer that notes doubtful values and passes everything to another serializer.
struct Watcher<'d, S> {
    inner: S,
    doubt: &'d Doubt,
    place: Place,
}

macro_rules! scalars {
    ($($method:ident($type:ty)),*) => {
        $(fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.doubt.raise_if(self.place == Place::Name);
            self.inner.$method(value)
        })*
    };
}

macro_rules! doubtful {
    ($($method:ident($type:ty)),*) => {
        $(fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.doubt.raise();
            self.inner.$method(value)
        })*
    };
}

impl<'d, S: Serializer> Serializer for Watcher<'d, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Parts<'d, S::SerializeSeq>;
    type SerializeTuple = Parts<'d, S::SerializeTuple>;
    type SerializeTupleStruct = Parts<'d, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Parts<'d, S::SerializeTupleVariant>;
    type SerializeMap = Parts<'d, S::SerializeMap>;
    type SerializeStruct = Fields<'d, S::SerializeStruct>;
    type SerializeStructVariant = Fields<'d, S::SerializeStructVariant>;

    scalars! {
        serialize_bool(bool), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64),
        serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64)
    }

    // Flattened and untagged types can't read 128-bit integers. Bytes are written as a list, but may be read as text.
    doubtful! { serialize_i128(i128), serialize_u128(u128), serialize_bytes(&[u8]) }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.doubt.raise_if(self.place == Place::Name || !value.is_finite());
        self.inner.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        // Also true for a number that is not finite.
        self.doubt.raise_if(self.place == Place::Name || !matches!(value.abs(), 0.0..LARGE));
        self.inner.serialize_f64(value)
    }

    fn serialize_char(self, value: char) -> Result<S::Ok, S::Error> {
        self.inner.serialize_char(value)
    }

    fn serialize_str(self, value: &str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_str(value)
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.doubt.raise_if(self.place == Place::Name);
        self.inner.serialize_none()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.doubt.raise_if(self.place == Place::Name);
        self.inner.serialize_some(&Watched { value, doubt: self.doubt, place: self.place })
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_struct(name)
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(name, &Watched { value, doubt: self.doubt, place: self.place })
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_variant(name, index, variant, &Watched::value(value, self.doubt))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        Ok(Parts { inner: self.inner.serialize_seq(len)?, doubt: self.doubt })
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        Ok(Parts { inner: self.inner.serialize_tuple(len)?, doubt: self.doubt })
    }

    fn serialize_tuple_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        Ok(Parts { inner: self.inner.serialize_tuple_struct(name, len)?, doubt: self.doubt })
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        Ok(Parts { inner: self.inner.serialize_tuple_variant(name, index, variant, len)?, doubt: self.doubt })
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        // A struct with flattened members does not know their number or names.
        self.doubt.raise_if(len.is_none());
        Ok(Parts { inner: self.inner.serialize_map(len)?, doubt: self.doubt })
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeStruct, S::Error> {
        // A value that `serde_json` reserves: raw JSON that was not checked.
        self.doubt.raise_if(name.starts_with('$'));
        Ok(Fields::new(self.inner.serialize_struct(name, len)?, self.doubt))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        Ok(Fields::new(self.inner.serialize_struct_variant(name, index, variant, len)?, self.doubt))
    }

    fn collect_str<T: ?Sized + Display>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// The elements of a list, or the members of a map.
struct Parts<'d, S> {
    inner: S,
    doubt: &'d Doubt,
}

macro_rules! elements {
    ($($trait:ident::$method:ident),*) => {
        $(impl<S: $trait> $trait for Parts<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), S::Error> {
                self.inner.$method(&Watched::value(value, self.doubt))
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        })*
    };
}

elements! {
    SerializeSeq::serialize_element, SerializeTuple::serialize_element, SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field
}

impl<S: SerializeMap> SerializeMap for Parts<'_, S> {
    type Ok = S::Ok;
    type Error = S::Error;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), S::Error> {
        self.inner.serialize_key(&Watched::name(key, self.doubt))
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), S::Error> {
        self.inner.serialize_value(&Watched::value(value, self.doubt))
    }

    fn end(self) -> Result<S::Ok, S::Error> {
        self.inner.end()
    }
}

/// The fields of a struct.
struct Fields<'d, S> {
    inner: S,
    doubt: &'d Doubt,
    /// The first names. The tag of an enum comes first, and a struct in the enum may have a field with the same name.
    first: [&'static str; 4],
    count: usize,
}

impl<'d, S> Fields<'d, S> {
    fn new(inner: S, doubt: &'d Doubt) -> Self {
        Fields { inner, doubt, first: [""; 4], count: 0 }
    }

    fn note(&mut self, name: &'static str) {
        let known = self.first.len().min(self.count);
        self.doubt.raise_if(self.first[..known].contains(&name));
        if let Some(place) = self.first.get_mut(self.count) {
            *place = name;
        }
        self.count += 1;
    }
}

macro_rules! fields {
    ($($trait:ident),*) => {
        $(impl<S: $trait> $trait for Fields<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), S::Error> {
                self.note(name);
                self.inner.serialize_field(name, &Watched::value(value, self.doubt))
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), S::Error> {
                // Reading fails if the field has no `default`.
                self.doubt.raise();
                self.inner.skip_field(name)
            }

            fn end(self) -> Result<S::Ok, S::Error> {
                self.inner.end()
            }
        })*
    };
}

fields! { SerializeStruct, SerializeStructVariant }
