//! The language of every country, which decides about the native names of a bot's request.
//!
//! Telegram's servers send the map with `help.getPassportConfig` (`countries_langs`). The sandbox fills
//! its own from the Unicode CLDR's likely subtags: the language of `und-DE` is `de`.
//!
//! ```
//! use telegram_passport::element::Country;
//! use telegram_passport_sandbox::languages::language_of;
//!
//! assert_eq!(Country::from_code("GR").map(language_of).as_deref(), Some("el"));
//! ```

use std::collections::BTreeMap;

use icu_locale::subtags::{Language, Region};
use icu_locale::{LanguageIdentifier, LocaleExpander};

use telegram_passport::element::Country;

/// The language of `und`, the last resort of [UTS #35]'s likely subtags, for a country that has no row of its
/// own there (`und-GB`): its row is `en-Latn-US`.
///
/// [UTS #35]: https://www.unicode.org/reports/tr35/#Likely_Subtags
const LAST_RESORT: &str = "en";

/// The language most used in a country, as its ISO 639 code: `de`.
#[must_use]
pub fn language_of(country: Country) -> String {
    let region = country.code().parse::<Region>().expect("two letters make a region");
    let mut identifier = LanguageIdentifier { region: Some(region), ..LanguageIdentifier::UNKNOWN };
    LocaleExpander::new_extended().maximize(&mut identifier);
    match identifier.language {
        Language::UNKNOWN => LAST_RESORT.to_owned(),
        language => language.to_string(),
    }
}

/// `countries_langs` of `help.passportConfig`: upper-case country to language, every country.
#[must_use]
pub fn countries_languages() -> BTreeMap<Country, String> {
    Country::all().map(|country| (country, language_of(country))).collect()
}

/// `countries_langs` as the JSON object that the server sends: `{"DE":"de",…}`.
#[must_use]
pub fn countries_languages_json() -> String {
    let object: serde_json::Map<String, serde_json::Value> = countries_languages()
        .into_iter()
        .map(|(country, language)| (country.code().to_owned(), language.into()))
        .collect();
    serde_json::Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(code: &str) -> String {
        language_of(Country::from_code(code).expect("a country"))
    }

    #[test]
    fn the_likely_language_of_a_country() {
        for (country, expected) in
            [("DE", "de"), ("US", "en"), ("GB", "en"), ("RU", "ru"), ("XK", "sq"), ("RS", "sr"), ("JP", "ja")]
        {
            assert_eq!(language(country), expected, "{country}");
        }
    }

    #[test]
    fn every_country_has_one() {
        let map = countries_languages();
        assert_eq!(map.len(), Country::all().count());
        assert!(map.values().all(|code| (2..=3).contains(&code.len()) && code != "und"));
        let english = map.values().filter(|code| *code == "en").count();
        assert!((40..80).contains(&english), "{english} countries speak English");
    }

    #[test]
    fn the_json_is_the_servers() {
        let json: BTreeMap<String, String> =
            serde_json::from_str(&countries_languages_json()).expect("an object of strings");
        assert_eq!(json["FR"], "fr");
        assert_eq!(json.len(), countries_languages().len());
    }
}
