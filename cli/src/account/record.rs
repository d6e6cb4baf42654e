//! What is remembered of an account beside TDLib's database, and its directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::data_directory::data;
use super::{AccountName, KeyringKind};
use crate::failure::{Failure, sentence};
use crate::writing::{Folder, private_folder};

const RECORD_FILE: &str = "account.toml";

/// What is remembered of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// Where its secrets are kept.
    pub(crate) keyring: KeyringKind,
    /// What they are called there: no other account has this name, whatever directory it lies in.
    pub(crate) keyring_name: String,
    /// Whether its password is kept there too.
    #[serde(default)]
    pub(crate) password_kept: bool,
    /// Whether the person wishes that, also when there is none just now.
    #[serde(default)]
    pub(crate) remember_password: bool,
    /// The sandbox it is on; none is Telegram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sandbox: Option<SandboxRecord>,
}

/// Which sandbox an account is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SandboxRecord {
    /// The file in which it describes itself.
    pub(crate) description: PathBuf,
    /// The fingerprint of its key, 64 hexadecimal digits.
    pub(crate) fingerprint: String,
}

/// An account's place on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) name: AccountName,
    directory: PathBuf,
}

impl Account {
    /// The place of the account with this name, whether there is one or not.
    pub(crate) fn named(name: &AccountName) -> Result<Self, Failure> {
        let directory = accounts_directory()?.join(name.as_str());
        Ok(Self { name: name.clone(), directory })
    }

    /// The accounts there are, by name.
    pub(crate) fn all() -> Result<Vec<String>, Failure> {
        let directory = accounts_directory()?;
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(&directory, &error)),
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> =
            names.filter(|name| directory.join(name).join(RECORD_FILE).is_file()).collect();
        names.sort();
        Ok(names)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where TDLib keeps the session.
    pub(crate) fn session_directory(&self) -> PathBuf {
        self.directory.join("session")
    }

    /// What is remembered of the account; `None` if there is none of this name.
    pub(crate) fn record(&self) -> Result<Option<Record>, Failure> {
        let path = self.directory.join(RECORD_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        toml::from_str(&text)
            .map(Some)
            .map_err(|error| Failure::failed(format!("{} is damaged: {}", path.display(), error.message())))
    }

    /// What is remembered of an account that must be there.
    pub(crate) fn existing(&self) -> Result<Record, Failure> {
        self.record()?.ok_or_else(|| {
            let others = Self::all().unwrap_or_default();
            let remedy = if others.is_empty() {
                "`tgpassport login` signs in.".to_owned()
            } else {
                format!("There are: {}. `tgpassport login` signs in.", others.join(", "))
            };
            Failure::failed(format!("there is no account {}", self.name)).remedy(remedy)
        })
    }

    /// Remembers the account; its directory is for its owner alone.
    pub(crate) fn remember(&self, record: &Record) -> Result<(), Failure> {
        private_folder(&self.directory)?;
        let text = toml::to_string(record).map_err(|error| Failure::failed(sentence(&error)))?;
        Folder::create(&self.directory)?.write(RECORD_FILE, text.as_bytes())
    }

    /// Removes all that is kept of the account here.
    pub(crate) fn forget(&self) -> Result<(), Failure> {
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::failed(format!("{} cannot be removed: {error}", self.directory.display())))
            }
            _ => Ok(()),
        }
    }
}

fn accounts_directory() -> Result<PathBuf, Failure> {
    Ok(data()?.join("accounts"))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} cannot be read: {error}", path.display()))
}
