use keyring::Error;
use keyring::v1::Entry;
use zeroize::Zeroizing;

use super::{EntryName, KeychainError};

/// What every entry is stored under (`service`).
const SERVICE: &str = "telegram-passport";

/// The system's keyring: Secret Service over D-Bus, macOS's Keychain Services, or Windows' Credential Manager.
///
/// Whether there is one is found out once in a process.
#[derive(Debug)]
pub struct SystemKeyring(());

impl SystemKeyring {
    /// The keyring of the person who runs this process.
    ///
    /// # Errors
    ///
    /// [`KeychainError::NoKeyring`] if there is none.
    pub fn new() -> Result<Self, KeychainError> {
        match Entry::store_status() {
            Ok(()) => Ok(Self(())),
            Err(reason) => {
                tracing::debug!(%reason, "no keyring");
                Err(KeychainError::NoKeyring)
            }
        }
    }

    pub(super) fn get(&self, name: &EntryName) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        found(name, self.entry(name)?.get_secret().map(Zeroizing::new))
    }

    pub(super) fn set(&self, name: &EntryName, secret: &[u8]) -> Result<(), KeychainError> {
        self.entry(name)?.set_secret(secret).map_err(|error| convert(name, error))
    }

    pub(super) fn remove(&self, name: &EntryName) -> Result<bool, KeychainError> {
        Ok(found(name, self.entry(name)?.delete_credential())?.is_some())
    }

    fn entry(&self, name: &EntryName) -> Result<Entry, KeychainError> {
        Entry::new(SERVICE, &name.to_string()).map_err(|error| convert(name, error))
    }
}

fn found<T>(name: &EntryName, result: Result<T, Error>) -> Result<Option<T>, KeychainError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(convert(name, error)),
    }
}

/// Only what cannot carry a secret is passed on: two of the keyring's errors have what was stored inside.
fn convert(name: &EntryName, error: Error) -> KeychainError {
    let name = name.clone();
    match error {
        Error::NoDefaultStore => KeychainError::NoKeyring,
        Error::NoStorageAccess(_) => KeychainError::Locked,
        Error::Ambiguous(entries) => KeychainError::Ambiguous { name, count: entries.len() },
        Error::BadEncoding(stored) | Error::BadDataFormat(stored, _) => {
            drop(Zeroizing::new(stored));
            KeychainError::Damaged { name }
        }
        Error::PlatformFailure(reason) => KeychainError::Keyring(reason),
        other => KeychainError::Keyring(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keychain::Purpose;

    #[test]
    fn errors_with_secrets_inside_are_not_passed_on() {
        let name = EntryName::new("main", Purpose::Password).unwrap();
        for error in [
            Error::BadEncoding(b"hunter2".to_vec()),
            Error::BadDataFormat(b"hunter2".to_vec(), "hunter2".into()),
        ] {
            let converted = convert(&name, error);
            assert!(matches!(converted, KeychainError::Damaged { .. }));
            assert!(!format!("{converted:?}").contains("104"), "the bytes of the text");
            assert!(!format!("{converted:?}{converted}").contains("hunter2"));
        }
    }
}
