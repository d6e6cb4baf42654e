//! Files in the clear that have to lie on the disk for a moment: in the account's own directory, for its owner's eyes
//! only, and gone afterwards, also when the process was killed.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::patch::create_private;

/// Where in an account's directory such folders are.
const FOLDERS: &str = "plain";

/// Beside a folder lies the file whose lock says that a living process needs it.
const LOCK: &str = "lock";

/// The folders in which TDLib keeps opened scans, and files that are not whole yet. Its file database is off, so nothing
/// in them means anything to a later session.
const OF_TDLIB: [&str; 2] = ["passport", "temp"];

/// A private folder for files in the clear, which is removed with all that is in it when this is dropped.
///
/// Nothing is overwritten before it is removed: whoever still reads a file finds it as it was.
///
/// If the process is killed first, the folder is removed when the account's session is next opened: the lock that says
/// that somebody needs it has gone with the process.
#[derive(Debug)]
pub struct PlainFolder {
    path: PathBuf,
    /// Locked as long as this is there, and removed after the folder.
    _lock: NamedTempFile,
}

impl PlainFolder {
    /// A folder in an account's directory; without one, in the system's folder for temporary files.
    pub(super) fn create(directory: Option<&Path>) -> io::Result<Self> {
        let Some(directory) = directory else {
            return Self::create_in(&std::env::temp_dir());
        };
        let folders = directory.join(FOLDERS);
        create_private(&folders)?;
        Self::create_in(&folders)
    }

    fn create_in(folders: &Path) -> io::Result<Self> {
        loop {
            // Locked before there is anything that could be swept.
            let lock = tempfile::Builder::new()
                .prefix("passport-")
                .suffix(&format!(".{LOCK}"))
                .tempfile_in(folders)?;
            let free = lock.as_file().try_lock().is_ok() && lock.path().exists();
            if !free {
                // Somebody who sweeps was quicker.
                continue;
            }
            let path = lock.path().with_extension("");
            create_private(&path)?;
            return Ok(Self { path: path.canonicalize()?, _lock: lock });
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PlainFolder {
    fn drop(&mut self) {
        // What cannot be removed now is swept when the session is next opened.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes what ended processes left in an account's directory, and what TDLib left in its own.
///
/// TDLib has just taken the database, which it lets nobody else have: what lies in its folders is of sessions that have
/// ended. A folder of ours that a living process holds is left alone.
pub(super) fn sweep(directory: &Path, of_tdlib: &[&str]) -> io::Result<()> {
    for place in of_tdlib {
        for folder in OF_TDLIB {
            for entry in entries(&Path::new(place).join(folder))? {
                remove(&entry)?;
            }
        }
    }
    let mut left: Vec<PathBuf> = entries(&directory.join(FOLDERS))?;
    // Folders first: a lock goes after what it stands for.
    left.sort_by_key(|path| path.extension().is_some_and(|extension| extension == LOCK));
    for path in left {
        let lock = path.with_extension(LOCK);
        if is_free(&lock) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Whether nobody alive holds the lock. Where that cannot be told, somebody does.
fn is_free(lock: &Path) -> bool {
    match File::open(lock) {
        Ok(file) => match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
        },
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_private_and_goes_with_all_that_is_in_it() {
        let account = tempfile::tempdir().unwrap();
        let folder = PlainFolder::create(Some(account.path())).unwrap();
        fs::write(folder.path().join("scan.jpg"), b"a face").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            for path in [folder.path(), &account.path().join(FOLDERS)] {
                assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
            }
        }
        drop(folder);
        assert_eq!(entries(&account.path().join(FOLDERS)).unwrap(), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_reader_finds_a_file_as_it_was() {
        use std::io::Read;
        let account = tempfile::tempdir().unwrap();
        let folder = PlainFolder::create(Some(account.path())).unwrap();
        let path = folder.path().join("scan.jpg");
        fs::write(&path, b"a face").unwrap();
        let mut reader = File::open(&path).unwrap();
        drop(folder);
        assert!(!path.exists());
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(read, b"a face");
    }

    #[test]
    fn only_what_nobody_alive_holds_is_swept() {
        let account = tempfile::tempdir().unwrap();
        let held = PlainFolder::create(Some(account.path())).unwrap();
        fs::write(held.path().join("scan.jpg"), b"a face").unwrap();
        // What a killed process leaves: a lock that nobody holds, or none any more.
        let folders = account.path().join(FOLDERS);
        for left in ["passport-left", "passport-older"] {
            fs::create_dir(folders.join(left)).unwrap();
            fs::write(folders.join(left).join("scan.jpg"), b"a face").unwrap();
        }
        fs::write(folders.join("passport-left.lock"), b"").unwrap();
        let database = account.path().join("database");
        for folder in OF_TDLIB {
            fs::create_dir_all(database.join(folder)).unwrap();
            fs::write(database.join(folder).join("1.jpg"), b"a face").unwrap();
        }
        fs::write(database.join("td.binlog"), b"a database").unwrap();

        sweep(account.path(), &[database.to_str().unwrap(), "/there is no such folder"]).unwrap();
        let mut left = entries(&folders).unwrap();
        left.sort();
        assert_eq!(left, [held.path().to_owned(), held.path().with_extension(LOCK)]);
        assert_eq!(fs::read(held.path().join("scan.jpg")).unwrap(), b"a face");
        for folder in OF_TDLIB {
            assert_eq!(entries(&database.join(folder)).unwrap(), Vec::<PathBuf>::new());
        }
        assert!(database.join("td.binlog").exists());
    }
}
