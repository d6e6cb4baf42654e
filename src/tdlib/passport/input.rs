//! Elements to be saved, as TDLib wants them.

use tdlib_rs::enums::{InputFile, InputPassportElement as Td};
use tdlib_rs::types;

use crate::element::{Address, Date, Element, IdentityDocument, PersonalDetails, PersonalDocument};
use crate::passport::Alteration;

/// The element for TDLib. It must be valid: TDLib has no way to write a document without a front side, or a person
/// without a birth date.
///
/// `None` if it is one of these.
pub(super) fn input(element: Element<InputFile>) -> Option<Td> {
    Some(match element {
        Element::PersonalDetails(details) => {
            Td::PersonalDetails(types::InputPassportElementPersonalDetails {
                personal_details: personal_details(&details)?,
            })
        }
        Element::Address(element) => {
            Td::Address(types::InputPassportElementAddress { address: address(&element) })
        }
        Element::Passport(document) => {
            Td::Passport(types::InputPassportElementPassport { passport: identity_document(document)? })
        }
        Element::DriverLicense(document) => Td::DriverLicense(types::InputPassportElementDriverLicense {
            driver_license: identity_document(document)?,
        }),
        Element::IdentityCard(document) => Td::IdentityCard(types::InputPassportElementIdentityCard {
            identity_card: identity_document(document)?,
        }),
        Element::InternalPassport(document) => {
            Td::InternalPassport(types::InputPassportElementInternalPassport {
                internal_passport: identity_document(document)?,
            })
        }
        Element::UtilityBill(document) => Td::UtilityBill(types::InputPassportElementUtilityBill {
            utility_bill: personal_document(document),
        }),
        Element::BankStatement(document) => Td::BankStatement(types::InputPassportElementBankStatement {
            bank_statement: personal_document(document),
        }),
        Element::RentalAgreement(document) => {
            Td::RentalAgreement(types::InputPassportElementRentalAgreement {
                rental_agreement: personal_document(document),
            })
        }
        Element::PassportRegistration(document) => {
            Td::PassportRegistration(types::InputPassportElementPassportRegistration {
                passport_registration: personal_document(document),
            })
        }
        Element::TemporaryRegistration(document) => {
            Td::TemporaryRegistration(types::InputPassportElementTemporaryRegistration {
                temporary_registration: personal_document(document),
            })
        }
        Element::PhoneNumber(number) => {
            Td::PhoneNumber(types::InputPassportElementPhoneNumber { phone_number: number.0.clone() })
        }
        Element::Email(email) => {
            Td::EmailAddress(types::InputPassportElementEmailAddress { email_address: email.0.clone() })
        }
    })
}

/// Whether TDLib would take this text over as it is.
pub(super) fn is_kept(text: &str) -> bool {
    Alteration::of(text).is_none()
}

fn personal_details(details: &PersonalDetails) -> Option<types::PersonalDetails> {
    let code = |country: Option<crate::element::Country>| Some(country?.code().to_owned());
    Some(types::PersonalDetails {
        first_name: details.first_name.clone(),
        middle_name: details.middle_name.clone(),
        last_name: details.last_name.clone(),
        native_first_name: details.first_name_native.clone(),
        native_middle_name: details.middle_name_native.clone(),
        native_last_name: details.last_name_native.clone(),
        birthdate: date(details.birth_date?),
        gender: details.gender?.name().to_owned(),
        country_code: code(details.country)?,
        residence_country_code: code(details.residence_country)?,
    })
}

fn address(address: &Address) -> types::Address {
    types::Address {
        country_code: address.country.map(|country| country.code().to_owned()).unwrap_or_default(),
        state: address.state.clone(),
        city: address.city.clone(),
        street_line1: address.street_line1.clone(),
        street_line2: address.street_line2.clone(),
        postal_code: address.post_code.clone(),
    }
}

fn identity_document(document: IdentityDocument<InputFile>) -> Option<types::InputIdentityDocument> {
    Some(types::InputIdentityDocument {
        number: document.document_no.to_string(),
        expiration_date: document.expiry_date.map(date),
        front_side: document.parts.front_side?,
        reverse_side: document.parts.reverse_side,
        selfie: document.parts.selfie,
        translation: document.parts.translation,
    })
}

fn personal_document(document: PersonalDocument<InputFile>) -> types::InputPersonalDocument {
    types::InputPersonalDocument { files: document.parts.files, translation: document.parts.translation }
}

fn date(date: Date) -> types::Date {
    types::Date { day: date.day().into(), month: date.month().into(), year: date.year().into() }
}
