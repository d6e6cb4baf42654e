use std::fmt;

use super::{ElementType, Field, Part, PartKind};

/// Where in an element something is wrong. Displayed by its Telegram name: `first_name`, `translation[0]`, ….
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// A field of the data, or the phone number or e-mail address.
    Field(Field),
    /// A part as a whole, which is missing, too much, or too many.
    PartKind(PartKind),
    /// One file.
    Part(Part),
    /// A field that this version does not know. Its name is not repeated: it is as private as its value.
    Unknown,
}

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
    /// The same file stands in another place already.
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

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => field.fmt(f),
            Self::PartKind(part) => part.fmt(f),
            Self::Part(part) => part.fmt(f),
            Self::Unknown => f.write_str("an unknown field"),
        }
    }
}

impl Place {
    /// The place in words and by its name, as the subject of a sentence.
    pub(super) fn subject(self) -> String {
        match self {
            Self::Field(field) => format!("the {} ({field})", field.title()),
            Self::PartKind(part) => format!("the {} ({part})", words(part)),
            Self::Part(Part::Translation(index)) => format!("page {} of the translation ({self})", index + 1),
            Self::Part(Part::File(index)) => format!("page {} of the document ({self})", index + 1),
            Self::Part(part) => format!("the {} ({part})", words(part.kind())),
            Self::Unknown => "what other clients added (fields that are not known here)".to_owned(),
        }
    }
}

const fn words(part: PartKind) -> &'static str {
    match part {
        PartKind::Data => "data",
        PartKind::FrontSide => "picture of the front side",
        PartKind::ReverseSide => "picture of the reverse side",
        PartKind::Selfie => "selfie with the document",
        PartKind::Translation => "translation",
        PartKind::Files => "scan of the document",
        PartKind::Plain => "text",
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = match self.place {
            Place::Field(field) => format!("the {} ({field})", field.title_in(self.kind)),
            place => place.subject(),
        };
        write!(f, "{}: {subject} {}", self.kind.title(), self.trouble)?;
        match (self.place, self.trouble) {
            // ICAO 9303 leaves the field for the other name empty; Telegram's clients do not.
            (Place::Field(Field::FirstName | Field::LastName), Trouble::Missing) => f.write_str(
                "; who has one name only enters a hyphen (-) for the other, which passports leave empty",
            ),
            _ => Ok(()),
        }
    }
}

/// The predicate of a sentence whose subject is the place.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::MissingPostCode => f.write_str("is missing; where a country has none, 00000 is entered"),
            Self::TooShort { min } => write!(f, "must have at least {min} characters"),
            Self::TooLong { max, found } => write!(f, "has {found} characters, {max} are allowed"),
            Self::TooLarge { max, found } => write!(f, "takes up {found} bytes, {max} are kept"),
            Self::ControlCharacter => f.write_str("must be one line without control characters"),
            Self::NotLatin => f.write_str("must be in Latin letters A-Z without accents, as in the passport's last lines; digits, spaces and . , / & - ' are allowed"),
            Self::NotAPostCode => f.write_str("must consist of the letters A-Z, digits and hyphens"),
            Self::NotDigits => f.write_str("must consist of digits, starting with the country's calling code"),
            Self::NotAnEmailAddress => f.write_str("must look like name@example.org"),
            Self::InTheFuture => f.write_str("lies in the future"),
            Self::NotAllowed => f.write_str("does not belong here and has to be removed"),
            Self::TooMany { max, found } => write!(f, "has {found} files, {max} are allowed"),
            Self::NotUnderstood => f.write_str("is stored in a way that is not understood, and must be set anew"),
            Self::SameAs(part) => {
                write!(f, "is the same file as {}; each needs a picture of its own", Place::Part(*part).subject())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
