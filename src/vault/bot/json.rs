use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Value};
use zeroize::{Zeroize, Zeroizing};

use crate::element::{Part, PartKind, Parts, UnixTime};

/// What is wrong with the structure of a JSON text, and where (`passport_data.data[0].hash`); never its contents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Not JSON at all.
    #[error("{what} is not JSON (line {line}, column {column})")]
    Syntax {
        /// Which text.
        what: &'static str,
        /// Line of the first fault, counted from 1.
        line: usize,
        /// Column of the first fault, counted from 1.
        column: usize,
    },
    /// Two members of one object have the same name, and readers disagree which one counts.
    #[error("{what} has an object with two members of the same name (line {line}, column {column})")]
    Repeated {
        /// Which text.
        what: &'static str,
        /// Line of the second, counted from 1.
        line: usize,
        /// Its column, counted from 1.
        column: usize,
    },
    /// A required member is missing.
    #[error("{at} is missing")]
    Missing {
        /// The member.
        at: String,
    },
    /// A member has another JSON type.
    #[error("{at} is not {expected}")]
    Type {
        /// The member.
        at: String,
        /// `a string`, `an object`, ….
        expected: &'static str,
    },
    /// A string is not base64 of the standard alphabet with padding.
    #[error("{at} is not standard base64")]
    Base64 {
        /// The member.
        at: String,
    },
}

/// A parsed JSON text whose strings are wiped on drop.
pub(super) struct Json {
    value: Value,
    what: &'static str,
}

impl Json {
    pub(super) fn parse(text: &str, what: &'static str) -> Result<Self, JsonError> {
        match serde_json::from_str(text) {
            Ok(Unambiguous(value)) => Ok(Self { value, what }),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                // Any JSON fits, so the one objection to its meaning is that of `Unambiguous`.
                Err(match error.classify() {
                    Category::Data => JsonError::Repeated { what, line, column },
                    _ => JsonError::Syntax { what, line, column },
                })
            }
        }
    }

    pub(super) fn root(&self) -> Node<'_> {
        Node { value: &self.value, at: self.what.to_owned() }
    }
}

impl Drop for Json {
    fn drop(&mut self) {
        wipe(&mut self.value);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Any JSON in which no object has two members of one name.
struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Self)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Unambiguous(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Unambiguous(value))) = members.next_entry::<String, _>()? {
            if object.insert(name, value).is_some() {
                return Err(de::Error::custom("a name twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

/// One place in a JSON text, and its path.
#[derive(Clone)]
pub(super) struct Node<'a> {
    value: &'a Value,
    pub(super) at: String,
}

impl<'a> Node<'a> {
    /// Gives this place the name that readers know it by.
    pub(super) fn named(self, at: &str) -> Self {
        Self { at: at.to_owned(), ..self }
    }

    /// The member of this name, unless it is missing or null.
    pub(super) fn optional(&self, name: &str) -> Option<Node<'a>> {
        match self.value.get(name) {
            None | Some(Value::Null) => None,
            Some(value) => Some(Node { value, at: format!("{}.{name}", self.at) }),
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<Node<'a>, JsonError> {
        self.optional(name).ok_or_else(|| JsonError::Missing { at: format!("{}.{name}", self.at) })
    }

    pub(super) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    pub(super) fn members(&self) -> Result<impl Iterator<Item = (&'a str, Node<'a>)> + use<'a>, JsonError> {
        let members = self.value.as_object().ok_or_else(|| self.is_not("an object"))?;
        let at = self.at.clone();
        Ok(members
            .iter()
            .map(move |(name, value)| (name.as_str(), Node { value, at: format!("{at}.{name}") })))
    }

    pub(super) fn object(self) -> Result<Self, JsonError> {
        if self.value.is_object() { Ok(self) } else { Err(self.is_not("an object")) }
    }

    pub(super) fn items(&self) -> Result<impl Iterator<Item = Node<'a>> + use<'a>, JsonError> {
        let items = self.value.as_array().ok_or_else(|| self.is_not("an array"))?;
        let at = self.at.clone();
        Ok(items.iter().enumerate().map(move |(index, value)| Node { value, at: format!("{at}[{index}]") }))
    }

    /// The files that stand here under the names of their parts, each read by `read`.
    pub(super) fn parts<T, E: From<JsonError>>(
        &self,
        mut read: impl FnMut(Part, Node<'a>) -> Result<T, E>,
    ) -> Result<Parts<T>, E> {
        let mut parts = Parts::default();
        for kind in PartKind::BY_NAME {
            let Some(node) = self.optional(kind.name()) else { continue };
            let files: Vec<_> = if kind.is_list() { node.items()?.collect() } else { vec![node] };
            for (part, file) in (0..).map_while(|index| kind.at(index)).zip(files) {
                parts.insert(part, read(part, file)?);
            }
        }
        Ok(parts)
    }

    pub(super) fn text(&self) -> Result<&'a str, JsonError> {
        self.value.as_str().ok_or_else(|| self.is_not("a string"))
    }

    pub(super) fn size(&self) -> Result<u64, JsonError> {
        self.value.as_u64().ok_or_else(|| self.is_not("a whole number of bytes"))
    }

    pub(super) fn time(&self) -> Result<UnixTime, JsonError> {
        self.value.as_i64().map(UnixTime::from_seconds).ok_or_else(|| self.is_not("a Unix time"))
    }

    pub(super) fn base64(&self) -> Result<Zeroizing<Vec<u8>>, JsonError> {
        STANDARD
            .decode(self.text()?)
            .map(Zeroizing::new)
            .map_err(|_| JsonError::Base64 { at: self.at.clone() })
    }

    fn is_not(&self, expected: &'static str) -> JsonError {
        JsonError::Type { at: self.at.clone(), expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_json_is_read_as_it_is() {
        for text in
            [r#"{"a":[1,-2,0.5,1e300,18446744073709551615,"\u00e9",true,null,{}],"b":{"a":[]}}"#, "[]", "3"]
        {
            let expected: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(Json::parse(text, "it").expect("JSON").value, expected);
        }
    }

    #[test]
    fn a_name_twice_is_ambiguous() {
        let twice = |text| match Json::parse(text, "it") {
            Err(JsonError::Repeated { what: "it", .. }) => true,
            Err(JsonError::Syntax { .. }) | Ok(_) => false,
            Err(other) => panic!("{other}"),
        };
        assert!(twice(r#"{"nonce":"a","nonce":"b"}"#));
        assert!(twice(r#"[{"a":{"b":1,"c":2,"\u0062":1}}]"#), "escaped, it is the same name");
        assert!(!twice(r#"{"a":{"b":1},"b":{"b":1}}"#));
        assert!(!twice(r#"{"a":1,"a":"#), "no JSON at all");
    }
}
