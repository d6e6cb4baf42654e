//! The texts and strings of bytes in a record, gathered from the value that the record is encoded from.

use std::fmt;

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// A text or a string of bytes that the servers hold.
#[derive(Clone, PartialEq, Eq)]
pub struct Holding {
    /// The record's name without its keys, and the field: `state/account/file: bytes`. A key itself is the record's `key`.
    pub what: String,
    /// The bytes; a text in UTF-8.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holding")
            .field("what", &self.what)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Digits of a phone number, which may be a key, by E.164.
const LONGEST_PHONE_NUMBER: usize = 15;

/// Gathers every text and every string of bytes in a record, those in its name's keys among them. Numbers are left
/// out, as keys too where they are drawn: among the digits of those any date comes up by chance.
pub(crate) fn gather(name: &str, value: &impl Serialize, holdings: &mut Vec<Holding>) {
    let is_key = |segment: &&str| segment.bytes().any(|byte| byte.is_ascii_digit());
    let table = name.split('/').filter(|segment| !is_key(segment)).collect::<Vec<_>>().join("/");
    let is_drawn = |key: &&str| key.len() > LONGEST_PHONE_NUMBER && key.parse::<i64>().is_ok();
    for key in name.split('/').filter(is_key).filter(|key| !is_drawn(key)) {
        holdings.push(Holding { what: format!("{table}: key"), bytes: key.as_bytes().to_vec() });
    }
    let mut gatherer = Gatherer { table: &table, field: "value", numbers: None, holdings };
    value.serialize(&mut gatherer).expect("nothing here fails, and what is kept serialises");
}

/// Walks through a value as the encoder of records does.
struct Gatherer<'a> {
    table: &'a str,
    /// The innermost field that the walk is in.
    field: &'static str,
    /// The bytes of the sequence that the walk is in: a `Vec<u8>` is a sequence of numbers to serde.
    numbers: Option<Vec<u8>>,
    holdings: &'a mut Vec<Holding>,
}

impl Gatherer<'_> {
    fn add(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.holdings
                .push(Holding { what: format!("{}: {}", self.table, self.field), bytes: bytes.to_vec() });
        }
    }
}

/// A sequence, a map or a structure on the way; at its end, what was before goes on.
struct Inner<'g, 'a> {
    gatherer: &'g mut Gatherer<'a>,
    field: &'static str,
    numbers: Option<Vec<u8>>,
}

impl<'g, 'a> Inner<'g, 'a> {
    fn begin(gatherer: &'g mut Gatherer<'a>, numbers: Option<Vec<u8>>) -> Self {
        let (field, numbers) = (gatherer.field, std::mem::replace(&mut gatherer.numbers, numbers));
        Self { gatherer, field, numbers }
    }

    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> fmt::Result {
        value.serialize(&mut *self.gatherer)
    }

    fn field(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> fmt::Result {
        self.gatherer.field = name;
        self.element(value)
    }

    fn finish(self) {
        let own = std::mem::replace(&mut self.gatherer.numbers, self.numbers);
        self.gatherer.add(&own.unwrap_or_default());
        self.gatherer.field = self.field;
    }
}

/// What has nothing to gather.
macro_rules! numbers {
    ($($method:ident: $number:ty),*) => {
        $(fn $method(self, _: $number) -> fmt::Result { Ok(()) })*
    };
}

impl<'g, 'a> Serializer for &'g mut Gatherer<'a> {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Inner<'g, 'a>;
    type SerializeTuple = Inner<'g, 'a>;
    type SerializeTupleStruct = Inner<'g, 'a>;
    type SerializeTupleVariant = Inner<'g, 'a>;
    type SerializeMap = Inner<'g, 'a>;
    type SerializeStruct = Inner<'g, 'a>;
    type SerializeStructVariant = Inner<'g, 'a>;

    numbers!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32, serialize_f64: f64
    );

    /// As records are encoded: an address is its bytes, not its text.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_u8(self, number: u8) -> fmt::Result {
        if let Some(numbers) = &mut self.numbers {
            numbers.push(number);
        }
        Ok(())
    }

    fn serialize_char(self, letter: char) -> fmt::Result {
        self.add(letter.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn serialize_str(self, text: &str) -> fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> fmt::Result {
        self.add(bytes);
        Ok(())
    }

    fn serialize_none(self) -> fmt::Result {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> fmt::Result {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> fmt::Result {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> fmt::Result {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> fmt::Result {
        let around = self.numbers.take();
        value.serialize(&mut *self)?;
        self.numbers = around;
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inner<'g, 'a>, fmt::Error> {
        Ok(Inner::begin(self, Some(Vec::new())))
    }

    fn serialize_tuple(self, _: usize) -> Result<Inner<'g, 'a>, fmt::Error> {
        Ok(Inner::begin(self, Some(Vec::new())))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inner<'g, 'a>, fmt::Error> {
        Ok(Inner::begin(self, None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Inner<'g, 'a>, fmt::Error> {
        Ok(Inner::begin(self, None))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inner<'g, 'a>, fmt::Error> {
        Ok(Inner::begin(self, None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inner<'g, 'a>, fmt::Error> {
        Ok(Inner::begin(self, None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Inner<'g, 'a>, fmt::Error> {
        Ok(Inner::begin(self, None))
    }
}

/// The four kinds of sequence differ in their traits' names only.
macro_rules! elements {
    ($($kind:ident: $method:ident),*) => {
        $(impl $kind for Inner<'_, '_> {
            type Ok = ();
            type Error = fmt::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> fmt::Result {
                self.element(value)
            }

            fn end(self) -> fmt::Result {
                self.finish();
                Ok(())
            }
        })*
    };
}

elements!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

/// So do the two kinds of structure.
macro_rules! fields {
    ($($kind:ident),*) => {
        $(impl $kind for Inner<'_, '_> {
            type Ok = ();
            type Error = fmt::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> fmt::Result {
                self.field(name, value)
            }

            fn end(self) -> fmt::Result {
                self.finish();
                Ok(())
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Inner<'_, '_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> fmt::Result {
        self.element(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> fmt::Result {
        self.element(value)
    }

    fn end(self) -> fmt::Result {
        self.finish();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    struct Outer {
        text: &'static str,
        number: u64,
        inner: Vec<Nested>,
        by_name: BTreeMap<String, [u8; 3]>,
        after: Option<Choice>,
        last: &'static str,
    }

    #[derive(Serialize)]
    enum Nested {
        Hashes { hashes: Vec<Vec<u8>> },
        Flag(u8),
    }

    #[derive(Serialize)]
    enum Choice {
        One(#[serde(with = "crate::store::bytes")] Vec<u8>),
        Other,
    }

    #[test]
    fn every_text_and_every_string_of_bytes_is_gathered() {
        let value = Outer {
            text: "Anna",
            number: 7,
            inner: vec![Nested::Hashes { hashes: vec![vec![1, 2], vec![3]] }, Nested::Flag(9)],
            by_name: BTreeMap::from([("name".to_owned(), [4, 5, 6])]),
            after: Some(Choice::One(vec![7])),
            last: "end",
        };
        let mut holdings = Vec::new();
        gather("state/account/5000000001/thing/x9/7238419870314552091", &value, &mut holdings);
        let found: Vec<_> = holdings.iter().map(|held| (held.what.as_str(), held.bytes.as_slice())).collect();
        assert_eq!(
            found,
            [
                ("state/account/thing: key", &b"5000000001"[..]),
                ("state/account/thing: key", b"x9"),
                ("state/account/thing: text", b"Anna"),
                ("state/account/thing: hashes", &[1, 2]),
                ("state/account/thing: hashes", &[3]),
                ("state/account/thing: by_name", b"name"),
                ("state/account/thing: by_name", &[4, 5, 6]),
                ("state/account/thing: after", &[7]),
                ("state/account/thing: last", b"end"),
            ]
        );
        let mut none = Vec::new();
        gather(
            "state",
            &Outer {
                text: "",
                inner: vec![],
                by_name: BTreeMap::new(),
                after: Some(Choice::Other),
                last: "",
                ..value
            },
            &mut none,
        );
        assert_eq!(none, []);
    }

    #[test]
    fn debug_shows_no_contents() {
        let holding = Holding { what: "state/account: phone".to_owned(), bytes: b"12025550123".to_vec() };
        assert_eq!(format!("{holding:?}"), r#"Holding { what: "state/account: phone", bytes: 11, .. }"#);
    }
}
