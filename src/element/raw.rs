use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Element, Field};

/// What stands stored under the names of known fields and was not understood: JSON text, verbatim, in its order.
///
/// An expiry date that another client wrote as `2030-12-31`, or the first of two values where a name stands there
/// twice. An element that has any is not saved, for nothing would say what becomes of them: once the field is set anew
/// ([`Element::set_text`]), its text is gone from here. Wiped on drop; `Debug` shows only how many there are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RawFields(Vec<(Field, Zeroizing<String>)>);

impl RawFields {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each text with the field it stands under; a field may have several.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        self.0.iter().map(|(field, json)| (*field, json.as_str()))
    }

    /// Whether something stands under this field.
    #[must_use]
    pub fn contains(&self, field: Field) -> bool {
        self.0.iter().any(|(raw, _)| *raw == field)
    }

    /// Drops what stands under this field: it has been set anew.
    pub fn forget(&mut self, field: Field) {
        self.0.retain(|(raw, _)| *raw != field);
    }

    pub(super) fn keep(&mut self, field: Field, json: &str) {
        self.0.push((field, Zeroizing::new(json.to_owned())));
    }
}

impl<F> Element<F> {
    /// What was not understood of its stored JSON; `None` if the kind has no JSON.
    #[must_use]
    pub fn raw_fields(&self) -> Option<&RawFields> {
        match self {
            Self::PersonalDetails(details) => Some(&details.raw),
            Self::Address(address) => Some(&address.raw),
            _ => self.identity_document().map(|document| &document.raw),
        }
    }

    pub(super) fn raw_fields_mut(&mut self) -> Option<&mut RawFields> {
        match self {
            Self::PersonalDetails(details) => Some(&mut details.raw),
            Self::Address(address) => Some(&mut address.raw),
            _ => self.identity_document_mut().map(|document| &mut document.raw),
        }
    }
}

impl Zeroize for RawFields {
    fn zeroize(&mut self) {
        // Each text is wiped as it is dropped.
        self.0.clear();
    }
}

impl ZeroizeOnDrop for RawFields {}

impl fmt::Debug for RawFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawFields").field("len", &self.0.len()).finish_non_exhaustive()
    }
}
