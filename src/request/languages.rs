use std::collections::BTreeMap;

use crate::element::Country;

/// Which language native names are in, country by country: the server's own map
/// (`help.passportConfig.countries_langs`), the base of
/// [`PersonalDetails::native_names_rule`](crate::element::PersonalDetails::native_names_rule).
///
/// The empty map (`default()`) knows no language, so that native names are always required where they are asked
/// for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountryLanguages(BTreeMap<String, String>);

/// The map is no JSON object from country codes to language codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the countries' languages are not a JSON object of strings")]
pub struct CountryLanguagesError;

impl CountryLanguages {
    /// Reads the server's map, `{"XX":"ll",…}`.
    ///
    /// # Errors
    /// [`CountryLanguagesError`].
    pub fn parse(json: &str) -> Result<Self, CountryLanguagesError> {
        serde_json::from_str(json).map(Self).map_err(|_| CountryLanguagesError)
    }

    /// The language of a country, as the server's map names it.
    #[must_use]
    pub fn language(&self, country: Country) -> Option<&str> {
        self.0.get(country.code()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_map() {
        let languages = CountryLanguages::parse(r#"{"GB":"en","UA":"uk"}"#).unwrap();
        let of = |code| languages.language(Country::from_code(code).unwrap());
        assert_eq!((of("GB"), of("UA"), of("DE")), (Some("en"), Some("uk"), None));
        for wrong in ["", "[]", r#"{"GB":1}"#] {
            assert_eq!(CountryLanguages::parse(wrong), Err(CountryLanguagesError));
        }
    }
}
