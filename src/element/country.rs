use std::fmt;

/// A country by its ISO 3166-1 alpha-2 code; `XK` (Kosovo, user-assigned) is accepted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// The country with this code, two capitals.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let known = celes::Country::from_alpha2(code).ok()?;
        if known.alpha2 != code {
            return None;
        }
        code.as_bytes().try_into().ok().map(Self)
    }

    /// The alpha-2 code, two capitals.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Country(..)")
    }
}
