//! Synthetic people, who never existed, for everything that wants a person.
//!
//! A [`Person`] is made up from a country and a seed ([`Person::generate`]): a name as it is usual there, in
//! its own script and in Latin letters, an age, an address, a phone, numbers of documents, and a specimen
//! scan of every document. A country and a seed make one person, on every platform.
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
mod synthetic;
mod write;

pub use flaw::{Fault, Flaw};
pub use generate::{GenerateError, GenerateOptions, REFERENCE_DAY};
pub use read::{Changed, MAX_PERSON_FILE_BYTES, ReadError, read_unprepared};
pub use sign_up::SignUpError;
pub use synthetic::{PERSON_FILE, Person};
pub use write::WriteError;
