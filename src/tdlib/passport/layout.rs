//! New scans on the disk, where TDLib wants them: for its eyes only, and for as long as it needs them.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A private folder with the scans of one save. They are overwritten and removed when it is dropped.
pub(super) struct Layout {
    folder: TempDir,
    scans: Vec<PathBuf>,
}

impl Layout {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { folder: private_folder()?, scans: Vec::new() })
    }

    /// Writes a scan; the path is as TDLib will name it.
    pub(super) fn add(&mut self, scan: &[u8]) -> io::Result<String> {
        let folder = self.folder.path().canonicalize()?;
        let path = folder.join(format!("{}.jpg", self.scans.len()));
        let name = path.to_str().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
        let mut file = create_private(&path)?;
        self.scans.push(path);
        file.write_all(scan)?;
        Ok(name)
    }
}

impl Drop for Layout {
    fn drop(&mut self) {
        for scan in &self.scans {
            // It is gone with the folder even if it could not be overwritten.
            let _ = wipe(scan);
        }
    }
}

/// Overwrites a file with zeros, in place.
pub(super) fn wipe(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len();
    io::copy(&mut io::Read::take(io::repeat(0), length), &mut file)?;
    file.sync_all()
}

#[cfg(unix)]
fn private_folder() -> io::Result<TempDir> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    tempfile::Builder::new().prefix("passport-").permissions(Permissions::from_mode(0o700)).tempdir()
}

#[cfg(not(unix))]
fn private_folder() -> io::Result<TempDir> {
    tempfile::Builder::new().prefix("passport-").tempdir()
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_are_private_and_go_with_the_layout() {
        let mut layout = Layout::new().unwrap();
        let paths: Vec<_> = [b"one", b"two"].map(|scan| layout.add(scan).unwrap()).into();
        assert_eq!(std::fs::read(&paths[1]).unwrap(), b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(Path::new(&paths[0])), 0o600);
            assert_eq!(mode(Path::new(&paths[0]).parent().unwrap()), 0o700);
        }
        drop(layout);
        assert!(paths.iter().all(|path| !Path::new(path).exists()));
    }

    #[test]
    fn a_wiped_file_has_its_length_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scan");
        std::fs::write(&path, b"a face").unwrap();
        wipe(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [0; 6]);
    }
}
