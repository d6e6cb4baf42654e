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
//!
//! ```
//! use telegram_passport::element::{Country, ElementType};
//! use telegram_passport_sandbox::person::{GenerateOptions, Person};
//!
//! let country = Country::from_code("GR").ok_or("no such country")?;
//! let options = GenerateOptions { kinds: vec![ElementType::PersonalDetails, ElementType::Email], ..Default::default() };
//! let person = Person::generate_with(country, 5, &options)?; // `generate` gives all 13, with their scans
//! let details = person.personal_details().ok_or("everybody has a name")?;
//! assert_ne!(details.first_name, details.first_name_native); // Greek letters
//! assert!(person.elements.iter().all(|element| element.validate().is_empty()));
//! let again = Person::generate_with(country, 5, &options)?;
//! assert_eq!(person.personal_details(), again.personal_details());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod choices;
mod flaw;
mod generate;
mod names;
mod read;
mod sign_up;
pub mod specimen;
mod synthetic;
mod write;

pub use flaw::{PersonFault, PersonFlaw};
pub use generate::{GenerateError, GenerateOptions, REFERENCE_DAY};
pub use read::{ChangedField, MAX_PERSON_FILE_BYTES, PersonReadError, read_unprepared};
pub use sign_up::SignUpError;
pub use synthetic::{PERSON_FILE, Person};
pub use write::PersonWriteError;
