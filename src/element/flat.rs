//! An element as one flat map, `{"type":"passport","document_no":…,"front_side":…}`: the form of `person.toml`
//! and of the command line's `--json`. What Telegram stores is another one, [`Element::write_data`].

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{Element, ElementType, Field, PartKind, UnknownFields};

/// The key of the kind, whose value is [`ElementType::name`].
const TYPE: &str = "type";
/// The key of the unknown fields: a list of pairs, name and value as JSON text, so that TOML can carry them too.
const UNKNOWN: &str = "unknown";
/// The key of what was not understood: pairs as well, the name of the field and the JSON text that stands there.
const RAW: &str = "raw";

/// One flat map: `type`, the fields and parts that are there under their Telegram names, `unknown` and `raw`.
impl<F: Serialize> Serialize for Element<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(TYPE, self.kind().name())?;
        for field in Field::of(self.kind()) {
            if let Some(text) = self.text(*field).filter(|text| !text.is_empty()) {
                map.serialize_entry(field.name(), text.as_str())?;
            }
        }
        if let Some(unknown) = self.unknown_fields().filter(|unknown| !unknown.is_empty()) {
            map.serialize_entry(UNKNOWN, &unknown.iter().collect::<Vec<_>>())?;
        }
        if let Some(raw) = self.raw_fields().filter(|raw| !raw.is_empty()) {
            let raw: Vec<(&str, &str)> = raw.iter().map(|(field, json)| (field.name(), json)).collect();
            map.serialize_entry(RAW, &raw)?;
        }
        if let Some(parts) = self.parts() {
            parts.serialize_members(PartKind::FILES, &mut map)?;
        }
        map.end()
    }
}

/// Strict: a key that does not belong to the kind is an error, as is a value of the wrong type; an error names the key,
/// never the value. Empty and missing fields are equal; [`Element::validate`] says what has to be there.
impl<'de, F: Deserialize<'de>> Deserialize<'de> for Element<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ElementVisitor(PhantomData))
    }
}

struct ElementVisitor<F>(PhantomData<F>);

impl<'de, F: Deserialize<'de>> Visitor<'de> for ElementVisitor<F> {
    type Value = Element<F>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an element: a map with a `type`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element<F>, A::Error> {
        // The type may stand anywhere in the map, so everything is gathered before it is put in place.
        let mut kind: Option<ElementType> = None;
        let mut texts: Vec<(Field, Text)> = Vec::new();
        let mut unknown: Vec<(Text, Text)> = Vec::new();
        let mut raw: Vec<(Text, Text)> = Vec::new();
        let mut files: Vec<(PartKind, F)> = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format_args!("`{key}` stands there twice")));
            }
            match key.as_str() {
                TYPE => kind = Some(map.next_value::<KindName>()?.0),
                UNKNOWN => unknown = map.next_value()?,
                RAW => raw = map.next_value()?,
                name => match (Field::from_name(name), PartKind::of_files(name)) {
                    (Some(field), _) => texts.push((field, map.next_value()?)),
                    (None, Some(part)) if part.is_list() => {
                        let pages: Vec<F> = map.next_value()?;
                        files.extend(pages.into_iter().map(|file| (part, file)));
                    }
                    (None, Some(part)) => files.push((part, map.next_value()?)),
                    (None, None) => {
                        return Err(A::Error::custom(format_args!("`{name}` is no field of an element")));
                    }
                },
            }
            seen.push(key);
        }

        let kind = kind.ok_or_else(|| A::Error::missing_field(TYPE))?;
        let mut element = Element::empty(kind);
        for (field, text) in texts {
            element
                .set_text(field, &text.0)
                .map_err(|error| A::Error::custom(format_args!("`{field}` of {kind}: {error}")))?;
        }
        if !unknown.is_empty() {
            let valid = |name: &str, json: &str| {
                Field::from_name(name).is_none_or(|field| !Field::of(kind).contains(&field)) && is_json(json)
            };
            let all_valid = unknown.iter().all(|(name, json)| valid(&name.0, &json.0));
            match element.unknown_fields_mut() {
                Some(kept) if all_valid => {
                    *kept = UnknownFields::of(
                        unknown.iter().map(|(name, json)| (name.0.as_str(), json.0.as_str())),
                    );
                }
                _ => {
                    return Err(A::Error::custom(format_args!(
                        "`{UNKNOWN}` of {kind}: each is a name that is no known field, and JSON text"
                    )));
                }
            }
        }
        for (name, json) in &raw {
            let field = Field::from_name(&name.0).filter(|field| Field::of(kind).contains(field));
            match (element.raw_fields_mut(), field) {
                (Some(kept), Some(field)) if is_json(&json.0) => kept.keep(field, &json.0),
                _ => {
                    return Err(A::Error::custom(format_args!(
                        "`{RAW}` of {kind}: each is the name of a field, and JSON text"
                    )));
                }
            }
        }
        for (part, file) in files {
            element
                .attach(part, file)
                .map_err(|_| A::Error::custom(format_args!("`{part}` does not belong to {kind}")))?;
        }
        Ok(element)
    }
}

impl<F> Element<F> {
    /// The fields of its stored JSON that this version does not know; `None` if the kind has no JSON.
    #[must_use]
    pub fn unknown_fields(&self) -> Option<&UnknownFields> {
        match self {
            Self::PersonalDetails(details) => Some(&details.unknown),
            Self::Address(address) => Some(&address.unknown),
            _ => self.identity_document().map(|document| &document.unknown),
        }
    }

    /// Mutable access to the unknown fields.
    #[must_use]
    pub fn unknown_fields_mut(&mut self) -> Option<&mut UnknownFields> {
        match self {
            Self::PersonalDetails(details) => Some(&mut details.unknown),
            Self::Address(address) => Some(&mut address.unknown),
            _ => self.identity_document_mut().map(|document| &mut document.unknown),
        }
    }
}

/// Whether this is JSON and nothing around it.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get() == text)
}

struct KindName(ElementType);

impl<'de> Deserialize<'de> for KindName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Text::deserialize(deserializer)?;
        ElementType::from_name(&name.0).map(Self).ok_or_else(|| {
            D::Error::custom("`type` is none of the 13 kinds, such as passport or personal_details")
        })
    }
}

/// A text, wiped on drop, whose errors do not quote what stood in its place (serde's own would).
struct Text(Zeroizing<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // "Any", since serde_json answers a number where a string was announced with an error that quotes it.
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl TextVisitor {
    fn refuse<E: Error>() -> Result<Text, E> {
        Err(E::custom("a text in quotation marks is needed here"))
    }
}

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotation marks")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
        Ok(Text(Zeroizing::new(text)))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Text, E> {
        Self::refuse()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Text, E> {
        Self::refuse()
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Text, E> {
        Self::refuse()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Text, E> {
        Self::refuse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> String {
        serde_json::from_str::<Element<String>>(json).unwrap_err().to_string()
    }

    #[test]
    fn an_element_is_one_flat_map() {
        let json = r#"{"type":"driver_license","document_no":"A1","expiry_date":"29.02.2028","unknown":[["a","[1 ]"],["a","2"]],"raw":[["expiry_date","\"2030-12-31\""]],"front_side":"f.jpg","reverse_side":"r.jpg","translation":["t0.jpg","t1.jpg"]}"#;
        let element: Element<String> = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&element).unwrap(), json);
        assert_eq!(element.files().count(), 4);
        let plain = r#"{"type":"phone_number","phone_number":"4930123456"}"#;
        let element: Element<String> = serde_json::from_str(plain).unwrap();
        assert_eq!(serde_json::to_string(&element).unwrap(), plain);
    }

    #[test]
    fn the_type_may_come_last() {
        let element: Element<String> =
            serde_json::from_str(r#"{"files":["a","b"],"type":"utility_bill"}"#).unwrap();
        assert_eq!(element.kind(), ElementType::UtilityBill);
        assert_eq!(element.files().count(), 2);
    }

    #[test]
    fn what_does_not_belong_is_refused_by_name() {
        for (json, reason) in [
            (r#"{"document_no":"A1"}"#, "missing field `type`"),
            (r#"{"type":"visa"}"#, "`type` is none of the 13 kinds"),
            (r#"{"type":"address","shoe_size":"46"}"#, "`shoe_size` is no field of an element"),
            (
                r#"{"type":"address","first_name":"A"}"#,
                "`first_name` of address: there is no such field here",
            ),
            (r#"{"type":"address","selfie":"s.jpg"}"#, "`selfie` does not belong to address"),
            (r#"{"type":"passport","files":["s.jpg"]}"#, "`files` does not belong to passport"),
            (
                r#"{"type":"passport","expiry_date":"30.02.2024"}"#,
                "`expiry_date` of passport: there is no such day",
            ),
            (r#"{"type":"email","email":"a@b.c","email":"d@e.f"}"#, "`email` stands there twice"),
            (r#"{"type":"address","unknown":[["city","1"]]}"#, "`unknown` of address"),
            (r#"{"type":"address","unknown":[["x","{"]]}"#, "`unknown` of address"),
            (r#"{"type":"address","unknown":[["x"," 1"]]}"#, "`unknown` of address"),
            (r#"{"type":"address","raw":[["x","1"]]}"#, "`raw` of address"),
            (r#"{"type":"passport","raw":[["city","1"]]}"#, "`raw` of passport"),
            (r#"{"type":"passport","raw":[["expiry_date","2030-12-31"]]}"#, "`raw` of passport"),
            (r#"{"type":"email","raw":[["email","1"]]}"#, "`raw` of email"),
            (r#"{"type":"email","unknown":[["x","1"]]}"#, "`unknown` of email"),
            (r#"["type"]"#, "an element: a map with a `type`"),
        ] {
            let refusal = refusal(json);
            assert!(refusal.contains(reason), "{json}: {refusal}");
        }
    }

    #[test]
    fn a_refusal_never_quotes_a_value() {
        for value in ["424242", "-424242", "4242.42", "true", "[424242]", "\"424242\""] {
            for field in ["birth_date", "gender", "first_name", "type"] {
                let json = format!(r#"{{"type":"personal_details","{field}":{value}}}"#);
                if let Err(error) = serde_json::from_str::<Element<String>>(&json) {
                    assert!(!error.to_string().contains("4242"), "{error}");
                } else {
                    assert_eq!((field, value), ("first_name", "\"424242\""));
                }
            }
        }
    }
}
