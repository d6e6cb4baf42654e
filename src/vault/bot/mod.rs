//! The bot's side: opening what a person shared, strictly, so that what is accepted here everybody accepts.
//!
//! [`PassportData::parse`] checks the structure of what the Bot API delivered, [`PassportData::open_credentials`] opens
//! the credentials with the [`BotPrivateKey`], [`EncryptedPassportElement::open`] one element with them, and
//! [`PassportData::open`] does it all and checks that elements and credentials name the same things.
//!
//! # Examples
//!
//! A share of one document (which a client would have sealed), and the bot opens it:
//!
//! ```
//! use telegram_passport::element::ElementType;
//! use telegram_passport::vault::bot::*;
//! use telegram_passport::vault::{NonceName, hazmat};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let bot_pem = include_str!("../../../tests/vectors/throwaway_bot_pkcs8.pem");
//! let key = BotPrivateKey::from_pem(bot_pem)?;
//!
//! let secret = ValueSecret::generate();
//! let (ciphertext, hash) = hazmat::seal(br#"{"document_no":"X1234567"}"#, &secret);
//! let data = Some(PartCredentials { hash, secret });
//! let mut credentials = hazmat::Credentials::new(NonceName::Nonce, "of the request");
//! credentials.insert(ElementType::InternalPassport, ElementCredentials { data, ..Default::default() });
//!
//! let received = PassportData {
//!     elements: vec![EncryptedPassportElement {
//!         kind: ElementType::InternalPassport,
//!         hash: vec![],
//!         data: Some(ciphertext),
//!         plain: None,
//!         parts: Default::default(),
//!     }],
//!     unknown: vec![],
//!     credentials: credentials.seal(&key.public_key()),
//! };
//! let share = received.open(&key, Some("of the request"), |_| unreachable!("no files"))?;
//! assert_eq!(share.elements[0].data.as_ref().unwrap().json.as_str(), r#"{"document_no":"X1234567"}"#);
//! # Ok(())
//! # }
//! ```

mod json;
mod mismatch;
mod open;
mod opened_credentials;
mod opened_share;
mod passport_data;
mod private_key;
mod share_error;

pub use json::JsonError;
pub use opened_credentials::{CredentialsError, OpenedCredentials};
pub use opened_share::{OpenedData, OpenedElement, OpenedFile, OpenedShare};
pub use passport_data::{Allow, EncryptedPassportElement, PassportData, PassportDataError, PassportFile};
pub use private_key::{BotPrivateKey, CredentialsSecretError};
pub use share_error::{ContentsError, ShareError, SharedPart};

pub use super::credentials::{ElementCredentials, EncryptedCredentials, PartCredentials};
pub use super::secret::{ValueHash, ValueSecret};
