//! What an element must be like to be stored: the union of what the official clients require.

use super::{
    Country, Date, Element, Field, InvalidElement, MAX_DATA_BYTES, Part, PartKind, Place, Presence, Problem,
    Trouble, UnknownFields,
};

/// Names have 1..=255 code points.
const MAX_NAME: usize = 255;
/// A document's number has 1..=24 code points.
const MAX_DOCUMENT_NO: usize = 24;
/// A line of an address has at most 64 code points.
const MAX_ADDRESS_LINE: usize = 64;
/// A city, and a state of the USA, has at least 2.
const MIN_PLACE: usize = 2;
/// Post codes have 2..=10 characters.
const POST_CODE: (usize, usize) = (2, 10);
/// International numbers have at most 15 digits (E.164). Telegram Desktop's own form stops at 12, which would
/// shut out the 13 digits of German mobile phones; neither TDLib nor the server does.
const PHONE_NUMBER: (usize, usize) = (2, 15);
/// Telegram Desktop takes at most this many files, and as many pages of translation.
const MAX_FILES: usize = 20;
/// Unknown fields are kept up to this size, so that whatever is written stays well below what is read, however
/// long its escapes are.
const MAX_UNKNOWN_BYTES: usize = MAX_DATA_BYTES / 8;

impl<F> Element<F> {
    /// Everything that is wrong with the fields and parts, in the order in which a person would mend it.
    ///
    /// Expired documents are not wrong. Native names are checked here only where they are filled in; whether they
    /// have to be, [`PersonalDetails::native_name_problems`](super::PersonalDetails::native_name_problems) knows.
    /// Whether a file stands in two places, [`repeated_files`](Self::repeated_files) knows.
    #[must_use]
    pub fn validate(&self) -> Vec<Problem> {
        self.validate_on(Date::today())
    }

    /// [`validate`](Self::validate) as of another day than today: no birth lies after it.
    #[must_use]
    pub fn validate_on(&self, day: Date) -> Vec<Problem> {
        let mut problems = self.field_problems(day);
        problems.extend(self.part_problems());
        problems
    }

    /// [`validate`](Self::validate) as a condition.
    ///
    /// # Errors
    /// [`InvalidElement`] with every problem.
    pub fn ensure_valid(&self) -> Result<(), InvalidElement> {
        let problems = self.validate();
        if problems.is_empty() { Ok(()) } else { Err(InvalidElement { problems }) }
    }

    /// What hinders an element that is stored from being kept and shared: everything that is wrong, but for what only
    /// a form for new entries minds ([`Problem::is_of_entry`]).
    #[must_use]
    pub fn obstacles(&self) -> Vec<Problem> {
        self.obstacles_on(Date::today())
    }

    /// [`obstacles`](Self::obstacles) as of another day than today.
    #[must_use]
    pub fn obstacles_on(&self, day: Date) -> Vec<Problem> {
        self.validate_on(day).into_iter().filter(|problem| !problem.is_of_entry()).collect()
    }

    /// What is wrong with the fields alone, on this day.
    pub(super) fn field_problems(&self, day: Date) -> Vec<Problem> {
        let mut problems = Vec::new();
        for &field in Field::of(self.kind()) {
            let text = self.text(field).unwrap_or_default();
            if self.raw_fields().is_some_and(|raw| raw.contains(field)) {
                problems.push(self.problem(Place::Field(field), Trouble::NotUnderstood));
                // It is not missing.
                if text.is_empty() {
                    continue;
                }
            }
            let troubles = self.troubles_of(field, &text, day);
            problems.extend(troubles.into_iter().map(|trouble| self.problem(Place::Field(field), trouble)));
        }
        let found = self.unknown_fields().map_or(0, UnknownFields::bytes);
        if found > MAX_UNKNOWN_BYTES {
            problems.push(self.problem(Place::Unknown, Trouble::TooLarge { max: MAX_UNKNOWN_BYTES, found }));
        }
        problems
    }

    fn troubles_of(&self, field: Field, text: &str, day: Date) -> Vec<Trouble> {
        let in_the_usa = || self.text(Field::CountryCode).is_some_and(|code| *code == "US");
        let without_post_codes = || {
            let code = self.text(Field::CountryCode);
            code.and_then(|code| Country::from_code(&code)).is_some_and(|country| !country.has_post_codes())
        };
        let born_later = || text.parse::<Date>().is_ok_and(|birth| birth > day);
        match field {
            Field::FirstName | Field::LastName => {
                Rule::new(text).required().length(1, MAX_NAME).made_of(field, Trouble::NotLatin)
            }
            Field::MiddleName => Rule::new(text).length(0, MAX_NAME).made_of(field, Trouble::NotLatin),
            Field::FirstNameNative | Field::MiddleNameNative | Field::LastNameNative => {
                Rule::new(text).length(0, MAX_NAME)
            }
            Field::BirthDate if born_later() => Rule::new(text).with(Trouble::InTheFuture),
            Field::BirthDate | Field::Gender | Field::CountryCode | Field::ResidenceCountryCode => {
                Rule::new(text).required()
            }
            Field::State if in_the_usa() => Rule::new(text).required().length(MIN_PLACE, MAX_ADDRESS_LINE),
            Field::City => Rule::new(text).required().length(MIN_PLACE, MAX_ADDRESS_LINE),
            Field::StreetLine1 => Rule::new(text).required().length(1, MAX_ADDRESS_LINE),
            Field::State | Field::StreetLine2 => Rule::new(text).length(0, MAX_ADDRESS_LINE),
            Field::PostCode if text.trim().is_empty() && without_post_codes() => {
                Rule::new(text).with(Trouble::MissingPostCode)
            }
            Field::PostCode => Rule::new(text)
                .required()
                .length(POST_CODE.0, POST_CODE.1)
                .made_of(field, Trouble::NotAPostCode),
            Field::DocumentNo => Rule::new(text).required().length(1, MAX_DOCUMENT_NO),
            Field::ExpiryDate => Rule::new(text),
            Field::PhoneNumber => Rule::new(text)
                .required()
                .length(PHONE_NUMBER.0, PHONE_NUMBER.1)
                .made_of(field, Trouble::NotDigits),
            Field::Email if !text.is_empty() && !is_email_address(text) => {
                Rule::new(text).with(Trouble::NotAnEmailAddress)
            }
            Field::Email => Rule::new(text).required(),
        }
        .one_line()
        .troubles
    }

    /// What is wrong with the parts: missing, forbidden or too many files.
    fn part_problems(&self) -> Vec<Problem> {
        PartKind::FILES
            .into_iter()
            .filter_map(|part| {
                let found = self.parts().map_or(0, |parts| parts.of(part).len());
                let trouble = match self.kind().presence(part) {
                    Presence::Must if found == 0 => Trouble::Missing,
                    Presence::MustNot if found > 0 => Trouble::NotAllowed,
                    _ if found > MAX_FILES => Trouble::TooMany { max: MAX_FILES, found },
                    _ => return None,
                };
                Some(self.problem(Place::PartKind(part), trouble))
            })
            .collect()
    }

    /// Files that stand in two places. TDLib refuses equal sides and selfies, and drops repeated pages silently.
    #[must_use]
    pub fn repeated_files(&self) -> Vec<Problem>
    where
        F: PartialEq,
    {
        let files: Vec<(Part, &F)> = self.files().collect();
        files
            .iter()
            .enumerate()
            .filter_map(|(index, (part, file))| {
                let (first, _) = files[..index].iter().find(|(_, earlier)| earlier == file)?;
                Some(self.problem(Place::Part(*part), Trouble::SameAs(*first)))
            })
            .collect()
    }

    fn problem(&self, place: Place, trouble: Trouble) -> Problem {
        Problem { kind: self.kind(), place, trouble }
    }
}

/// The troubles of one text, gathered rule by rule.
struct Rule<'a> {
    text: &'a str,
    troubles: Vec<Trouble>,
}

impl<'a> Rule<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, troubles: Vec::new() }
    }

    fn with(mut self, trouble: Trouble) -> Self {
        self.troubles.push(trouble);
        self
    }

    fn required(self) -> Self {
        if self.text.trim().is_empty() { self.with(Trouble::Missing) } else { self }
    }

    /// In code points. An empty text is not too short: it is missing, or allowed to be.
    fn length(self, min: usize, max: usize) -> Self {
        let found = self.text.chars().count();
        if found > max {
            self.with(Trouble::TooLong { max, found })
        } else if found < min && !self.text.trim().is_empty() {
            self.with(Trouble::TooShort { min })
        } else {
            self
        }
    }

    fn made_of(self, field: Field, otherwise: Trouble) -> Self {
        // What is no part of a line is told once, by another name.
        let allowed = |c: char| takes_in_line(field, c);
        if self.text.chars().all(allowed) { self } else { self.with(otherwise) }
    }

    fn one_line(self) -> Self {
        if self.text.contains(breaks_line) { self.with(Trouble::ControlCharacter) } else { self }
    }
}

/// Whether the field takes this sign.
pub(super) fn takes(field: Field, c: char) -> bool {
    takes_in_line(field, c) && !breaks_line(c)
}

fn takes_in_line(field: Field, c: char) -> bool {
    match field {
        Field::FirstName | Field::MiddleName | Field::LastName => is_latin_name(c),
        Field::PostCode => c.is_ascii_alphanumeric() || c == '-',
        Field::PhoneNumber => c.is_ascii_digit(),
        _ => true,
    }
}

/// The two separators are line breaks too, though not of the category of control characters.
fn breaks_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_latin_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".,/&-' ".contains(c)
}

/// An `@` that is not the first character, and a dot after it; no spaces.
fn is_email_address(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::ElementType;

    const TODAY: &str = "21.11.2026";

    fn today() -> Date {
        TODAY.parse().unwrap()
    }

    /// An element of the kind in which nothing is wrong.
    fn valid(kind: ElementType) -> Element<usize> {
        let mut element = Element::empty(kind);
        for &field in Field::of(kind) {
            let text = match field {
                Field::BirthDate | Field::ExpiryDate => "29.02.2024",
                Field::Gender => "female",
                Field::CountryCode | Field::ResidenceCountryCode => "US",
                Field::PhoneNumber => "15550123456",
                Field::Email => "a@example.org",
                Field::PostCode => "12345-6789",
                _ => "Text",
            };
            element.set_text(field, text).unwrap();
        }
        for (number, part) in
            [PartKind::FrontSide, PartKind::ReverseSide, PartKind::Files].into_iter().enumerate()
        {
            if kind.presence(part) == Presence::Must {
                element.attach(part, number).unwrap();
            }
        }
        assert_eq!(element.validate_on(today()), [], "{kind}");
        element
    }

    /// What is wrong once the field holds this text.
    fn troubles(kind: ElementType, field: Field, text: &str) -> Vec<Trouble> {
        let mut element = valid(kind);
        element.set_text(field, text).unwrap();
        let problems = element.validate_on(today());
        assert!(problems.iter().all(|problem| problem.place == Place::Field(field)), "{problems:?}");
        problems.into_iter().map(|problem| problem.trouble).collect()
    }

    #[test]
    fn an_empty_element_names_everything_that_is_missing() {
        for kind in ElementType::ALL {
            let places: Vec<String> = Element::<()>::empty(kind)
                .validate()
                .into_iter()
                .map(|problem| {
                    assert_eq!((problem.kind, problem.trouble), (kind, Trouble::Missing));
                    problem.place.to_string()
                })
                .collect();
            let expected: &[&str] = match kind {
                ElementType::PersonalDetails => &[
                    "first_name",
                    "last_name",
                    "birth_date",
                    "gender",
                    "country_code",
                    "residence_country_code",
                ],
                ElementType::Address => &["country_code", "city", "street_line1", "post_code"],
                ElementType::Passport | ElementType::InternalPassport => &["document_no", "front_side"],
                ElementType::DriverLicense | ElementType::IdentityCard => {
                    &["document_no", "front_side", "reverse_side"]
                }
                ElementType::PhoneNumber => &["phone_number"],
                ElementType::Email => &["email"],
                _ => &["files"],
            };
            assert_eq!(places, expected, "{kind}");
        }
    }

    #[test]
    fn names_are_latin_one_line_and_at_most_255_code_points() {
        use Trouble::{ControlCharacter, Missing, NotLatin, TooLong};
        let details = ElementType::PersonalDetails;
        for (text, expected) in [
            ("Anne-Marie O'Neil, Jr. 3/4 & Co", vec![]),
            ("", vec![Missing]),
            ("  ", vec![Missing]),
            ("Zoë", vec![NotLatin]),
            ("Анна", vec![NotLatin]),
            ("Ann 🙂", vec![NotLatin]),
            ("Ann\nMary", vec![NotLatin, ControlCharacter]),
            (&"x".repeat(255), vec![]),
            (&"x".repeat(256), vec![TooLong { max: 255, found: 256 }]),
            (&"ё".repeat(256), vec![TooLong { max: 255, found: 256 }, NotLatin]),
        ] {
            assert_eq!(troubles(details, Field::FirstName, text), expected, "{text}");
            let optional: Vec<Trouble> = expected.into_iter().filter(|trouble| *trouble != Missing).collect();
            assert_eq!(troubles(details, Field::MiddleName, text), optional, "{text}");
        }
    }

    #[test]
    fn native_names_may_be_in_any_script() {
        let details = ElementType::PersonalDetails;
        let flags = "🇩🇪".repeat(127) + "x";
        for text in ["", "Анна", "مريم", "שרה", "👩‍👩‍👧‍👧", "\u{200f}אב", flags.as_str()]
        {
            assert_eq!(troubles(details, Field::LastNameNative, text), [], "{text}");
        }
        assert_eq!(
            troubles(details, Field::LastNameNative, &"🙂".repeat(256)),
            [Trouble::TooLong { max: 255, found: 256 }]
        );
        for text in ["a\u{0}b", "a\tb", "a\u{85}b", "a\u{2028}b", "\u{7f}"] {
            assert_eq!(troubles(details, Field::LastNameNative, text), [Trouble::ControlCharacter]);
        }
    }

    #[test]
    fn nobody_is_born_tomorrow() {
        let details = ElementType::PersonalDetails;
        assert_eq!(troubles(details, Field::BirthDate, TODAY), []);
        assert_eq!(troubles(details, Field::BirthDate, "22.11.2026"), [Trouble::InTheFuture]);
        assert_eq!(troubles(details, Field::BirthDate, "29.02.2028"), [Trouble::InTheFuture]);
    }

    #[test]
    fn documents_have_numbers_of_1_to_24_code_points_and_may_have_expired() {
        let passport = ElementType::Passport;
        assert_eq!(troubles(passport, Field::DocumentNo, &"№".repeat(24)), []);
        assert_eq!(
            troubles(passport, Field::DocumentNo, &"1".repeat(25)),
            [Trouble::TooLong { max: 24, found: 25 }]
        );
        assert_eq!(troubles(passport, Field::ExpiryDate, "01.01.1970"), []);
        assert_eq!(troubles(passport, Field::ExpiryDate, ""), []);
    }

    #[test]
    fn addresses_have_lengths() {
        use Trouble::{Missing, NotAPostCode, TooLong, TooShort};
        let long = |found| TooLong { max: 64, found };
        let (line, longer) = ("ü".repeat(64), "ü".repeat(65));
        for (field, text, expected) in [
            (Field::City, "X", vec![TooShort { min: 2 }]),
            (Field::City, "Åc", vec![]),
            (Field::City, &line, vec![]),
            (Field::City, &longer, vec![long(65)]),
            (Field::StreetLine1, "1", vec![]),
            (Field::StreetLine1, &longer, vec![long(65)]),
            (Field::StreetLine2, "", vec![]),
            (Field::StreetLine2, &longer, vec![long(65)]),
            (Field::State, "", vec![Missing]),
            (Field::State, "N", vec![TooShort { min: 2 }]),
            (Field::State, &longer, vec![long(65)]),
            (Field::PostCode, "1", vec![TooShort { min: 2 }]),
            (Field::PostCode, "12345678901", vec![TooLong { max: 10, found: 11 }]),
            (Field::PostCode, "W1A 1AA", vec![NotAPostCode]),
            (Field::PostCode, "١٢٣", vec![NotAPostCode]),
        ] {
            assert_eq!(troubles(ElementType::Address, field, text), expected, "{field} {text}");
        }
    }

    #[test]
    fn a_stored_post_code_of_any_form_is_no_obstacle_but_none_is() {
        for text in ["SW1A 1AA", "№ 1", "1", "12345678901"] {
            let mut address = valid(ElementType::Address);
            address.set_text(Field::PostCode, text).unwrap();
            assert!(!address.validate_on(today()).is_empty(), "{text}: a form minds it");
            assert_eq!(address.obstacles_on(today()), [], "{text}");
            assert!(address.write_data().is_ok(), "{text}");
        }
        for text in ["", "1\n2"] {
            let mut address = valid(ElementType::Address);
            address.set_text(Field::PostCode, text).unwrap();
            assert_eq!(address.obstacles_on(today()).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn where_there_are_no_post_codes_it_is_said_what_to_enter() {
        let mut address = valid(ElementType::Address);
        address.set_text(Field::CountryCode, "AE").unwrap();
        address.set_text(Field::PostCode, "").unwrap();
        let problems = address.validate_on(today());
        assert_eq!(problems.len(), 1);
        assert_eq!(
            problems[0].to_string(),
            "Address: the post code (post_code) is missing; where a country has none, 00000 is entered"
        );
        address.set_text(Field::PostCode, "00000").unwrap();
        assert_eq!(address.validate_on(today()), []);
    }

    #[test]
    fn a_single_name_is_entered_with_a_hyphen_for_the_other() {
        let mut details = valid(ElementType::PersonalDetails);
        details.set_text(Field::LastName, "").unwrap();
        let told = details.validate_on(today())[0].to_string();
        assert!(told.contains("one name only") && told.contains("hyphen"), "{told}");
        details.set_text(Field::LastName, "-").unwrap();
        assert_eq!(details.validate_on(today()), []);
    }

    #[test]
    fn the_sign_that_is_refused_is_found() {
        for (field, text, sign) in [
            (Field::FirstName, "Zoë", Some('ë')),
            (Field::LastName, "O\u{201D}Neill", Some('\u{201D}')),
            (Field::LastName, "O'Neill", None),
            (Field::PostCode, "12_3", Some('_')),
            (Field::PhoneNumber, "49a", Some('a')),
            (Field::City, "Zürich", None),
            (Field::City, "a\tb", Some('\t')),
        ] {
            assert_eq!(field.refused_sign(text), sign, "{text}");
        }
    }

    #[test]
    fn only_the_usa_need_a_state() {
        for (country, state, expected) in [("DE", "", 0), ("DE", "N", 0), ("US", "", 1), ("US", "NY", 0)] {
            let mut address = valid(ElementType::Address);
            address.set_text(Field::CountryCode, country).unwrap();
            address.set_text(Field::State, state).unwrap();
            assert_eq!(address.validate().len(), expected, "{country} {state}");
        }
    }

    #[test]
    fn phone_numbers_are_digits() {
        use Trouble::{NotDigits, TooLong, TooShort};
        for (text, expected) in [
            ("49", vec![]),
            ("4915123456789", vec![]),
            ("4", vec![TooShort { min: 2 }]),
            ("1234567890123456", vec![TooLong { max: 15, found: 16 }]),
            ("+4930", vec![NotDigits]),
            ("٤٩٣٠", vec![NotDigits]),
        ] {
            assert_eq!(troubles(ElementType::PhoneNumber, Field::PhoneNumber, text), expected, "{text}");
        }
    }

    #[test]
    fn email_addresses_have_an_at_and_a_later_dot() {
        for text in ["a@b.c", "a.b@c.d", "ä@ö.ü", "a@b@c.d"] {
            assert_eq!(troubles(ElementType::Email, Field::Email, text), [], "{text}");
        }
        for text in ["a", "@b.c", "a.b@c", "a@b", "a b@c.d", " "] {
            assert_eq!(
                troubles(ElementType::Email, Field::Email, text),
                [Trouble::NotAnEmailAddress],
                "{text}"
            );
        }
    }

    #[test]
    fn parts_that_are_forbidden_or_too_many_are_named() {
        let mut passport = valid(ElementType::Passport);
        passport.attach(PartKind::ReverseSide, 7).unwrap();
        passport.attach(PartKind::Selfie, 8).unwrap();
        for page in 0..21 {
            passport.attach(PartKind::Translation, 10 + page).unwrap();
        }
        let found: Vec<_> =
            passport.validate().into_iter().map(|problem| (problem.place, problem.trouble)).collect();
        assert_eq!(
            found,
            [
                (Place::PartKind(PartKind::ReverseSide), Trouble::NotAllowed),
                (Place::PartKind(PartKind::Translation), Trouble::TooMany { max: 20, found: 21 }),
            ]
        );
        let mut bill = valid(ElementType::UtilityBill);
        for page in 1..20 {
            bill.attach(PartKind::Files, page).unwrap();
        }
        assert_eq!(bill.ensure_valid(), Ok(()));
        bill.attach(PartKind::Files, 20).unwrap();
        assert_eq!(bill.ensure_valid().unwrap_err().problems.len(), 1);
    }

    #[test]
    fn one_file_in_two_places_is_named_at_the_later_one() {
        let mut card = Element::empty(ElementType::IdentityCard);
        for (part, file) in [
            (PartKind::FrontSide, 'a'),
            (PartKind::ReverseSide, 'b'),
            (PartKind::Selfie, 'a'),
            (PartKind::Translation, 'c'),
            (PartKind::Translation, 'c'),
            (PartKind::Translation, 'a'),
        ] {
            card.attach(part, file).unwrap();
        }
        let found: Vec<_> =
            card.repeated_files().into_iter().map(|problem| (problem.place, problem.trouble)).collect();
        assert_eq!(
            found,
            [
                (Place::Part(Part::Selfie), Trouble::SameAs(Part::FrontSide)),
                (Place::Part(Part::Translation(1)), Trouble::SameAs(Part::Translation(0))),
                (Place::Part(Part::Translation(2)), Trouble::SameAs(Part::FrontSide)),
            ]
        );
    }
}
