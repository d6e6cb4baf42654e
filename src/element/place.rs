use std::fmt;

use super::{ElementType, Field, Part, PartKind};

/// Where in an element something is wrong, or a bot objects. Displayed by its Telegram name: `first_name`,
/// `translation[0]`, …; in words by its [`title`](Self::title).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// The element as a whole.
    Element,
    /// A field of the data, or the phone number or e-mail address.
    Field(Field),
    /// A part as a whole, which is missing, too much, or too many.
    PartKind(PartKind),
    /// One file.
    Part(Part),
    /// A field that this version does not know. Its name is not repeated: it is as private as its value.
    Unknown,
}

impl Place {
    /// The place in words, for people: `first name`, `picture of the front side`, `page 2 of the translation`.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Element => "whole element".to_owned(),
            Self::Field(field) => field.title().to_owned(),
            Self::PartKind(part) => part.title().to_owned(),
            Self::Part(part) => part.title(),
            Self::Unknown => "what other clients added".to_owned(),
        }
    }

    /// The [`title`](Self::title) as an element of this kind has it ([`Field::title_in`]).
    #[must_use]
    pub fn title_in(self, kind: ElementType) -> String {
        match self {
            Self::Field(field) => field.title_in(kind).to_owned(),
            other => other.title(),
        }
    }

    /// The [`title_in`](Self::title_in) with its article, as a sentence has it: `the citizenship`, `page 2 of the
    /// translation`.
    #[must_use]
    pub fn subject_in(self, kind: ElementType) -> String {
        self.subject(Some(kind))
    }

    /// The title within an element of this kind, or of any if it is not known.
    pub(super) fn subject(self, kind: Option<ElementType>) -> String {
        let title = kind.map_or_else(|| self.title(), |kind| self.title_in(kind));
        match self {
            Self::Part(part) => part.subject(),
            Self::Unknown => title,
            _ => format!("the {title}"),
        }
    }

    /// The subject of a sentence, in words and by its name.
    pub(super) fn named_subject(self, kind: Option<ElementType>) -> String {
        match self {
            Self::Element => self.subject(kind),
            Self::Unknown => "what other clients added (fields that are not known here)".to_owned(),
            _ => format!("{} ({self})", self.subject(kind)),
        }
    }
}

impl Part {
    /// The file in words, for people: `picture of the front side`, `page 2 of the translation`.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Translation(index) => format!("page {} of the translation", index + 1),
            Self::File(index) => format!("page {} of the document", index + 1),
            Self::FrontSide | Self::ReverseSide | Self::Selfie => self.kind().title().to_owned(),
        }
    }

    /// The [`title`](Self::title) with its article, as a sentence has it: `the picture of the front side`, `page 2 of the
    /// translation`.
    #[must_use]
    pub fn subject(self) -> String {
        let title = self.title();
        if self.kind().is_list() { title } else { format!("the {title}") }
    }
}

impl PartKind {
    /// The part in words, for people: `picture of the front side`, `scan of the document`.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::FrontSide => "picture of the front side",
            Self::ReverseSide => "picture of the reverse side",
            Self::Selfie => "selfie with the document",
            Self::Translation => "translation",
            Self::Files => "scan of the document",
            Self::Plain => "text",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element => f.write_str("the element as a whole"),
            Self::Field(field) => field.fmt(f),
            Self::PartKind(part) => part.fmt(f),
            Self::Part(part) => part.fmt(f),
            Self::Unknown => f.write_str("an unknown field"),
        }
    }
}

/// A predicate as a note that stands beside its subject.
pub(crate) fn note(predicate: &str) -> String {
    let mut letters = predicate.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A whole sentence about a place, in words alone.
pub(crate) fn sentence(kind: ElementType, place: Place, predicate: &str) -> String {
    format!("{}: {} {predicate}", kind.title(), place.subject_in(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_a_name_and_a_title() {
        for (place, name, title) in [
            (Place::Element, "the element as a whole", "whole element"),
            (Place::Field(Field::CountryCode), "country_code", "citizenship"),
            (Place::PartKind(PartKind::Files), "files", "scan of the document"),
            (Place::Part(Part::Selfie), "selfie", "selfie with the document"),
            (Place::Part(Part::Translation(1)), "translation[1]", "page 2 of the translation"),
            (Place::Part(Part::File(0)), "files[0]", "page 1 of the document"),
            (Place::Unknown, "an unknown field", "what other clients added"),
        ] {
            assert_eq!(place.to_string(), name);
            assert_eq!(place.title_in(ElementType::PersonalDetails), title);
        }
        assert_eq!(Place::Field(Field::CountryCode).title(), "country");
        assert_eq!(Place::Part(Part::File(0)).subject(None), "page 1 of the document");
        assert_eq!(Place::Element.named_subject(None), "the whole element");
    }
}
