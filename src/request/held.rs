use super::error::same_hash;
use crate::element::{Element, Part, PartKind};

/// An element that the person has, as far as a form needs to know it: its content, and the hashes under which the
/// server knows its versions.
///
/// Without hashes it is an element that was never stored; no bot can have objected to it.
#[derive(Debug)]
pub struct Held<'a, F> {
    element: &'a Element<F>,
    element_hash: Option<Vec<u8>>,
    file_hashes: Vec<(Part, Vec<u8>)>,
}

impl<'a, F> Held<'a, F> {
    /// An element without hashes.
    #[must_use]
    pub fn new(element: &'a Element<F>) -> Self {
        Self { element, element_hash: None, file_hashes: Vec::new() }
    }

    /// An element as stored: its `secureValue.hash`, and how a file tells its `file_hash`.
    #[must_use]
    pub fn stored(element: &'a Element<F>, element_hash: &[u8], file_hash: impl Fn(&F) -> Vec<u8>) -> Self {
        let file_hashes = element.files().map(|(part, file)| (part, file_hash(file))).collect();
        Self { element, element_hash: Some(element_hash.to_vec()), file_hashes }
    }

    /// The element.
    #[must_use]
    pub fn element(&self) -> &'a Element<F> {
        self.element
    }

    /// Its `secureValue.hash`; `None` if it was never stored.
    #[must_use]
    pub fn element_hash(&self) -> Option<&[u8]> {
        self.element_hash.as_deref()
    }

    pub(super) fn is_version(&self, element_hash: &[u8]) -> bool {
        self.element_hash.as_deref().is_some_and(|held| same_hash(held, element_hash))
    }

    /// Where, among the parts of this kind, the file with this hash is now.
    pub(super) fn part_with_hash(&self, kind: PartKind, hash: &[u8]) -> Option<Part> {
        let mut parts = self.file_hashes.iter().filter(|(part, _)| part.kind() == kind);
        parts.find(|(_, held)| same_hash(held, hash)).map(|(part, _)| *part)
    }

    /// Whether the parts of this kind are exactly the files with these hashes, in any order.
    pub(super) fn has_files(&self, kind: PartKind, hashes: &[Vec<u8>]) -> bool {
        let mut held: Vec<_> =
            self.file_hashes.iter().filter(|(part, _)| part.kind() == kind).map(|(_, hash)| hash).collect();
        let mut named: Vec<_> = hashes.iter().collect();
        held.sort();
        named.sort();
        !held.is_empty()
            && held.len() == named.len()
            && held.iter().zip(&named).all(|(one, other)| same_hash(one, other))
    }
}
