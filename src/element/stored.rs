//! The JSON inside `data`: written as TDLib writes it, read as leniently as the most lenient official client.
//!
//! All buffers are wiped, but for the one in which `serde_json` resolves the escapes of a text.

use std::{collections::HashSet, fmt, io};

use serde::{
    Deserializer, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::text::Slot;
use super::{
    Country, Date, Element, ElementType, Field, Flaw, FlawKind, Gender, InvalidElement, Place, RawFields,
    UnknownFields,
};

/// The most bytes that are read: far more than any client writes, and few enough to be held twice.
pub const MAX_DATA_BYTES: usize = 1 << 20;

/// Why stored data was not read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Elements of this kind have no data.
    #[error("the {} has no data", .kind.noun())]
    NoData {
        /// The kind that was named.
        kind: ElementType,
    },
    /// Longer than [`MAX_DATA_BYTES`].
    #[error("the data has {bytes} bytes, at most {MAX_DATA_BYTES} are read")]
    TooLarge {
        /// How long it is.
        bytes: usize,
    },
    /// Not UTF-8.
    #[error("the data is not UTF-8")]
    NotUtf8,
    /// Not JSON.
    #[error("the data is not JSON")]
    NotJson,
    /// JSON, but not an object.
    #[error("the data is JSON, but not an object")]
    NotAnObject,
}

impl<F> Element<F> {
    /// The stored JSON of its `data`; `None` for kinds that have none.
    ///
    /// Compact, all keys even when empty, in TDLib's order, everything beyond ASCII as `\uXXXX`; then the unknown
    /// fields, their values verbatim. The parts are not looked at.
    ///
    /// # Errors
    /// [`InvalidElement`] with every problem of the fields, as [`validate`](Self::validate) finds them: nothing
    /// is written that an official client would not take, and nothing that was not understood is dropped.
    pub fn write_data(&self) -> Result<Option<Zeroizing<Vec<u8>>>, InvalidElement> {
        let Some(unknown) = self.unknown_fields() else { return Ok(None) };
        let mut problems = self.field_problems(Date::today());
        problems.retain(|problem| !problem.is_of_entry());
        if !problems.is_empty() {
            return Err(InvalidElement { problems });
        }
        let fields: Vec<(Field, Zeroizing<String>)> =
            Field::of(self.kind()).iter().filter_map(|&field| Some((field, self.text(field)?))).collect();

        // Room for the longest escapes, so that growing leaves no copy behind.
        let room = |name: &str, value: &str| 6 * (name.len() + value.len() + 1);
        let capacity = fields.iter().map(|(field, text)| room(field.name(), text)).sum::<usize>()
            + unknown.iter().map(|(name, json)| room(name, json)).sum::<usize>();
        let mut data = Zeroizing::new(Vec::with_capacity(capacity + 2));
        let mut serializer = serde_json::Serializer::with_formatter(&mut *data, AsciiFormatter);
        let written = (|| {
            let mut map = serializer.serialize_map(None)?;
            for (field, text) in &fields {
                map.serialize_entry(field.name(), text.as_str())?;
            }
            for (name, json) in unknown.iter() {
                map.serialize_entry(name, serde_json::from_str::<&RawValue>(json)?)?;
            }
            map.end()
        })();
        written.expect("a vector takes every byte, and unknown fields were JSON when they came in");
        Ok(Some(data))
    }

    /// Reads the stored JSON of an element's `data`. The element has no files yet: see [`attach`](Self::attach).
    ///
    /// Missing keys are empty fields. What is odd but can be understood is taken and reported. What cannot be is
    /// reported too and kept beside the empty field ([`raw_fields`](Self::raw_fields)), as is the earlier one of two
    /// different values. Whether the outcome is complete, [`validate`](Self::validate) says.
    ///
    /// # Errors
    /// [`ReadError`] if it is not a JSON object of at most [`MAX_DATA_BYTES`], or the kind has no data.
    pub fn read_data(kind: ElementType, data: &[u8]) -> Result<(Self, Vec<Flaw>), ReadError> {
        let mut element = Self::empty(kind);
        if element.unknown_fields().is_none() {
            return Err(ReadError::NoData { kind });
        }
        if data.len() > MAX_DATA_BYTES {
            return Err(ReadError::TooLarge { bytes: data.len() });
        }
        let text = std::str::from_utf8(data).map_err(|_| ReadError::NotUtf8)?;

        let mut flaws = Vec::new();
        // The last value of each field, and whether it was understood.
        let mut seen: Vec<(Field, &str, bool)> = Vec::new();
        let mut raw = RawFields::default();
        let mut unknown: Vec<(&str, &str)> = Vec::new();
        let members = members(text)?;
        for (name, json) in &members {
            let Some(field) = Field::from_name(name).filter(|field| Field::of(kind).contains(field)) else {
                unknown.push((name, json.get()));
                continue;
            };
            let slot = element.slot(field).expect("it is one of the kind's fields");
            let flaw = take(field, slot, json.get());
            let understood = flaw.as_ref().is_none_or(|flaw| flaw.kind.is_understood());
            let earlier = seen.iter().position(|(earlier, ..)| *earlier == field);
            if let Some((_, earlier, earlier_understood)) = earlier.map(|at| seen.swap_remove(at)) {
                // What was not understood is kept already.
                if earlier_understood && earlier != json.get() {
                    raw.keep(field, earlier);
                }
            }
            if !understood {
                raw.keep(field, json.get());
            }
            flaws.extend(flaw);
            if earlier.is_some() {
                flaws.push(Flaw::repeated(Place::Field(field), json.get()));
            }
            seen.push((field, json.get(), understood));
        }
        let mut names = HashSet::new();
        let repeated = unknown.iter().filter(|(name, _)| !names.insert(*name));
        flaws.extend(repeated.map(|(_, json)| Flaw::repeated(Place::Unknown, json)));
        *element.unknown_fields_mut().expect("the kind has data") = UnknownFields::of(unknown);
        *element.raw_fields_mut().expect("the kind has data") = raw;
        Ok((element, flaws))
    }
}

/// Puts one stored value where it belongs, and says what was odd about it.
fn take(field: Field, slot: Slot<'_>, json: &str) -> Option<Flaw> {
    let (text, mut odd) = match json.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(json) {
            Ok(text) => (Zeroizing::new(text), None),
            Err(_) => (Zeroizing::default(), Some(FlawKind::BrokenText)),
        },
        Some(b'-' | b'0'..=b'9') => (Zeroizing::new(json.to_owned()), Some(FlawKind::Number)),
        Some(b'n') => (Zeroizing::default(), Some(FlawKind::Null)),
        _ => (Zeroizing::default(), Some(FlawKind::NotText)),
    };
    match slot {
        Slot::Text(slot) => drop(Zeroizing::new(std::mem::replace(slot, text.to_string()))),
        Slot::Date(slot) if text.is_empty() => *slot = None,
        Slot::Date(slot) => {
            let date = Date::parse_lenient(&text);
            *slot = date.ok();
            match date {
                Err(reason) => odd = Some(FlawKind::NotADate(reason)),
                Ok(_) if text.len() < 10 => odd = Some(FlawKind::UnpaddedDate),
                Ok(_) => {}
            }
        }
        Slot::Gender(slot) => {
            *slot = Gender::from_name(&text);
            if slot.is_none() && !text.is_empty() {
                odd = Some(FlawKind::NotAGender);
            }
        }
        Slot::Country(slot) => {
            *slot = Country::from_code(&text);
            if slot.is_none() && !text.is_empty() {
                *slot = Country::from_code(&text.to_ascii_uppercase());
                odd = Some(if slot.is_some() { FlawKind::SmallLetters } else { FlawKind::NotACountry });
            }
        }
    }
    let text = if text.is_empty() { Zeroizing::new(json.to_owned()) } else { text };
    odd.map(|kind| Flaw { place: Place::Field(field), kind, text })
}

/// The members of a JSON object in their order, repeated ones too, the values as they stand there.
fn members(json: &str) -> Result<Vec<(Zeroizing<String>, &RawValue)>, ReadError> {
    let unreadable = |error: serde_json::Error| match error.classify() {
        serde_json::error::Category::Data => ReadError::NotAnObject,
        _ => ReadError::NotJson,
    };
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let members = deserializer.deserialize_map(MembersVisitor).map_err(unreadable)?;
    deserializer.end().map_err(unreadable)?;
    Ok(members)
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<(Zeroizing<String>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            members.push((Zeroizing::new(name), value));
        }
        Ok(members)
    }
}

/// TDLib's way of writing texts: `\uXXXX` in small letters for everything beyond ASCII, in surrogate pairs beyond
/// the basic plane. What it escapes within ASCII is what `serde_json` does.
struct AsciiFormatter;

impl serde_json::ser::Formatter for AsciiFormatter {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for char in fragment.chars() {
            if char.is_ascii() {
                writer.write_all(&[char as u8])?;
                continue;
            }
            for unit in char.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::{DateError, Problem, Trouble};

    fn read(kind: ElementType, json: &str) -> (Element<()>, Vec<(String, FlawKind)>) {
        let (element, flaws) = Element::read_data(kind, json.as_bytes()).unwrap();
        let flaws = flaws.into_iter().map(|flaw| (flaw.place.to_string(), flaw.kind)).collect();
        (element, flaws)
    }

    /// Read without a flaw, and written as it was.
    fn golden(kind: ElementType, json: &str) {
        let (element, flaws) = read(kind, json);
        assert_eq!(flaws, []);
        let written = element.write_data().unwrap().unwrap();
        assert_eq!(std::str::from_utf8(&written).unwrap(), json);
    }

    #[test]
    fn written_as_tdlib_writes_it() {
        golden(
            ElementType::PersonalDetails,
            r#"{"first_name":"Anna","middle_name":"","last_name":"O'Neil/Ivanova","first_name_native":"\u0410\u043d\u043d\u0430","middle_name_native":"","last_name_native":"\ud83d\ude00\u00e9\"\\/<","birth_date":"29.02.2000","gender":"female","country_code":"XK","residence_country_code":"DE"}"#,
        );
        golden(
            ElementType::Address,
            r#"{"country_code":"DE","state":"","city":"K\u00f6ln","street_line1":"Domkloster 4","street_line2":"","post_code":"50667"}"#,
        );
        for kind in ElementType::ALL.into_iter().filter(|kind| kind.is_identity_document()) {
            golden(kind, r#"{"document_no":"C01X00T47","expiry_date":"31.12.2030"}"#);
            golden(kind, r#"{"document_no":"\u2116 1","expiry_date":""}"#);
        }
    }

    #[test]
    fn unknown_fields_follow_the_known_ones_verbatim() {
        let kind = ElementType::Passport;
        let (element, flaws) =
            read(kind, r#"{ "zü" : {"b":[1.50, null],"a":"ü\u00fc"} , "document_no":"1","city":7,"a":true}"#);
        assert_eq!(flaws, []);
        let unknown: Vec<_> = element.unknown_fields().unwrap().iter().collect();
        assert_eq!(unknown, [("zü", r#"{"b":[1.50, null],"a":"ü\u00fc"}"#), ("city", "7"), ("a", "true")]);
        let written = element.write_data().unwrap().unwrap();
        assert_eq!(
            std::str::from_utf8(&written).unwrap(),
            r#"{"document_no":"1","expiry_date":"","z\u00fc":{"b":[1.50, null],"a":"ü\u00fc"},"city":7,"a":true}"#
        );
    }

    #[test]
    fn what_can_be_understood_is_taken_and_reported() {
        let json = r#"{"last_name":"Иванова","first_name":42,"middle_name":null,"birth_date":"1.2.1990","gender":"female","country_code":"de","residence_country_code":"XK"}"#;
        let (element, flaws) = read(ElementType::PersonalDetails, json);
        assert_eq!(
            flaws,
            [
                ("first_name".to_owned(), FlawKind::Number),
                ("middle_name".to_owned(), FlawKind::Null),
                ("birth_date".to_owned(), FlawKind::UnpaddedDate),
                ("country_code".to_owned(), FlawKind::SmallLetters),
            ]
        );
        let text = |field| element.text(field).unwrap().to_string();
        assert_eq!(text(Field::FirstName), "42");
        assert_eq!(text(Field::LastName), "Иванова");
        assert_eq!(text(Field::BirthDate), "01.02.1990");
        assert_eq!(text(Field::CountryCode), "DE");
        assert_eq!(text(Field::ResidenceCountryCode), "XK");
    }

    #[test]
    fn one_missing_zero_makes_a_date_unpadded() {
        for (date, odd) in [("01.02.1990", false), ("1.02.1990", true), ("01.2.1990", true)] {
            let (element, flaws) = read(ElementType::Passport, &format!(r#"{{"expiry_date":"{date}"}}"#));
            assert_eq!(element.text(Field::ExpiryDate).unwrap().as_str(), "01.02.1990");
            assert_eq!(!flaws.is_empty(), odd, "{date}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_empty_and_reported_with_its_text() {
        let json = r#"{"first_name":["x"],"last_name":"\ud800","middle_name":true,"birth_date":"30.02.1990","gender":"Female","country_code":"AN","residence_country_code":{}}"#;
        let (element, flaws) =
            Element::<()>::read_data(ElementType::PersonalDetails, json.as_bytes()).unwrap();
        for field in Field::of(ElementType::PersonalDetails) {
            assert_eq!(element.text(*field).unwrap().as_str(), "", "{field}");
        }
        let found: Vec<_> = flaws.iter().map(|flaw| (flaw.kind, flaw.text())).collect();
        assert_eq!(
            found,
            [
                (FlawKind::NotText, r#"["x"]"#),
                (FlawKind::BrokenText, r#""\ud800""#),
                (FlawKind::NotText, "true"),
                (FlawKind::NotADate(DateError::NoSuchDay), "30.02.1990"),
                (FlawKind::NotAGender, "Female"),
                (FlawKind::NotACountry, "AN"),
                (FlawKind::NotText, "{}"),
            ]
        );
        let raw: Vec<_> =
            element.raw_fields().unwrap().iter().map(|(field, json)| (field.name(), json)).collect();
        assert_eq!(
            raw,
            [
                ("first_name", r#"["x"]"#),
                ("last_name", r#""\ud800""#),
                ("middle_name", "true"),
                ("birth_date", r#""30.02.1990""#),
                ("gender", r#""Female""#),
                ("country_code", r#""AN""#),
                ("residence_country_code", "{}"),
            ]
        );
    }

    #[test]
    fn what_was_not_understood_is_not_written_over_until_it_is_set_anew() {
        let (mut element, _) =
            read(ElementType::Passport, r#"{"document_no":"C1","expiry_date":"2030-12-31","note":"mine"}"#);
        let problem = Problem {
            kind: ElementType::Passport,
            place: Place::Field(Field::ExpiryDate),
            trouble: Trouble::NotUnderstood,
        };
        assert_eq!(element.write_data(), Err(InvalidElement { problems: vec![problem] }));
        // Another field does not settle it, nor does a value that is none.
        element.set_text(Field::DocumentNo, "C2").unwrap();
        assert!(element.set_text(Field::ExpiryDate, "2030-12-31").is_err());
        assert!(element.write_data().is_err());
        element.set_text(Field::ExpiryDate, "31.12.2030").unwrap();
        let written = element.write_data().unwrap().unwrap();
        assert_eq!(
            std::str::from_utf8(&written).unwrap(),
            r#"{"document_no":"C2","expiry_date":"31.12.2030","note":"mine"}"#
        );
    }

    #[test]
    fn what_was_not_understood_and_is_needed_is_not_also_missing() {
        let (element, _) = read(ElementType::PersonalDetails, r#"{"birth_date":"1990-02-01"}"#);
        let problems = element.validate();
        let of_birth: Vec<_> =
            problems.iter().filter(|problem| problem.place == Place::Field(Field::BirthDate)).collect();
        assert_eq!(of_birth.len(), 1);
        assert_eq!(of_birth[0].trouble, Trouble::NotUnderstood);
    }

    #[test]
    fn of_repeated_keys_the_last_counts() {
        let (element, flaws) =
            read(ElementType::Passport, r#"{"document_no":"1","x":1,"y":2,"document_no":"2","x":3}"#);
        assert_eq!(element.text(Field::DocumentNo).unwrap().as_str(), "2");
        // Nothing is lost of it: what is not known goes back as it came, and two different numbers are no number.
        let unknown: Vec<_> = element.unknown_fields().unwrap().iter().collect();
        assert_eq!(unknown, [("x", "1"), ("y", "2"), ("x", "3")]);
        let raw: Vec<_> = element.raw_fields().unwrap().iter().collect();
        assert_eq!(raw, [(Field::DocumentNo, "\"1\"")]);
        assert!(element.write_data().is_err());
        let (element, _) = read(ElementType::Passport, r#"{"document_no":"1","document_no":"1"}"#);
        assert!(element.raw_fields().unwrap().is_empty());
        let expected = [("document_no", FlawKind::Repeated), ("an unknown field", FlawKind::Repeated)];
        assert_eq!(flaws, expected.map(|(place, kind)| (place.to_owned(), kind)));
    }

    #[test]
    fn only_a_json_object_of_a_kind_with_data_is_read() {
        for (json, expected) in [
            ("", ReadError::NotJson),
            ("{", ReadError::NotJson),
            ("{}}", ReadError::NotJson),
            ("{'a':1}", ReadError::NotJson),
            (r#"{"first_name":nul}"#, ReadError::NotJson),
            ("[]", ReadError::NotAnObject),
            ("null", ReadError::NotAnObject),
            ("\"{}\"", ReadError::NotAnObject),
        ] {
            let read = Element::<()>::read_data(ElementType::Address, json.as_bytes());
            assert_eq!(read, Err(expected), "{json}");
        }
        let read = |kind, data: &[u8]| Element::<()>::read_data(kind, data).map(|_| ());
        assert_eq!(read(ElementType::Address, b"{\"city\":\"\xff\"}"), Err(ReadError::NotUtf8));
        let kind = ElementType::UtilityBill;
        assert_eq!(read(kind, b"{}"), Err(ReadError::NoData { kind }));
        let padded = |bytes| "{}".to_owned() + &" ".repeat(bytes - 2);
        assert_eq!(read(ElementType::Address, padded(MAX_DATA_BYTES).as_bytes()), Ok(()));
        let bytes = MAX_DATA_BYTES + 1;
        assert_eq!(read(ElementType::Address, padded(bytes).as_bytes()), Err(ReadError::TooLarge { bytes }));
    }

    #[test]
    fn deeply_nested_values_are_kept_or_refused_but_never_overflow_the_stack() {
        let json = format!(r#"{{"x":{}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
        let (element, flaws) = read(ElementType::Address, &json);
        assert_eq!(flaws, []);
        assert_eq!(element.unknown_fields().unwrap().len(), 1);
    }

    #[test]
    fn what_is_read_is_either_refused_or_readable_when_written() {
        let address = r#""country_code":"DE","city":"Aa","street_line1":"1","post_code":"12""#;
        for (bytes, refused) in [(MAX_DATA_BYTES / 8, false), (MAX_DATA_BYTES / 2, true)] {
            // Two bytes each, which become six when they are written as the name of a field.
            let name = "ü".repeat(bytes / 2 - 1);
            let (element, flaws) = read(ElementType::Address, &format!(r#"{{{address},"{name}":1}}"#));
            assert_eq!(flaws, []);
            match element.write_data() {
                Ok(data) => {
                    assert!(!refused);
                    assert_eq!(
                        Element::read_data(ElementType::Address, &data.unwrap()),
                        Ok((element, vec![]))
                    );
                }
                Err(invalid) => {
                    assert!(refused);
                    assert_eq!(invalid.problems.len(), 1);
                    assert_eq!(invalid.problems[0].place, Place::Unknown);
                }
            }
        }
    }

    #[test]
    fn a_hundred_thousand_fields_are_no_burden() {
        let members: Vec<String> = (0..100_000).map(|number| format!("\"{number}\":0")).collect();
        let (element, flaws) = read(ElementType::Address, &format!("{{{}}}", members.join(",")));
        assert_eq!(flaws, []);
        assert_eq!(element.unknown_fields().unwrap().len(), 100_000);
    }

    #[test]
    fn an_invalid_element_is_not_written() {
        let refused = Element::<()>::empty(ElementType::Address).write_data().unwrap_err();
        let places: Vec<_> = refused.problems.iter().map(|problem| problem.place.to_string()).collect();
        assert_eq!(places, ["country_code", "city", "street_line1", "post_code"]);
        assert_eq!(Element::<()>::empty(ElementType::Email).write_data(), Ok(None));
    }
}
