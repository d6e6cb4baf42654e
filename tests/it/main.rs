//! The public API, used as its users use it.
#![allow(clippy::unwrap_used)] // every line of this binary is a test; the lint knows only #[test] functions

mod archive;
mod bot_api;
mod codings;
mod command_line;
#[path = "../conformance/mod.rs"]
mod conformance;
mod element;
mod forge;
mod in_process;
mod keychain;
mod layers;
mod meddler;
mod mtproto;
mod open_refuses;
mod other_clients;
#[cfg(feature = "pdf")]
mod pdf;
mod person;
mod plaintext;
mod refusals;
mod request;
mod sandbox;
mod sandbox_process;
mod scan;
#[cfg(unix)]
#[path = "../signals/mod.rs"]
mod signals;
mod specimen;
mod tool;
mod vault;
mod vaulted;
