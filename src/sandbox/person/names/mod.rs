//! A table of our own of what people are called, and of their towns, streets and numbers, by country.
//!
//! One text file per country, `XX.txt`, lines of `key: value`; `#` starts a comment line. A list may go on
//! under the same key on the next line.
//!
//! | key | value |
//! | --- | --- |
//! | `script` | the Unicode script of the native forms: `Latin`, `Cyrillic`, `Han`, … |
//! | `middle` | `always`, `often` or `never`: whether people have a middle name |
//! | `surnames` | `1`, or `2` where a person bears one of either parent |
//! | `male`, `female` | given names, separated by commas |
//! | `middle_male`, `middle_female` | middle names or patronymics; without them a second given name is taken |
//! | `family` | family names; where women bear another form, `male/female` |
//! | `place` | town, state or region (may be empty), pattern of the postal code, separated by `\|` |
//! | `street` | first line of an address, Latin, with a pattern of the house number |
//! | `phone` | pattern of a number in international form, digits only |
//! | `passport`, `driver_license`, `identity_card`, `internal_passport` | pattern of the number |
//!
//! A name is `native=Latin`, or one word where both are the same. In a pattern `#` is a digit, `^` a digit
//! from 1, and `@` a capital letter; all else stands for itself. Phone numbers lie in ranges that a
//! regulator keeps free for fiction where there is one (US, GB, DE, FR, SE), elsewhere they are runs of
//! zeros that no operator gives out.

mod table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub(crate) use table::{Middle, Name, Table};

use crate::element::Country;

/// The texts, by country.
const TEXTS: [(&str, &str); 1] = [("DE", include_str!("DE.txt"))];

static TABLES: LazyLock<BTreeMap<Country, Table>> = LazyLock::new(|| {
    TEXTS
        .iter()
        .map(|(code, text)| {
            let country = Country::from_code(code).expect("every table is named after a country");
            (country, Table::parse(text).expect("every table is well-formed: a test reads them all"))
        })
        .collect()
});

/// What people of a country are called; `None` where there is no table.
pub(crate) fn table(country: Country) -> Option<&'static Table> {
    TABLES.get(&country)
}

/// The countries that have a table, by code.
pub(crate) fn countries() -> impl Iterator<Item = Country> {
    TABLES.keys().copied()
}
