//! What a person writes into a field, brought to the form that the field takes.

use std::fmt;

use zeroize::Zeroizing;

use super::{Country, Date, Element, Field, Gender, TextError};

/// What was changed in a text so that the field takes it. What it means to say has stayed the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntryChange {
    /// Spaces at its ends, or in a post code, were dropped.
    Spaces,
    /// Typographic apostrophes, hyphens and spaces became the plain ones.
    PlainSigns,
    /// Signs that only divide a phone number were dropped.
    Dividers,
    /// `00` before a phone number was taken as `+`.
    CallPrefix,
    /// A country written in small letters, with three letters or by its name became its code.
    CountryCode,
    /// A date became `DD.MM.YYYY`.
    DateForm,
    /// A gender became `male` or `female`.
    GenderName,
}

impl fmt::Display for EntryChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spaces => "spaces dropped",
            Self::PlainSigns => "typographic signs made plain",
            Self::Dividers => "signs that only divide the number dropped",
            Self::CallPrefix => "00 taken as +",
            Self::CountryCode => "taken as the country's code",
            Self::DateForm => "written as DD.MM.YYYY",
            Self::GenderName => "taken as male or female",
        })
    }
}

/// A text as a field takes it, and what was changed for that. `Debug` does not show the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    text: Zeroizing<String>,
    changes: Vec<EntryChange>,
}

impl Entry {
    /// Brings a text that a person wrote to the form that the field takes.
    ///
    /// The one rule for what is typed at a prompt, given as an argument or written in a file. What cannot be understood
    /// stays as it is, for [`Element::set_text`] and [`Element::validate`] to point out.
    #[must_use]
    pub fn new(field: Field, written: &str) -> Self {
        let mut entry = Self { text: Zeroizing::new(written.trim().to_owned()), changes: Vec::new() };
        entry.note(EntryChange::Spaces, entry.text.len() != written.len());
        match field {
            Field::FirstName | Field::MiddleName | Field::LastName => {
                entry.replace(EntryChange::PlainSigns, |c| Some(plain_sign(c)));
            }
            Field::PostCode => {
                entry.replace(EntryChange::Spaces, |c| Some(c).filter(|c| !is_space(*c)));
                entry.replace(EntryChange::PlainSigns, |c| Some(plain_sign(c)));
            }
            Field::PhoneNumber => entry.phone_number(),
            Field::CountryCode | Field::ResidenceCountryCode => {
                let code = Country::from_written(&entry.text).map(|country| country.to_string());
                entry.take(EntryChange::CountryCode, code);
            }
            Field::BirthDate | Field::ExpiryDate => {
                let date = Date::parse_lenient(&entry.text).ok().map(|date| date.to_string());
                entry.take(EntryChange::DateForm, date);
            }
            Field::Gender => {
                let name = Gender::from_written(&entry.text).map(|gender| gender.name().to_owned());
                entry.take(EntryChange::GenderName, name);
            }
            _ => {}
        }
        entry
    }

    /// The text as the field takes it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was changed, each kind of change once.
    #[must_use]
    pub fn changes(&self) -> &[EntryChange] {
        &self.changes
    }

    fn note(&mut self, change: EntryChange, happened: bool) {
        if happened && !self.changes.contains(&change) {
            self.changes.push(change);
        }
    }

    fn replace(&mut self, change: EntryChange, rule: impl Fn(char) -> Option<char>) {
        let changed: String = self.text.chars().filter_map(rule).collect();
        self.take(change, Some(changed));
    }

    fn take(&mut self, change: EntryChange, text: Option<String>) {
        let Some(text) = text.map(Zeroizing::new) else { return };
        self.note(change, text != self.text);
        self.text = text;
    }

    fn phone_number(&mut self) {
        let international = self.text.starts_with('+');
        // A plus is how the number begins, and not told of.
        if let Some(digits) = self.text.strip_prefix('+') {
            self.text = Zeroizing::new(digits.to_owned());
        }
        self.replace(EntryChange::Dividers, |c| Some(c).filter(|c| !is_divider(*c)));
        let significant = self.text.strip_prefix("00").filter(|_| !international).map(str::to_owned);
        self.take(EntryChange::CallPrefix, significant);
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("changes", &self.changes).finish_non_exhaustive()
    }
}

impl<F> Element<F> {
    /// Fills in a field with what a person wrote, as [`Entry`] understands it; the answer is what was changed in it.
    ///
    /// # Errors
    /// [`TextError`] as [`set_text`](Self::set_text) has it; the field stays as it was.
    pub fn enter(&mut self, field: Field, written: &str) -> Result<Vec<EntryChange>, TextError> {
        let entry = Entry::new(field, written);
        self.set_text(field, entry.text())?;
        Ok(entry.changes)
    }
}

/// Signs that keyboards and word processors put in place of a plain apostrophe, hyphen or space.
fn plain_sign(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{02B9}' | '\u{02BB}' | '\u{02BC}' | '\u{2032}'
        | '\u{00B4}' | '`' | '\u{FF07}' => '\'',
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{FE63}' | '\u{FF0D}' => '-',
        c if is_space(c) => ' ',
        c => c,
    }
}

/// A space that stays on its line.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_divider(c: char) -> bool {
    is_space(c) || "+-()./".contains(c) || plain_sign(c) == '-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::ElementType;

    fn entered(field: Field, written: &str) -> (String, Vec<EntryChange>) {
        let entry = Entry::new(field, written);
        (entry.text().to_owned(), entry.changes().to_vec())
    }

    #[test]
    fn typographic_apostrophes_hyphens_and_spaces_become_plain_ones() {
        for sign in ['\u{2018}', '\u{2019}', '\u{02BC}'] {
            let expected = ("O'Neill".to_owned(), vec![EntryChange::PlainSigns]);
            assert_eq!(entered(Field::LastName, &format!("O{sign}Neill")), expected, "{sign:?}");
        }
        for sign in ['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2212}'] {
            let expected = ("Anne-Marie".to_owned(), vec![EntryChange::PlainSigns]);
            assert_eq!(entered(Field::FirstName, &format!("Anne{sign}Marie")), expected, "{sign:?}");
            let expected = ("12345-6789".to_owned(), vec![EntryChange::PlainSigns]);
            assert_eq!(entered(Field::PostCode, &format!("12345{sign}6789")), expected, "{sign:?}");
        }
        for sign in ['\u{A0}', '\u{202F}', '\u{2009}'] {
            let expected = ("Ann Mary".to_owned(), vec![EntryChange::PlainSigns]);
            assert_eq!(entered(Field::MiddleName, &format!("Ann{sign}Mary")), expected, "{sign:?}");
        }
        assert_eq!(entered(Field::FirstName, "Anne-Marie O'Neil"), ("Anne-Marie O'Neil".into(), vec![]));
        // Another script, a street and a document's number are what they are.
        for field in [Field::LastNameNative, Field::StreetLine1, Field::DocumentNo] {
            assert_eq!(entered(field, "a\u{2019}b\u{2011}c"), ("a\u{2019}b\u{2011}c".into(), vec![]));
        }
    }

    #[test]
    fn spaces_typed_in_a_post_code_are_dropped() {
        for (written, expected) in [
            ("SW1A 1AA", "SW1A1AA"),
            ("K1A 0B1", "K1A0B1"),
            ("1234 AB", "1234AB"),
            ("110\u{A0}00", "11000"),
            (" D02 X285 ", "D02X285"),
        ] {
            assert_eq!(
                entered(Field::PostCode, written),
                (expected.to_owned(), vec![EntryChange::Spaces]),
                "{written}"
            );
        }
        assert_eq!(entered(Field::PostCode, "1050-044"), ("1050-044".into(), vec![]));
        assert_eq!(entered(Field::PostCode, "12\u{2028}3").0, "12\u{2028}3", "a line break is no space");
    }

    #[test]
    fn a_phone_number_loses_what_divides_it_and_00_is_a_plus() {
        for (written, expected, changes) in [
            ("420601234567", "420601234567", vec![]),
            ("+420601234567", "420601234567", vec![]),
            ("+420 601 234 567", "420601234567", vec![EntryChange::Dividers]),
            ("00420601234567", "420601234567", vec![EntryChange::CallPrefix]),
            (
                "00 49 (30) 123\u{2011}45/6",
                "4930123456",
                vec![EntryChange::Dividers, EntryChange::CallPrefix],
            ),
            ("call 12", "call12", vec![EntryChange::Dividers]),
            ("", "", vec![]),
        ] {
            assert_eq!(entered(Field::PhoneNumber, written), (expected.to_owned(), changes), "{written}");
        }
    }

    #[test]
    fn a_country_a_date_and_a_gender_are_understood_as_people_write_them() {
        for (written, code) in [
            ("cz", "CZ"),
            ("CZE", "CZ"),
            ("germany", "DE"),
            ("Côte d\u{2019}Ivoire", "CI"),
            ("uk", "GB"),
            (" FR", "FR"),
        ] {
            assert_eq!(entered(Field::CountryCode, written).0, code, "{written}");
        }
        assert_eq!(entered(Field::CountryCode, "CZ"), ("CZ".into(), vec![]));
        assert_eq!(entered(Field::CountryCode, "cz").1, [EntryChange::CountryCode]);
        assert_eq!(entered(Field::CountryCode, "Atlantis"), ("Atlantis".into(), vec![]));
        for written in ["1.2.2030", "01.02.2030"] {
            assert_eq!(entered(Field::ExpiryDate, written).0, "01.02.2030", "{written}");
        }
        for written in ["1/2/2030", "2030-02-01", "soon", "30.2.2030"] {
            assert_eq!(entered(Field::ExpiryDate, written), (written.to_owned(), vec![]), "{written}");
        }
        for (written, name) in
            [("F", "female"), ("Male", "male"), ("m", "male"), ("female", "female"), ("x", "x")]
        {
            assert_eq!(entered(Field::Gender, written).0, name, "{written}");
        }
    }

    #[test]
    fn what_is_entered_is_set_and_what_cannot_be_leaves_the_field_as_it_was() {
        let mut address = Element::<()>::empty(ElementType::Address);
        assert_eq!(address.enter(Field::PostCode, "110 00"), Ok(vec![EntryChange::Spaces]));
        assert_eq!(address.text(Field::PostCode).unwrap().as_str(), "11000");
        assert_eq!(address.enter(Field::CountryCode, "cz"), Ok(vec![EntryChange::CountryCode]));
        assert_eq!(address.enter(Field::CountryCode, "nowhere"), Err(TextError::Country));
        assert_eq!(address.text(Field::CountryCode).unwrap().as_str(), "CZ");
        assert_eq!(address.enter(Field::FirstName, "A"), Err(TextError::NoSuchField));
        assert_eq!(address.enter(Field::CountryCode, "  "), Ok(vec![EntryChange::Spaces]));
        assert_eq!(address.text(Field::CountryCode).unwrap().as_str(), "");
        assert!(!format!("{:?}", Entry::new(Field::City, "Brno")).contains("Brno"));
    }
}
