//! Where a program keeps what opens a person's things between its runs: the keys of databases and saved sessions, and,
//! when the person wishes, the account's password.
//!
//! There are two places, and whoever makes a [`Keychain`] chooses one: the system's keyring ([`Keychain::system`]), or a
//! file that a passphrase opens ([`Keychain::file`]). Neither stands in for the other by itself, and nothing is ever
//! kept in the clear.
//!
//! In the system's keyring (Secret Service, Keychain Services, Credential Manager) an entry has the service
//! `telegram-passport` and the user name `ACCOUNT/PURPOSE`, so that people find it with their own tools:
//! `secret-tool lookup service telegram-passport username main/password`.
//!
//! Everything here blocks: a system may ask the person to unlock the keyring and wait for minutes, and a passphrase is
//! slow on purpose. Async callers use `spawn_blocking`.
//!
//! ```
//! use telegram_passport::keychain::{EntryName, Keychain, Purpose};
//! use telegram_passport::vault::at_rest::Passphrase;
//!
//! # let folder = tempfile::tempdir()?;
//! # let passphrase = || Passphrase::try_from("a sentence");
//! let keychain = Keychain::file(&folder.path().join("keys"), passphrase()?);
//! let name = EntryName::new("main", Purpose::DatabaseKey)?;
//! let key = keychain.key_or_generate(&name)?; // made at the first run
//! let again = Keychain::file(&folder.path().join("keys"), passphrase()?).key(&name)?; // and found at the next
//! assert!(again.is_some_and(|again| again.as_bytes() == key.as_bytes()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod entry;
mod error;
mod file;
mod system;

use std::path::Path;

use zeroize::Zeroizing;

pub use entry::{AccountNameError, EntryName, Purpose};
pub use error::KeychainError;
pub use file::KeyFile;
pub use system::SystemKeyring;

use crate::vault::Password;
use crate::vault::at_rest::{Passphrase, StorageKey};

/// A place for secrets, chosen by the caller.
#[derive(Debug)]
#[non_exhaustive]
pub enum Keychain {
    /// The system's keyring.
    System(SystemKeyring),
    /// A file that a passphrase opens.
    File(KeyFile),
}

impl Keychain {
    /// The system's keyring.
    ///
    /// # Errors
    ///
    /// [`KeychainError::NoKeyring`] if the system has none, as on a server or in a container.
    pub fn system() -> Result<Self, KeychainError> {
        SystemKeyring::new().map(Self::System)
    }

    /// The file at this path, which need not exist yet; its folder must. Nothing is read here, so a wrong passphrase
    /// shows when something is asked for.
    #[must_use]
    pub fn file(path: &Path, passphrase: Passphrase) -> Self {
        Self::File(KeyFile::new(path, passphrase))
    }

    /// What is kept under this name, if anything is.
    ///
    /// # Errors
    ///
    /// See [`KeychainError`].
    pub fn get(&self, name: &EntryName) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        match self {
            Self::System(keyring) => keyring.get(name),
            Self::File(file) => file.get(name),
        }
    }

    /// Keeps this under this name, in place of what was there. At most 2 KiB: no system's keyring refuses that.
    ///
    /// # Errors
    ///
    /// See [`KeychainError`]; what was kept before is then still kept.
    pub fn set(&self, name: &EntryName, secret: &[u8]) -> Result<(), KeychainError> {
        if secret.len() > MOST_BYTES {
            return Err(KeychainError::TooLong { length: secret.len() });
        }
        match self {
            Self::System(keyring) => keyring.set(name, secret),
            Self::File(file) => file.set(name, secret),
        }
    }

    /// Forgets what is kept under this name; answers whether anything was.
    ///
    /// # Errors
    ///
    /// See [`KeychainError`].
    pub fn remove(&self, name: &EntryName) -> Result<bool, KeychainError> {
        match self {
            Self::System(keyring) => keyring.remove(name),
            Self::File(file) => file.remove(name),
        }
    }

    /// The key that is kept under this name.
    ///
    /// # Errors
    ///
    /// [`KeychainError::Damaged`] if what is kept is no key; else see [`KeychainError`].
    pub fn key(&self, name: &EntryName) -> Result<Option<StorageKey>, KeychainError> {
        let Some(bytes) = self.get(name)? else { return Ok(None) };
        let damaged = |_| KeychainError::Damaged { name: name.clone() };
        StorageKey::try_from(bytes.as_slice()).map(Some).map_err(damaged)
    }

    /// The key that is kept under this name; where there is none, a new one, which is kept from now on.
    ///
    /// # Errors
    ///
    /// As [`key`](Self::key) and [`set`](Self::set): a damaged key is never replaced, for what it opens would be lost.
    pub fn key_or_generate(&self, name: &EntryName) -> Result<StorageKey, KeychainError> {
        if let Some(key) = self.key(name)? {
            return Ok(key);
        }
        let key = StorageKey::generate();
        self.set(name, key.as_bytes())?;
        Ok(key)
    }

    /// The password that is kept under this name.
    ///
    /// # Errors
    ///
    /// [`KeychainError::Damaged`] if what is kept is no text; else see [`KeychainError`].
    pub fn password(&self, name: &EntryName) -> Result<Option<Password>, KeychainError> {
        let Some(bytes) = self.get(name)? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).map_err(|_| KeychainError::Damaged { name: name.clone() })?;
        Ok(Some(Password::from(text)))
    }

    /// Keeps a password under this name: only when the person wishes it.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub fn set_password(&self, name: &EntryName, password: &Password) -> Result<(), KeychainError> {
        self.set(name, password.as_str().as_bytes())
    }
}

/// The most that one entry holds.
const MOST_BYTES: usize = 2048;
