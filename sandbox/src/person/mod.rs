//! Synthetic people, who never existed, for everything that wants a person.
//!
//! A [`Person`] is made up from a country and a seed ([`Person::generate`]): a name as it is usual there, in
//! its own script and in Latin letters, an age, an address, a phone, numbers of documents, and a specimen
//! scan of every document. The same seed makes the same person on every platform.
//!
//! On a disk a person is a directory ([`Person::write`], [`Person::read`]): `person.toml`, which a human can
//! read and edit, and the scans beside it. A hand-written one may hold a single element only.
//!
//! [`Person::sign_up`] opens an account for them in the [`State`](super::State) of a sandbox. It is the only place
//! where a password becomes the verifier that the blind server keeps.

mod choices;
mod flaw;
mod generate;
mod names;
mod read;
mod sign_up;
pub mod specimen;
mod write;

pub use flaw::{Fault, Flaw};
pub use generate::{GenerateError, GenerateOptions, REFERENCE_DAY};
pub use read::{Changed, MAX_PERSON_FILE_BYTES, ReadError, read_unprepared};
pub use sign_up::SignUpError;
pub use write::WriteError;

use telegram_passport::element::{Country, Element};
use telegram_passport::scan::PassportJpeg;

/// The file that describes a person, in the person's directory.
pub const PERSON_FILE: &str = "person.toml";

/// A person and what they keep in their Passport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// At most one element of each kind.
    pub elements: Vec<Element<PassportJpeg>>,
}

impl Person {
    /// The countries whose people can be generated, by code.
    pub fn countries() -> impl Iterator<Item = Country> {
        names::countries()
    }
}
