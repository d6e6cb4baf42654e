//! Synthetic people, who never existed, for everything that wants a person.
//!
//! A [`Person`] is made up from a country and a seed ([`Person::generate`]): a name as it is usual there, in
//! its own script and in Latin letters, an age, an address, a phone, numbers of documents, and a specimen
//! scan of every document. The same seed makes the same person on every platform.
//!
//! On a disk a person is a directory ([`Person::write`], [`Person::read`]): `person.toml`, which a human can
//! read and edit, and the scans beside it. A hand-written one may hold a single element only.

mod choices;
mod generate;
mod names;
mod plain_scan;

use std::fmt;

use zeroize::Zeroizing;

pub use generate::{GenerateError, Parts, REFERENCE_DAY};

use crate::element::{Country, Element};

/// A file's bytes, wiped on drop; `Debug` shows their number only.
#[derive(Clone, PartialEq, Eq)]
pub struct FileContents(Zeroizing<Vec<u8>>);

impl FileContents {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for FileContents {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for FileContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileContents").field("len", &self.0.len()).finish_non_exhaustive()
    }
}

/// A person and what they keep in their Passport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// At most one element of each kind.
    pub elements: Vec<Element<FileContents>>,
}

impl Person {
    /// The countries whose people can be generated, by code.
    pub fn countries() -> impl Iterator<Item = Country> {
        names::countries()
    }
}
