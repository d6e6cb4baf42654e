use std::fmt;

use zeroize::Zeroizing;

use super::{DateError, ElementType, Place, place};

/// What is odd about one stored field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlawKind {
    /// The key stands there more than once. The last one was taken, as Telegram Desktop and most bots do; TDLib
    /// takes the first. Earlier ones that differ are kept as they stand.
    Repeated,
    /// `null`, taken as empty. TDLib hides such an element.
    Null,
    /// A number, taken as its text.
    Number,
    /// `true`, `false`, an array or an object: taken as empty. No official client reads such an element.
    NotText,
    /// A text with half a surrogate pair: taken as empty.
    BrokenText,
    /// A date without leading zeros, taken as that date. Telegram Desktop does not like it.
    UnpaddedDate,
    /// Not a date; taken as empty.
    NotADate(DateError),
    /// Neither `male` nor `female`; taken as empty.
    NotAGender,
    /// A country in small letters, taken as that country. TDLib hides such an element.
    SmallLetters,
    /// No country has this code; taken as empty.
    NotACountry,
}

/// One oddity of stored data: where, what, and the text in question. `Debug` and `Display` do not show the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where: a field, or [`Place::Unknown`].
    pub place: Place,
    /// What.
    pub kind: FlawKind,
    pub(super) text: Zeroizing<String>,
}

impl Flaw {
    pub(super) fn repeated(place: Place, json: &str) -> Self {
        Self { place, kind: FlawKind::Repeated, text: json.to_owned().into() }
    }

    /// The text as it is stored, if it is text, else as JSON. Personal data: to be shown to the person only.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The short sentence, to stand beside the field: `Is stored as null in place of an empty text`.
    #[must_use]
    pub fn note(&self) -> String {
        place::note(&self.kind.to_string())
    }

    /// The long sentence about an element of this kind, to stand alone.
    #[must_use]
    pub fn sentence(&self, kind: ElementType) -> String {
        place::sentence(kind, self.place, &self.kind.to_string())
    }
}

impl FlawKind {
    /// Whether the value was taken all the same. One that was not is kept as it stands
    /// ([`RawFields`](super::RawFields)).
    #[must_use]
    pub const fn is_understood(self) -> bool {
        match self {
            Self::Repeated | Self::Null | Self::Number | Self::UnpaddedDate | Self::SmallLetters => true,
            Self::NotText | Self::BrokenText | Self::NotADate(_) | Self::NotAGender | Self::NotACountry => {
                false
            }
        }
    }
}

impl fmt::Debug for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flaw").field("place", &self.place).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A sentence without the text in question.
impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place.named_subject(None), self.kind)
    }
}

/// The predicate of a sentence whose subject is the place.
impl fmt::Display for FlawKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => "is stored more than once, and clients disagree which one counts",
            Self::Null => "is stored as null in place of an empty text",
            Self::Number => "is stored as a number in place of a text",
            Self::NotText => "is stored as something that is not text",
            Self::BrokenText => "is stored as text with half a character",
            Self::UnpaddedDate => "is stored without leading zeros",
            Self::NotADate(DateError::Shape) => "is stored as something that is not a date",
            Self::NotADate(DateError::NoSuchDay) => "is stored as a day that is not in the calendar",
            Self::NotAGender => "is stored as neither male nor female",
            Self::SmallLetters => "is stored in small letters",
            Self::NotACountry => "is stored as a code that no country has",
        })
    }
}
