use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// JSON as it was written: an object keeps every member, also one whose key stands there twice.
///
/// A reader that silently keeps the last (or the first) of two equal keys could show a person another scope than
/// the one the server goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    /// `true`, `false`.
    Bool(bool),
    /// A whole number from 0.
    Whole(u64),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, in its own order.
    Object(Vec<(String, Json)>),
    /// `null` and every other number: nothing a scope uses.
    Other,
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyJson;

        impl<'de> Visitor<'de> for AnyJson {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Whole(value))
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Json, E> {
                Ok(Json::Other)
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
                Ok(Json::Text(value.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
                let mut object = Vec::new();
                while let Some(member) = members.next_entry()? {
                    object.push(member);
                }
                Ok(Json::Object(object))
            }
        }

        deserializer.deserialize_any(AnyJson)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_are_both_kept() {
        let json: Json = serde_json::from_str(r#"{"v":1,"v":true,"d":[null,-1,1.0,"x"]}"#).unwrap();
        let list = Json::List(vec![Json::Other, Json::Other, Json::Other, Json::Text("x".into())]);
        assert_eq!(
            json,
            Json::Object(vec![
                ("v".into(), Json::Whole(1)),
                ("v".into(), Json::Bool(true)),
                ("d".into(), list)
            ])
        );
    }
}
