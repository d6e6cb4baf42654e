//! Files in the clear that have to lie on the disk for a moment: in the account's own directory, for its owner's eyes
//! only, and gone afterwards, also when the process was killed.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::disk::{self, PlainFolder};

/// Where in an account's directory such folders are.
const FOLDERS: &str = "plain";

/// The folders in which TDLib keeps opened scans, and files that are not whole yet. Its file database is off, so nothing
/// in them means anything to a later session.
const OF_TDLIB: [&str; 2] = ["passport", "temp"];

/// A folder in an account's directory; without one, in the system's folder for temporary files.
pub(super) fn folder(directory: Option<&Path>) -> io::Result<PlainFolder> {
    let Some(directory) = directory else {
        return PlainFolder::create_in(&std::env::temp_dir());
    };
    let folders = directory.join(FOLDERS);
    disk::create_private(&folders)?;
    PlainFolder::create_in(&folders)
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
    disk::sweep(&directory.join(FOLDERS))
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
    fn what_ended_processes_and_tdlib_left_is_swept() {
        let account = tempfile::tempdir().unwrap();
        let held = folder(Some(account.path())).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(account.path().join(FOLDERS)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        let left = account.path().join(FOLDERS).join(".tgpassport-left");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("scan.jpg"), b"a face").unwrap();
        let database = account.path().join("database");
        for folder in OF_TDLIB {
            fs::create_dir_all(database.join(folder)).unwrap();
            fs::write(database.join(folder).join("1.jpg"), b"a face").unwrap();
        }
        fs::write(database.join("td.binlog"), b"a database").unwrap();

        sweep(account.path(), &[database.to_str().unwrap(), "/there is no such folder"]).unwrap();
        assert!(!left.exists() && held.path().exists());
        for folder in OF_TDLIB {
            assert_eq!(entries(&database.join(folder)).unwrap(), Vec::<PathBuf>::new());
        }
        assert!(database.join("td.binlog").exists());
    }
}
