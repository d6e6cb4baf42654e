use std::fmt;

use super::portrait::Portrait;
use super::text;
use telegram_passport::element::{Address, Country, Date, ElementType, PersonalDetails};

/// Whose documents are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// Names, birth date, gender, country.
    pub details: &'a PersonalDetails,
    /// Where they live.
    pub address: &'a Address,
    /// Chooses the face, and whatever else the data leaves open.
    pub seed: u64,
    /// The day on which bills were written and tenancies are current.
    pub today: Date,
}

/// Which document is drawn.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    /// An identity document or a proof of address.
    pub kind: ElementType,
    /// Its number; empty for proofs of address.
    pub document_no: &'a str,
    /// Its expiry date.
    pub expiry_date: Option<Date>,
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Holder<'_> {
    pub(super) fn country(&self) -> Option<Country> {
        self.details.country
    }

    pub(super) fn country_name(&self) -> String {
        self.country().map_or("Nowhere", |country| country.name()).to_uppercase()
    }

    pub(super) fn alpha3(&self) -> &'static str {
        self.country().map_or("XXX", |country| country.alpha3())
    }

    pub(super) fn given_names(&self) -> String {
        join(" ", &[&self.details.first_name, &self.details.middle_name])
    }

    pub(super) fn full_name(&self) -> String {
        join(" ", &[&self.given_names(), &self.details.last_name])
    }

    /// The native forms of last name and given names, where they differ from the Latin ones and can be drawn.
    pub(super) fn native_names(&self) -> Option<(String, String)> {
        let last = self.details.last_name_native.clone();
        let given = join(" ", &[&self.details.first_name_native, &self.details.middle_name_native]);
        let same = last == self.details.last_name && given == self.given_names();
        let drawn = text::can_draw(&last) && text::can_draw(&given);
        (!same && drawn && !(last.is_empty() && given.is_empty())).then_some((last, given))
    }

    /// The address in lines, empty ones left out.
    pub(super) fn address_lines(&self) -> Vec<String> {
        let address = self.address;
        let country = address.country.map_or("", |country| country.name());
        [
            address.street_line1.clone(),
            address.street_line2.clone(),
            join(" ", &[&address.post_code, &address.city]),
            join(", ", &[&address.state, country]),
        ]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect()
    }

    pub(super) fn portrait(&self) -> Portrait {
        Portrait::new(self.country(), self.seed, self.details.gender)
    }

    /// A number that follows from the seed and a purpose: meter readings, amounts, customer numbers.
    pub(super) fn number(&self, purpose: u64, below: u64) -> u64 {
        let mut state = self.seed ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // SplitMix64's finaliser.
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (state ^ (state >> 31)) % below
    }
}

pub(super) fn join(between: &str, parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join(between)
}

pub(super) fn day(date: Option<Date>) -> String {
    date.map_or("—".to_owned(), |date| date.to_string())
}

/// What a kind of document is called on its pages.
pub(super) fn title(kind: ElementType) -> &'static str {
    match kind {
        ElementType::Passport => "PASSPORT",
        ElementType::InternalPassport => "INTERNAL PASSPORT",
        ElementType::DriverLicense => "DRIVING LICENCE",
        ElementType::IdentityCard => "IDENTITY CARD",
        ElementType::UtilityBill => "UTILITY BILL",
        ElementType::BankStatement => "BANK STATEMENT",
        ElementType::RentalAgreement => "RENTAL AGREEMENT",
        ElementType::PassportRegistration => "REGISTRATION OF RESIDENCE",
        ElementType::TemporaryRegistration => "TEMPORARY REGISTRATION",
        ElementType::PersonalDetails
        | ElementType::Address
        | ElementType::PhoneNumber
        | ElementType::Email => "CONFIRMATION",
    }
}
