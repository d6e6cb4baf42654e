use super::{ElementType, Field, PersonalDetails, Place, Problem, Trouble};

/// What becomes of the native names when a bot asks for them; it depends on the language of the country of
/// residence, as Telegram's own map (`help.getPassportConfig`, `countries_langs`) gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeNamesRule {
    /// There is no country of residence yet: nothing is asked.
    NoCountry,
    /// The language is English: the Latin names are the native ones, and are copied.
    CopyLatin,
    /// Any other language, or a country that is not in the map: they are asked for and required.
    Required,
}

impl PersonalDetails {
    /// The rule for a person residing where this language is spoken; `None` if the map does not have the country.
    #[must_use]
    pub fn native_names_rule(&self, language: Option<&str>) -> NativeNamesRule {
        match (self.residence_country, language) {
            (None, _) => NativeNamesRule::NoCountry,
            (Some(_), Some("en")) => NativeNamesRule::CopyLatin,
            (Some(_), _) => NativeNamesRule::Required,
        }
    }

    /// Copies the Latin names to the native ones where the rule is to do so and none is filled in. Whether it did;
    /// then the element has to be saved before it is shared.
    pub fn copy_native_names(&mut self, language: Option<&str>) -> bool {
        if self.native_names_rule(language) != NativeNamesRule::CopyLatin || self.has_native_names() {
            return false;
        }
        self.first_name_native.clone_from(&self.first_name);
        self.middle_name_native.clone_from(&self.middle_name);
        self.last_name_native.clone_from(&self.last_name);
        true
    }

    /// What a bot that asked for native names would miss.
    ///
    /// Under [`NativeNamesRule::CopyLatin`] nothing is missing as long as no native name is filled in:
    /// [`copy_native_names`](Self::copy_native_names) fills them, which has to be called before.
    #[must_use]
    pub fn native_name_problems(&self, language: Option<&str>) -> Vec<Problem> {
        let required = match self.native_names_rule(language) {
            NativeNamesRule::NoCountry => false,
            NativeNamesRule::CopyLatin => self.has_native_names(),
            NativeNamesRule::Required => true,
        };
        [(Field::FirstNameNative, &self.first_name_native), (Field::LastNameNative, &self.last_name_native)]
            .into_iter()
            .filter(|(_, name)| required && name.trim().is_empty())
            .map(|(field, _)| Problem {
                kind: ElementType::PersonalDetails,
                place: Place::Field(field),
                trouble: Trouble::Missing,
            })
            .collect()
    }

    fn has_native_names(&self) -> bool {
        [&self.first_name_native, &self.middle_name_native, &self.last_name_native]
            .iter()
            .any(|name| !name.trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::Country;

    fn resident(of: Option<&str>) -> PersonalDetails {
        let mut details = PersonalDetails::default();
        details.first_name = "Anna".to_owned();
        details.last_name = "Smith".to_owned();
        details.residence_country = of.map(|code| Country::from_code(code).unwrap());
        details
    }

    fn missing(details: &PersonalDetails, language: Option<&str>) -> Vec<String> {
        details.native_name_problems(language).iter().map(|problem| problem.place.to_string()).collect()
    }

    #[test]
    fn english_names_are_their_own_native_names() {
        let mut details = resident(Some("GB"));
        assert!(missing(&details, Some("en")).is_empty());
        assert!(details.copy_native_names(Some("en")));
        assert_eq!(details.first_name_native, "Anna");
        assert_eq!(details.last_name_native, "Smith");
        assert!(!details.copy_native_names(Some("en")), "copied once");
    }

    #[test]
    fn another_or_an_unknown_language_requires_them() {
        for language in [Some("ru"), Some("EN"), None] {
            let mut details = resident(Some("RU"));
            assert_eq!(missing(&details, language), ["first_name_native", "last_name_native"]);
            assert!(!details.copy_native_names(language));
            assert_eq!(missing(&details, language), ["first_name_native", "last_name_native"]);
            details.first_name_native = "Анна".to_owned();
            details.last_name_native = " ".to_owned();
            assert_eq!(missing(&details, language), ["last_name_native"]);
        }
    }

    #[test]
    fn native_names_that_are_there_are_never_overwritten() {
        let mut details = resident(Some("US"));
        details.first_name_native = "Анна".to_owned();
        assert!(!details.copy_native_names(Some("en")));
        assert_eq!(missing(&details, Some("en")), ["last_name_native"]);
    }

    #[test]
    fn without_a_country_nothing_is_asked() {
        let mut details = resident(None);
        assert!(missing(&details, Some("ru")).is_empty());
        assert!(!details.copy_native_names(Some("en")));
    }
}
