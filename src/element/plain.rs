use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Entry, Field};

/// A phone number in international form, digits only.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
pub struct PhoneNumber(pub String);

/// An e-mail address.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
pub struct EmailAddress(pub String);

impl PhoneNumber {
    /// The number as a person writes it, without the signs that only make it readable: `+49 (30) 123-456` and
    /// `0049 30 123456` are `4930123456`, as [`Entry`] has it. Anything else stays, for
    /// [`Element::validate`](super::Element::validate) to point out.
    #[must_use]
    pub fn from_written(text: &str) -> Self {
        Self(Entry::new(Field::PhoneNumber, text).text().to_owned())
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(..)")
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_number_loses_its_ornaments_only() {
        assert_eq!(PhoneNumber::from_written("+49 (30) 123-45/6.").0, "4930123456");
        assert_eq!(PhoneNumber::from_written("call 12").0, "call12");
    }
}
