//! The command line as its users run it, with nothing but itself.
#![allow(clippy::unwrap_used)] // every line of this binary is a test; the lint knows only #[test] functions

mod command_line;
mod forge;
mod guide;
mod open_refuses;
mod sandbox_process;
#[cfg(unix)]
#[path = "../signals/mod.rs"]
mod signals;
mod tool;
