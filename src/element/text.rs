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

/// What a field holds.
enum Value<'a> {
    Text(&'a str),
    Date(Option<Date>),
    Gender(Option<Gender>),
    Country(Option<Country>),
}

/// What stood there is wiped.
fn put(slot: &mut String, text: &str) {
    drop(Zeroizing::new(std::mem::replace(slot, text.to_owned())));
}

impl<F> Element<F> {
    /// The field as it is written: dates as `DD.MM.YYYY`, countries as codes; empty if it is not filled in.
    /// `None` if elements of this kind have no such field.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<Zeroizing<String>> {
        Some(Zeroizing::new(match self.value(field)? {
            Value::Text(text) => text.to_owned(),
            Value::Date(date) => date.map_or_else(String::new, |date| date.to_string()),
            Value::Gender(gender) => gender.map_or("", Gender::name).to_owned(),
            Value::Country(country) => country.map_or_else(String::new, |country| country.to_string()),
        }))
    }

    /// Takes over a field from another element as it is filled in there, or empty. What stood stored here and was not
    /// understood is dropped.
    ///
    /// # Errors
    /// [`TextError::NoSuchField`] if one of the two has no such field.
    pub fn copy_field<G>(&mut self, field: Field, from: &Element<G>) -> Result<(), TextError> {
        let value = from.value(field).ok_or(TextError::NoSuchField)?;
        match (self.slot(field).ok_or(TextError::NoSuchField)?, value) {
            (Slot::Text(slot), Value::Text(text)) => put(slot, text),
            (Slot::Date(slot), Value::Date(date)) => *slot = date,
            (Slot::Gender(slot), Value::Gender(gender)) => *slot = gender,
            (Slot::Country(slot), Value::Country(country)) => *slot = country,
            _ => unreachable!("a field is of one type in every kind that has it"),
        }
        self.forget_raw(field);
        Ok(())
    }

    fn value(&self, field: Field) -> Option<Value<'_>> {
        Some(match (self, field) {
            (Self::PersonalDetails(details), field) => match field {
                Field::FirstName => Value::Text(&details.first_name),
                Field::MiddleName => Value::Text(&details.middle_name),
                Field::LastName => Value::Text(&details.last_name),
                Field::FirstNameNative => Value::Text(&details.first_name_native),
                Field::MiddleNameNative => Value::Text(&details.middle_name_native),
                Field::LastNameNative => Value::Text(&details.last_name_native),
                Field::BirthDate => Value::Date(details.birth_date),
                Field::Gender => Value::Gender(details.gender),
                Field::CountryCode => Value::Country(details.country),
                Field::ResidenceCountryCode => Value::Country(details.residence_country),
                _ => return None,
            },
            (Self::Address(address), field) => match field {
                Field::CountryCode => Value::Country(address.country),
                Field::State => Value::Text(&address.state),
                Field::City => Value::Text(&address.city),
                Field::StreetLine1 => Value::Text(&address.street_line1),
                Field::StreetLine2 => Value::Text(&address.street_line2),
                Field::PostCode => Value::Text(&address.post_code),
                _ => return None,
            },
            (Self::PhoneNumber(number), Field::PhoneNumber) => Value::Text(&number.0),
            (Self::Email(address), Field::Email) => Value::Text(&address.0),
            (_, Field::DocumentNo) => Value::Text(&self.identity_document()?.document_no),
            (_, Field::ExpiryDate) => Value::Date(self.identity_document()?.expiry_date),
            _ => return None,
        })
    }

    /// Fills in a field from text as [`text`](Self::text) gives it; empty text clears it. What stood stored there and
    /// was not understood is dropped.
    ///
    /// # Errors
    /// [`TextError`] if the field is not there or takes a date, gender or country which the text is not. Whether
    /// it is a good value otherwise, [`validate`](Self::validate) says.
    pub fn set_text(&mut self, field: Field, text: &str) -> Result<(), TextError> {
        match self.slot(field).ok_or(TextError::NoSuchField)? {
            Slot::Text(slot) => put(slot, text),
            Slot::Date(slot) if text.is_empty() => *slot = None,
            Slot::Date(slot) => *slot = Some(text.parse()?),
            Slot::Gender(slot) if text.is_empty() => *slot = None,
            Slot::Gender(slot) => *slot = Some(Gender::from_name(text).ok_or(TextError::Gender)?),
            Slot::Country(slot) if text.is_empty() => *slot = None,
            Slot::Country(slot) => *slot = Some(Country::from_code(text).ok_or(TextError::Country)?),
        }
        self.forget_raw(field);
        Ok(())
    }

    fn forget_raw(&mut self, field: Field) {
        if let Some(raw) = self.raw_fields_mut() {
            raw.forget(field);
        }
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
    fn a_field_is_taken_over_as_it_is_and_what_was_not_understood_goes() {
        let json = r#"{"document_no":"1","expiry_date":"2030-12-31"}"#;
        let (mut passport, _) = Element::<()>::read_data(ElementType::Passport, json.as_bytes()).unwrap();
        let mut card = Element::<u8>::empty(ElementType::IdentityCard);
        card.set_text(Field::ExpiryDate, "31.12.2031").unwrap();
        for field in [Field::ExpiryDate, Field::DocumentNo] {
            assert_eq!(passport.copy_field(field, &card), Ok(()));
        }
        assert_eq!(passport.text(Field::ExpiryDate).unwrap().as_str(), "31.12.2031");
        assert_eq!(passport.text(Field::DocumentNo).unwrap().as_str(), "", "empty as it is there");
        assert!(passport.raw_fields().unwrap().is_empty());
        let address = Element::<()>::empty(ElementType::Address);
        assert_eq!(passport.copy_field(Field::ExpiryDate, &address), Err(TextError::NoSuchField));
        assert_eq!(passport.copy_field(Field::City, &address), Err(TextError::NoSuchField));
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
