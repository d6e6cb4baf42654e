use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The fields of an element's stored JSON that this version does not know, in their order, values verbatim.
///
/// Another client, or a later version of one, may have written them; they are written back after the known
/// ones, one that stands there twice as well. Wiped on drop; `Debug` shows only how many there are.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct UnknownFields(Vec<(String, String)>);

impl UnknownFields {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Each field: its name, and its value as JSON text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, json)| (name.as_str(), json.as_str()))
    }

    /// Lays these over: each takes the place of what stands under its name; the others stay.
    pub fn lay_over(&mut self, fields: &Self) {
        self.0.retain(|(name, _)| fields.0.iter().all(|(other, _)| other != name));
        self.0.extend(fields.0.iter().cloned());
    }

    /// Keeps these fields, names and values as JSON text, also where a name stands there more than once.
    pub(super) fn of<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(fields.into_iter().map(|(name, json)| (name.to_owned(), json.to_owned())).collect())
    }

    /// Their names and values together, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.iter().map(|(name, json)| name.len() + json.len()).sum()
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownFields").field("len", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_laid_over_takes_its_place_and_nothing_else_goes() {
        let mut fields = UnknownFields::of([("b", "1"), ("a", "2"), ("b", "3")]);
        assert_eq!(fields.bytes(), 6);
        fields.lay_over(&UnknownFields::of([("c", "4"), ("b", "5")]));
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("a", "2"), ("c", "4"), ("b", "5")]);
    }

    #[test]
    fn debug_tells_their_number_only() {
        let fields = UnknownFields::of([("name", "\"secret\"")]);
        assert_eq!(format!("{fields:?}"), "UnknownFields { len: 1, .. }");
    }
}
