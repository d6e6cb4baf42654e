//! New scans on the disk, where TDLib wants them: for its eyes only, and for as long as it needs them.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::disk::PlainFolder;

/// The scans of one save, in a folder of their own. They are removed when it is dropped, and not overwritten: TDLib may
/// still read them, and would store what it finds.
pub(super) struct UploadFolder {
    folder: PlainFolder,
    scans: usize,
}

impl UploadFolder {
    pub(super) fn new(folder: PlainFolder) -> Self {
        Self { folder, scans: 0 }
    }

    /// Writes a scan; the path is as TDLib will name it.
    pub(super) fn add(&mut self, scan: &[u8]) -> io::Result<String> {
        let path = self.folder.path().join(format!("{}.jpg", self.scans));
        let name = path.to_str().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
        let mut file = create_private(&path)?;
        self.scans += 1;
        file.write_all(scan)?;
        Ok(name)
    }
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
        let account = tempfile::tempdir().unwrap();
        let mut layout = UploadFolder::new(PlainFolder::create_in(account.path()).unwrap());
        let paths: Vec<_> = [b"one", b"two"].map(|scan| layout.add(scan).unwrap()).into();
        assert_eq!(std::fs::read(&paths[1]).unwrap(), b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(Path::new(&paths[0])), 0o600);
            assert_eq!(mode(Path::new(&paths[0]).parent().unwrap()), 0o700);
        }
        // TDLib has one of them open.
        let mut reader = File::open(&paths[0]).unwrap();
        drop(layout);
        assert!(paths.iter().all(|path| !Path::new(path).exists()));
        let mut read = Vec::new();
        io::Read::read_to_end(&mut reader, &mut read).unwrap();
        assert_eq!(read, b"one", "it reads what was laid out");
    }
}
