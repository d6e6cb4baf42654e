use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

use super::{begin_in, folder_of, sweep, sync_names};

/// A file that is written beside its place, for its owner's eyes only (mode 0600), until it gets its name: whole, and on
/// the disk with it. Dropped before that, it is gone; if the process is killed, it is swept.
#[derive(Debug)]
pub struct Aside(NamedTempFile);

/// Those of this process.
static WAITING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn waiting() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all files that this process writes and that have not got their names: for whoever ends it while somebody may
/// be writing. Whoever is finds them gone.
pub fn remove_unfinished() {
    for path in std::mem::take(&mut *waiting()) {
        // It may have gone by itself.
        let _ = fs::remove_file(path);
    }
}

impl Aside {
    /// Begins a file in the folder of the place that it is to have.
    ///
    /// # Errors
    ///
    /// Whatever the disk says.
    pub fn beside(place: &Path) -> io::Result<Self> {
        Self::in_folder(&folder_of(place))
    }

    /// Begins a file in this folder. What killed processes left there is removed.
    ///
    /// # Errors
    ///
    /// Whatever the disk says.
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        // What cannot be removed now is at another time.
        let _ = sweep(folder);
        let mut waiting = waiting();
        // Those that were dropped are gone.
        waiting.retain(|path| path.exists());
        let file = begin_in(folder, "")?;
        waiting.insert(file.path().to_owned());
        Ok(Self(file))
    }

    /// Where it is until then.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The open file.
    #[must_use]
    pub fn file(&mut self) -> &mut File {
        self.0.as_file_mut()
    }

    /// Opens this file once more, from its beginning.
    ///
    /// # Errors
    ///
    /// Whatever the disk says.
    pub fn reopen(&self) -> io::Result<File> {
        self.0.reopen()
    }

    /// Gives it its name, in place of what has it.
    ///
    /// # Errors
    ///
    /// Whatever the disk says; on another disk than its place it comes back to be copied
    /// ([`CrossesDevices`](io::ErrorKind::CrossesDevices)).
    pub fn put(self, place: &Path) -> Result<(), PutError> {
        self.name(place, |file| file.persist(place))
    }

    /// Gives it its name, unless something has it.
    ///
    /// # Errors
    ///
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists), and whatever the disk says.
    pub fn put_new(self, place: &Path) -> Result<(), PutError> {
        self.name(place, |file| file.persist_noclobber(place))
    }

    fn name(
        self,
        place: &Path,
        persist: impl FnOnce(NamedTempFile) -> Result<File, tempfile::PersistError>,
    ) -> Result<(), PutError> {
        // First what it holds, and then its name: nobody finds an empty file under it.
        if let Err(error) = self.0.as_file().sync_all() {
            return Err(PutError { error, aside: Some(self) });
        }
        let was = self.0.path().to_owned();
        match persist(self.0) {
            Ok(_) => {
                waiting().remove(&was);
                Ok(sync_names(&folder_of(place))?)
            }
            Err(failed) => Err(PutError { error: failed.error, aside: Some(Self(failed.file)) }),
        }
    }
}

/// Why a file did not get its name, or may lose it with the power.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct PutError {
    /// What the disk said.
    pub error: io::Error,
    /// The file, if it has not got its name.
    pub aside: Option<Aside>,
}

impl From<io::Error> for PutError {
    fn from(error: io::Error) -> Self {
        Self { error, aside: None }
    }
}

impl From<PutError> for io::Error {
    fn from(failed: PutError) -> Self {
        failed.error
    }
}

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_gets_its_name_whole_and_replaces_only_what_it_may() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a");
        let written = |contents: &[u8]| {
            let mut aside = Aside::beside(&place).unwrap();
            aside.write_all(contents).unwrap();
            aside
        };
        drop(written(b"half"));
        assert!(!place.exists());
        written(b"one").put_new(&place).unwrap();
        let refused = written(b"two").put_new(&place).unwrap_err();
        assert_eq!(refused.error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&place).unwrap(), b"one");
        refused.aside.unwrap().put(&place).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stays beside it");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
