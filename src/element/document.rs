use std::fmt;

use zeroize::Zeroizing;

use super::{Date, Parts, RawFields, UnknownFields};

/// A passport, internal passport, driver's licence or identity card.
///
/// The number and the unknown fields are wiped on drop and not shown by `Debug`; the files are as discreet as
/// their type.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityDocument<F> {
    /// The number, 1..=24 code points (`document_no`).
    pub document_no: Zeroizing<String>,
    /// The expiry date; `None` if the document does not expire.
    pub expiry_date: Option<Date>,
    /// Fields that this version does not know; they are kept.
    pub unknown: UnknownFields,
    /// What stands stored under known names and was not understood; while there is any, nothing is saved.
    pub raw: RawFields,
    /// Its scans: sides, selfie, translation.
    pub parts: Parts<F>,
}

/// A proof of address: a utility bill, bank statement, rental agreement or registration.
///
/// Its files are its whole content; it has no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalDocument<F> {
    /// Its pages, at least one, and their translation.
    pub parts: Parts<F>,
}

impl<F: fmt::Debug> fmt::Debug for IdentityDocument<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityDocument").field("parts", &self.parts).finish_non_exhaustive()
    }
}

/// Nothing filled in.
impl<F> Default for IdentityDocument<F> {
    fn default() -> Self {
        Self {
            document_no: Zeroizing::default(),
            expiry_date: None,
            unknown: UnknownFields::default(),
            raw: RawFields::default(),
            parts: Parts::default(),
        }
    }
}

/// No files.
impl<F> Default for PersonalDocument<F> {
    fn default() -> Self {
        Self { parts: Parts::default() }
    }
}
