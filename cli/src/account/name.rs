//! What accounts are called.

use std::fmt;
use std::str::FromStr;

/// The name of an account on this machine, fit for the name of a directory on every system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountName(String);

/// It is no such name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an account's name consists of 1 to 32 letters a-z, digits, - and _, and begins with a letter or digit"
)]
pub(crate) struct NotAName;

impl AccountName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountName {
    type Err = NotAName;

    fn from_str(name: &str) -> Result<Self, NotAName> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let sound = (1..=32).contains(&name.len())
            && name.bytes().all(|byte| plain(byte) || matches!(byte, b'-' | b'_'))
            && name.bytes().next().is_some_and(plain);
        if sound { Ok(Self(name.to_owned())) } else { Err(NotAName) }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        for name in ["default", "a", "work-2", "7_x", &"a".repeat(32)] {
            assert_eq!(name.parse::<AccountName>().map(|name| name.to_string()).as_deref(), Ok(name));
        }
        for wrong in ["", "..", "a/b", "a\\b", "-a", "_a", "A", "a b", "ä", "a\0", &"a".repeat(33)] {
            assert_eq!(wrong.parse::<AccountName>(), Err(NotAName), "{wrong:?}");
        }
    }
}
