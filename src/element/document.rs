use std::fmt;

use super::Date;

/// A passport, internal passport, driver's licence or identity card.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityDocument<F> {
    /// The number, 1..=24 code points (`document_no`).
    pub document_no: zeroize::Zeroizing<String>,
    /// The expiry date; `None` if the document does not expire.
    pub expiry_date: Option<Date>,
    /// The front side (for a passport, the page with the picture).
    pub front_side: Option<F>,
    /// The reverse side: driver's licence and identity card only.
    pub reverse_side: Option<F>,
    /// The person holding the document.
    pub selfie: Option<F>,
    /// Translated versions.
    pub translation: Vec<F>,
}

/// A proof of address: a utility bill, bank statement, rental agreement or registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalDocument<F> {
    /// The pages, at least one.
    pub files: Vec<F>,
    /// Translated versions.
    pub translation: Vec<F>,
}

impl<F: fmt::Debug> fmt::Debug for IdentityDocument<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityDocument")
            .field("front_side", &self.front_side)
            .field("reverse_side", &self.reverse_side)
            .field("selfie", &self.selfie)
            .field("translation", &self.translation)
            .finish_non_exhaustive()
    }
}
