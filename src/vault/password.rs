use std::fmt;

use zeroize::Zeroizing;

/// An account's two-step verification password: its UTF-8 bytes, neither trimmed nor normalised.
pub struct Password(Zeroizing<String>);

impl Password {
    /// The bytes that enter the key derivations.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text, for an engine that leaves the proof to somebody else, for the keychain, and to judge a new one.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// A copy for work on another thread, to be wiped by itself.
    pub(crate) fn copy(&self) -> Self {
        Self(Zeroizing::new(self.as_str().to_owned()))
    }

    /// Whether there is nothing in it. Telegram has no empty passwords: a proof for one always fails.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Password {
    fn from(password: &str) -> Self {
        Self(Zeroizing::new(password.to_owned()))
    }
}

impl From<String> for Password {
    fn from(password: String) -> Self {
        Self(Zeroizing::new(password))
    }
}

impl From<Zeroizing<String>> for Password {
    fn from(password: Zeroizing<String>) -> Self {
        Self(password)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password").finish_non_exhaustive()
    }
}
