//! What a command leaves on the disk: whole files or none, readable by their owner only.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A folder of results. It may exist and hold other things: only files of the names written are replaced.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder, made if it is not there.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(path).map_err(|error| unwritable(path, &error))?;
        Ok(Self(path.to_owned()))
    }

    /// A folder in this one.
    pub(crate) fn folder(&self, name: &str) -> Result<Self, Failure> {
        Self::create(&self.0.join(name))
    }

    /// Writes one file, whole or not at all, mode 0600.
    pub(crate) fn write(&self, name: &str, contents: &[u8]) -> Result<(), Failure> {
        let mut batch = Batch::default();
        batch.add(self, name, contents)?;
        batch.place()
    }
}

/// Makes a folder, and those above it, for their owner alone; one that is there stays as it is.
pub(crate) fn private_folder(path: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| unwritable(path, &error))
}

/// Files that belong together: all are written aside, mode 0600, before the first of them takes its place.
#[derive(Debug, Default)]
pub(crate) struct Batch(Vec<(PathBuf, tempfile::NamedTempFile)>);

impl Batch {
    /// Writes one aside, to take its place in this folder later.
    pub(crate) fn add(&mut self, folder: &Folder, name: &str, contents: &[u8]) -> Result<(), Failure> {
        let path = folder.0.join(name);
        if path.is_dir() {
            return Err(unwritable(&path, &io::ErrorKind::IsADirectory.into()));
        }
        let aside = write_aside(&folder.0, contents).map_err(|error| unwritable(&path, &error))?;
        self.0.push((path, aside));
        Ok(())
    }

    /// Puts all in their places, in the order in which they came.
    pub(crate) fn place(self) -> Result<(), Failure> {
        for (path, aside) in self.0 {
            aside.persist(&path).map_err(|error| unwritable(&path, &error.error))?;
        }
        Ok(())
    }
}

/// Writes a secret to a file of its own, mode 0600; one that is there already is replaced only when told so.
pub(crate) fn secret(path: &Path, contents: &[u8], replace: bool) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let aside = write_aside(folder, contents).map_err(|error| unwritable(path, &error))?;
    let placed = if replace { aside.persist(path) } else { aside.persist_noclobber(path) };
    match placed {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Failure::refused(format!("{} exists already", path.display()))
                .remedy("Name another file, or say --force to lose the key that is there."))
        }
        Err(error) => Err(unwritable(path, &error.error)),
    }
}

/// Writes contents to a temporary beside their place (0600 is what `tempfile` gives), and on to the disk.
fn write_aside(folder: &Path, contents: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let mut aside = tempfile::Builder::new().prefix(".tgpassport-").tempfile_in(folder)?;
    aside.write_all(contents)?;
    aside.as_file().sync_all()?;
    Ok(aside)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_a_secret_is_not() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::create(place.path()).expect("it is there");
        folder.write("a", b"one").expect("written");
        folder.write("a", b"two").expect("written again");
        assert_eq!(fs::read(place.path().join("a")).expect("there"), b"two");

        let key = place.path().join("key.pem");
        secret(&key, b"first", false).expect("new");
        assert!(secret(&key, b"second", false).is_err());
        assert_eq!(fs::read(&key).expect("there"), b"first");
        secret(&key, b"second", true).expect("forced");
        assert_eq!(fs::read(&key).expect("there"), b"second");
        assert_eq!(fs::read_dir(place.path()).expect("folder").count(), 2, "no temporary stays behind");
    }

    #[test]
    fn files_that_belong_together_come_together() {
        let place = tempfile::tempdir().expect("a folder");
        fs::create_dir(place.path().join("b")).expect("in the way");
        let folder = Folder::create(place.path()).expect("it is there");
        let mut batch = Batch::default();
        batch.add(&folder, "a", b"one").expect("written aside");
        assert!(batch.add(&folder, "b", b"two").is_err());
        drop(batch);
        assert_eq!(fs::read_dir(place.path()).expect("folder").count(), 1, "nothing but what was in the way");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_written_is_for_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().expect("a folder");
        Folder::create(place.path()).and_then(|folder| folder.write("a", b"one")).expect("written");
        let written = fs::metadata(place.path().join("a")).expect("there");
        assert_eq!(written.permissions().mode() & 0o777, 0o600);
    }
}
