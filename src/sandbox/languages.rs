//! The language of every country, which decides about the native names of a bot's request.
//!
//! Telegram's servers send the map with `help.getPassportConfig` (`countries_langs`). The sandbox fills
//! its own from the Unicode CLDR's likely subtags: the language of `und-DE` is `de`.

use std::collections::BTreeMap;

use icu_locale::subtags::{Language, Region};
use icu_locale::{LanguageIdentifier, LocaleExpander};

use crate::element::Country;

/// The language most used in a country, as its ISO 639 code (`de`); `None` where CLDR names none
/// (Antarctica and other places without inhabitants of their own).
#[must_use]
pub fn language_of(country: Country) -> Option<String> {
    let region = country.code().parse::<Region>().ok()?;
    let mut identifier = LanguageIdentifier { region: Some(region), ..LanguageIdentifier::UNKNOWN };
    LocaleExpander::new_extended().maximize(&mut identifier);
    (identifier.language != Language::UNKNOWN).then(|| identifier.language.to_string())
}

/// `countries_langs` of `help.passportConfig`: upper-case country to language, every country that has one.
#[must_use]
pub fn countries_languages() -> BTreeMap<Country, String> {
    Country::all().filter_map(|country| Some((country, language_of(country)?))).collect()
}

/// The same as the JSON object that the server sends: `{"DE":"de",…}`.
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

    fn language(code: &str) -> Option<String> {
        language_of(Country::from_code(code).expect("a country"))
    }

    #[test]
    fn the_likely_language_of_a_country() {
        for (country, expected) in
            [("DE", "de"), ("US", "en"), ("GB", "en"), ("RU", "ru"), ("XK", "sq"), ("RS", "sr"), ("JP", "ja")]
        {
            assert_eq!(language(country).as_deref(), Some(expected), "{country}");
        }
    }

    #[test]
    fn nearly_every_country_has_one() {
        let map = countries_languages();
        assert!(map.len() > 230, "only {}", map.len());
        assert!(map.values().all(|code| (2..=3).contains(&code.len()) && code != "und"));
    }

    #[test]
    fn the_json_is_the_servers() {
        let json: BTreeMap<String, String> =
            serde_json::from_str(&countries_languages_json()).expect("an object of strings");
        assert_eq!(json["FR"], "fr");
        assert_eq!(json.len(), countries_languages().len());
    }
}
