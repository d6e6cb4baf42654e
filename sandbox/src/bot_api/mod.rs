//! What a bot gets to see of the sandbox, in the Bot API's JSON: an [`Update`] for each share in its inbox, and
//! its files' ciphertext by `file_id`.
//!
//! It is built from what the blind server holds. Field names and their order are the Bot API's; base64 is the
//! standard alphabet with padding.

mod file;
mod passport_data;
mod update;

pub use file::{File, download};
pub use passport_data::{EncryptedCredentials, EncryptedPassportElement, PassportData, PassportFile};
pub use update::{Chat, Message, Update, User, updates};
