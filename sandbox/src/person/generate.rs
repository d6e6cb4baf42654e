use zeroize::Zeroizing;

use super::choices::Choices;
use super::names::{self, Middle, Name, Table};
use super::specimen::{self, Document, Holder};
use super::synthetic::Person;
use telegram_passport::element::{
    Address, Country, Date, Element, ElementType, Gender, Part, PartKind, PersonalDetails, Presence,
    RawFields, UnknownFields,
};
use telegram_passport::scan::PassportJpeg;

/// The day for which ages and expiry dates are made up where no other is given: 1 January 2026.
///
/// A fixed one, so that a seed means one person, today and tomorrow. Documents made for it expire between two and
/// ten years later.
pub const REFERENCE_DAY: (i16, i8, i8) = (2026, 1, 1);

/// Why nobody was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// There is no table of names for the country.
    #[error("there are no names for the country {0}")]
    NoNames(Country),
}

/// Which elements a generated person has, and which of the parts that are not mandatory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateOptions {
    /// The kinds of element.
    pub kinds: Vec<ElementType>,
    /// Whether identity documents come with a selfie.
    pub selfie: bool,
    /// Translated pages of every document.
    pub translations: usize,
    /// Pages of every proof of address, at least 1.
    pub files: usize,
    /// The day for which ages and expiry dates are made up.
    pub today: Date,
}

/// All 13 kinds, a selfie, two translations, two files.
impl Default for GenerateOptions {
    fn default() -> Self {
        let (year, month, day) = REFERENCE_DAY;
        Self {
            kinds: ElementType::ALL.to_vec(),
            selfie: true,
            translations: 2,
            files: 2,
            today: Date::new(year, month, day).expect("1 January is in every calendar"),
        }
    }
}

impl Person {
    /// The countries whose people can be generated, by code.
    pub fn countries() -> impl Iterator<Item = Country> {
        names::countries()
    }

    /// The person of this country and seed, with all 13 elements and every part.
    ///
    /// # Errors
    /// [`GenerateError::NoNames`] for a country outside [`Person::countries`].
    pub fn generate(country: Country, seed: u64) -> Result<Self, GenerateError> {
        Self::generate_with(country, seed, &GenerateOptions::default())
    }

    /// The person of this country and seed, with these elements and parts only: what is left out changes nothing about
    /// the rest.
    ///
    /// # Errors
    /// [`GenerateError::NoNames`] for a country outside [`Person::countries`].
    pub fn generate_with(
        country: Country,
        seed: u64,
        options: &GenerateOptions,
    ) -> Result<Self, GenerateError> {
        let table = names::table(country).ok_or(GenerateError::NoNames(country))?;
        let facts = Facts::choose(table, country, seed, options.today);
        let kinds = ElementType::ALL.into_iter().filter(|kind| options.kinds.contains(kind));
        Ok(Self { elements: kinds.map(|kind| facts.element(kind, options)).collect() })
    }
}

/// Everything about a person that can be written in words.
struct Facts {
    details: PersonalDetails,
    address: Address,
    phone_number: String,
    email: String,
    documents: [(ElementType, Zeroizing<String>, Option<Date>); 4],
    seed: u64,
}

impl Facts {
    fn choose(table: &Table, country: Country, seed: u64, today: Date) -> Self {
        let mut choices = Choices::new(country, seed);
        let details = details(&mut choices, table, country, today);
        let address = address(&mut choices, table, country);
        let phone = *choices.one_of(&table.phones);
        let phone_number = choices.fill(phone);
        let email = email(&details, choices.below(90) + 10);
        let documents = [
            (ElementType::Passport, table.passport, 8),
            (ElementType::DriverLicense, table.driver_license, 8),
            (ElementType::IdentityCard, table.identity_card, 8),
            (ElementType::InternalPassport, table.internal_passport, 0),
        ]
        .map(|(kind, pattern, years)| {
            let number = Zeroizing::new(choices.fill(pattern));
            let expiry = (years > 0).then(|| day_in(&mut choices, today.year() + 2, years));
            (kind, number, expiry)
        });
        Self { details, address, phone_number, email, documents, seed }
    }

    fn element(&self, kind: ElementType, options: &GenerateOptions) -> Element<PassportJpeg> {
        let mut element = Element::empty(kind);
        match &mut element {
            Element::PersonalDetails(details) => *details = self.details.clone(),
            Element::Address(address) => *address = self.address.clone(),
            Element::PhoneNumber(number) => number.0.clone_from(&self.phone_number),
            Element::Email(address) => address.0.clone_from(&self.email),
            _ => self.fill_document(&mut element, options),
        }
        element
    }

    fn fill_document(&self, element: &mut Element<PassportJpeg>, options: &GenerateOptions) {
        let kind = element.kind();
        let (number, expiry_date) = match self.documents.iter().find(|document| document.0 == kind) {
            Some((_, number, expiry_date)) => (number.as_str(), *expiry_date),
            None => ("", None),
        };
        if let Some(document) = element.identity_document_mut() {
            document.document_no = Zeroizing::new(number.to_owned());
            document.expiry_date = expiry_date;
        }
        let holder =
            Holder { details: &self.details, address: &self.address, seed: self.seed, today: options.today };
        let document = Document { kind, document_no: number, expiry_date };
        for part in scans_of(kind, options) {
            let file = specimen::scan(&holder, &document, part);
            element.attach(part.kind(), file).expect("only parts of this kind are listed");
        }
    }
}

/// The scans of a document: those that it must have, and those that are wanted.
fn scans_of(kind: ElementType, options: &GenerateOptions) -> Vec<Part> {
    let count = |part| match part {
        PartKind::Selfie => usize::from(options.selfie),
        PartKind::Translation => options.translations,
        PartKind::Files => options.files.max(1),
        _ => 1,
    };
    let parts = PartKind::FILES.into_iter().filter(|part| kind.presence(*part) != Presence::MustNot);
    parts.flat_map(|part| (0..count(part)).filter_map(move |index| part.at(index))).collect()
}

fn details(choices: &mut Choices, table: &Table, country: Country, today: Date) -> PersonalDetails {
    let gender = if choices.below(2) == 0 { Gender::Male } else { Gender::Female };
    let (given, middles) = match gender {
        Gender::Male => (&table.male, &table.middle_male),
        Gender::Female => (&table.female, &table.middle_female),
    };
    let first = *choices.one_of(given);
    let middle = middle(choices, table, first, if middles.is_empty() { given } else { middles });
    let (native, latin): (Vec<&str>, Vec<&str>) = (0..table.surnames)
        .map(|_| {
            let family = choices.one_of(&table.family);
            let name = match gender {
                Gender::Male => family.male,
                Gender::Female => family.female,
            };
            (name.native, name.latin)
        })
        .unzip();
    PersonalDetails {
        first_name: first.latin.to_owned(),
        middle_name: middle.map_or(String::new(), |name| name.latin.to_owned()),
        last_name: latin.join(" "),
        first_name_native: first.native.to_owned(),
        middle_name_native: middle.map_or(String::new(), |name| name.native.to_owned()),
        last_name_native: native.join(" "),
        // From the year in which they turned 19 on, so that they are of age on every day of this one.
        birth_date: Some(day_in(choices, today.year() - 74, 56)),
        gender: Some(gender),
        country: Some(country),
        residence_country: Some(country),
        unknown: UnknownFields::default(),
        raw: RawFields::default(),
    }
}

fn middle(choices: &mut Choices, table: &Table, first: Name, names: &[Name]) -> Option<Name> {
    let name = *choices.one_of(names);
    let has = match table.middle {
        Middle::Always => true,
        Middle::Often => choices.below(2) == 0,
        Middle::Never => false,
    };
    (has && name != first).then_some(name)
}

fn address(choices: &mut Choices, table: &Table, country: Country) -> Address {
    let place = *choices.one_of(&table.places);
    let street = *choices.one_of(&table.streets);
    Address {
        street_line1: choices.fill(street),
        street_line2: if choices.below(2) == 0 { String::new() } else { choices.fill("Apt. ^#") },
        city: place.city.to_owned(),
        state: place.state.to_owned(),
        country: Some(country),
        post_code: choices.fill(place.post_code),
        unknown: UnknownFields::default(),
        raw: RawFields::default(),
    }
}

/// An address under `example.org`, which RFC 2606 keeps free of real mailboxes.
fn email(details: &PersonalDetails, number: u32) -> String {
    let plain = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
    };
    format!("{}.{}{number}@example.org", plain(&details.first_name), plain(&details.last_name))
}

/// A day in one of `years` years from `first` on; a month's first 28 days are in every month.
fn day_in(choices: &mut Choices, first: i16, years: u32) -> Date {
    let small = |number: u32| i16::try_from(number).expect("a few years");
    let year = first + small(choices.below(years));
    let month = i8::try_from(choices.below(12) + 1).expect("12 at most");
    let day = i8::try_from(choices.below(28) + 1).expect("28 at most");
    Date::new(year, month, day).expect("the first 28 days are in every month")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documents as data alone: drawing them for everybody would take minutes.
    #[test]
    fn documents_are_numbered_and_current_in_every_country() {
        let today = GenerateOptions::default().today;
        for country in Person::countries() {
            let table = names::table(country).expect("it is listed");
            for seed in 0..20 {
                let facts = Facts::choose(table, country, seed, today);
                for (kind, number, expiry_date) in &facts.documents {
                    assert!((4..=24).contains(&number.len()), "{country} {kind}");
                    assert!(expiry_date.is_none_or(|expiry| expiry > today), "{country} {kind}");
                    assert_eq!(expiry_date.is_none(), *kind == ElementType::InternalPassport);
                }
            }
        }
    }

    #[test]
    fn the_scans_are_those_that_a_kind_has() {
        let options = GenerateOptions { translations: 1, files: 0, ..GenerateOptions::default() };
        assert_eq!(
            scans_of(ElementType::Passport, &options),
            [Part::FrontSide, Part::Selfie, Part::Translation(0)]
        );
        assert_eq!(scans_of(ElementType::UtilityBill, &options), [Part::Translation(0), Part::File(0)]);
        assert_eq!(scans_of(ElementType::Email, &options), []);
    }
}
