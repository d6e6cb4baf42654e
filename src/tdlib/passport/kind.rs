//! Kinds of element and fields, in TDLib's names and ours.

use tdlib_rs::enums::PassportElementType as Td;

use crate::element::{ElementType, Field};

pub(super) fn to_tdlib(kind: ElementType) -> Td {
    match kind {
        ElementType::PersonalDetails => Td::PersonalDetails,
        ElementType::Passport => Td::Passport,
        ElementType::DriverLicense => Td::DriverLicense,
        ElementType::IdentityCard => Td::IdentityCard,
        ElementType::InternalPassport => Td::InternalPassport,
        ElementType::Address => Td::Address,
        ElementType::UtilityBill => Td::UtilityBill,
        ElementType::BankStatement => Td::BankStatement,
        ElementType::RentalAgreement => Td::RentalAgreement,
        ElementType::PassportRegistration => Td::PassportRegistration,
        ElementType::TemporaryRegistration => Td::TemporaryRegistration,
        ElementType::PhoneNumber => Td::PhoneNumber,
        ElementType::Email => Td::EmailAddress,
    }
}

pub(super) fn from_tdlib(kind: &Td) -> ElementType {
    match kind {
        Td::PersonalDetails => ElementType::PersonalDetails,
        Td::Passport => ElementType::Passport,
        Td::DriverLicense => ElementType::DriverLicense,
        Td::IdentityCard => ElementType::IdentityCard,
        Td::InternalPassport => ElementType::InternalPassport,
        Td::Address => ElementType::Address,
        Td::UtilityBill => ElementType::UtilityBill,
        Td::BankStatement => ElementType::BankStatement,
        Td::RentalAgreement => ElementType::RentalAgreement,
        Td::PassportRegistration => ElementType::PassportRegistration,
        Td::TemporaryRegistration => ElementType::TemporaryRegistration,
        Td::PhoneNumber => ElementType::PhoneNumber,
        Td::EmailAddress => ElementType::Email,
    }
}

/// The stored name of a field that TDLib calls by a name of its own; a name nobody knows stays.
pub(super) fn field_name(kind: ElementType, tdlib_name: &str) -> String {
    let field = Field::of(kind).iter().find(|field| field.tdlib_name() == tdlib_name);
    field.map_or(tdlib_name, |field| field.name()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back() {
        for kind in ElementType::ALL {
            assert_eq!(from_tdlib(&to_tdlib(kind)), kind);
        }
    }

    #[test]
    fn fields_are_called_as_they_are_stored() {
        assert_eq!(field_name(ElementType::PersonalDetails, "native_first_name"), "first_name_native");
        assert_eq!(field_name(ElementType::Passport, "number"), "document_no");
        assert_eq!(field_name(ElementType::Address, "city"), "city");
        assert_eq!(field_name(ElementType::Address, "number"), "number");
    }
}
