use std::fmt;

use super::ElementType;

/// A field of an element: a key of the JSON inside `data`, or the text of a phone number or e-mail address.
///
/// The Bot API's `setPassportDataErrors` names fields by the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `first_name`
    FirstName,
    /// `middle_name`
    MiddleName,
    /// `last_name`
    LastName,
    /// `first_name_native`
    FirstNameNative,
    /// `middle_name_native`
    MiddleNameNative,
    /// `last_name_native`
    LastNameNative,
    /// `birth_date`
    BirthDate,
    /// `gender`
    Gender,
    /// `country_code`: citizenship in personal details, the country in an address.
    CountryCode,
    /// `residence_country_code`
    ResidenceCountryCode,
    /// `state`
    State,
    /// `city`
    City,
    /// `street_line1`
    StreetLine1,
    /// `street_line2`
    StreetLine2,
    /// `post_code`
    PostCode,
    /// `document_no`
    DocumentNo,
    /// `expiry_date`
    ExpiryDate,
    /// `phone_number`, outside `data`.
    PhoneNumber,
    /// `email`, outside `data`.
    Email,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 19] = [
        Self::FirstName,
        Self::MiddleName,
        Self::LastName,
        Self::FirstNameNative,
        Self::MiddleNameNative,
        Self::LastNameNative,
        Self::BirthDate,
        Self::Gender,
        Self::CountryCode,
        Self::ResidenceCountryCode,
        Self::State,
        Self::City,
        Self::StreetLine1,
        Self::StreetLine2,
        Self::PostCode,
        Self::DocumentNo,
        Self::ExpiryDate,
        Self::PhoneNumber,
        Self::Email,
    ];

    /// The fields of a kind of element, in the order in which TDLib writes them; a proof of address has none.
    #[must_use]
    pub const fn of(kind: ElementType) -> &'static [Self] {
        match kind {
            ElementType::PersonalDetails => &[
                Self::FirstName,
                Self::MiddleName,
                Self::LastName,
                Self::FirstNameNative,
                Self::MiddleNameNative,
                Self::LastNameNative,
                Self::BirthDate,
                Self::Gender,
                Self::CountryCode,
                Self::ResidenceCountryCode,
            ],
            ElementType::Address => &[
                Self::CountryCode,
                Self::State,
                Self::City,
                Self::StreetLine1,
                Self::StreetLine2,
                Self::PostCode,
            ],
            ElementType::Passport
            | ElementType::DriverLicense
            | ElementType::IdentityCard
            | ElementType::InternalPassport => &[Self::DocumentNo, Self::ExpiryDate],
            ElementType::PhoneNumber => &[Self::PhoneNumber],
            ElementType::Email => &[Self::Email],
            _ => &[],
        }
    }

    /// The field with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The key in the JSON: `first_name`, `country_code`, ….
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstName => "first_name",
            Self::MiddleName => "middle_name",
            Self::LastName => "last_name",
            Self::FirstNameNative => "first_name_native",
            Self::MiddleNameNative => "middle_name_native",
            Self::LastNameNative => "last_name_native",
            Self::BirthDate => "birth_date",
            Self::Gender => "gender",
            Self::CountryCode => "country_code",
            Self::ResidenceCountryCode => "residence_country_code",
            Self::State => "state",
            Self::City => "city",
            Self::StreetLine1 => "street_line1",
            Self::StreetLine2 => "street_line2",
            Self::PostCode => "post_code",
            Self::DocumentNo => "document_no",
            Self::ExpiryDate => "expiry_date",
            Self::PhoneNumber => "phone_number",
            Self::Email => "email",
        }
    }

    /// The name of the same field in TDLib's interface, which differs for eight of them: `birthdate`,
    /// `native_first_name`, `postal_code`, `number`, ….
    #[must_use]
    pub const fn tdlib_name(self) -> &'static str {
        match self {
            Self::FirstNameNative => "native_first_name",
            Self::MiddleNameNative => "native_middle_name",
            Self::LastNameNative => "native_last_name",
            Self::BirthDate => "birthdate",
            Self::PostCode => "postal_code",
            Self::DocumentNo => "number",
            Self::ExpiryDate => "expiration_date",
            Self::Email => "email_address",
            other => other.name(),
        }
    }

    /// The field in words, as an element of this kind has it: a country is the citizenship in personal details.
    #[must_use]
    pub const fn title_in(self, kind: ElementType) -> &'static str {
        match (self, kind) {
            (Self::CountryCode, ElementType::PersonalDetails) => "citizenship",
            (field, _) => field.title(),
        }
    }

    /// How it is written, for people, where that is not plain: `DD.MM.YYYY`, ….
    #[must_use]
    pub const fn form(self) -> Option<&'static str> {
        match self {
            Self::FirstName | Self::MiddleName | Self::LastName => {
                Some("in Latin letters, as in the passport's last lines")
            }
            Self::BirthDate | Self::ExpiryDate => Some("DD.MM.YYYY"),
            Self::Gender => Some("male or female"),
            Self::CountryCode | Self::ResidenceCountryCode => Some("its code, such as CZ, or its name"),
            Self::PostCode => Some("letters A-Z, digits, hyphens"),
            Self::PhoneNumber => Some("with the country's calling code"),
            Self::Email => Some("name@example.org"),
            _ => None,
        }
    }

    /// The first sign in the text that the field does not take, whatever else is wrong with it.
    #[must_use]
    pub fn refused_sign(self, text: &str) -> Option<char> {
        text.chars().find(|c| !super::validate::takes(self, *c))
    }

    /// The field in words, for people: `first name`, `number of the document`.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::FirstName => "first name",
            Self::MiddleName => "middle name",
            Self::LastName => "last name",
            Self::FirstNameNative => "first name in the local script",
            Self::MiddleNameNative => "middle name in the local script",
            Self::LastNameNative => "last name in the local script",
            Self::BirthDate => "date of birth",
            Self::Gender => "gender",
            Self::CountryCode => "country",
            Self::ResidenceCountryCode => "country of residence",
            Self::State => "state",
            Self::City => "city",
            Self::StreetLine1 => "street",
            Self::StreetLine2 => "second line of the street",
            Self::PostCode => "post code",
            Self::DocumentNo => "document number",
            Self::ExpiryDate => "expiry date",
            Self::PhoneNumber => "phone number",
            Self::Email => "e-mail address",
        }
    }
}

/// The [`name`](Field::name).
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_field_has_one_name_and_belongs_to_an_element() {
        let names: HashSet<&str> = Field::ALL.into_iter().map(Field::name).collect();
        assert_eq!(names.len(), Field::ALL.len());
        for field in Field::ALL {
            assert_eq!(Field::from_name(field.name()), Some(field));
            assert!(ElementType::ALL.into_iter().any(|kind| Field::of(kind).contains(&field)), "{field}");
        }
        assert_eq!(Field::ALL.into_iter().filter(|field| field.name() != field.tdlib_name()).count(), 8);
    }

    #[test]
    fn fields_and_data_go_together() {
        use crate::element::{PartKind, Presence};
        for kind in ElementType::ALL {
            let has_text =
                [PartKind::Data, PartKind::Plain].map(|part| kind.presence(part) == Presence::Must);
            assert_eq!(has_text.contains(&true), !Field::of(kind).is_empty(), "{kind}");
        }
    }
}
