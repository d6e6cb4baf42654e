//! TDLib: Telegram's own client library, loaded at run time.
//!
//! [`find`] it or [`install`] it, and [`Library::load`] it. [`patch()`] makes the copy that a sandbox needs.
//!
//! Nothing is linked at build time: programs build, test and document without TDLib, and one that never logs in never
//! loads it.

mod checksum;
mod install;
mod library;
mod patch;
mod pin;

pub use install::{ArchiveError, DOWNLOAD_VARIABLE, DownloadError, InstallError, InstallStep, install};
pub use library::{LIBRARY_VARIABLE, Library, LoadError, NotFound, Place, Server, data_directory, find};
pub use patch::{Fingerprint, PatchError, patch};
pub use pin::TDLIB_VERSION;
