use std::fmt;

use super::place::{self, Place};
use super::{ElementType, Field, Part};

/// What is wrong there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trouble {
    /// It is required and is not there, or consists of spaces.
    Missing,
    /// Fewer Unicode code points than required.
    TooShort {
        /// The least number.
        min: usize,
    },
    /// More Unicode code points than allowed.
    TooLong {
        /// The greatest number.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// More bytes than are kept.
    TooLarge {
        /// The greatest number.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// A post code is required, but the country has none: something has to stand for it.
    MissingPostCode,
    /// A line break or another control character.
    ControlCharacter,
    /// A name with characters other than Latin letters, digits, spaces and `.` `,` `/` `&` `-` `'`.
    NotLatin,
    /// A post code with characters other than Latin letters, digits and hyphens.
    NotAPostCode,
    /// A phone number with characters other than digits.
    NotDigits,
    /// An e-mail address without an `@` after its start, or without a dot after that, or with spaces.
    NotAnEmailAddress,
    /// A date of birth that is still to come.
    InTheFuture,
    /// Elements of this kind must not have it.
    NotAllowed,
    /// More files than allowed.
    TooMany {
        /// The greatest number.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// This file stands in another place already.
    SameAs(Part),
    /// What is stored there was not understood ([`RawFields`](super::RawFields)); saving would drop it.
    NotUnderstood,
}

/// One thing that is wrong with an element. `Display` is a sentence that a person can act on; it repeats nothing
/// of the contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Problem {
    /// The kind of element.
    pub kind: ElementType,
    /// Where.
    pub place: Place,
    /// What.
    pub trouble: Trouble,
}

impl Problem {
    /// Whether only a form for new entries minds it: a post code of another form than such forms take. TDLib stores
    /// any, and every client shares it.
    #[must_use]
    pub const fn is_of_entry(&self) -> bool {
        matches!(self.place, Place::Field(Field::PostCode))
            && matches!(
                self.trouble,
                Trouble::NotAPostCode | Trouble::TooShort { .. } | Trouble::TooLong { .. }
            )
    }

    /// The short sentence, to stand beside the field or the picture that it is about: `Must have at least 2 characters`.
    #[must_use]
    pub fn note(&self) -> String {
        place::note(&self.predicate())
    }

    /// The long sentence, to stand alone: `Address: the city must have at least 2 characters`.
    #[must_use]
    pub fn sentence(&self) -> String {
        place::sentence(self.kind, self.place, &self.predicate())
    }

    /// The predicate of a sentence whose subject is the place, in words alone.
    pub(crate) fn predicate(&self) -> String {
        self.predicate_calling(Place::subject)
    }

    fn predicate_calling(&self, call: fn(Place, Option<ElementType>) -> String) -> String {
        let predicate = self.trouble.predicate(call);
        match (self.place, self.trouble) {
            // ICAO 9303 leaves the field for the other name empty; Telegram's clients do not.
            (Place::Field(Field::FirstName | Field::LastName), Trouble::Missing) => format!(
                "{predicate}; who has one name only enters a hyphen (-) for the other, which passports leave empty"
            ),
            _ => predicate,
        }
    }
}

/// Why an element was not written: every problem it has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", sentences(.problems))]
pub struct InvalidElement {
    /// At least one.
    pub problems: Vec<Problem>,
}

fn sentences(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("; ")
}

/// The long sentence with the name of the place, by which bots and this crate's commands know it.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.place.named_subject(Some(self.kind));
        write!(f, "{}: {subject} {}", self.kind.title(), self.predicate_calling(Place::named_subject))
    }
}

/// The predicate of a sentence whose subject is the place.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.predicate(Place::named_subject))
    }
}

impl Trouble {
    /// The predicate, in which other places are called by `call`.
    fn predicate(self, call: fn(Place, Option<ElementType>) -> String) -> String {
        match self {
            Self::Missing => "is missing".to_owned(),
            Self::MissingPostCode => {
                "is missing; where a country has none, 00000 is entered".to_owned()
            }
            Self::TooShort { min } => format!("must have at least {min} characters"),
            Self::TooLong { max, found } => format!("has {found} characters, {max} are allowed"),
            Self::TooLarge { max, found } => format!("takes up {found} bytes, {max} are kept"),
            Self::ControlCharacter => "must be one line without control characters".to_owned(),
            Self::NotLatin => {
                "must be in Latin letters A-Z without accents, as in the passport's last lines; digits, spaces and \
                 . , / & - ' are allowed"
                    .to_owned()
            }
            Self::NotAPostCode => "must consist of the letters A-Z, digits and hyphens".to_owned(),
            Self::NotDigits => {
                "must consist of digits, starting with the country's calling code".to_owned()
            }
            Self::NotAnEmailAddress => "must look like name@example.org".to_owned(),
            Self::InTheFuture => "lies in the future".to_owned(),
            Self::NotAllowed => "does not belong here and has to be removed".to_owned(),
            Self::TooMany { max, found } => format!("has {found} files, {max} are allowed"),
            Self::NotUnderstood => {
                "is stored in a way that is not understood, and must be set anew".to_owned()
            }
            Self::SameAs(part) => {
                let other = call(Place::Part(part), None);
                format!("is the same file as {other}; each needs a picture of its own")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::PartKind;

    #[test]
    fn problems_are_sentences() {
        let sentence = |kind, place, trouble| {
            InvalidElement { problems: vec![Problem { kind, place, trouble }] }.to_string()
        };
        assert_eq!(
            sentence(ElementType::PersonalDetails, Place::Field(Field::CountryCode), Trouble::Missing),
            "Personal details: the citizenship (country_code) is missing"
        );
        assert_eq!(
            sentence(ElementType::Address, Place::Field(Field::City), Trouble::TooShort { min: 2 }),
            "Address: the city (city) must have at least 2 characters"
        );
        assert_eq!(
            sentence(ElementType::IdentityCard, Place::Part(Part::Selfie), Trouble::SameAs(Part::FrontSide)),
            "Identity card: the selfie with the document (selfie) is the same file as the picture of the front \
             side (front_side); each needs a picture of its own"
        );
        assert_eq!(
            sentence(
                ElementType::UtilityBill,
                Place::PartKind(PartKind::Files),
                Trouble::TooMany { max: 20, found: 21 }
            ),
            "Utility bill: the scan of the document (files) has 21 files, 20 are allowed"
        );
    }

    #[test]
    fn a_note_is_short_and_neither_it_nor_the_sentence_has_a_key() {
        let problem = |kind, place, trouble| -> Problem { Problem { kind, place, trouble } };
        let city = problem(ElementType::Address, Place::Field(Field::City), Trouble::TooShort { min: 2 });
        assert_eq!(city.note(), "Must have at least 2 characters");
        assert_eq!(city.sentence(), "Address: the city must have at least 2 characters");
        let page =
            problem(ElementType::UtilityBill, Place::Part(Part::File(1)), Trouble::SameAs(Part::File(0)));
        assert_eq!(
            page.note(),
            "Is the same file as page 1 of the document; each needs a picture of its own"
        );
        assert_eq!(
            page.sentence(),
            "Utility bill: page 2 of the document is the same file as page 1 of the document; each needs a picture of \
             its own"
        );
        let name = problem(ElementType::PersonalDetails, Place::Field(Field::LastName), Trouble::Missing);
        assert!(name.note().starts_with("Is missing; who has one name only"), "{}", name.note());
        for told in [city, page, name] {
            assert!(!told.sentence().contains('_') && !told.note().contains('_'), "{}", told.sentence());
        }
    }
}
