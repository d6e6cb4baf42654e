//! The sandbox's public API, used as its users use it.
#![allow(clippy::unwrap_used)] // every line of this binary is a test; the lint knows only #[test] functions

mod bot_api;

#[allow(dead_code, unused_imports, unused_macros)] // its people and its pictures; its cases run elsewhere
#[path = "../../../tests/conformance/mod.rs"]
mod conformance;
mod http;
mod person;
mod refusals;
mod sandbox;
mod specimen;
mod structure;
