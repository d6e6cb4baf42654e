//! What lies on a disk of the person's own: files that appear whole or not at all and keep their names through a loss of
//! power ([`Aside`]), folders for what has to lie there in the clear for a moment ([`PlainFolder`]), and the removal of
//! both where the process that made them was killed ([`sweep`]).
//!
//! All of it is for its owner's eyes only. What is not finished yet has a name that says so and a lock that lasts as long
//! as its process: what nobody alive holds is nobody's, and goes.
//!
//! ```
//! use std::io::Write as _;
//!
//! use telegram_passport::disk::Aside;
//!
//! # let folder = tempfile::tempdir()?;
//! let place = folder.path().join("export.tgp");
//! let mut aside = Aside::beside(&place)?;
//! aside.file().write_all(b"all of it")?;
//! assert!(!place.exists()); // it has no name yet, and is gone if it is dropped here
//! aside.put_new(&place)?;
//! assert_eq!(std::fs::read(&place)?, b"all of it");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aside;
mod plain_folder;

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

pub use aside::{Aside, PutError, remove_unfinished};
pub use plain_folder::PlainFolder;

/// How the name of something begins that is not finished, or is not to stay.
const UNFINISHED: &str = ".tgpassport-";

/// Beside a folder lies the file whose lock says that a living process needs it.
const LOCK: &str = "lock";

/// Creates a folder, and those above it, that only its owner may look into; one that is there stays as it is.
///
/// # Errors
///
/// Whatever the disk says.
#[cfg(unix)]
pub fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Creates a folder, and those above it; the user's profile is private already.
///
/// # Errors
///
/// Whatever the disk says.
#[cfg(not(unix))]
pub fn create_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Moves a file or a folder out of the way, beside its place, and says where it is now: what it is named, `.aside-` and a
/// number that nothing there has.
///
/// # Errors
///
/// Whatever the disk says.
pub fn set_aside(place: &Path) -> io::Result<PathBuf> {
    for number in 1..=u32::MAX {
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(format!(".aside-{number}"));
        let moved_to = place.with_file_name(name);
        if moved_to.symlink_metadata().is_err() {
            fs::rename(place, &moved_to)?;
            return Ok(moved_to);
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Removes from a folder the files and folders of this kind that nobody alive holds. Where that cannot be told, they
/// stay. A folder that is not there has none.
///
/// # Errors
///
/// Whatever the disk says.
pub fn sweep(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in entries {
        let entry = entry?;
        if is_unfinished(&entry.path()) {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                // It has just gone, or is none of ours.
                _ => {}
            }
        }
    }
    // A lock goes after what it stands for, and is held as long as that takes.
    for folder in folders {
        unless_held(&folder.with_extension(LOCK), || fs::remove_dir_all(&folder))?;
    }
    for file in files {
        unless_held(&file, || fs::remove_file(&file))?;
    }
    Ok(())
}

/// Whether the name is that of something unfinished.
pub(crate) fn is_unfinished(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(UNFINISHED))
}

/// Removes something unless somebody alive holds its lock.
fn unless_held(lock: &Path, remove: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let removed = match File::open(lock) {
        // Held until it is removed.
        Ok(lock) => match lock.try_lock() {
            Ok(()) => remove(),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => Ok(()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => remove(),
        Err(_) => Ok(()),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Begins a file of this kind, mode 0600, and takes its lock.
fn begin_in(folder: &Path, suffix: &str) -> io::Result<NamedTempFile> {
    loop {
        let file = tempfile::Builder::new().prefix(UNFINISHED).suffix(suffix).tempfile_in(folder)?;
        let locked = match file.as_file().try_lock() {
            // Where files have no locks nobody can tell, and whoever sweeps leaves it alone.
            Ok(()) | Err(TryLockError::Error(_)) => true,
            Err(TryLockError::WouldBlock) => false,
        };
        // Unless somebody who sweeps was quicker.
        if locked && file.path().exists() {
            return Ok(file);
        }
    }
}

/// Has the names in a folder on the disk.
#[cfg(unix)]
pub fn sync_names(folder: &Path) -> io::Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // It may not be read, or its file system knows no such thing, and writes names in its own time.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// A folder cannot be opened for that here.
#[cfg(not(unix))]
pub fn sync_names(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_alive_holds_is_swept() {
        let place = tempfile::tempdir().unwrap();
        let held = PlainFolder::create_in(place.path()).unwrap();
        fs::write(held.path().join("scan.jpg"), b"a face").unwrap();
        let written = Aside::in_folder(place.path()).unwrap();
        // What killed processes leave: files, and folders whose lock nobody holds, or whose lock is gone.
        for left in [".tgpassport-left", ".tgpassport-older"] {
            fs::create_dir(place.path().join(left)).unwrap();
            fs::write(place.path().join(left).join("scan.jpg"), b"a face").unwrap();
        }
        for left in [".tgpassport-left.lock", ".tgpassport-file"] {
            fs::write(place.path().join(left), b"").unwrap();
        }
        // What is not of this kind.
        fs::write(place.path().join("holiday.jpg"), b"mine").unwrap();
        fs::create_dir(place.path().join("tgpassport-mine")).unwrap();

        sweep(place.path()).unwrap();
        let names = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut left: Vec<PathBuf> = names.collect();
        left.sort();
        let mut expected = vec![
            held.path().to_owned(),
            held.path().with_extension(LOCK),
            written.path().to_owned(),
            place.path().join("holiday.jpg"),
            place.path().join("tgpassport-mine"),
        ];
        expected.sort();
        assert_eq!(left, expected);
        assert_eq!(fs::read(held.path().join("scan.jpg")).unwrap(), b"a face");
        sweep(&place.path().join("there is no such folder")).unwrap();
    }
}
