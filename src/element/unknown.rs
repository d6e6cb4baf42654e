use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
};

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The fields of an element's stored JSON that this version does not know, in their order, values verbatim.
///
/// Another client, or a later version of one, may have written them; they are written back after the known
/// ones. Wiped on drop; `Debug` shows only how many there are.
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

    /// Keeps these fields, names and values as JSON text. A name that comes again replaces the earlier value, in its
    /// place; such later values are handed back as well.
    pub(super) fn gather<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Self, Vec<&'a str>) {
        let mut kept: Vec<(&str, &str)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut repeated = Vec::new();
        for (name, json) in fields {
            match places.entry(name) {
                Entry::Occupied(place) => {
                    kept[*place.get()].1 = json;
                    repeated.push(json);
                }
                Entry::Vacant(place) => {
                    place.insert(kept.len());
                    kept.push((name, json));
                }
            }
        }
        (Self(kept.into_iter().map(|(name, json)| (name.to_owned(), json.to_owned())).collect()), repeated)
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
    fn the_last_value_counts_in_the_first_place() {
        let (fields, repeated) = UnknownFields::gather([("b", "1"), ("a", "2"), ("b", "3"), ("b", "4")]);
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("b", "4"), ("a", "2")]);
        assert_eq!(repeated, ["3", "4"]);
        assert_eq!(fields.bytes(), 4);
    }

    #[test]
    fn debug_tells_their_number_only() {
        let (fields, _) = UnknownFields::gather([("name", "\"secret\"")]);
        assert_eq!(format!("{fields:?}"), "UnknownFields { len: 1, .. }");
    }
}
