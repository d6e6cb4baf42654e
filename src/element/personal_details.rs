use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Country, Date};

/// `male` or `female`, the two values Passport knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gender {
    /// `male`
    Male,
    /// `female`
    Female,
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
    #[zeroize(skip)]
    pub birth_date: Option<Date>,
    /// Gender.
    #[zeroize(skip)]
    pub gender: Option<Gender>,
    /// Citizenship (`country_code`).
    #[zeroize(skip)]
    pub country: Option<Country>,
    /// Residence (`residence_country_code`).
    #[zeroize(skip)]
    pub residence_country: Option<Country>,
}

impl fmt::Debug for PersonalDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonalDetails").finish_non_exhaustive()
    }
}
