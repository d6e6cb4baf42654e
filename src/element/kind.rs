use std::fmt;

use serde::{Deserialize, Serialize};

use super::PartKind;
use super::near::is_near;

/// The kind of an element: the schema's `SecureValueType`, 13 constructors without fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ElementType {
    /// `secureValueTypePersonalDetails`
    PersonalDetails,
    /// `secureValueTypePassport`
    Passport,
    /// `secureValueTypeDriverLicense`
    DriverLicense,
    /// `secureValueTypeIdentityCard`
    IdentityCard,
    /// `secureValueTypeInternalPassport`
    InternalPassport,
    /// `secureValueTypeAddress`
    Address,
    /// `secureValueTypeUtilityBill`
    UtilityBill,
    /// `secureValueTypeBankStatement`
    BankStatement,
    /// `secureValueTypeRentalAgreement`
    RentalAgreement,
    /// `secureValueTypePassportRegistration`
    PassportRegistration,
    /// `secureValueTypeTemporaryRegistration`
    TemporaryRegistration,
    /// `secureValueTypePhone`
    PhoneNumber,
    /// `secureValueTypeEmail`
    Email,
}

/// Whether a kind of element has a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Without it the element is incomplete.
    Must,
    /// It may be there; a bot gets it only if it asked for it.
    May,
    /// TDLib treats an element that has it as damaged.
    MustNot,
}

impl ElementType {
    /// All 13, in the schema's order.
    pub const ALL: [Self; 13] = [
        Self::PersonalDetails,
        Self::Passport,
        Self::DriverLicense,
        Self::IdentityCard,
        Self::InternalPassport,
        Self::Address,
        Self::UtilityBill,
        Self::BankStatement,
        Self::RentalAgreement,
        Self::PassportRegistration,
        Self::TemporaryRegistration,
        Self::PhoneNumber,
        Self::Email,
    ];

    /// The name in credentials, scopes and the Bot API's `type`: `personal_details`, `phone_number`, ….
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PersonalDetails => "personal_details",
            Self::Passport => "passport",
            Self::DriverLicense => "driver_license",
            Self::IdentityCard => "identity_card",
            Self::InternalPassport => "internal_passport",
            Self::Address => "address",
            Self::UtilityBill => "utility_bill",
            Self::BankStatement => "bank_statement",
            Self::RentalAgreement => "rental_agreement",
            Self::PassportRegistration => "passport_registration",
            Self::TemporaryRegistration => "temporary_registration",
            Self::PhoneNumber => "phone_number",
            Self::Email => "email",
        }
    }

    /// The kind in English, for people: `Personal details`, `Driver's licence`, ….
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::PersonalDetails => "Personal details",
            Self::Passport => "Passport",
            Self::DriverLicense => "Driver's licence",
            Self::IdentityCard => "Identity card",
            Self::InternalPassport => "Internal passport",
            Self::Address => "Address",
            Self::UtilityBill => "Utility bill",
            Self::BankStatement => "Bank statement",
            Self::RentalAgreement => "Rental agreement",
            Self::PassportRegistration => "Passport registration",
            Self::TemporaryRegistration => "Temporary registration",
            Self::PhoneNumber => "Phone number",
            Self::Email => "E-mail address",
        }
    }

    /// The [`title`](Self::title) within a sentence: `personal details`, `driver's licence`, ….
    #[must_use]
    pub fn noun(self) -> String {
        self.title().to_lowercase()
    }

    /// The two-letter alias of compact scopes: `pd`, `pp`, ….
    #[must_use]
    pub const fn alias(self) -> &'static str {
        match self {
            Self::PersonalDetails => "pd",
            Self::Passport => "pp",
            Self::DriverLicense => "dl",
            Self::IdentityCard => "ic",
            Self::InternalPassport => "ip",
            Self::Address => "ad",
            Self::UtilityBill => "ub",
            Self::BankStatement => "bs",
            Self::RentalAgreement => "ra",
            Self::PassportRegistration => "pr",
            Self::TemporaryRegistration => "tr",
            Self::PhoneNumber => "pn",
            Self::Email => "em",
        }
    }

    /// The kind with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind as a person writes it: its name or title in any letters, with whatever between the words.
    #[must_use]
    pub fn from_written(text: &str) -> Option<Self> {
        let written = folded(text);
        Self::ALL.into_iter().find(|kind| kind.words().any(|word| folded(word) == written))
    }

    /// The kinds that are written like this text: what was perhaps meant by it.
    #[must_use]
    pub fn like(text: &str) -> Vec<Self> {
        let written = folded(text);
        let like = |word: &str| {
            let word = folded(word);
            is_near(&word, &written) || (written.len() >= 4 && word.contains(&written))
        };
        Self::ALL.into_iter().filter(|kind| kind.words().any(like)).collect()
    }

    fn words(self) -> impl Iterator<Item = &'static str> {
        let others: &[&str] = match self {
            Self::DriverLicense => {
                &["driving licence", "drivers license", "driver licence", "driving license"]
            }
            Self::IdentityCard => &["id card"],
            Self::PhoneNumber => &["phone"],
            Self::Email => &["mail"],
            _ => &[],
        };
        [self.name(), self.title()].into_iter().chain(others.iter().copied())
    }

    /// The kind with this [`alias`](Self::alias).
    #[must_use]
    pub fn from_alias(alias: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.alias() == alias)
    }

    /// Passport, internal passport, driver's licence or identity card.
    #[must_use]
    pub const fn is_identity_document(self) -> bool {
        matches!(self, Self::Passport | Self::InternalPassport | Self::DriverLicense | Self::IdentityCard)
    }

    /// One of the five proofs of address, which consist of files alone.
    #[must_use]
    pub const fn is_personal_document(self) -> bool {
        matches!(
            self,
            Self::UtilityBill
                | Self::BankStatement
                | Self::RentalAgreement
                | Self::PassportRegistration
                | Self::TemporaryRegistration
        )
    }

    /// Whether elements of this kind have, may have or must not have such a part (the parts matrix).
    #[must_use]
    pub const fn presence(self, part: PartKind) -> Presence {
        let identity = self.is_identity_document();
        let personal = self.is_personal_document();
        match part {
            PartKind::Data if identity || matches!(self, Self::PersonalDetails | Self::Address) => {
                Presence::Must
            }
            PartKind::FrontSide if identity => Presence::Must,
            PartKind::ReverseSide if matches!(self, Self::DriverLicense | Self::IdentityCard) => {
                Presence::Must
            }
            PartKind::Selfie if identity => Presence::May,
            PartKind::Translation if identity || personal => Presence::May,
            PartKind::Files if personal => Presence::Must,
            PartKind::Plain if matches!(self, Self::PhoneNumber | Self::Email) => Presence::Must,
            _ => Presence::MustNot,
        }
    }
}

/// Letters alone, and small.
fn folded(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_lead_back_to_their_kind() {
        for kind in ElementType::ALL {
            assert_eq!(ElementType::from_name(kind.name()), Some(kind));
            assert_eq!(ElementType::from_alias(kind.alias()), Some(kind));
        }
        assert_eq!(ElementType::from_name("Passport"), None);
        assert_eq!(ElementType::from_alias(""), None);
    }

    #[test]
    fn a_kind_is_known_by_what_people_call_it() {
        for (written, kind) in [
            ("Passport", ElementType::Passport),
            ("utility-bill", ElementType::UtilityBill),
            ("UTILITY BILL", ElementType::UtilityBill),
            ("driver's licence", ElementType::DriverLicense),
            ("drivers-license", ElementType::DriverLicense),
            ("e-mail", ElementType::Email),
            ("E-mail address", ElementType::Email),
            ("phone", ElementType::PhoneNumber),
        ] {
            assert_eq!(ElementType::from_written(written), Some(kind), "{written}");
        }
        for written in ["", "pasport", "visa", "id"] {
            assert_eq!(ElementType::from_written(written), None, "{written}");
        }
        assert_eq!(ElementType::like("pasport"), [ElementType::Passport, ElementType::InternalPassport][..1]);
        assert_eq!(ElementType::like("bill"), [ElementType::UtilityBill]);
        assert_eq!(ElementType::like("visa"), []);
    }

    #[test]
    fn the_parts_matrix() {
        use PartKind::{Data, Files, FrontSide, Plain, ReverseSide, Selfie, Translation};
        let columns = [Data, FrontSide, ReverseSide, Selfie, Translation, Files, Plain];
        for (kind, row) in [
            (ElementType::PersonalDetails, "M------"),
            (ElementType::Address, "M------"),
            (ElementType::Passport, "MM-oo--"),
            (ElementType::InternalPassport, "MM-oo--"),
            (ElementType::DriverLicense, "MMMoo--"),
            (ElementType::IdentityCard, "MMMoo--"),
            (ElementType::UtilityBill, "----oM-"),
            (ElementType::BankStatement, "----oM-"),
            (ElementType::RentalAgreement, "----oM-"),
            (ElementType::PassportRegistration, "----oM-"),
            (ElementType::TemporaryRegistration, "----oM-"),
            (ElementType::PhoneNumber, "------M"),
            (ElementType::Email, "------M"),
        ] {
            let found: String = columns
                .into_iter()
                .map(|part| match kind.presence(part) {
                    Presence::Must => 'M',
                    Presence::May => 'o',
                    Presence::MustNot => '-',
                })
                .collect();
            assert_eq!(found, row, "{kind}");
        }
    }
}
