//! Where an account's secrets are kept: the key of TDLib's database and, if the person wishes, the password.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use telegram_passport::keychain::{EntryName, Keychain, KeychainError, Purpose};
use telegram_passport::vault::Password;
use telegram_passport::vault::at_rest::{Passphrase, StorageKey};
use zeroize::Zeroizing;

use super::{Account, Record};
use crate::asking::{Answered, Asker};
use crate::failure::{Failure, sentence};
use crate::progress::Progress;
use crate::writing;

/// The file that a passphrase opens.
const LOCKED_FILE: &str = "keys.locked";

/// The key of an account on a sandbox, unlocked.
const KEY_FILE: &str = "database.key";

/// Where an account's secrets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyringKind {
    /// In the system's keyring.
    Os,
    /// In a file beside the session that a passphrase opens, which is asked for each time.
    File,
    /// Unlocked beside the session: on a sandbox only, where nothing is anybody's.
    Beside,
}

impl KeyringKind {
    /// In words, for a person.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Os => "the system's keyring",
            Self::File => "a file that a passphrase opens",
            Self::Beside => "a file beside the session, unlocked, for the account is on a sandbox",
        }
    }
}

/// An account's secrets, in their place.
#[derive(Clone, Debug)]
pub(crate) enum Keys {
    /// In a keychain, under this name.
    Kept { keychain: Arc<Keychain>, name: String },
    /// The database's key alone, in this file.
    Beside(PathBuf),
}

impl Keys {
    /// The secrets of an account that is known here; a passphrase is asked for until it opens them.
    pub(crate) async fn of(account: &Account, record: &Record, asker: Asker) -> Result<Self, Failure> {
        let name = record.keyring_name.clone();
        match record.keyring {
            KeyringKind::Beside => Ok(Self::Beside(account.directory().join(KEY_FILE))),
            KeyringKind::Os => Ok(Self::Kept { keychain: system().await?, name }),
            KeyringKind::File => {
                let path = account.directory().join(LOCKED_FILE);
                let what = format!("Passphrase of the account {}", account.name);
                asker
                    .until(&what, true, async |passphrase| {
                        let keys = match Passphrase::try_from(passphrase) {
                            Ok(passphrase) => Self::locked(&path, passphrase, &name),
                            Err(empty) => return Ok(Answered::Wrong(Failure::denied(sentence(&empty)))),
                        };
                        match keys.database_key_or_why().await {
                            Err(error @ KeychainError::WrongPassphrase { .. }) => {
                                Ok(Answered::Wrong(Failure::from(error)))
                            }
                            Err(error) => Err(Failure::from(error)),
                            Ok(_) => Ok(Answered::Well(keys)),
                        }
                    })
                    .await
            }
        }
    }

    /// Makes the secrets of an account that is new here: a random key for its database.
    pub(crate) async fn make(account: &Account, record: &Record, asker: Asker) -> Result<Self, Failure> {
        let name = record.keyring_name.clone();
        let keys = match record.keyring {
            KeyringKind::Beside => {
                let path = account.directory().join(KEY_FILE);
                writing::private_folder(account.directory())?;
                writing::own_secret(&path, StorageKey::generate().as_bytes(), true)?;
                return Ok(Self::Beside(path));
            }
            KeyringKind::Os => Self::Kept { keychain: system().await?, name },
            KeyringKind::File => {
                let passphrase = asker.new_passphrase("New passphrase for the session's key").await?;
                writing::private_folder(account.directory())?;
                Self::locked(&account.directory().join(LOCKED_FILE), passphrase, &name)
            }
        };
        keys.with(Purpose::DatabaseKey, |keychain, entry| keychain.key_or_generate(entry).map(drop)).await?;
        Ok(keys)
    }

    /// A name for an account's secrets that no other account has.
    pub(crate) fn new_name(account: &Account) -> Result<String, Failure> {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::failed(format!("the operating system gives no randomness: {error}")))?;
        Ok(format!("{}-{:016x}", account.name, u64::from_be_bytes(bytes)))
    }

    /// The key of TDLib's database.
    pub(crate) async fn database_key(&self) -> Result<StorageKey, Failure> {
        match self {
            Self::Beside(path) => key_in(path),
            Self::Kept { .. } => {
                let key = self.database_key_or_why().await?;
                key.ok_or_else(|| forgotten("the key of the session is not where it was kept".to_owned()))
            }
        }
    }

    /// The password, if it is kept.
    pub(crate) async fn password(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        match self {
            Self::Beside(_) => Ok(None),
            Self::Kept { .. } => {
                // Not as a `Password`, which is used up by proving it: it is proved more than once.
                let Some(kept) = self.with(Purpose::Password, Keychain::get).await? else { return Ok(None) };
                let text = std::str::from_utf8(&kept)
                    .map_err(|_| Failure::failed("the password in the keyring is damaged"))?;
                Ok(Some(Zeroizing::new(text.to_owned())))
            }
        }
    }

    /// Keeps the password.
    pub(crate) async fn keep_password(&self, password: &str) -> Result<(), Failure> {
        let password = Password::from(password);
        self.with(Purpose::Password, move |keychain, entry| keychain.set_password(entry, &password)).await
    }

    /// Forgets the password.
    pub(crate) async fn forget_password(&self) -> Result<(), Failure> {
        self.with(Purpose::Password, |keychain, entry| keychain.remove(entry).map(drop)).await
    }

    /// Removes every secret of the account; what lies in its directory goes with that.
    pub(crate) async fn forget(&self) -> Result<(), Failure> {
        let Self::Kept { keychain, .. } = self else { return Ok(()) };
        if matches!(**keychain, Keychain::System(_)) {
            for purpose in [Purpose::Password, Purpose::DatabaseKey] {
                self.with(purpose, |keychain, entry| keychain.remove(entry).map(drop)).await?;
            }
        }
        Ok(())
    }

    /// Removes the secrets of an account that cannot be opened any more.
    pub(crate) async fn forget_unread(record: &Record) -> Result<(), Failure> {
        match record.keyring {
            KeyringKind::Os => {
                Self::Kept { keychain: system().await?, name: record.keyring_name.clone() }.forget().await
            }
            KeyringKind::File | KeyringKind::Beside => Ok(()),
        }
    }

    fn locked(path: &Path, passphrase: Passphrase, name: &str) -> Self {
        let keychain = Arc::new(Keychain::file(path, passphrase));
        Self::Kept { keychain, name: name.to_owned() }
    }

    async fn database_key_or_why(&self) -> Result<Option<StorageKey>, KeychainError> {
        self.with_why(Purpose::DatabaseKey, Keychain::key).await
    }

    async fn with<T: Send + 'static>(
        &self,
        purpose: Purpose,
        work: impl FnOnce(&Keychain, &EntryName) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, Failure> {
        self.with_why(purpose, work).await.map_err(Failure::from)
    }

    /// Does something in the keychain, which blocks: a system asks its person to unlock, a passphrase is slow.
    async fn with_why<T: Send + 'static>(
        &self,
        purpose: Purpose,
        work: impl FnOnce(&Keychain, &EntryName) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, KeychainError> {
        let Self::Kept { keychain, name } = self else { return Err(KeychainError::NoKeyring) };
        // Our own names are fit for it.
        let entry = EntryName::new(name, purpose).map_err(|error| KeychainError::Keyring(Box::new(error)))?;
        let keychain = Arc::clone(keychain);
        let _progress = Progress::start("waiting for the keyring");
        tokio::task::spawn_blocking(move || work(&keychain, &entry))
            .await
            .unwrap_or_else(|error| Err(KeychainError::Keyring(Box::new(error))))
    }
}

/// The key in a file of its own.
fn key_in(path: &Path) -> Result<StorageKey, Failure> {
    let unreadable = |why: String| forgotten(format!("{}: {why}", path.display()));
    let bytes = fs::read(path).map(Zeroizing::new).map_err(|error| unreadable(error.to_string()))?;
    StorageKey::try_from(bytes.as_slice()).map_err(|error| unreadable(error.to_string()))
}

/// The system's keyring. Where there is none, nothing else takes its place unasked.
async fn system() -> Result<Arc<Keychain>, Failure> {
    let keychain = tokio::task::spawn_blocking(Keychain::system).await;
    let keychain = keychain.unwrap_or_else(|error| Err(KeychainError::Keyring(Box::new(error))));
    keychain.map(Arc::new).map_err(Failure::from)
}

fn forgotten(why: String) -> Failure {
    Failure::failed(why).remedy("`tgpassport logout --only-here` forgets the account; then sign in anew.")
}
