//! The public API, used as its users use it.
#![allow(clippy::unwrap_used)] // every line of this binary is a test; the lint knows only #[test] functions

mod element;
mod person;
mod scan;
