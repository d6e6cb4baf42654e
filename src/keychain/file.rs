use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use super::{EntryName, KeychainError};
use crate::disk::Aside;
use crate::vault::at_rest::{Passphrase, PassphraseCost, PassphraseLock, StorageKey, WrongPassphrase};

/// How every such file begins; the last byte is the version.
const MAGIC: &[u8; 16] = b"tgpassport-keys\x01";

/// The most that is read, in bytes: thousands of entries.
const MOST_BYTES: u64 = 1 << 20;

/// A file of entries that a passphrase opens: `magic (16) | PassphraseLock (60) | sealed entries`.
///
/// The entries are one [`StorageKey::seal`] under the lock's key, with everything before them as associated data; each is
/// `length of name (2) | name | length of secret (2) | secret`, lengths in little endian. So the file shows how much is
/// kept, and nothing else. It is written aside and renamed into place, for its owner alone (mode 0600), under a lock file
/// beside it (`NAME.lock`, which stays and holds nothing): several processes may use it at once.
///
/// The passphrase is remembered while this is; the work on it is done once.
pub struct KeyFile {
    path: PathBuf,
    passphrase: Passphrase,
    cost: PassphraseCost,
    /// The lock that was opened last, and its key.
    opened: Mutex<Option<(PassphraseLock, StorageKey)>>,
}

impl KeyFile {
    /// The file at this path, which need not exist yet; its folder must.
    #[must_use]
    pub fn new(path: &Path, passphrase: Passphrase) -> Self {
        Self { path: path.to_owned(), passphrase, cost: PassphraseCost::default(), opened: Mutex::new(None) }
    }

    /// How much work the passphrase costs in a file that is yet to be made; an existing one says so itself.
    #[must_use]
    pub fn with_cost(self, cost: PassphraseCost) -> Self {
        Self { cost, ..self }
    }

    /// Gives the file another passphrase; where there is no file, the next one has it.
    ///
    /// # Errors
    ///
    /// See [`KeychainError`]; the passphrase is then still the one before.
    pub fn change_passphrase(&mut self, new: Passphrase) -> Result<(), KeychainError> {
        let guard = self.lock_out_others()?;
        let entries = self.read()?;
        if let Some(entries) = entries {
            let (lock, key) = PassphraseLock::generate(&new, self.cost);
            self.write(&entries, &lock, &key)?;
            *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some((lock, key));
        }
        self.passphrase = new;
        drop(guard);
        Ok(())
    }

    pub(super) fn get(&self, name: &EntryName) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        let entries = self.read()?.unwrap_or_default();
        Ok(entries.take(&name.to_string()))
    }

    pub(super) fn set(&self, name: &EntryName, secret: &[u8]) -> Result<(), KeychainError> {
        self.change(|entries| entries.set(name.to_string(), secret))
    }

    pub(super) fn remove(&self, name: &EntryName) -> Result<bool, KeychainError> {
        if !self.path.exists() {
            return Ok(false);
        }
        self.change(|entries| entries.remove(&name.to_string()))
    }

    /// Reads, changes and writes, while nobody else does.
    fn change<T>(&self, change: impl FnOnce(&mut Entries) -> T) -> Result<T, KeychainError> {
        let guard = self.lock_out_others()?;
        let mut entries = self.read()?;
        let is_new = entries.is_none();
        let result = change(entries.get_or_insert_default());
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if is_new {
            *opened = Some(PassphraseLock::generate(&self.passphrase, self.cost));
        }
        let (lock, key) = opened.as_ref().expect("what was read was opened, what is new has its lock");
        self.write(&entries.unwrap_or_default(), lock, key)?;
        drop(guard);
        Ok(result)
    }

    /// The lock file, locked until it is dropped.
    fn lock_out_others(&self) -> Result<File, KeychainError> {
        let mut name = self.path.clone().into_os_string();
        name.push(".lock");
        let failed = |reason| KeychainError::Write { path: self.path.clone(), reason };
        let file = File::options().create(true).truncate(false).write(true).open(name).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(file)
    }

    /// The entries; `None` if there is no file.
    fn read(&self) -> Result<Option<Entries>, KeychainError> {
        let path = || self.path.clone();
        let failed = |reason| KeychainError::Read { path: path(), reason };
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;

        let damaged = || KeychainError::FileDamaged { path: path() };
        if bytes.len() as u64 > MOST_BYTES {
            return Err(damaged());
        }
        let (magic, rest) = bytes.split_first_chunk::<16>().ok_or_else(damaged)?;
        if magic != MAGIC {
            let is_later = magic[..15] == MAGIC[..15] && magic[15] > MAGIC[15];
            return Err(if is_later { KeychainError::FileVersion { path: path() } } else { damaged() });
        }
        let (lock, sealed) = rest.split_first_chunk().ok_or_else(damaged)?;
        let lock =
            PassphraseLock::parse(lock).map_err(|reason| KeychainError::FileCost { path: path(), reason })?;
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.as_ref().is_none_or(|(known, _)| *known != lock) {
            let key = lock
                .unlock(&self.passphrase)
                .map_err(|WrongPassphrase| KeychainError::WrongPassphrase { path: path() })?;
            *opened = Some((lock, key));
        }
        let (lock, key) = opened.as_ref().expect("opened just now");
        let entries = key.open(sealed, &head(lock)).map_err(|_| damaged())?;
        Entries::parse(&entries).ok_or_else(damaged).map(Some)
    }

    fn write(&self, entries: &Entries, lock: &PassphraseLock, key: &StorageKey) -> Result<(), KeychainError> {
        let head = head(lock);
        let sealed = key.seal(&entries.to_bytes(), &head);
        let written = (|| -> io::Result<()> {
            let mut aside = Aside::beside(&self.path)?;
            aside.write_all(&head)?;
            aside.write_all(&sealed)?;
            Ok(aside.put(&self.path)?)
        })();
        written.map_err(|reason| KeychainError::Write { path: self.path.clone(), reason })
    }
}

fn head(lock: &PassphraseLock) -> Vec<u8> {
    [&MAGIC[..], &lock.to_bytes()].concat()
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What is in the file, each name once. Names that this version does not know stay.
#[derive(Default)]
struct Entries(Vec<(String, Zeroizing<Vec<u8>>)>);

impl Entries {
    fn parse(mut bytes: &[u8]) -> Option<Self> {
        let mut entries = Self::default();
        while !bytes.is_empty() {
            let name = take(&mut bytes)?;
            let secret = take(&mut bytes)?;
            let name = String::from_utf8(name.to_vec()).ok()?;
            if entries.0.iter().any(|(known, _)| *known == name) {
                return None;
            }
            entries.0.push((name, Zeroizing::new(secret.to_vec())));
        }
        Some(entries)
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let length = self.0.iter().map(|(name, secret)| 4 + name.len() + secret.len()).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        for text in self.0.iter().flat_map(|(name, secret)| [name.as_bytes(), secret]) {
            let length =
                u16::try_from(text.len()).expect("names and secrets are short, and were when they were read");
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(text);
        }
        bytes
    }

    fn take(mut self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    fn set(&mut self, name: String, secret: &[u8]) {
        self.remove(&name);
        self.0.push((name, Zeroizing::new(secret.to_vec())));
    }

    fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != name);
        self.0.len() < before
    }
}

/// `length (2) | bytes`
fn take<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (taken, rest) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_of_entries_is_refused() {
        let mut entries = Entries::default();
        entries.set("a/password".into(), b"one");
        entries.set("b/later".into(), b"");
        entries.set("a/password".into(), b"two");
        let bytes = entries.to_bytes();
        assert_eq!(
            Entries::parse(&bytes).unwrap().0,
            [
                ("b/later".to_owned(), Zeroizing::new(b"".to_vec())),
                ("a/password".to_owned(), Zeroizing::new(b"two".to_vec())),
            ]
        );
        let whole = [0, "b/later".len() + 4, bytes.len()];
        for length in (0..bytes.len()).filter(|length| !whole.contains(length)) {
            assert!(Entries::parse(&bytes[..length]).is_none(), "{length}");
        }
        assert!(Entries::parse(&[&bytes[..], &bytes[..]].concat()).is_none());
        assert!(Entries::parse(b"\x02\0\xff\xff\0\0").is_none());
    }
}
