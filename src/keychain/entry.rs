use std::fmt;

/// What an entry is: whose, and what for. No secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryName {
    account: String,
    purpose: Purpose,
}

/// What an entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Purpose {
    /// The key of TDLib's database, 32 bytes.
    DatabaseKey,
    /// The account's two-step verification password.
    Password,
    /// The key of the saved session of the vault's own channel, 32 bytes.
    SessionKey,
}

/// A text does not name an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account's name has 1 to {} bytes, and neither `/` nor control characters", EntryName::MOST_BYTES)]
pub struct AccountNameError;

impl EntryName {
    const MOST_BYTES: usize = 64;

    /// The entry of this account for this purpose. The account's name is the caller's own.
    ///
    /// # Errors
    ///
    /// [`AccountNameError`] unless it has 1 to 64 bytes, and neither `/` nor control characters.
    pub fn new(account: &str, purpose: Purpose) -> Result<Self, AccountNameError> {
        let length = 1..=Self::MOST_BYTES;
        if !length.contains(&account.len()) || account.chars().any(|char| char == '/' || char.is_control()) {
            return Err(AccountNameError);
        }
        Ok(Self { account: account.to_owned(), purpose })
    }

    /// Whose it is.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// What it is for.
    #[must_use]
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }
}

/// `main/database-key`, ….
impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.purpose.name())
    }
}

impl Purpose {
    /// The name it is kept under: `database-key`, `password`, `session-key`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DatabaseKey => "database-key",
            Self::Password => "password",
            Self::SessionKey => "session-key",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_be_mistaken_for_each_other() {
        let name = EntryName::new("Anna B.", Purpose::SessionKey).unwrap();
        assert_eq!((name.account(), name.purpose()), ("Anna B.", Purpose::SessionKey));
        assert_eq!(name.to_string(), "Anna B./session-key");
        for refused in ["", "a/b", "a\0", "a\nb", &"a".repeat(65)] {
            assert_eq!(EntryName::new(refused, Purpose::Password), Err(AccountNameError), "{refused:?}");
        }
    }
}
