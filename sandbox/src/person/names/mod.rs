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
//! | `phone` | pattern of a number in international form, digits only; one line for each |
//! | `passport`, `driver_license`, `identity_card`, `internal_passport` | pattern of the number |
//!
//! A name is `native=Latin`, or one word where both are the same. In a pattern `#` is a digit, `^` a digit
//! from 1, and `@` a capital letter; all else stands for itself. Phone numbers lie in ranges that a
//! regulator keeps free for fiction where there is one (US, GB, DE, FR, SE), elsewhere
//! they are plainly synthetic, with a run of zeros.

mod table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub(crate) use table::{Middle, Name, Table};

use telegram_passport::element::Country;

/// The texts, by country.
const TEXTS: [(&str, &str); 37] = [
    ("AM", include_str!("AM.txt")),
    ("BG", include_str!("BG.txt")),
    ("BR", include_str!("BR.txt")),
    ("CN", include_str!("CN.txt")),
    ("CZ", include_str!("CZ.txt")),
    ("DE", include_str!("DE.txt")),
    ("EG", include_str!("EG.txt")),
    ("ES", include_str!("ES.txt")),
    ("FR", include_str!("FR.txt")),
    ("GB", include_str!("GB.txt")),
    ("GE", include_str!("GE.txt")),
    ("GR", include_str!("GR.txt")),
    ("HU", include_str!("HU.txt")),
    ("ID", include_str!("ID.txt")),
    ("IL", include_str!("IL.txt")),
    ("IN", include_str!("IN.txt")),
    ("IR", include_str!("IR.txt")),
    ("IT", include_str!("IT.txt")),
    ("JP", include_str!("JP.txt")),
    ("KR", include_str!("KR.txt")),
    ("KZ", include_str!("KZ.txt")),
    ("MX", include_str!("MX.txt")),
    ("NL", include_str!("NL.txt")),
    ("PL", include_str!("PL.txt")),
    ("PT", include_str!("PT.txt")),
    ("RO", include_str!("RO.txt")),
    ("RS", include_str!("RS.txt")),
    ("RU", include_str!("RU.txt")),
    ("SA", include_str!("SA.txt")),
    ("SE", include_str!("SE.txt")),
    ("TH", include_str!("TH.txt")),
    ("TR", include_str!("TR.txt")),
    ("UA", include_str!("UA.txt")),
    ("US", include_str!("US.txt")),
    ("UZ", include_str!("UZ.txt")),
    ("VN", include_str!("VN.txt")),
    ("XK", include_str!("XK.txt")),
];

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::languages::language_of;

    /// Whether a letter of a native form belongs to the script; spaces, hyphens and apostrophes do everywhere.
    fn belongs(script: &str, letter: char) -> bool {
        let in_any = |ranges: &[(u32, u32)]| {
            ranges.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(letter)))
        };
        if letter == ' ' || letter == '-' {
            return true;
        }
        match script {
            "Latin" => {
                letter.is_ascii_alphabetic()
                    || letter == '\''
                    || letter == '\u{2018}'
                    || in_any(&[(0xC0, 0x24F), (0x1E00, 0x1EFF)])
            }
            "Cyrillic" => in_any(&[(0x400, 0x52F)]),
            "Greek" => in_any(&[(0x386, 0x3CE)]),
            "Georgian" => in_any(&[(0x10D0, 0x10F0)]),
            "Armenian" => in_any(&[(0x531, 0x556), (0x561, 0x587)]),
            "Hebrew" => in_any(&[(0x5D0, 0x5EA)]),
            "Arabic" => in_any(&[(0x620, 0x64A), (0x671, 0x6D3)]),
            "Devanagari" => in_any(&[(0x900, 0x97F)]),
            "Thai" => in_any(&[(0xE01, 0xE4E)]),
            "Han" => in_any(&[(0x4E00, 0x9FFF)]),
            "Japanese" => in_any(&[(0x4E00, 0x9FFF), (0x3005, 0x3005), (0x3041, 0x30FF)]),
            "Hangul" => in_any(&[(0xAC00, 0xD7A3)]),
            _ => false,
        }
    }

    fn tables() -> impl Iterator<Item = (Country, &'static Table)> {
        countries().map(|country| (country, table(country).expect("it is listed")))
    }

    fn families(table: &Table) -> Vec<Name> {
        table.family.iter().flat_map(|family| [family.male, family.female]).collect()
    }

    #[test]
    fn there_are_enough_countries_and_names() {
        assert_eq!(tables().count(), 37);
        for (country, table) in tables() {
            let given: BTreeSet<&str> =
                table.male.iter().chain(&table.female).map(|name| name.native).collect();
            let family: BTreeSet<&str> = table.family.iter().map(|family| family.male.native).collect();
            assert!(given.len() >= 40, "{country}: {} given names", given.len());
            assert!(family.len() >= 40, "{country}: {} family names", family.len());
            assert!(table.male.len() >= 20 && table.female.len() >= 20, "{country}");
            assert!(table.places.len() >= 4 && table.streets.len() >= 4, "{country}");
            assert_eq!(table.middle_male.is_empty(), table.middle_female.is_empty(), "{country}");
        }
    }

    #[test]
    fn no_list_names_anybody_twice() {
        for (country, table) in tables() {
            for list in [&table.male, &table.female, &table.middle_male, &table.middle_female] {
                let distinct: BTreeSet<&str> = list.iter().map(|name| name.native).collect();
                assert_eq!(distinct.len(), list.len(), "{country}");
            }
            let distinct: BTreeSet<&str> = table.family.iter().map(|family| family.male.native).collect();
            assert_eq!(distinct.len(), table.family.len(), "{country}");
        }
    }

    #[test]
    fn every_name_is_in_its_script_and_in_plain_latin() {
        for (country, table) in tables() {
            let english = language_of(country) == "en";
            let mut names = families(table);
            for list in [&table.male, &table.female, &table.middle_male, &table.middle_female] {
                names.extend(list);
            }
            for name in names {
                let odd = name.native.chars().find(|letter| !belongs(table.script, *letter));
                assert_eq!(odd, None, "{country}: {} is not {}", name.native, table.script);
                let plain = |letter: char| letter.is_ascii_alphabetic() || " -'".contains(letter);
                assert!(name.latin.chars().all(plain), "{country}: {}", name.latin);
                assert!(!english || name.native == name.latin, "{country}: {}", name.native);
                assert!(table.script == "Latin" || name.native != name.latin, "{country}: {}", name.latin);
            }
        }
    }

    #[test]
    fn women_bear_their_form_of_a_name_where_there_is_one() {
        for (code, man, woman) in [
            ("RU", "Толстой", "Толстая"),
            ("UA", "Вишневський", "Вишневська"),
            ("BG", "Иванов", "Иванова"),
            ("PL", "Dąbrowski", "Dąbrowska"),
            ("CZ", "Dvořák", "Dvořáková"),
            ("GR", "Παπαδόπουλος", "Παπαδοπούλου"),
            ("KZ", "Әбілов", "Әбілова"),
            ("UZ", "Karimov", "Karimova"),
            ("DE", "Müller", "Müller"),
        ] {
            let table = table(Country::from_code(code).expect("a country")).expect("a table");
            let family = table.family.iter().find(|family| family.male.native == man).expect("it is listed");
            assert_eq!(family.female.native, woman, "{code}");
        }
    }

    #[test]
    fn patterns_fit_the_fields() {
        for (country, table) in tables() {
            for phone in &table.phones {
                assert!((9..=12).contains(&phone.len()), "{country}: {phone}");
                assert!(phone.chars().all(|sign| sign.is_ascii_digit() || sign == '#'), "{country}: {phone}");
            }
            for number in [table.passport, table.driver_license, table.identity_card, table.internal_passport]
            {
                assert!((4..=24).contains(&number.len()) && number.contains('#'), "{country}");
            }
            for place in &table.places {
                assert!((2..=10).contains(&place.post_code.len()), "{country}: {}", place.city);
            }
        }
    }
}
