//! What a Passport holds: 13 kinds of element, their typed fields, the parts each kind must, may and must
//! not have, and the JSON inside `data`, both ways.
//!
//! Nothing here knows about encryption, Telegram or files on a disk: an [`Element`] is generic over what
//! stands for a file. The same type is an element as stored (`Element<SavedFile>`), as a person wants to
//! store it (`Element<FileSource>`), and as a bot opened it (`Element<FileContents>`).

mod address;
mod country;
mod date;
mod document;
mod kind;
mod part;
mod personal_details;
mod plain;

pub use address::Address;
pub use country::Country;
pub use date::{Date, DateError};
pub use document::{IdentityDocument, PersonalDocument};
pub use kind::{ElementType, Presence};
pub use part::{Part, PartKind};
pub use personal_details::{Gender, PersonalDetails};
pub use plain::{EmailAddress, PhoneNumber};

/// One element of a Passport; `F` is what stands for a file (a scan).
///
/// The variants are the 13 `secureValueType…` constructors, in the schema's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element<F> {
    /// Names, birth date, gender, citizenship and residence.
    PersonalDetails(PersonalDetails),
    /// A passport: number, expiry date, front side.
    Passport(IdentityDocument<F>),
    /// A driver's licence: front and reverse side.
    DriverLicense(IdentityDocument<F>),
    /// An identity card: front and reverse side.
    IdentityCard(IdentityDocument<F>),
    /// An internal passport: front side.
    InternalPassport(IdentityDocument<F>),
    /// A residential address.
    Address(Address),
    /// A utility bill.
    UtilityBill(PersonalDocument<F>),
    /// A bank statement.
    BankStatement(PersonalDocument<F>),
    /// A rental agreement.
    RentalAgreement(PersonalDocument<F>),
    /// A registration page in an internal passport.
    PassportRegistration(PersonalDocument<F>),
    /// A temporary registration.
    TemporaryRegistration(PersonalDocument<F>),
    /// A phone number, which Telegram verifies and sees in the clear.
    PhoneNumber(PhoneNumber),
    /// An e-mail address, which Telegram verifies and sees in the clear.
    Email(EmailAddress),
}

impl<F> Element<F> {
    /// Which of the 13 kinds this is.
    #[must_use]
    pub fn kind(&self) -> ElementType {
        match self {
            Self::PersonalDetails(_) => ElementType::PersonalDetails,
            Self::Passport(_) => ElementType::Passport,
            Self::DriverLicense(_) => ElementType::DriverLicense,
            Self::IdentityCard(_) => ElementType::IdentityCard,
            Self::InternalPassport(_) => ElementType::InternalPassport,
            Self::Address(_) => ElementType::Address,
            Self::UtilityBill(_) => ElementType::UtilityBill,
            Self::BankStatement(_) => ElementType::BankStatement,
            Self::RentalAgreement(_) => ElementType::RentalAgreement,
            Self::PassportRegistration(_) => ElementType::PassportRegistration,
            Self::TemporaryRegistration(_) => ElementType::TemporaryRegistration,
            Self::PhoneNumber(_) => ElementType::PhoneNumber,
            Self::Email(_) => ElementType::Email,
        }
    }
}
