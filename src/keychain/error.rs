use std::io;
use std::path::PathBuf;

use super::EntryName;
use crate::vault::at_rest::CostError;

/// Why a keychain did not do what it was asked. No secret is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeychainError {
    /// The system has no keyring that could be reached: there is no desktop session, or it has no such service.
    #[error("this system has no keyring")]
    NoKeyring,
    /// The system's keyring is locked and was not unlocked: the person dismissed the prompt, or none could be shown.
    #[error("the system's keyring is locked, and was not unlocked")]
    Locked,
    /// More than one entry of the system's keyring answers to this name; another program made one of them.
    #[error("the system's keyring has {count} entries by the name {name}")]
    Ambiguous {
        /// Which entry.
        name: EntryName,
        /// How many there are.
        count: usize,
    },
    /// The system's keyring failed.
    #[error("the system's keyring failed")]
    Keyring(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is kept under this name is not what it should be.
    #[error("the entry {name} is damaged")]
    Damaged {
        /// Which entry.
        name: EntryName,
    },
    /// Too much for one entry.
    #[error("{length} bytes are too many for one entry")]
    TooLong {
        /// How many there are.
        length: usize,
    },
    /// The passphrase does not open the file, or the first bytes of the file were changed.
    #[error("wrong passphrase for {}", .path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The file is not one of entries, or not a whole one any more.
    #[error("{} is damaged, or no file of keys", .path.display())]
    FileDamaged {
        /// The file.
        path: PathBuf,
    },
    /// The file asks for more work on its passphrase than anyone has reason to.
    #[error("{} asks for more work on its passphrase than anyone has reason to", .path.display())]
    FileCost {
        /// The file.
        path: PathBuf,
        /// What it asks for.
        #[source]
        reason: CostError,
    },
    /// A later version of this program wrote the file.
    #[error("{} was written by a later version of this program", .path.display())]
    FileVersion {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read.
    #[error("{} could not be read", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        reason: io::Error,
    },
    /// The file could not be written, or not be locked against other programs; it is as it was.
    #[error("{} could not be written", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        reason: io::Error,
    },
}
