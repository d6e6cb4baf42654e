use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Country, Date, RawFields, UnknownFields};

/// `male` or `female`, the two values Passport knows. `Debug` shows neither.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gender {
    /// `male`
    Male,
    /// `female`
    Female,
}

impl Gender {
    /// The word in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
        }
    }

    /// The gender as a person writes it: in any letters, or its first one.
    #[must_use]
    pub fn from_written(text: &str) -> Option<Self> {
        [Self::Male, Self::Female].into_iter().find(|gender| {
            text.eq_ignore_ascii_case(gender.name()) || text.eq_ignore_ascii_case(&gender.name()[..1])
        })
    }

    /// The gender with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Male, Self::Female].into_iter().find(|gender| gender.name() == name)
    }
}

impl fmt::Debug for Gender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gender(..)")
    }
}

impl Zeroize for Gender {
    fn zeroize(&mut self) {
        *self = Self::Male;
    }
}

/// The ten fields of `personal_details`. Wiped on drop; `Debug` shows none of them.
///
/// A date, gender or country that is missing (or, as read from a flawed element, malformed) is `None`.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PersonalDetails {
    /// First name in Latin letters.
    pub first_name: String,
    /// Middle name in Latin letters, or empty.
    pub middle_name: String,
    /// Last name in Latin letters.
    pub last_name: String,
    /// First name in the script of the country of residence (`first_name_native`), or empty.
    pub first_name_native: String,
    /// Middle name in that script (`middle_name_native`), or empty.
    pub middle_name_native: String,
    /// Last name in that script (`last_name_native`), or empty.
    pub last_name_native: String,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// Gender.
    pub gender: Option<Gender>,
    /// Citizenship (`country_code`).
    pub country: Option<Country>,
    /// Residence (`residence_country_code`).
    pub residence_country: Option<Country>,
    /// Fields that this version does not know; they are kept.
    pub unknown: UnknownFields,
    /// What stands stored under known names and was not understood; while there is any, nothing is saved.
    pub raw: RawFields,
}

impl fmt::Debug for PersonalDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonalDetails").finish_non_exhaustive()
    }
}
