use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{LOCK, begin_in, create_private};

/// A private folder for files in the clear, which is removed with all that is in it when this is dropped.
///
/// Nothing is overwritten before it is removed: whoever still reads a file finds it as it was.
///
/// If the process is killed first, the folder is removed by [`sweep`](super::sweep()): the lock that says that somebody
/// needs it has gone with the process.
#[derive(Debug)]
pub struct PlainFolder {
    path: PathBuf,
    /// Locked as long as this is there, and removed after the folder.
    _lock: NamedTempFile,
}

impl PlainFolder {
    /// A folder in another one, which somebody sweeps.
    ///
    /// # Errors
    ///
    /// Whatever the disk says.
    pub fn create_in(folder: &Path) -> io::Result<Self> {
        // Locked before there is anything that could be swept.
        let lock = begin_in(folder, &format!(".{LOCK}"))?;
        let path = lock.path().with_extension("");
        create_private(&path)?;
        Ok(Self { path: path.canonicalize()?, _lock: lock })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PlainFolder {
    fn drop(&mut self) {
        // What cannot be removed now is swept.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_private_and_goes_with_all_that_is_in_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = PlainFolder::create_in(place.path()).unwrap();
        fs::write(folder.path().join("scan.jpg"), b"a face").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
        }
        drop(folder);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_reader_finds_a_file_as_it_was() {
        use std::io::Read;
        let place = tempfile::tempdir().unwrap();
        let folder = PlainFolder::create_in(place.path()).unwrap();
        let path = folder.path().join("scan.jpg");
        fs::write(&path, b"a face").unwrap();
        let mut reader = fs::File::open(&path).unwrap();
        drop(folder);
        assert!(!path.exists());
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(read, b"a face");
    }
}
