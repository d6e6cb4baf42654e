//! Whom a library talks to.

use std::fmt;

use super::checksum;

/// Whom a library talks to; each knows the keys of that side only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// Telegram: TDLib as its publisher made it.
    Telegram,
    /// The sandbox with this key: a copy made by [`patch`](super::patch()).
    Sandbox(Fingerprint),
}

/// A sandbox's key, as the SHA-256 of its PEM text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub(super) String);

impl Fingerprint {
    /// The fingerprint of a public key; white space around the text does not matter.
    #[must_use]
    pub fn of(public_key: &str) -> Self {
        Self(checksum::sha256(public_key.trim().as_bytes()))
    }

    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({})", &self.0[..12.min(self.0.len())])
    }
}
