use std::vec;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use super::{Part, PartKind};

/// The files of one element, each at its place; `T` is what stands for a file: the scan itself, what a server calls it,
/// or what is known of it.
///
/// Any combination can be held. Which parts a kind of element must, may and must not have,
/// [`ElementType::presence`](super::ElementType::presence) says, and [`Element::validate`](super::Element::validate)
/// whether an element keeps to it.
///
/// ```
/// use telegram_passport::element::{Part, PartKind, Parts};
///
/// let parts = Parts { front_side: Some("f.jpg"), translation: vec!["1.jpg", "2.jpg"], ..Parts::default() };
/// let places: Vec<String> = parts.iter().map(|(part, file)| format!("{part} {file}")).collect();
/// assert_eq!(places, ["front_side f.jpg", "translation[0] 1.jpg", "translation[1] 2.jpg"]);
/// assert_eq!(parts.get(Part::Translation(1)), Some(&"2.jpg"));
/// assert_eq!(parts.of(PartKind::Translation).len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts<T> {
    /// The front side of an identity document (for a passport, the page with the picture).
    pub front_side: Option<T>,
    /// The reverse side: driver's licence and identity card only.
    pub reverse_side: Option<T>,
    /// The person holding the document.
    pub selfie: Option<T>,
    /// Translated versions.
    pub translation: Vec<T>,
    /// The pages of a proof of address.
    pub files: Vec<T>,
}

impl<T> Parts<T> {
    /// The files of one kind of part: one at most of those that are no list, none of the data.
    #[must_use]
    pub fn of(&self, kind: PartKind) -> &[T] {
        match kind {
            PartKind::FrontSide => self.front_side.as_slice(),
            PartKind::ReverseSide => self.reverse_side.as_slice(),
            PartKind::Selfie => self.selfie.as_slice(),
            PartKind::Translation => &self.translation,
            PartKind::Files => &self.files,
            PartKind::Data | PartKind::Plain => &[],
        }
    }

    /// The file at this place.
    #[must_use]
    pub fn get(&self, part: Part) -> Option<&T> {
        self.of(part.kind()).get(part.index())
    }

    /// Puts a file at its place: in place of the front side, reverse side or selfie that was there, or among the pages
    /// of a list, at the end if there are fewer.
    pub fn insert(&mut self, part: Part, file: T) {
        match part {
            Part::FrontSide => self.front_side = Some(file),
            Part::ReverseSide => self.reverse_side = Some(file),
            Part::Selfie => self.selfie = Some(file),
            Part::Translation(index) => self.translation.insert(index.min(self.translation.len()), file),
            Part::File(index) => self.files.insert(index.min(self.files.len()), file),
        }
    }

    /// Takes out the file at this place, if one is there; the pages after it move up.
    pub fn remove(&mut self, part: Part) -> Option<T> {
        let taken = |pages: &mut Vec<T>, index: usize| (index < pages.len()).then(|| pages.remove(index));
        match part {
            Part::FrontSide => self.front_side.take(),
            Part::ReverseSide => self.reverse_side.take(),
            Part::Selfie => self.selfie.take(),
            Part::Translation(index) => taken(&mut self.translation, index),
            Part::File(index) => taken(&mut self.files, index),
        }
    }

    /// Takes out the files of one kind of part.
    pub fn clear(&mut self, kind: PartKind) {
        match kind {
            PartKind::FrontSide => self.front_side = None,
            PartKind::ReverseSide => self.reverse_side = None,
            PartKind::Selfie => self.selfie = None,
            PartKind::Translation => self.translation.clear(),
            PartKind::Files => self.files.clear(),
            PartKind::Data | PartKind::Plain => {}
        }
    }

    /// The files with their places, in the schema's order ([`PartKind::FILES`]).
    pub fn iter(&self) -> impl Iterator<Item = (Part, &T)> {
        self.walk(PartKind::FILES)
    }

    /// The files with their places, as credentials and the Bot API list them ([`PartKind::BY_NAME`]).
    pub fn iter_by_name(&self) -> impl Iterator<Item = (Part, &T)> {
        self.walk(PartKind::BY_NAME)
    }

    fn walk(&self, kinds: [PartKind; 5]) -> impl Iterator<Item = (Part, &T)> {
        kinds.into_iter().flat_map(|kind| (0..).map_while(move |index| kind.at(index)).zip(self.of(kind)))
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Other things in place of the files.
    #[must_use]
    pub fn map<U>(self, mut map: impl FnMut(Part, T) -> U) -> Parts<U> {
        self.into_iter().map(|(part, file)| (part, map(part, file))).collect()
    }

    /// Other things in place of the files; the first failure ends it.
    ///
    /// # Errors
    /// The first error of `map`.
    pub fn try_map<U, E>(self, mut map: impl FnMut(Part, T) -> Result<U, E>) -> Result<Parts<U>, E> {
        self.into_iter().map(|(part, file)| Ok((part, map(part, file)?))).collect()
    }
}

impl<T: Serialize> Parts<T> {
    /// Adds a member to a map for each part that is there, under its Telegram name: a list where there may be several.
    ///
    /// # Errors
    /// The map's own.
    pub fn serialize_members<M: SerializeMap>(
        &self,
        order: [PartKind; 5],
        map: &mut M,
    ) -> Result<(), M::Error> {
        order.into_iter().try_for_each(|kind| match self.of(kind) {
            [] => Ok(()),
            files if kind.is_list() => map.serialize_entry(kind.name(), files),
            files => map.serialize_entry(kind.name(), &files[0]),
        })
    }
}

/// No files.
impl<T> Default for Parts<T> {
    fn default() -> Self {
        Self {
            front_side: None,
            reverse_side: None,
            selfie: None,
            translation: Vec::new(),
            files: Vec::new(),
        }
    }
}

/// The files with their places, in the schema's order.
impl<T> IntoIterator for Parts<T> {
    type Item = (Part, T);
    type IntoIter = vec::IntoIter<(Part, T)>;

    fn into_iter(self) -> Self::IntoIter {
        let Self { front_side, reverse_side, selfie, translation, files } = self;
        let sides =
            [(Part::FrontSide, front_side), (Part::ReverseSide, reverse_side), (Part::Selfie, selfie)];
        let sides = sides.into_iter().filter_map(|(part, file)| Some((part, file?)));
        let translation = (0..).map(Part::Translation).zip(translation);
        let files = (0..).map(Part::File).zip(files);
        sides.chain(translation).chain(files).collect::<Vec<_>>().into_iter()
    }
}

/// Each file [at its place](Parts::insert).
impl<T> FromIterator<(Part, T)> for Parts<T> {
    fn from_iter<I: IntoIterator<Item = (Part, T)>>(files: I) -> Self {
        let mut parts = Self::default();
        for (part, file) in files {
            parts.insert(part, file);
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Parts<&'static str> {
        Parts {
            front_side: Some("front"),
            reverse_side: Some("reverse"),
            selfie: Some("selfie"),
            translation: vec!["t0", "t1"],
            files: vec!["f0"],
        }
    }

    #[test]
    fn every_way_through_the_parts_is_the_same_one() {
        let parts = full();
        let places = [
            Part::FrontSide,
            Part::ReverseSide,
            Part::Selfie,
            Part::Translation(0),
            Part::Translation(1),
            Part::File(0),
        ];
        assert_eq!(parts.iter().map(|(part, _)| part).collect::<Vec<_>>(), places);
        assert!(places.is_sorted());
        for (part, file) in parts.iter() {
            assert_eq!(parts.get(part), Some(file));
        }
        assert_eq!(parts.len(), 6);
        let by_kind = PartKind::FILES.into_iter().flat_map(|kind| parts.of(kind));
        assert!(by_kind.eq(parts.iter().map(|(_, file)| file)));
        let mut by_name: Vec<_> = parts.iter().collect();
        by_name.sort_by_key(|(part, _)| part.to_string());
        assert!(parts.iter_by_name().eq(by_name));
        assert!(parts.clone().into_iter().eq(parts.iter().map(|(part, file)| (part, *file))));
        assert_eq!(parts.clone().into_iter().rev().collect::<Parts<_>>().files, ["f0"]);
        assert_eq!(parts.clone().into_iter().collect::<Parts<_>>(), parts);
        for nothing in [Part::Translation(2), Part::File(1)] {
            assert_eq!(parts.get(nothing), None);
        }
        for not_a_file in [PartKind::Data, PartKind::Plain] {
            assert!(parts.of(not_a_file).is_empty());
            assert_eq!(not_a_file.at(0), None);
        }
    }

    #[test]
    fn a_file_comes_to_its_place_and_a_page_to_the_end_at_most() {
        let mut parts = full();
        parts.insert(Part::Selfie, "new");
        parts.insert(Part::Translation(1), "between");
        parts.insert(Part::File(7), "f1");
        assert_eq!(parts.selfie, Some("new"));
        assert_eq!(parts.translation, ["t0", "between", "t1"]);
        assert_eq!(parts.files, ["f0", "f1"]);
    }

    #[test]
    fn mapping_keeps_every_place_and_stops_at_the_first_error() {
        assert_eq!(full().map(|part, file| (part, file)).get(Part::File(0)), Some(&(Part::File(0), "f0")));
        let seen = full().try_map(|part, file| if part == Part::Selfie { Err(file) } else { Ok(file) });
        assert_eq!(seen, Err("selfie"));
    }

    #[test]
    fn a_kind_is_cleared_and_no_other() {
        let mut parts = full();
        for kind in [PartKind::Data, PartKind::Plain] {
            parts.clear(kind);
        }
        assert_eq!(parts, full());
        for kind in PartKind::FILES {
            let before = parts.len() - parts.of(kind).len();
            parts.clear(kind);
            assert_eq!((parts.len(), parts.of(kind)), (before, [].as_slice()));
        }
        assert!(parts.is_empty());
        assert_eq!(parts, Parts::default());
    }
}
