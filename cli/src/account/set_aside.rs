//! Sessions that a server said not to know any more. It may have been a lie, so they are set aside and not deleted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use telegram_passport::disk;

use crate::failure::Failure;

/// Something that was moved out of the way.
#[derive(Debug)]
pub(crate) struct SetAside {
    place: PathBuf,
    moved_to: PathBuf,
}

impl SetAside {
    /// Moves a file or a folder out of the way, beside its place.
    pub(super) fn put(place: &Path) -> Result<Self, Failure> {
        let moved_to = disk::set_aside(place).map_err(|error| unmoved(place, &error))?;
        Ok(Self { place: place.to_owned(), moved_to })
    }

    /// Puts it back, for nothing took its place: what a sign-in that came to nothing left there goes.
    pub(crate) fn back(self) -> Result<(), Failure> {
        match fs::remove_dir_all(&self.place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(unmoved(&self.moved_to, &error));
            }
            _ => {}
        }
        fs::rename(&self.moved_to, &self.place).map_err(|error| unmoved(&self.moved_to, &error))
    }
}

fn unmoved(place: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{} cannot be moved: {error}", place.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_replaces_nothing_and_comes_back() {
        let root = tempfile::tempdir().expect("a folder");
        let place = root.path().join("session");
        let make = |what: &str| {
            fs::create_dir(&place).and_then(|()| fs::write(place.join("what"), what)).expect("a folder");
        };
        make("first");
        SetAside::put(&place).expect("moved");
        make("second");
        let second = SetAside::put(&place).expect("moved");
        assert!(!place.exists());
        assert_eq!(fs::read_to_string(root.path().join("session.aside-1/what")).expect("kept"), "first");
        make("nothing came of it");
        second.back().expect("moved back");
        assert_eq!(fs::read_to_string(place.join("what")).expect("kept"), "second");
    }
}
