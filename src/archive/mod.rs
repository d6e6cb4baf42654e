//! The whole Passport as one file, sealed under a passphrase of the person's own: it opens without Telegram, and goes
//! into the same or another account through any [`Passport`](crate::passport::Passport).
//!
//! [`export`] lists, downloads and writes; what cannot be read ends it, or is an [`Omission`], in the answer and in the
//! file, where the caller has said that a part is better than nothing. [`Archive::open`] authenticates and checks everything before it hands anything out.
//! [`Archive::plan`] compares with an account, by contents, and changes nothing; [`Plan::carry_out`] then saves, and
//! replaces an element only when it was named.
//!
//! # The format
//!
//! Version 1; numbers are little endian.
//!
//! ```text
//! file      magic "tgpassport-arch" | version (1) = 1 | lock (60) | stream
//! lock      memory in KiB (4) | passes (4) | lanes (4) | salt (16) | check (32)
//! stream    nonce (19) | chunk | chunk | …
//! chunk     XChaCha20-Poly1305 ciphertext of 65 536 bytes, of the last chunk 0 to 65 536, and tag (16)
//! contents  file | file | … | manifest | length of the manifest (8)
//! ```
//!
//! `Argon2id` (version 1.3) of the passphrase's UTF-8 bytes and the salt gives 64 bytes: the first 32 are the key, the
//! others are the check. Parameters are bounded, see [`PassphraseCost::new`]. A chunk's nonce is the 19 bytes, the
//! chunk's number (4, **big** endian, from 0), and a byte that is 1 for the last chunk and 0 for the others. The
//! associated data of every chunk are the first 76 bytes of the file: magic, version and lock. All chunks but the last
//! are full, and the last one is empty only if it is the only one.
//!
//! The manifest is JSON: `created` is Unix time in seconds; `elements` is a list of elements in the flat form of
//! [`Element`](crate::element::Element)'s `Serialize`, at most one of each type, in which a file is
//! `{"offset":…,"length":…}`, in bytes, from the beginning of the contents; `omitted` is a list of
//! `{"type":…,"part":…,"index":…,"reason":…}`, without `part` for a whole element, with `index` for `translation` and
//! `files` only. The files lie one after the other, in the order in which the elements name them, and the manifest
//! follows the last one. Of an element that names a page it could not have, the pages after it move up.
//!
//! Nothing but the size of the whole is to be seen without the passphrase.
//!
//! [`PassphraseCost::new`]: crate::vault::at_rest::PassphraseCost::new

mod export;
mod import;
mod manifest;
mod open;
mod plan;

pub use export::{ExportError, ExportOptions, ExportReport, Missing, export};
pub use import::{ImportError, ImportFailure, Imported, Outcome};
pub use manifest::{ArchivedFile, Omission};
pub use open::{Archive, ArchiveError};
pub use plan::{Carried, Carries, Change, Plan, PlanError, Planned};

/// How every archive begins; the last byte is the version.
const MAGIC: &[u8; 16] = b"tgpassport-arch\x01";
