//! Everything that an element's data says, in one walk: what is shown of it, and what leaves with it.

use std::fmt;

use zeroize::Zeroizing;

use super::{Element, ElementType, Field, RawFields, UnknownFields};

/// One thing that an element's data says, or the phone number or e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub enum FilledField<'a> {
    /// A field that is filled in, and its text ([`Element::text`]).
    Known(Field, Zeroizing<String>),
    /// A field that this version does not know: its name, and its value as JSON text.
    Unknown(&'a str, &'a str),
    /// JSON text that stands under the name of a field and was not understood.
    Raw(Field, &'a str),
}

impl FilledField<'_> {
    /// What it is called in the data: `first_name`. The name of an unknown field is as private as its value, and may be
    /// any text.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Known(field, _) | Self::Raw(field, _) => field.name(),
            Self::Unknown(name, _) => name,
        }
    }

    /// What a person calls it in an element of this kind: `first name`. Nobody knows more of an unknown field than its
    /// name.
    #[must_use]
    pub fn title_in(&self, kind: ElementType) -> &str {
        match self {
            Self::Known(field, _) | Self::Raw(field, _) => field.title_in(kind),
            Self::Unknown(name, _) => name,
        }
    }

    /// Its text, or where it is not known or not understood, its JSON text.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Known(_, text) => text,
            Self::Unknown(_, json) | Self::Raw(_, json) => json,
        }
    }
}

impl<F> Element<F> {
    /// What its data says, without the fields that are empty: those that are known, then those that are not, then what
    /// was not understood. All of it is sealed as one.
    pub fn filled_fields(&self) -> impl Iterator<Item = FilledField<'_>> {
        let known = Field::of(self.kind()).iter().filter_map(|field| {
            let text = self.text(*field).filter(|text| !text.is_empty())?;
            Some(FilledField::Known(*field, text))
        });
        let unknown = self.unknown_fields().into_iter().flat_map(UnknownFields::iter);
        let raw = self.raw_fields().into_iter().flat_map(RawFields::iter);
        known
            .chain(unknown.map(|(name, json)| FilledField::Unknown(name, json)))
            .chain(raw.map(|(field, json)| FilledField::Raw(field, json)))
    }
}

/// Neither a value nor the name of an unknown field.
impl fmt::Debug for FilledField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(field, _) => write!(f, "Known({field}, ..)"),
            Self::Unknown(..) => f.write_str("Unknown(..)"),
            Self::Raw(field, _) => write!(f, "Raw({field}, ..)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_the_data_says_is_walked_once() {
        let stored = br#"{"document_no":"A1","expiry_date":"2030-12-31","note":"mine"}"#;
        let (element, _) = Element::<()>::read_data(ElementType::Passport, stored).unwrap();
        let filled: Vec<_> = element.filled_fields().collect();
        let told: Vec<_> = filled.iter().map(|field| (field.name(), field.text())).collect();
        assert_eq!(told, [("document_no", "A1"), ("note", "\"mine\""), ("expiry_date", "\"2030-12-31\"")]);
        assert_eq!(format!("{filled:?}"), "[Known(document_no, ..), Unknown(..), Raw(expiry_date, ..)]");
        let titles: Vec<_> = filled.iter().map(|field| field.title_in(ElementType::Passport)).collect();
        assert_eq!(titles, ["document number", "note", "expiry date"]);
    }
}
