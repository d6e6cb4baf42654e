use std::fmt;

use zeroize::Zeroize;

use super::near::is_near;

/// A country by its ISO 3166-1 alpha-2 code.
///
/// Codes and names are those of the `celes` crate. `XK` (Kosovo) is no ISO code but a user-assigned one in
/// wide use, which Telegram's own country list has too; it is accepted.
///
/// `Debug` shows nothing: where a person lives is personal data.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Zeroize)]
pub struct Country([u8; 2]);

impl Country {
    /// The country with this code, two ASCII capitals.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let known = celes::Country::from_alpha2(code).ok()?;
        if known.alpha2 != code {
            return None;
        }
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
        !WITHOUT_POST_CODES.contains(&self.code())
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        let own = match self.code() {
            "CZ" => "Czech Republic",
            "GB" => "Great Britain",
            "TR" => "Türkiye",
            "SZ" => "Eswatini",
            "MM" => "Burma",
            "CI" => "Ivory Coast",
            "CV" => "Cabo Verde",
            "US" => "United States of America",
            "RU" => "Russian Federation",
            "NL" => "The Netherlands",
            _ => "",
        };
        let official = self.known().map_or("", |known| known.long_name);
        [self.name(), official, own].into_iter().filter(|name| !name.is_empty())
    }

    /// Every country, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        let mut codes: Vec<&str> = celes::Country::get_countries().iter().map(|known| known.alpha2).collect();
        codes.sort_unstable();
        codes.into_iter().filter_map(Self::from_code)
    }

    /// The alpha-2 code, two capitals: `DE`.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The alpha-3 code, three capitals: `DEU`, as in a passport's machine-readable zone; `XKX` for Kosovo.
    #[must_use]
    pub fn alpha3(&self) -> &'static str {
        self.known().map_or("", |known| known.alpha3)
    }

    /// The English name, as a person says it: `Germany`, `United Kingdom`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        everyday_name(self.code()).or_else(|| self.known().map(|known| known.long_name)).unwrap_or("")
    }

    fn known(self) -> Option<celes::Country> {
        celes::Country::from_alpha2(self.code()).ok()
    }
}

/// A name in small letters, without what people leave out or write in several ways.
fn folded(name: &str) -> String {
    let mut folded = String::new();
    for c in name.to_lowercase().chars() {
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

const WITHOUT_POST_CODES: [&str; 57] = [
    "AE", "AG", "AO", "AW", "BF", "BI", "BJ", "BO", "BS", "BW", "BZ", "CD", "CF", "CG", "CI", "CK", "CM",
    "CW", "DJ", "DM", "ER", "FJ", "GA", "GD", "GM", "GQ", "GY", "HK", "KI", "KM", "KP", "LY", "ML", "MO",
    "MR", "NR", "NU", "QA", "RW", "SB", "SC", "SL", "SR", "SS", "ST", "SX", "SY", "TD", "TG", "TK", "TL",
    "TO", "TV", "UG", "VU", "YE", "ZW",
];

/// The names `celes` gives in the form of identifiers or of treaties.
fn everyday_name(code: &str) -> Option<&'static str> {
    Some(match code {
        "AE" => "United Arab Emirates",
        "AG" => "Antigua and Barbuda",
        "AX" => "Åland Islands",
        "BA" => "Bosnia and Herzegovina",
        "BL" => "Saint Barthélemy",
        "BN" => "Brunei",
        "BQ" => "Bonaire, Sint Eustatius and Saba",
        "BS" => "Bahamas",
        "CC" => "Cocos (Keeling) Islands",
        "CD" => "Democratic Republic of the Congo",
        "CF" => "Central African Republic",
        "CG" => "Republic of the Congo",
        "CI" => "Côte d'Ivoire",
        "CK" => "Cook Islands",
        "CW" => "Curaçao",
        "DO" => "Dominican Republic",
        "FK" => "Falkland Islands",
        "FM" => "Micronesia",
        "FO" => "Faroe Islands",
        "GB" => "United Kingdom",
        "GM" => "Gambia",
        "GS" => "South Georgia and the South Sandwich Islands",
        "GW" => "Guinea-Bissau",
        "HM" => "Heard Island and McDonald Islands",
        "IM" => "Isle of Man",
        "IR" => "Iran",
        "KM" => "Comoros",
        "KN" => "Saint Kitts and Nevis",
        "KP" => "North Korea",
        "KR" => "South Korea",
        "KY" => "Cayman Islands",
        "LA" => "Laos",
        "MD" => "Moldova",
        "MF" => "Saint Martin",
        "MH" => "Marshall Islands",
        "MK" => "North Macedonia",
        "MP" => "Northern Mariana Islands",
        "NE" => "Niger",
        "NL" => "Netherlands",
        "PH" => "Philippines",
        "PM" => "Saint Pierre and Miquelon",
        "PS" => "Palestine",
        "RE" => "Réunion",
        "RU" => "Russia",
        "SD" => "Sudan",
        "SH" => "Saint Helena, Ascension and Tristan da Cunha",
        "SJ" => "Svalbard and Jan Mayen",
        "ST" => "São Tomé and Príncipe",
        "SX" => "Sint Maarten",
        "SY" => "Syria",
        "TC" => "Turks and Caicos Islands",
        "TF" => "French Southern Territories",
        "TL" => "Timor-Leste",
        "TT" => "Trinidad and Tobago",
        "TW" => "Taiwan",
        "TZ" => "Tanzania",
        "UM" => "United States Minor Outlying Islands",
        "US" => "United States",
        "VA" => "Vatican City",
        "VC" => "Saint Vincent and the Grenadines",
        "VE" => "Venezuela",
        "VI" => "U.S. Virgin Islands",
        "WF" => "Wallis and Futuna",
        _ => return None,
    })
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
        let unknown = WITHOUT_POST_CODES.iter().filter(|code| Country::from_code(code).is_none()).count();
        assert_eq!(unknown, 0);
    }

    #[test]
    fn only_capitals_of_known_countries_are_codes() {
        assert_eq!(Country::from_code("XK").map(|country| country.name()), Some("Kosovo"));
        for code in ["", "D", "de", "De", "DEU", "ZZ", "D\u{0395}", "🇩🇪"] {
            assert_eq!(Country::from_code(code), None, "{code}");
        }
    }
}
