//! What a command leaves on the disk: whole files or none, readable by their owner only.
//!
//! A signal may end a command while another thread writes: what has no name yet is removed then, and what belongs together
//! is placed to its end first, or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use telegram_passport::disk::{self, Aside, PlainFolder, PutError};
use zeroize::Zeroizing;

use crate::deed::Deed;
use crate::failure::Failure;

/// Where this process writes, one at a time.
struct Writing {
    /// Nothing more is written.
    ended: bool,
}

static WRITING: Mutex<Writing> = Mutex::new(Writing { ended: false });

fn writing() -> MutexGuard<'static, Writing> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Writing {
    /// The lock, as long as anything may be written: nothing ends this process for a signal before it is let go.
    fn begin() -> io::Result<MutexGuard<'static, Self>> {
        let state = writing();
        if state.ended { Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted")) } else { Ok(state) }
    }
}

/// Lets nothing more be written, and removes what has not taken its place: before the process ends although somebody
/// may be writing.
pub(crate) fn end() {
    writing().ended = true;
    disk::remove_unfinished();
}

/// Writes files that somebody else places, one after the other, and that a signal waits for.
pub(crate) fn whole<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let _writing = Writing::begin().map_err(|_| Failure::interrupted())?;
    let written = work()?;
    Deed::write().note();
    Ok(written)
}

/// A folder of results. It may exist and hold other things: only files of the names written are replaced.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder, made if it is not there. What a killed process left half written in it is removed.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(path).map_err(|error| unwritable(path, &error))?;
        disk::sweep(path).map_err(|error| unwritable(path, &error))?;
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
        batch.place_each(|| ())
    }
}

/// Makes a folder, and those above it, for their owner alone; one that is there stays as it is.
pub(crate) fn private_folder(path: &Path) -> Result<(), Failure> {
    disk::create_private(path).map_err(|error| unwritable(path, &error))
}

/// Files that belong together: all are written aside, mode 0600, before the first of them takes its place.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    files: Vec<(PathBuf, Aside)>,
    /// Where they are until then; else beside their places. It goes after the files.
    aside: Option<PlainFolder>,
}

impl Batch {
    /// Files that wait in the account's own folder while others are fetched: a process that is killed meanwhile leaves
    /// nothing but what is removed when the account is next opened.
    pub(crate) fn aside(folder: PlainFolder) -> Self {
        Self { files: Vec::new(), aside: Some(folder) }
    }

    /// Writes one aside, to take its place in this folder later.
    pub(crate) fn add(&mut self, folder: &Folder, name: &str, contents: &[u8]) -> Result<(), Failure> {
        let path = folder.0.join(name);
        if path.is_dir() {
            return Err(unwritable(&path, &io::ErrorKind::IsADirectory.into()));
        }
        let place = self.aside.as_ref().map_or(folder.0.as_path(), PlainFolder::path);
        let aside = write_aside(place, contents).map_err(|error| unwritable(&path, &error))?;
        self.files.push((path, aside));
        Ok(())
    }

    /// Puts all in their places, in the order in which they came. From the first on something is done.
    pub(crate) fn place(self) -> Result<(), Failure> {
        self.place_each(|| Deed::write().note())
    }

    fn place_each(self, placed: impl Fn()) -> Result<(), Failure> {
        let _writing = Writing::begin().map_err(|_| Failure::interrupted())?;
        for (path, aside) in self.files {
            put(aside, &path).map_err(|error| unwritable(&path, &error))?;
            placed();
        }
        Ok(())
    }
}

/// Gives a file its name, also on another disk.
fn put(aside: Aside, path: &Path) -> io::Result<()> {
    let elsewhere = match aside.put(path) {
        Err(PutError { error, aside: Some(aside) }) if error.kind() == io::ErrorKind::CrossesDevices => aside,
        put => return Ok(put?),
    };
    let contents = Zeroizing::new(fs::read(elsewhere.path())?);
    let mut beside = Aside::beside(path)?;
    beside.write_all(&contents)?;
    Ok(beside.put(path)?)
}

/// Writes a secret to a file of its own, mode 0600; one that is there already is replaced only when told so.
pub(crate) fn secret(path: &Path, contents: &[u8], replace: bool) -> Result<(), Failure> {
    place_secret(path, contents, replace, || Deed::write().note())
}

/// Writes a secret of the program's own, which is nothing that a command was asked for.
pub(crate) fn own_secret(path: &Path, contents: &[u8], replace: bool) -> Result<(), Failure> {
    place_secret(path, contents, replace, || ())
}

fn place_secret(path: &Path, contents: &[u8], replace: bool, placed: impl FnOnce()) -> Result<(), Failure> {
    let _writing = Writing::begin().map_err(|_| Failure::interrupted())?;
    let write = || {
        let mut aside = Aside::beside(path)?;
        aside.write_all(contents)?;
        if replace { aside.put(path) } else { aside.put_new(path) }
    };
    match write() {
        Ok(()) => {
            placed();
            Ok(())
        }
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Failure::refused(format!("{} exists already", path.display()))
                .remedy("Name another file, or say --force to lose the key that is there."))
        }
        Err(error) => Err(unwritable(path, &error.error)),
    }
}

/// Writes contents aside, and on to the disk: what does not fit there is known before anything gets its name.
fn write_aside(folder: &Path, contents: &[u8]) -> io::Result<Aside> {
    let mut aside = {
        let _writing = Writing::begin()?;
        Aside::in_folder(folder)?
    };
    aside.write_all(contents)?;
    aside.file().sync_all()?;
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

    #[test]
    fn what_a_killed_process_left_is_swept_and_what_a_living_one_writes_is_not() {
        let place = tempfile::tempdir().expect("a folder");
        let left = place.path().join(".tgpassport-left");
        fs::write(&left, b"a face").expect("written");
        fs::write(place.path().join("holiday.jpg"), b"mine").expect("written");
        let living = write_aside(place.path(), b"another face").expect("written aside");
        Folder::create(place.path()).expect("it is there");
        assert!(!left.exists() && living.path().exists() && place.path().join("holiday.jpg").exists());
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
