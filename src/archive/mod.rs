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
//!
//! # Example
//!
//! ```
//! use telegram_passport::archive::{Archive, PlannedChange, ExportOptions, export};
//! use telegram_passport::element::{Element, ElementType, Field, PhoneNumber};
//! use telegram_passport::passport::{Passport, Progress, SaveOptions, Vaulted};
//! use telegram_passport::vault::Password;
//! use telegram_passport::vault::at_rest::{Passphrase, PassphraseCost};
//! use telegram_passport_sandbox::state::{Clock, Registration};
//! use telegram_passport_sandbox::{InProcessCloud, State};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let state = State::new(Clock::system(), "{}");
//! let password = Password::from("correct horse");
//! let account = async |number: &str| -> Result<_, Box<dyn std::error::Error>> {
//!     // A new account in the sandbox, with a password and a passport secret.
//! #     let user_id = state.register_account(Registration::new(PhoneNumber(number.to_owned()), "Ada"))?;
//! #     let passport = Vaulted::new(InProcessCloud::signed_in(state.clone(), user_id));
//! #     passport.set_password(None, &password, "").await?;
//! #     passport.create_secret(&password).await?;
//!     Ok(passport)
//! };
//! let (old, new) = (account("12025550123").await?, account("12025550124").await?);
//! let mut address = Element::empty(ElementType::Address);
//! for (field, text) in [
//!     (Field::StreetLine1, "Hlavní 1"),
//!     (Field::City, "Brno"),
//!     (Field::PostCode, "60200"),
//!     (Field::CountryCode, "CZ"),
//! ] {
//!     address.set_text(field, text)?;
//! }
//! old.save(address, &SaveOptions::default()).await?;
//!
//! # let folder = tempfile::tempdir()?;
//! let file = folder.path().join("passport.tgp");
//! let passphrase = || Passphrase::try_from("a long sentence that nobody else would think of");
//! let cost = PassphraseCost::new(8, 1, 1)?; // for this example; the default takes a second on purpose
//! export(&old, &file, passphrase()?, &ExportOptions { cost, ..Default::default() }).await?;
//!
//! let mut archive = Archive::open(&file, &passphrase()?)?;
//! let plan = archive.plan(&new, &Progress::default()).await?; // shown to the person first
//! assert_eq!(plan.elements()[0].change, PlannedChange::New);
//! # Ok(())
//! # }
//! ```

mod export;
mod import;
mod manifest;
mod open;
mod plan;

pub use export::{ExportError, ExportOptions, ExportReport, Missing, export};
pub use import::{ImportError, ImportFailure, ImportOutcome, Imported};
pub use manifest::{ArchivedFile, Omission};
pub use open::{Archive, ArchiveError};
pub use plan::{Carried, Carries, Plan, PlanError, Planned, PlannedChange};

/// How every archive begins; the last byte is the version.
const MAGIC: &[u8; 16] = b"tgpassport-arch\x01";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io;
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;
    use crate::element::{ElementType, Part};
    use crate::passport::refusal::tests::are_told_well;
    use crate::passport::{DownloadError, ListError, OperationError, Refusal, Retry, SaveError};
    use crate::vault::at_rest::{PassphraseCost, StreamError};

    fn all<E: OperationError>(errors: &[E]) -> Vec<&dyn OperationError> {
        errors.iter().map(|error| error as &dyn OperationError).collect()
    }

    fn broken() -> io::Error {
        io::Error::from(io::ErrorKind::StorageFull)
    }

    #[test]
    fn every_error_is_told_in_words_and_has_a_code() {
        let archive = [
            ArchiveError::Read(broken()),
            ArchiveError::NotAnArchive,
            ArchiveError::Version { version: 2 },
            ArchiveError::Cost(PassphraseCost::new(1, 1, 1).unwrap_err()),
            ArchiveError::WrongPassphrase,
            ArchiveError::Damaged(StreamError::NotAuthentic { offset: 65_536 }),
            ArchiveError::Malformed,
        ];
        let codes: Vec<&str> = archive.iter().map(OperationError::code).collect();
        are_told_well(&codes, &all(&archive));
        let saving: BTreeSet<&str> = SaveError::CODES.iter().copied().collect();
        assert!(codes.iter().all(|code| !saving.contains(code)), "an import may end in either");

        let (kind, part, path) = (ElementType::UtilityBill, Part::File(1), PathBuf::from("copy"));
        let export = [
            ExportError::Download { kind, part, reason: DownloadError::Gone },
            ExportError::Incomplete { omitted: Vec::new(), lost: Vec::new() },
            ExportError::Exists { path: path.clone() },
            ExportError::Write { path: path.clone(), reason: broken() },
            ExportError::MayNotStay { path, reason: broken() },
            ExportError::Unverified(ArchiveError::Malformed),
            ListError::Refused(Refusal::Locked).into(),
        ];
        are_told_well(ExportError::CODES, &all(&export));
        let plan = [
            PlanError::Download { kind, part, reason: DownloadError::Gone },
            PlanError::Archive(ArchiveError::Malformed),
            ListError::Refused(Refusal::Locked).into(),
        ];
        are_told_well(PlanError::CODES, &all(&plan));
        let ended = |reason| ImportError { kind, reason, done: Vec::new(), left: Vec::new() };
        let import = [
            ended(ImportFailure::Archive(ArchiveError::Malformed)),
            ended(ImportFailure::Save(SaveError::Cancelled)),
        ];
        are_told_well(&["malformed", "cancelled"], &all(&import));
    }

    #[test]
    fn what_stands_under_an_error_says_whether_it_may_be_tried_again() {
        let wait = Duration::from_secs(7);
        let waits = || DownloadError::Refused(Refusal::Wait(wait));
        let (kind, part) = (ElementType::Passport, Part::FrontSide);
        let export = ExportError::Download { kind, part, reason: waits() };
        assert!(matches!(export.refusal(), Some(Refusal::Wait(_))));
        assert_eq!(export.retry(), Retry::After(wait));
        let plan = PlanError::Download { kind, part, reason: waits() };
        assert_eq!((plan.code(), plan.retry()), ("not_downloaded", Retry::After(wait)));
        let reason = ImportFailure::Save(SaveError::Refused(Refusal::Wait(wait)));
        let import = ImportError { kind, reason, done: Vec::new(), left: Vec::new() };
        assert_eq!((import.code(), import.retry()), ("wait", Retry::After(wait)));
        assert_eq!(PlanError::Archive(ArchiveError::Read(broken())).retry(), Retry::Now);
    }
}
