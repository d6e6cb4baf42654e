//! Elements through the public API: whatever is written is read back, whatever is read never panics, and
//! nothing of the contents shows.

use proptest::prelude::*;
use serde_json::{Value, json};
use telegram_passport::element::{
    Country, Date, Element, ElementType, Field, PartKind, Presence, UnknownFields,
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

fn kind() -> impl Strategy<Value = ElementType> {
    proptest::sample::select(&ElementType::ALL[..])
}

fn kind_with_data() -> impl Strategy<Value = ElementType> {
    kind().prop_filter("has data", |kind| kind.presence(PartKind::Data) == Presence::Must)
}

fn date() -> impl Strategy<Value = Date> {
    (1i16..=9999, 1i8..=12, 1i8..=31)
        .prop_filter_map("in the calendar", |(year, month, day)| Date::new(year, month, day).ok())
}

fn country() -> impl Strategy<Value = Country> {
    proptest::sample::select(Country::all().collect::<Vec<_>>())
}

/// Any text on one line: emoji, right-to-left scripts, combining characters.
fn line(least: usize, most: usize) -> impl Strategy<Value = String> {
    let character = any::<char>()
        .prop_filter("on one line", |c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}'));
    proptest::collection::vec(character, least..=most)
        .prop_map(String::from_iter)
        .prop_filter("not blank", move |text| least == 0 || !text.trim().is_empty())
}

/// A text with which the field is valid.
fn good_text(field: Field) -> BoxedStrategy<String> {
    match field {
        Field::FirstName | Field::LastName => "[A-Za-z0-9.,/&'-][A-Za-z0-9.,/&' -]{0,254}".boxed(),
        Field::MiddleName => "[A-Za-z0-9.,/&' -]{0,255}".boxed(),
        Field::FirstNameNative | Field::MiddleNameNative | Field::LastNameNative => line(0, 255).boxed(),
        Field::BirthDate => date()
            .prop_filter("born", |date| *date <= Date::today())
            .prop_map(|date| date.to_string())
            .boxed(),
        Field::Gender => "male|female".boxed(),
        Field::CountryCode | Field::ResidenceCountryCode => {
            country().prop_map(|country| country.to_string()).boxed()
        }
        Field::State | Field::City | Field::StreetLine1 => line(2, 64).boxed(),
        Field::StreetLine2 => line(0, 64).boxed(),
        Field::PostCode => "[A-Za-z0-9-]{2,10}".boxed(),
        Field::DocumentNo => line(1, 24).boxed(),
        Field::ExpiryDate => {
            prop_oneof![Just(String::new()), date().prop_map(|date| date.to_string())].boxed()
        }
        Field::PhoneNumber => "[0-9]{2,15}".boxed(),
        Field::Email => "[a-zä-ö.]{1,20}@[a-z]{1,20}\\.[a-z]{1,20}".boxed(),
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{4}".prop_map(Value::from),
        "[A-Za-z]{2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(".*", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Names and values that no kind of element has as fields.
fn unknown_members() -> impl Strategy<Value = Vec<(String, Value)>> {
    proptest::collection::hash_map(".*", json_value(), 0..4).prop_map(|members| {
        members.into_iter().filter(|(name, _)| Field::from_name(name).is_none()).collect()
    })
}

/// A valid element of the kind without files, with unknown fields where it can have them.
fn valid(kind: ElementType) -> impl Strategy<Value = Element<String>> {
    let texts = Field::of(kind).iter().map(|field| good_text(*field)).collect::<Vec<_>>();
    (texts, unknown_members()).prop_map(move |(texts, unknown)| {
        let mut flat = json!({ "type": kind.name() });
        for (field, text) in Field::of(kind).iter().zip(texts) {
            flat[field.name()] = text.into();
        }
        if kind.presence(PartKind::Data) == Presence::Must {
            let pairs = unknown.iter().map(|(name, value)| json!([name, value.to_string()]));
            flat["unknown"] = pairs.collect();
        }
        serde_json::from_value(flat).unwrap()
    })
}

/// Any files that the kind can have, wanted or not.
fn files() -> impl Strategy<Value = Vec<(PartKind, String)>> {
    let parts = [
        PartKind::FrontSide,
        PartKind::ReverseSide,
        PartKind::Selfie,
        PartKind::Translation,
        PartKind::Translation,
        PartKind::Files,
        PartKind::Files,
    ];
    proptest::sample::subsequence(parts.to_vec(), 0..=parts.len())
        .prop_flat_map(|parts| parts.into_iter().map(|part| (Just(part), ".*")).collect::<Vec<_>>())
}

fn with_files(mut element: Element<String>, files: Vec<(PartKind, String)>) -> Element<String> {
    for (part, file) in files {
        // Refused where the kind has no such part.
        let _ = element.attach(part, file);
    }
    element
}

proptest! {
    #[test]
    fn whatever_validates_is_written_and_read_back_without_a_flaw(element in kind_with_data().prop_flat_map(valid)) {
        let data = element.write_data().unwrap().unwrap();
        prop_assert!(data.is_ascii() || !element.unknown_fields().is_none_or(UnknownFields::is_empty));
        let (read, flaws) = Element::read_data(element.kind(), &data).unwrap();
        prop_assert_eq!(&flaws, &[]);
        prop_assert!(read == element);
        prop_assert_eq!(read.write_data().unwrap().unwrap(), data);
    }

    #[test]
    fn the_flat_map_of_any_valid_element_is_read_back(
        (element, files) in (kind().prop_flat_map(valid), files())
    ) {
        let element = with_files(element, files);
        let json = serde_json::to_string(&element).unwrap();
        prop_assert!(serde_json::from_str::<Element<String>>(&json).unwrap() == element);
        let toml = toml::to_string(&element).unwrap();
        prop_assert!(toml::from_str::<Element<String>>(&toml).unwrap() == element);
    }

    #[test]
    fn any_object_is_read_and_its_flat_map_read_back(
        kind in kind_with_data(),
        known in proptest::collection::vec(json_value(), 10),
        unknown in unknown_members(),
    ) {
        let members = Field::of(kind).iter().map(|field| field.name().to_owned()).zip(known);
        let object = Value::Object(members.chain(unknown).collect());
        let (element, _) = Element::<String>::read_data(kind, object.to_string().as_bytes()).unwrap();
        let flat = serde_json::to_string(&element).unwrap();
        prop_assert!(serde_json::from_str::<Element<String>>(&flat).unwrap() == element);
        // Either it is refused with its problems, or what is written is read without a flaw.
        match element.write_data() {
            Ok(data) => prop_assert_eq!(Element::read_data(kind, &data.unwrap()).unwrap(), (element, vec![])),
            Err(refused) => prop_assert!(!refused.problems.is_empty()),
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(
        kind in kind(),
        bytes in any::<Vec<u8>>(),
        tokens in proptest::collection::vec(
            proptest::sample::select(&[
                "{", "}", "[", "]", ":", ",", "\"", "\\", "\\ud83d", "\\u0000", "null", "true", "-", "0", "1e999",
                "\"first_name\"", "\"birth_date\"", "\"29.02.1900\"", "\"country_code\"", "\"type\"", "\"passport\"",
                " ", "\u{0}", "ü", "🙂",
            ][..]),
            0..12,
        ),
    ) {
        let _ = Element::<String>::read_data(kind, &bytes);
        let _ = serde_json::from_slice::<Element<String>>(&bytes);
        let text = tokens.concat();
        for text in [format!("{{\"birth_date\":{text}}}"), format!("{{{text}}}"), text] {
            let _ = serde_json::from_str::<Element<String>>(&text);
            if let Ok((element, _)) = Element::<String>::read_data(kind, text.as_bytes()) {
                let _ = element.validate();
            }
        }
    }

    #[test]
    fn any_text_can_be_validated(kind in kind(), text in ".*", control in any::<char>()) {
        let mut element = Element::<()>::empty(kind);
        for &field in Field::of(kind) {
            let _ = element.set_text(field, &format!("{text}{control}"));
        }
        for problem in element.validate() {
            prop_assert!(problem.to_string().starts_with(kind.title()));
        }
    }

    #[test]
    fn dates_are_written_and_read(date in date()) {
        prop_assert_eq!(date.to_string().parse(), Ok(date));
        let short = format!("{}.{}.{:04}", date.day(), date.month(), date.year());
        prop_assert_eq!(Date::parse_lenient(&short), Ok(date));
    }
}

/// What every field and part of an element holds, each text told from all others.
fn telltale(kind: ElementType) -> (Element<()>, Vec<String>) {
    let mut element = if kind.presence(PartKind::Data) == Presence::Must {
        Element::read_data(kind, br#"{"Telltale-name":"Telltale-value"}"#).unwrap().0
    } else {
        Element::empty(kind)
    };
    let mut texts = vec!["Telltale".to_owned()];
    for &field in Field::of(kind) {
        let text = match field {
            Field::BirthDate | Field::ExpiryDate => "29.02.1996",
            Field::Gender => "female",
            Field::CountryCode | Field::ResidenceCountryCode => "ZW",
            _ => "Telltale",
        };
        element.set_text(field, text).unwrap();
        texts.push(text.to_owned());
    }
    texts.extend(["1996", "Female", "Zimbabwe"].map(str::to_owned));
    (element, texts)
}

#[test]
fn debug_shows_nothing_of_what_an_element_holds() {
    for kind in ElementType::ALL {
        let (element, texts) = telltale(kind);
        for shown in [format!("{element:?}"), format!("{element:#?}")] {
            for text in &texts {
                assert!(!shown.contains(text), "{kind}: {text} in {shown}");
            }
        }
    }
}

#[test]
fn problems_and_flaws_repeat_nothing_of_what_an_element_holds() {
    let stored = r#"{"first_name":"Тайна","last_name":["Тайна"],"middle_name":"Тайна\ud800","birth_date":"Тайна","gender":"Тайна",
        "country_code":"Тайна","residence_country_code":42,"Тайна":1,"Тайна":"Тайна"}"#;
    let (element, flaws) = Element::<()>::read_data(ElementType::PersonalDetails, stored.as_bytes()).unwrap();
    assert_eq!(flaws.len(), 7);
    let refused = element.write_data().unwrap_err();
    let mut shown = format!("{flaws:?} {refused} {refused:?}");
    shown.extend(flaws.iter().map(ToString::to_string));
    assert!(!shown.contains("Тайна") && !shown.contains("42") && !shown.contains("\\u{"), "{shown}");
}

#[test]
fn wiping_leaves_nothing() {
    fn wiped<T: Zeroize + ZeroizeOnDrop + Clone + Default + PartialEq>(value: &T) {
        let mut value = value.clone();
        assert!(value != T::default());
        value.zeroize();
        assert!(value == T::default());
    }
    for kind in ElementType::ALL {
        match telltale(kind).0 {
            Element::PersonalDetails(details) => wiped(&details),
            Element::Address(address) => wiped(&address),
            Element::PhoneNumber(number) => wiped(&number),
            Element::Email(address) => wiped(&address),
            // Their files may be anything, so the documents wipe field by field.
            element => {
                if let Some(document) = element.identity_document() {
                    let _: &Zeroizing<String> = &document.document_no;
                    wiped(&document.unknown);
                }
            }
        }
    }
}
