//! The cryptography of Telegram Passport: bytes in, bytes out; no network, no async.
//!
//! Everything hangs on one *passport secret* per account. Telegram stores it wrapped under the account's two-step
//! verification [`Password`]. Every *value*, an element's JSON or a file, is sealed under a secret of its own, which
//! the passport secret wraps in turn. To share, a person hands a bot the value secrets of exactly what it asked for,
//! sealed to the bot's [`BotPublicKey`].
//!
//! A person's side is reached through [`passport`](crate::passport), which takes the password and does the rest; what
//! is public here is what it asks for and answers. The bot's side is [`bot`]. What a program keeps on its own disk is
//! another matter, and sealed in another way, by [`at_rest`]. Who tests either side and seals by hand finds the parts
//! in [`hazmat`].
//!
//! The password itself is shown to nobody: the client proves it with SRP, and Telegram keeps what [`derive_verifier`]
//! makes of it.
//!
//! AES-CBC here carries no authentication, so nothing decrypted is handed out before its SHA-256 matched. Secrets are
//! wiped on drop, never printed, compared in constant time. All primitives are called from `primitives.rs`.
//!
//! # Examples
//!
//! A bot's key, as its request carries it:
//!
//! ```
//! use telegram_passport::vault::{BotPublicKey, KeyError};
//!
//! # let private_pem = include_str!("../../tests/vectors/throwaway_bot_pkcs8.pem");
//! # let public_pem = include_str!("../../tests/vectors/throwaway_bot_spki.pem");
//! assert_eq!(BotPublicKey::from_pem(public_pem)?.bits(), 2048);
//! assert_eq!(BotPublicKey::from_pem(private_pem).unwrap_err(), KeyError::PrivateKeyGiven);
//! # Ok::<(), KeyError>(())
//! ```

pub mod at_rest;
pub mod bot;
mod bot_public_key;
mod credentials;
mod file;
mod group;
pub mod hazmat;
mod kdf;
mod open_error;
mod password;
mod pem;
mod prefix;
mod prime;
mod primitives;
mod secret;
mod srp;
mod srp_error;
mod stream;
mod value;
#[allow(clippy::module_inception)] // the file has the name of its type
mod vault;
#[cfg(test)]
mod vectors;

pub use bot_public_key::{BotPublicKey, KeyError};
pub use credentials::NonceName;
pub use file::FileContents;
pub use kdf::UnlockError;
pub use open_error::OpenError;
pub use password::Password;
pub use secret::{LengthError, SecretError};
pub use srp::{NewPasswordVerifier, PasswordAlgorithm, derive_verifier};
pub use srp_error::SrpError;
pub use vault::VaultError;

pub(crate) use credentials::{Credentials, ElementCredentials, EncryptedCredentials, PartCredentials};
pub(crate) use file::{SealedFile, generate_file_id, upload_checksum};
#[cfg(feature = "mtproto")]
pub(crate) use group::Group;
pub(crate) use kdf::{SecretKdf, WrappedSecret};
pub(crate) use secret::{EncryptedSecret, PassportSecret, SecretId, ValueHash};
pub(crate) use srp::{NewPasswordError, SrpChallenge, SrpProof, prove};
pub(crate) use value::SealedData;
pub(crate) use vault::{LockedVault, Vault};
