use std::fmt;

use zeroize::Zeroize;

use super::countries::{self, COUNTRIES, Entry};
use super::near::is_near;

/// A country by its ISO 3166-1 alpha-2 code.
///
/// `XK` (Kosovo) is no ISO code but a user-assigned one in wide use, which Telegram's own country list has too; it is
/// accepted.
///
/// `Debug` shows nothing: where a person lives is personal data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Zeroize)]
pub struct Country([u8; 2]);

impl Country {
    /// The country with this code, two ASCII capitals.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        countries::by_alpha2(code)?;
        code.as_bytes().try_into().ok().map(Self)
    }

    /// The country as a person writes it: its code of two letters or of three, or its English name, in any letters.
    #[must_use]
    pub fn from_written(text: &str) -> Option<Self> {
        let written = folded(text);
        // What people of that country call it by, though the code is another's reserve.
        if written == "uk" {
            return Self::from_code("GB");
        }
        Self::all().find(|country| {
            written.eq_ignore_ascii_case(country.code())
                || written.eq_ignore_ascii_case(country.alpha3())
                || country.names().any(|name| folded(name) == written)
        })
    }

    /// Countries whose names are like this text, at most six: what was perhaps meant by it.
    #[must_use]
    pub fn like(text: &str) -> Vec<Self> {
        let written = folded(text);
        let like = |name: &str| {
            let name = folded(name);
            is_near(&name, &written) || (written.len() >= 4 && name.contains(&written))
        };
        // Two letters are like every code.
        if written.chars().count() < 3 {
            return Vec::new();
        }
        Self::all().filter(|country| country.names().any(like)).take(6).collect()
    }

    /// Whether addresses there have post codes, as far as the Universal Postal Union knows.
    #[must_use]
    pub fn has_post_codes(&self) -> bool {
        self.entry().is_some_and(|entry| entry.has_post_codes)
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        self.entry()
            .into_iter()
            .flat_map(|entry| std::iter::once(entry.name).chain(entry.also.iter().copied()))
    }

    /// Every country, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        COUNTRIES.iter().filter_map(|entry| Self::from_code(entry.alpha2))
    }

    /// The alpha-2 code, two capitals: `DE`.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The alpha-3 code, three capitals: `DEU`, as in a passport's machine-readable zone; `XKX` for Kosovo.
    #[must_use]
    pub fn alpha3(&self) -> &'static str {
        self.entry().map_or("", |entry| entry.alpha3)
    }

    /// The English name, as a person says it: `Germany`, `United Kingdom`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.entry().map_or("", |entry| entry.name)
    }

    fn entry(self) -> Option<&'static Entry> {
        countries::by_alpha2(self.code())
    }
}

/// A name in small letters, without what people leave out or write in several ways.
fn folded(name: &str) -> String {
    let mut folded = String::new();
    let name = name.to_lowercase();
    for c in name.strip_prefix("the ").unwrap_or(&name).chars() {
        match c {
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ä' => folded.push('a'),
            'é' | 'è' | 'ê' => folded.push('e'),
            'í' | 'î' => folded.push('i'),
            'ó' | 'ô' | 'õ' | 'ö' => folded.push('o'),
            'ú' | 'ü' => folded.push('u'),
            'ç' => folded.push('c'),
            c if c.is_alphanumeric() => folded.push(c),
            _ => {}
        }
    }
    folded
}

/// The alpha-2 code.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_its_codes_and_a_name_fit_to_be_read() {
        let all: Vec<Country> = Country::all().collect();
        assert_eq!(all.len(), 250, "249 of ISO 3166-1, and XK");
        assert!(all.is_sorted());
        for country in all {
            assert_eq!(Country::from_code(country.code()), Some(country));
            assert_eq!(country.alpha3().len(), 3, "{country}");
            let name = country.name();
            assert!(!name.is_empty() && !name.starts_with("The ") && !name.contains(" Of "), "{name}");
            assert!(!name.contains(" And ") && !name.contains("Republic Of"), "{name}");
        }
    }

    #[test]
    fn a_country_is_known_by_what_people_call_it() {
        for (written, code) in [
            ("cz", "CZ"),
            ("Cze", "CZ"),
            ("czechia", "CZ"),
            ("Czech republic", "CZ"),
            ("united  kingdom", "GB"),
            ("UK", "GB"),
            ("usa", "US"),
            ("Curacao", "CW"),
            ("cote d'ivoire", "CI"),
            ("South Korea", "KR"),
            ("the Bahamas", "BS"),
            ("Turkey", "TR"),
            ("Holy See", "VA"),
        ] {
            assert_eq!(
                Country::from_written(written).map(|country| country.to_string()).as_deref(),
                Some(code),
                "{written}"
            );
        }
        for written in ["", " ", "zz", "Atlantis", "Germnay"] {
            assert_eq!(Country::from_written(written), None, "{written}");
        }
        let like = |text| Country::like(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(like("Germnay"), ["DE"]);
        assert_eq!(like("Guinea"), ["GN", "GQ", "GW", "PG"]);
        assert_eq!(like("zz"), [""; 0]);
        assert!(like("Atlantis").is_empty());
        for country in Country::all() {
            assert_eq!(Country::from_written(country.name()), Some(country), "{}", country.name());
        }
    }

    #[test]
    fn the_emirates_and_hong_kong_have_no_post_codes() {
        let has = |code| Country::from_code(code).unwrap().has_post_codes();
        assert_eq!(["AE", "HK", "QA", "DE", "IE", "GB"].map(has), [false, false, false, true, true, true]);
    }

    #[test]
    fn only_capitals_of_known_countries_are_codes() {
        assert_eq!(Country::from_code("XK").map(|country| country.name()), Some("Kosovo"));
        for code in ["", "D", "de", "De", "DEU", "ZZ", "D\u{0395}", "🇩🇪"] {
            assert_eq!(Country::from_code(code), None, "{code}");
        }
    }
}
