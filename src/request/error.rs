use std::fmt;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::{Held, SuitableElement, displayed};
use crate::element::{ElementType, Field, PartKind, Place};

/// What a bot objected to: one `setPassportDataErrors` entry (`secureValueError…`).
#[derive(Clone, PartialEq, Eq)]
pub struct ElementError {
    /// The element it is about.
    pub kind: ElementType,
    /// What in it.
    pub source: ErrorSource,
    /// The bot's words, untrusted; see [`Objection::message`] for a form that is safe to show.
    pub message: String,
}

/// What an error is about, with the hashes by which the server names versions: the constructors of `SecureValueError`,
/// without the fields they share. Hashes are the stored SHA-256 ones, 32 bytes, but for the element's own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorSource {
    /// `unspecified`, `secureValueError#869d758f`: the element as a whole.
    Unspecified {
        /// The element's hash.
        element_hash: Vec<u8>,
    },
    /// `data`, `secureValueErrorData#e8a40bd9`: one field.
    DataField {
        /// The hash of the data that held the field.
        data_hash: Vec<u8>,
        /// The JSON key.
        field: String,
    },
    /// `front_side`, `secureValueErrorFrontSide#00be3dfa`
    FrontSide {
        /// The hash of the file at fault.
        file_hash: Vec<u8>,
    },
    /// `reverse_side`, `secureValueErrorReverseSide#868a2aa5`
    ReverseSide {
        /// The hash of the file at fault.
        file_hash: Vec<u8>,
    },
    /// `selfie`, `secureValueErrorSelfie#e537ced6`
    Selfie {
        /// The hash of the file at fault.
        file_hash: Vec<u8>,
    },
    /// `file`, `secureValueErrorFile#7a700873`: one page.
    File {
        /// The hash of the file at fault.
        file_hash: Vec<u8>,
    },
    /// `files`, `secureValueErrorFiles#666220e9`: the pages as a whole, for instance that one is missing.
    Files {
        /// The hashes of all pages.
        file_hashes: Vec<Vec<u8>>,
    },
    /// `translation_file`, `secureValueErrorTranslationFile#a1144770`: one file of the translation.
    TranslationFile {
        /// The hash of the file at fault.
        file_hash: Vec<u8>,
    },
    /// `translation_files`, `secureValueErrorTranslationFiles#34636dd8`: the translation as a whole.
    TranslationFiles {
        /// The hashes of all its files.
        file_hashes: Vec<Vec<u8>>,
    },
}

/// The message may quote the person's data: only kind and source are shown.
impl fmt::Debug for ElementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ElementError")
            .field("kind", &self.kind)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ErrorSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(self.name()).finish_non_exhaustive()
    }
}

/// Which files of one kind of part an error is about, by their hashes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FilesAtFault<'a> {
    /// One of them.
    One(&'a [u8]),
    /// All of them, as a whole.
    All(&'a [Vec<u8>]),
}

/// Only whether it is one, or how many.
impl fmt::Debug for FilesAtFault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(_) => f.write_str("One(..)"),
            Self::All(hashes) => f.debug_struct("All").field("len", &hashes.len()).finish_non_exhaustive(),
        }
    }
}

impl ErrorSource {
    /// The part and the files that it is about; `None` if it is about no file.
    #[must_use]
    pub fn files(&self) -> Option<(PartKind, FilesAtFault<'_>)> {
        use FilesAtFault::{All, One};
        Some(match self {
            Self::FrontSide { file_hash } => (PartKind::FrontSide, One(file_hash)),
            Self::ReverseSide { file_hash } => (PartKind::ReverseSide, One(file_hash)),
            Self::Selfie { file_hash } => (PartKind::Selfie, One(file_hash)),
            Self::File { file_hash } => (PartKind::Files, One(file_hash)),
            Self::Files { file_hashes } => (PartKind::Files, All(file_hashes)),
            Self::TranslationFile { file_hash } => (PartKind::Translation, One(file_hash)),
            Self::TranslationFiles { file_hashes } => (PartKind::Translation, All(file_hashes)),
            Self::Unspecified { .. } | Self::DataField { .. } => return None,
        })
    }

    /// The Bot API's name: `data`, `front_side`, `files`, ….
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DataField { .. } => "data",
            Self::FrontSide { .. } => "front_side",
            Self::ReverseSide { .. } => "reverse_side",
            Self::Selfie { .. } => "selfie",
            Self::File { .. } => "file",
            Self::Files { .. } => "files",
            Self::TranslationFile { .. } => "translation_file",
            Self::TranslationFiles { .. } => "translation_files",
            Self::Unspecified { .. } => "unspecified",
        }
    }
}

/// An error that still counts, at its place in the element as the person holds it now.
#[derive(Clone, PartialEq, Eq)]
pub struct Objection {
    /// What the bot objects to: the element, a field, a file, or all files of one kind of part.
    pub place: Place,
    /// The JSON key, made safe to show, where it is a field that this version does not know.
    pub unknown_field: Option<String>,
    /// The bot's words, made safe to show.
    pub message: String,
}

impl Objection {
    /// The place by its Telegram name, or by the key that the bot gave for a field that this version does not know.
    #[must_use]
    pub fn name(&self) -> String {
        self.unknown_field.clone().unwrap_or_else(|| self.place.to_string())
    }

    /// The short sentence, to stand beside the field or the picture that it is about: the bot's words.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.message
    }

    /// The long sentence about an element of this kind, to stand alone: `Passport: the bot objects to the document
    /// number: …`.
    #[must_use]
    pub fn sentence(&self, kind: ElementType) -> String {
        let place = match &self.unknown_field {
            Some(field) => format!("the field {field}"),
            None => self.place.subject_in(kind),
        };
        format!("{}: the bot objects to {place}: {}", kind.title(), self.message)
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bot objects to {}: {}", self.name(), self.message)
    }
}

/// The message may quote the person's data: only the place is shown.
impl fmt::Debug for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objection").field("place", &self.place).finish_non_exhaustive()
    }
}

impl ElementError {
    /// The JSON key of the field it is about, if it is about one.
    pub(super) fn field(&self) -> Option<&str> {
        match &self.source {
            ErrorSource::DataField { field, .. } => Some(field),
            _ => None,
        }
    }

    /// The error's place in what is held now; `None` if it is settled or beside the point (docs/protocol.md §9).
    ///
    /// A file, list or element whose hash is no longer held was replaced since: stale. An error about something
    /// this request does not ask for (a selfie, a translation, native names) does not count here. A field's error
    /// counts whatever the data's hash: the hash changes with every save, also one that left the field alone, and
    /// the official clients go by kind and field.
    pub(super) fn objection<F>(&self, asked: SuitableElement, held: &Held<'_, F>) -> Option<Objection> {
        if self.kind != asked.kind {
            return None;
        }
        let place = match (&self.source, self.source.files()) {
            (_, Some((part, _))) if !asked.wants(part) => None,
            (_, Some((part, FilesAtFault::One(hash)))) => held.part_with_hash(part, hash).map(Place::Part),
            (_, Some((part, FilesAtFault::All(hashes)))) => {
                held.has_files(part, hashes).then_some(Place::PartKind(part))
            }
            (ErrorSource::DataField { field, .. }, None) => {
                let beside_the_point = field.ends_with("_native") && !asked.native_names;
                (!beside_the_point).then(|| Field::from_name(field).map_or(Place::Unknown, Place::Field))
            }
            (ErrorSource::Unspecified { element_hash }, None) => {
                held.is_version(element_hash).then_some(Place::Element)
            }
            (_, None) => None,
        }?;
        let unknown_field =
            self.field().filter(|_| place == Place::Unknown).map(|field| displayed(field, 64));
        Some(Objection { place, unknown_field, message: displayed(&self.message, 2048) })
    }
}

/// Equality of two hashes in constant time; no hash equals one that is not known.
pub(super) fn same_hash(one: &[u8], other: &[u8]) -> bool {
    !one.is_empty() && bool::from(one.ct_eq(other))
}
