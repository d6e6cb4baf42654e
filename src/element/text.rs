//! The fields of an element as text, whatever their type: what the JSON forms and forms to fill in share.

use zeroize::Zeroizing;

use super::{Country, Date, DateError, Element, Field, Gender};

/// Why a text does not fit into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Elements of this kind have no such field.
    #[error("there is no such field here")]
    NoSuchField,
    /// The field takes a date.
    #[error(transparent)]
    Date(#[from] DateError),
    /// The field takes a gender.
    #[error("a gender is \"male\" or \"female\"")]
    Gender,
    /// The field takes a country.
    #[error("a country is two capital letters of ISO 3166-1, such as DE")]
    Country,
}

/// Where a field's value is kept.
pub(super) enum Slot<'a> {
    Text(&'a mut String),
    Date(&'a mut Option<Date>),
    Gender(&'a mut Option<Gender>),
    Country(&'a mut Option<Country>),
}

impl<F> Element<F> {
    /// The field as it is written: dates as `DD.MM.YYYY`, countries as codes; empty if it is not filled in.
    /// `None` if elements of this kind have no such field.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<Zeroizing<String>> {
        let date = |date: Option<Date>| date.map_or_else(String::new, |date| date.to_string());
        let country =
            |country: Option<Country>| country.map_or_else(String::new, |country| country.to_string());
        Some(Zeroizing::new(match (self, field) {
            (Self::PersonalDetails(details), field) => match field {
                Field::FirstName => details.first_name.clone(),
                Field::MiddleName => details.middle_name.clone(),
                Field::LastName => details.last_name.clone(),
                Field::FirstNameNative => details.first_name_native.clone(),
                Field::MiddleNameNative => details.middle_name_native.clone(),
                Field::LastNameNative => details.last_name_native.clone(),
                Field::BirthDate => date(details.birth_date),
                Field::Gender => details.gender.map_or("", Gender::name).to_owned(),
                Field::CountryCode => country(details.country),
                Field::ResidenceCountryCode => country(details.residence_country),
                _ => return None,
            },
            (Self::Address(address), field) => match field {
                Field::CountryCode => country(address.country),
                Field::State => address.state.clone(),
                Field::City => address.city.clone(),
                Field::StreetLine1 => address.street_line1.clone(),
                Field::StreetLine2 => address.street_line2.clone(),
                Field::PostCode => address.post_code.clone(),
                _ => return None,
            },
            (Self::PhoneNumber(number), Field::PhoneNumber) => number.0.clone(),
            (Self::Email(address), Field::Email) => address.0.clone(),
            (_, Field::DocumentNo) => self.identity_document()?.document_no.to_string(),
            (_, Field::ExpiryDate) => date(self.identity_document()?.expiry_date),
            _ => return None,
        }))
    }

    /// Fills in a field from text as [`text`](Self::text) gives it; empty text clears it. What stood stored there and
    /// was not understood is dropped.
    ///
    /// # Errors
    /// [`TextError`] if the field is not there or takes a date, gender or country which the text is not. Whether
    /// it is a good value otherwise, [`validate`](Self::validate) says.
    pub fn set_text(&mut self, field: Field, text: &str) -> Result<(), TextError> {
        match self.slot(field).ok_or(TextError::NoSuchField)? {
            Slot::Text(slot) => drop(Zeroizing::new(std::mem::replace(slot, text.to_owned()))),
            Slot::Date(slot) if text.is_empty() => *slot = None,
            Slot::Date(slot) => *slot = Some(text.parse()?),
            Slot::Gender(slot) if text.is_empty() => *slot = None,
            Slot::Gender(slot) => *slot = Some(Gender::from_name(text).ok_or(TextError::Gender)?),
            Slot::Country(slot) if text.is_empty() => *slot = None,
            Slot::Country(slot) => *slot = Some(Country::from_code(text).ok_or(TextError::Country)?),
        }
        if let Some(raw) = self.raw_fields_mut() {
            raw.forget(field);
        }
        Ok(())
    }

    pub(super) fn slot(&mut self, field: Field) -> Option<Slot<'_>> {
        Some(match (self, field) {
            (Self::PersonalDetails(details), field) => match field {
                Field::FirstName => Slot::Text(&mut details.first_name),
                Field::MiddleName => Slot::Text(&mut details.middle_name),
                Field::LastName => Slot::Text(&mut details.last_name),
                Field::FirstNameNative => Slot::Text(&mut details.first_name_native),
                Field::MiddleNameNative => Slot::Text(&mut details.middle_name_native),
                Field::LastNameNative => Slot::Text(&mut details.last_name_native),
                Field::BirthDate => Slot::Date(&mut details.birth_date),
                Field::Gender => Slot::Gender(&mut details.gender),
                Field::CountryCode => Slot::Country(&mut details.country),
                Field::ResidenceCountryCode => Slot::Country(&mut details.residence_country),
                _ => return None,
            },
            (Self::Address(address), field) => match field {
                Field::CountryCode => Slot::Country(&mut address.country),
                Field::State => Slot::Text(&mut address.state),
                Field::City => Slot::Text(&mut address.city),
                Field::StreetLine1 => Slot::Text(&mut address.street_line1),
                Field::StreetLine2 => Slot::Text(&mut address.street_line2),
                Field::PostCode => Slot::Text(&mut address.post_code),
                _ => return None,
            },
            (Self::PhoneNumber(number), Field::PhoneNumber) => Slot::Text(&mut number.0),
            (Self::Email(address), Field::Email) => Slot::Text(&mut address.0),
            (element, Field::DocumentNo) => Slot::Text(&mut element.identity_document_mut()?.document_no),
            (element, Field::ExpiryDate) => Slot::Date(&mut element.identity_document_mut()?.expiry_date),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::ElementType;

    #[test]
    fn every_field_of_a_kind_can_be_set_and_read_and_no_other() {
        for kind in ElementType::ALL {
            for field in Field::ALL {
                let text = match field {
                    Field::BirthDate | Field::ExpiryDate => "29.02.2024",
                    Field::Gender => "female",
                    Field::CountryCode | Field::ResidenceCountryCode => "XK",
                    _ => "text",
                };
                let mut element = Element::<()>::empty(kind);
                if Field::of(kind).contains(&field) {
                    assert_eq!(element.set_text(field, text), Ok(()), "{kind} {field}");
                    assert_eq!(element.text(field).unwrap().as_str(), text, "{kind} {field}");
                    assert_ne!(element, Element::empty(kind));
                    assert_eq!(element.set_text(field, ""), Ok(()));
                    assert_eq!(element, Element::empty(kind), "{kind} {field}");
                } else {
                    assert_eq!(element.set_text(field, text), Err(TextError::NoSuchField));
                    assert!(element.text(field).is_none(), "{kind} {field}");
                }
            }
        }
    }

    #[test]
    fn a_text_that_is_no_value_leaves_the_field_as_it_was() {
        let mut details = Element::<()>::empty(ElementType::PersonalDetails);
        assert_eq!(details.set_text(Field::BirthDate, "30.02.2024"), Err(DateError::NoSuchDay.into()));
        assert_eq!(details.set_text(Field::BirthDate, "soon"), Err(DateError::Shape.into()));
        assert_eq!(details.set_text(Field::Gender, "Male"), Err(TextError::Gender));
        assert_eq!(details.set_text(Field::CountryCode, "de"), Err(TextError::Country));
        assert_eq!(details, Element::empty(ElementType::PersonalDetails));
    }
}
