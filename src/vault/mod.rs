//! The cryptography of Telegram Passport: bytes in, bytes out; no network, no async.
//!
//! Everything hangs on one *passport secret* per account. It is stored by Telegram, wrapped under the account's
//! two-step verification password ([`WrappedSecret`]); [`LockedVault::unlock`] turns it into a [`Vault`]. The vault
//! seals and opens *values*: an element's JSON ([`Vault::seal_data`]) and its files ([`Vault::seal_file`]), each under
//! a [`ValueSecret`] of its own, which the passport secret wraps in turn.
//!
//! To share, a person hands a bot the value secrets of exactly what it asked for: [`Credentials`], sealed to the bot's
//! [`BotPublicKey`]. The bot's side is here too, strict, so that what it accepts everybody accepts:
//! [`PassportData::parse`] checks the structure of what the Bot API delivered, [`PassportData::open_credentials`] opens
//! the credentials with the [`BotPrivateKey`], [`EncryptedPassportElement::open`] one element with them, and
//! [`PassportData::open`] does it all and checks that elements and credentials name the same things.
//!
//! The password itself is shown to nobody: [`prove`] and [`derive_verifier`] are the client's half of SRP.
//!
//! What a program keeps on its own disk is another matter, and sealed in another way, by [`at_rest`].
//!
//! AES-CBC here carries no authentication, so nothing decrypted is handed out before its SHA-256 matched. Secrets are
//! wiped on drop, never printed, compared in constant time. All primitives are called from `primitives.rs`.
//!
//! # Examples
//!
//! A person stores a document, shares it, and the bot opens it:
//!
//! ```
//! use telegram_passport::element::ElementType;
//! use telegram_passport::vault::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let bot_pem = include_str!("../../tests/vectors/throwaway_bot_pkcs8.pem");
//! # let bot_public_pem = include_str!("../../tests/vectors/throwaway_bot_spki.pem");
//! let vault = Vault::new(PassportSecret::generate());
//! let stored = vault.seal_data(br#"{"document_no":"X1234567"}"#)?;
//!
//! let secret = vault.open_secret(&stored.hash, &stored.secret)?;
//! let data = Some(PartCredentials { hash: stored.hash, secret });
//! let mut credentials = Credentials::new(NonceName::Nonce, "of the request");
//! credentials.insert(ElementType::InternalPassport, ElementCredentials { data, ..Default::default() });
//! let credentials = credentials.seal(&BotPublicKey::from_pem(bot_public_pem)?);
//!
//! let received = PassportData {
//!     elements: vec![EncryptedPassportElement {
//!         kind: ElementType::InternalPassport,
//!         hash: vec![],
//!         data: Some(stored.ciphertext),
//!         plain: None,
//!         files: vec![],
//!     }],
//!     unknown: vec![],
//!     credentials,
//! };
//! let key = BotPrivateKey::from_pem(bot_pem)?;
//! let share = received.open(&key, Some("of the request"), |_| unreachable!("no files"))?;
//! assert_eq!(share.elements[0].data.as_ref().unwrap().json.as_str(), r#"{"document_no":"X1234567"}"#);
//! # Ok(())
//! # }
//! ```

pub mod at_rest;
mod bot_key;
mod credentials;
mod file;
mod group;
pub mod hazmat;
mod json;
mod judge;
mod kdf;
mod lock;
mod open;
mod opened_credentials;
mod opened_share;
mod passport_data;
mod password;
mod pem;
mod prime;
mod primitives;
mod secret;
mod share_error;
mod srp;
mod stream;
mod value;
#[cfg(test)]
mod vectors;

pub use bot_key::{BotPrivateKey, BotPublicKey, CredentialsSecretError, KeyError};
pub use credentials::{Credentials, ElementCredentials, EncryptedCredentials, NonceName, PartCredentials};
pub use file::{FileContents, SealedFile, UploadChecksum, generate_file_id, upload_checksum};
#[cfg(feature = "mtproto")]
pub(crate) use group::Group;
pub use json::JsonError;
pub use kdf::{SecretKdf, UnlockError, WrappedSecret, unwrap_secret, upgrade_secret, wrap_secret};
pub use lock::{LockedVault, Vault, VaultError};
pub use opened_credentials::{CredentialsError, OpenedCredentials};
pub use opened_share::{OpenedData, OpenedElement, OpenedFile, OpenedShare};
pub use passport_data::{Allow, EncryptedPassportElement, PassportData, PassportDataError, PassportFile};
pub use password::Password;
pub use secret::{
    EncryptedSecret, LengthError, PassportSecret, SecretError, SecretId, ValueHash, ValueSecret,
};
pub use share_error::{ContentsError, Place, ShareError};
pub use srp::{
    NewPasswordError, NewPasswordSettings, NewPasswordVerifier, PasswordAlgorithm, SrpChallenge, SrpError,
    SrpProof, derive_verifier, prove,
};
pub use stream::{FileError, FileSeal};
pub use value::{OpenError, SealedData};
