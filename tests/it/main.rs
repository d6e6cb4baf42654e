//! The public API, used as its users use it.
#![allow(clippy::unwrap_used)] // every line of this binary is a test; the lint knows only #[test] functions

mod archive;
mod codings;
#[path = "../conformance/mod.rs"]
mod conformance;
mod documents;
mod element;
mod errors;
mod in_process;
mod keychain;
mod layers;
mod meddler;
mod mtproto;
mod other_clients;
#[cfg(feature = "pdf")]
mod pdf;
mod plaintext;
mod request;
mod scan;
mod vault;
mod vaulted;
