use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::synthetic::{PERSON_FILE, Person};
use crate::primitives::sha256;
use telegram_passport::disk::Aside;
use telegram_passport::element::{Element, ElementType, Part};
use telegram_passport::scan::PassportJpeg;

/// What stands at the top of every `person.toml`.
const HEADER: &str = "\
# A synthetic person. Everything here and in the scans is made up: it belongs to nobody and is valid nowhere.
#
# One [[element]] for each element of a Passport; take out what the person should not have. `type` is one of
#   personal_details, passport, driver_license, identity_card, internal_passport, address, utility_bill,
#   bank_statement, rental_agreement, passport_registration, temporary_registration, phone_number, email.
# Dates are written \"DD.MM.YYYY\", countries as two capital letters; an empty field may be left out.
# Scans are pictures in this directory, of any usual format; their paths start here.
";

/// How the last line of every `person.toml` begins: by it is known whether somebody has changed anything since.
const SEAL: &str = "\n# As it was written, with its scans: sha256 ";

/// Why a person was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersonWriteError {
    /// Two elements are of the same kind, and would be given the same file names.
    #[error("there are two elements of the kind {0}; a person has one of each at most")]
    Twice(ElementType),
    /// A directory or file could not be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Where a directory is needed there is something else, such as a file or a symbolic link.
    #[error("{}: this is not a directory", .0.display())]
    NotADirectory(PathBuf),
}

impl Person {
    /// Writes the person into a directory, which is made if need be: the scans as `passport/front_side.jpg` and
    /// so on, then `person.toml`.
    ///
    /// Other things may be in the directory and stay there. Each file of these names is replaced by a rename, so
    /// it is the old one or the new one, whole, whenever the writing is interrupted. On Unix only the owner can
    /// read them.
    ///
    /// # Errors
    /// [`PersonWriteError`], naming the file.
    pub fn write(&self, directory: &Path) -> Result<(), PersonWriteError> {
        let mut kinds: Vec<ElementType> = Vec::new();
        for element in &self.elements {
            if kinds.contains(&element.kind()) {
                return Err(PersonWriteError::Twice(element.kind()));
            }
            kinds.push(element.kind());
        }
        std::fs::create_dir_all(directory).map_err(|source| at(directory, source))?;
        for element in &self.elements {
            for (part, file) in element.files() {
                make_directory(&directory.join(element.kind().name()))?;
                replace(&directory.join(scan_path(element.kind(), part)), file.as_bytes())?;
            }
        }
        let mut text = self.to_toml();
        let scans = self.scans().into_iter().map(|(path, file)| (path, file.as_bytes().to_vec())).collect();
        let seal = seal(&text, &scans);
        text.push_str(&seal);
        replace(&directory.join(PERSON_FILE), text.as_bytes())
    }

    /// The first file in this directory that [`write`](Self::write) would replace although somebody else wrote it, or
    /// has changed it since.
    ///
    /// # Errors
    /// [`PersonWriteError::Io`] if what is there cannot be read.
    pub fn would_replace(&self, directory: &Path) -> Result<Option<PathBuf>, PersonWriteError> {
        let described = directory.join(PERSON_FILE);
        let before = read(&described)?;
        let ours = match &before {
            None => BTreeMap::new(),
            Some(bytes) => match written_by_us(directory, bytes)? {
                Some(scans) => scans,
                None => return Ok(Some(described)),
            },
        };
        for (path, _) in self.scans() {
            let target = directory.join(&path);
            if !ours.contains_key(&path) && read(&target)?.is_some() {
                return Ok(Some(target));
            }
        }
        Ok(None)
    }

    /// Every scan, by where it lies in the directory.
    fn scans(&self) -> BTreeMap<String, &PassportJpeg> {
        let scans = self.elements.iter().flat_map(|element| {
            element.files().map(move |(part, file)| (scan_path(element.kind(), part), file))
        });
        scans.collect()
    }

    /// The text of `person.toml`.
    fn to_toml(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(16 * 1024));
        text.push_str(HEADER);
        for element in &self.elements {
            text.push_str("\n[[element]]\n");
            for (key, value) in entries(element) {
                writeln!(text, "{key} = {value}").expect("writing to a string does not fail");
            }
        }
        text
    }
}

/// The scans that stand in this `person.toml`, if both it and they are as they were written.
fn written_by_us(
    directory: &Path,
    person: &[u8],
) -> Result<Option<BTreeMap<String, Vec<u8>>>, PersonWriteError> {
    let Ok(whole) = std::str::from_utf8(person) else { return Ok(None) };
    let Some((text, _)) = whole.rsplit_once(SEAL) else { return Ok(None) };
    let Ok(described) = toml::from_str::<Described>(text) else { return Ok(None) };
    let mut scans = BTreeMap::new();
    for element in &described.element {
        for (_, path) in element.files() {
            let Some(bytes) = read(&directory.join(path))? else { return Ok(None) };
            scans.insert(path.clone(), bytes);
        }
    }
    let sealed = seal(text, &scans);
    Ok((whole.strip_prefix(text) == Some(sealed.as_str())).then_some(scans))
}

/// A `person.toml` with its scans by their paths.
#[derive(serde::Deserialize)]
struct Described {
    element: Vec<Element<String>>,
}

/// The last line: the hash of everything before it and of every scan.
fn seal(text: &str, scans: &BTreeMap<String, Vec<u8>>) -> String {
    let mut pieces = sha256(&[text.as_bytes()]).to_vec();
    for (path, bytes) in scans {
        pieces.extend(sha256(&[path.as_bytes()]));
        pieces.extend(sha256(&[bytes]));
    }
    let hash = sha256(&[&pieces]).iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("writing to a string does not fail");
        digits
    });
    format!("{SEAL}{hash}\n")
}

/// What is in this file; `None` if there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, PersonWriteError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(at(path, source)),
    }
}

/// The keys and values of an element, in the order in which they are written.
fn entries(element: &Element<PassportJpeg>) -> toml::map::Map<String, toml::Value> {
    let kind = element.kind();
    let paths = element.clone().map_files(|part, _| scan_path(kind, part));
    toml::Table::try_from(paths).expect("an element is a map of strings and lists of strings")
}

/// Where in the directory a scan is: `passport/front_side.jpg`, `utility_bill/files-1.jpg`.
fn scan_path(kind: ElementType, part: Part) -> String {
    format!("{kind}/{}.jpg", part.file_stem())
}

fn make_directory(path: &Path) -> Result<(), PersonWriteError> {
    match std::fs::create_dir(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = std::fs::symlink_metadata(path).map_err(|source| at(path, source))?;
            if found.is_dir() { Ok(()) } else { Err(PersonWriteError::NotADirectory(path.to_owned())) }
        }
        Err(source) => Err(at(path, source)),
    }
}

/// Writes aside, then renames; an unfinished file goes away by itself.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), PersonWriteError> {
    let write = || -> io::Result<()> {
        let mut aside = Aside::beside(path)?;
        aside.write_all(bytes)?;
        Ok(aside.put(path)?)
    };
    write().map_err(|source| at(path, source))
}

fn at(path: &Path, source: io::Error) -> PersonWriteError {
    PersonWriteError::Io { path: path.to_owned(), source }
}
