use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

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

    /// Keeps a field; one of the same name is replaced in its place. Whether there was one.
    pub(super) fn keep(&mut self, name: &str, json: &str) -> bool {
        if let Some((_, kept)) = self.0.iter_mut().find(|(kept, _)| kept == name) {
            drop(Zeroizing::new(std::mem::replace(kept, json.to_owned())));
            return true;
        }
        self.0.push((name.to_owned(), json.to_owned()));
        false
    }
}

impl fmt::Debug for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownFields").field("len", &self.len()).finish_non_exhaustive()
    }
}
