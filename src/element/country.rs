use std::fmt;

use zeroize::Zeroize;

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
    fn only_capitals_of_known_countries_are_codes() {
        assert_eq!(Country::from_code("XK").map(|country| country.name()), Some("Kosovo"));
        for code in ["", "D", "de", "De", "DEU", "ZZ", "D\u{0395}", "🇩🇪"] {
            assert_eq!(Country::from_code(code), None, "{code}");
        }
    }
}
