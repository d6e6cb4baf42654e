//! Telegram on loopback: accounts, bots and people that never existed.
//!
//! - [`State`]: what Telegram's servers know, and no more: SRP verifiers, ciphertext, verified phone numbers
//! - [`InProcessCloud`]: that state as one signed-in account sees it, a [`SecureCloud`](telegram_passport::cloud::SecureCloud)
//!   without sockets
//! - [`bot_api`]: the Bot API over HTTP, which bots are pointed at in place of Telegram's
//! - [`person`]: synthetic people with their specimen scans, and their sign-up
//! - [`dc`]: an MTProto data centre, which real clients log in to
//! - [`store`]: all of that in a directory, which outlives the process
//! - [`CodesFile`]: where the codes appear that a phone would get
//! - [`Description`]: how to reach a running sandbox and how to know it, in `sandbox.json`, so that clients find it
//! - [`languages`]: which language native names are in, country by country
//!
//! The server is blind: nothing in `state`, `dc`, `bot_api` or `primitives` uses the vault, which a test holds.
//! Only [`person`] turns a password into a verifier.

#![forbid(unsafe_code)]

pub mod bot_api;
mod cloud;
mod codes;
pub mod dc;
mod description;
pub mod languages;
pub mod person;
mod primitives;
pub mod state;
pub mod store;

pub use cloud::InProcessCloud;
pub use codes::{CODES_FILE_NAME, CodeLine, CodesFile};
#[cfg(feature = "tdlib")]
pub use description::SandboxLibraryError;
pub use description::{
    DESCRIPTION_FILE_NAME, DescribedBot, DescribedPerson, Description, DescriptionError, MtprotoProxy,
};
pub use state::State;
pub use store::{Store, StoreError};

/// The example of the README, compiled and run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
