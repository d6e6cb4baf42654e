use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Country, RawFields, UnknownFields};

/// The six fields of `address`. Wiped on drop; `Debug` shows none of them.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Address {
    /// First line of the street.
    pub street_line1: String,
    /// Second line, or empty.
    pub street_line2: String,
    /// City.
    pub city: String,
    /// State or province, or empty.
    pub state: String,
    /// Country (`country_code`).
    pub country: Option<Country>,
    /// Postal code.
    pub post_code: String,
    /// Fields that this version does not know; they are kept.
    pub unknown: UnknownFields,
    /// What stands stored under known names and was not understood; while there is any, nothing is saved.
    pub raw: RawFields,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").finish_non_exhaustive()
    }
}
