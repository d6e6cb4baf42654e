//! What a Passport holds: 13 kinds of element, their typed fields, the parts each kind must, may and must
//! not have, and the JSON inside `data`, both ways.
//!
//! Nothing here knows about encryption, Telegram or files on a disk: an [`Element`] is generic over what
//! stands for a file. The same type is an element as stored (`Element<SavedFile>`), as a person wants to
//! store it (`Element<FileSource>`), and as a bot opened it (`Element<FileContents>`);
//! [`try_map_files`](Element::try_map_files) leads from one to the other.
//!
//! An element can be written down in two ways. [`write_data`](Element::write_data) and
//! [`read_data`](Element::read_data) are the JSON that is sealed and stored: strict out, lenient in, and what was
//! odd about it is reported as [`Flaw`]s. What is not known or not understood is kept: [`UnknownFields`] are written
//! back, and an element with [`RawFields`] is not written before these fields are set anew. `Serialize` and `Deserialize` are one flat map with a `type` and the
//! files, for `person.toml` and `--json`, strict both ways.
//!
//! Any element can be held, however incomplete: a form that is being filled in, or what another client stored. What
//! is wrong with it, [`validate`](Element::validate) says, all at once, in sentences for people.
//!
//! What is personal is wiped when it is dropped, is not shown by `Debug`, and is not repeated by errors, problems or
//! flaws.
//!
//! ```
//! use telegram_passport::element::{Element, ElementType};
//!
//! let stored = br#"{"document_no":"C01X00T47","expiry_date":"1.2.2030"}"#;
//! let (passport, flaws) = Element::<()>::read_data(ElementType::Passport, stored)?;
//! assert_eq!(flaws[0].to_string(), "the expiry date (expiry_date) is stored without leading zeros");
//! assert_eq!(
//!     passport.validate()[0].to_string(),
//!     "Passport: the picture of the front side (front_side) is missing"
//! );
//! let written = passport.write_data()?.expect("passports have data");
//! assert_eq!(written.as_slice(), br#"{"document_no":"C01X00T47","expiry_date":"01.02.2030"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod countries;
mod country;
mod date;
mod document;
mod entry;
mod field;
mod files;
mod filled;
mod flat;
mod flaw;
mod kind;
mod native_names;
mod near;
mod part;
mod parts;
mod personal_details;
mod place;
mod plain;
mod problem;
mod raw;
mod stored;
mod text;
mod unix_time;
mod unknown;
mod validate;

pub use address::Address;
pub use country::Country;
pub use date::{Date, DateError};
pub use document::{IdentityDocument, PersonalDocument};
pub use entry::{Entry, EntryChange};
pub use field::Field;
pub use files::AttachError;
pub use filled::FilledField;
pub use flaw::{Flaw, FlawKind};
pub use kind::{ElementType, Presence};
pub use native_names::NativeNamesRule;
pub use part::{Part, PartKind};
pub use parts::Parts;
pub use personal_details::{Gender, PersonalDetails};
pub use place::Place;
pub(crate) use place::{note, sentence};
pub use plain::{EmailAddress, PhoneNumber};
pub use problem::{InvalidElement, Problem, Trouble};
pub use raw::RawFields;
pub use stored::{MAX_DATA_BYTES, ReadError};
pub use text::TextError;
pub use unix_time::UnixTime;
pub use unknown::UnknownFields;

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

    /// An element of this kind with nothing filled in.
    #[must_use]
    pub fn empty(kind: ElementType) -> Self {
        match kind {
            ElementType::PersonalDetails => Self::PersonalDetails(PersonalDetails::default()),
            ElementType::Passport => Self::Passport(IdentityDocument::default()),
            ElementType::DriverLicense => Self::DriverLicense(IdentityDocument::default()),
            ElementType::IdentityCard => Self::IdentityCard(IdentityDocument::default()),
            ElementType::InternalPassport => Self::InternalPassport(IdentityDocument::default()),
            ElementType::Address => Self::Address(Address::default()),
            ElementType::UtilityBill => Self::UtilityBill(PersonalDocument::default()),
            ElementType::BankStatement => Self::BankStatement(PersonalDocument::default()),
            ElementType::RentalAgreement => Self::RentalAgreement(PersonalDocument::default()),
            ElementType::PassportRegistration => Self::PassportRegistration(PersonalDocument::default()),
            ElementType::TemporaryRegistration => Self::TemporaryRegistration(PersonalDocument::default()),
            ElementType::PhoneNumber => Self::PhoneNumber(PhoneNumber::default()),
            ElementType::Email => Self::Email(EmailAddress::default()),
        }
    }

    /// The document, if this is a passport, internal passport, driver's licence or identity card.
    #[must_use]
    pub fn identity_document(&self) -> Option<&IdentityDocument<F>> {
        match self {
            Self::Passport(document)
            | Self::DriverLicense(document)
            | Self::IdentityCard(document)
            | Self::InternalPassport(document) => Some(document),
            _ => None,
        }
    }

    /// Mutable access to its identity document, if it is one.
    #[must_use]
    pub fn identity_document_mut(&mut self) -> Option<&mut IdentityDocument<F>> {
        match self {
            Self::Passport(document)
            | Self::DriverLicense(document)
            | Self::IdentityCard(document)
            | Self::InternalPassport(document) => Some(document),
            _ => None,
        }
    }

    /// The document, if this is one of the five proofs of address.
    #[must_use]
    pub fn personal_document(&self) -> Option<&PersonalDocument<F>> {
        match self {
            Self::UtilityBill(document)
            | Self::BankStatement(document)
            | Self::RentalAgreement(document)
            | Self::PassportRegistration(document)
            | Self::TemporaryRegistration(document) => Some(document),
            _ => None,
        }
    }

    /// Mutable access to its personal document, if it is one.
    #[must_use]
    pub fn personal_document_mut(&mut self) -> Option<&mut PersonalDocument<F>> {
        match self {
            Self::UtilityBill(document)
            | Self::BankStatement(document)
            | Self::RentalAgreement(document)
            | Self::PassportRegistration(document)
            | Self::TemporaryRegistration(document) => Some(document),
            _ => None,
        }
    }

    /// The phone number or e-mail address, which goes to Telegram in the clear (`securePlainPhone`,
    /// `securePlainEmail`).
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match self {
            Self::PhoneNumber(number) => Some(&number.0),
            Self::Email(address) => Some(&address.0),
            _ => None,
        }
    }
}
