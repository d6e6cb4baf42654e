use std::any::Any;
use std::fmt;

use super::handle::Handle;
use crate::element::{
    Element, ElementType, Flaw, Part, PartKind, Place, Problem, ReadError, Trouble, UnixTime, note, sentence,
};
use crate::scan::PassportJpeg;
use crate::vault::{FileContents, LengthError, OpenError};

/// An element as it is stored, whatever its state: nothing that is stored is ever hidden.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedElement {
    /// Which of the 13 kinds it is stored as.
    pub kind: ElementType,
    /// What it says, or why that cannot be read.
    pub content: SavedContent,
    /// What is wrong with it although it can be read. Other clients store such elements, TDLib hides them.
    pub flaws: Vec<SavedFlaw>,
    /// How much of its data was seen.
    pub sight: Sight,
}

/// How much of an element's data an engine sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All of it.
    Whole,
    /// The fields that TDLib knows. What another client added is not shown, leaves with the rest when the element is
    /// shared, and is dropped when it is saved through TDLib: a save that answers with this may have dropped some. With
    /// the vault's channel beside TDLib, all is seen and kept.
    KnownFields,
}

/// What a stored element says.
#[derive(Clone, Debug, PartialEq)]
pub enum SavedContent {
    /// It could be opened; where it has flaws, the fields concerned are empty, and what stands there is
    /// [kept](Element::raw_fields) beside them.
    Readable(Box<Element<SavedFile>>),
    /// It is there, and it cannot be opened.
    Unreadable(Unreadable),
}

/// Why a stored element cannot be read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// It is sealed, and when Passport was unlocked, the account had no passport secret. If another device has
    /// created one since, unlocking again helps; else the content is lost.
    #[error("it is sealed under a passport secret that the account did not have when it was unlocked")]
    NoSecret,
    /// Its data does not open: sealed under another passport secret, damaged, or tampered with.
    #[error("its data cannot be opened")]
    Data(#[source] OpenError),
    /// The hash or the secret of its data is not one.
    #[error("its data is damaged")]
    Description(#[source] LengthError),
    /// Its data opens, but is not what elements are made of.
    #[error(transparent)]
    Content(ReadError),
    /// TDLib has it and does not show it: it cannot be opened, or another client stored it with flaws that TDLib
    /// does not bear. The vault's own engine tells which.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("TDLib does not show it: it cannot be opened, or has flaws that TDLib does not bear")]
    Hidden,
}

/// Something wrong with a stored element that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SavedFlaw {
    /// A field is not as the specification writes it.
    #[error("{0}")]
    Field(Flaw),
    /// A rule for elements of this kind is broken: a part is missing, a name is not Latin, ….
    #[error("{0}")]
    Rule(Problem),
    /// It has a part that elements of this kind must not have; TDLib and others do not show such an element.
    #[error("it has the {}, which this kind of element does not have", .0.title())]
    UnexpectedPart(PartKind),
    /// The secret of a file does not open: the file is lost, damaged or was swapped.
    #[error("the secret of {} cannot be opened", .part.subject())]
    FileSecret {
        /// Which file.
        part: Part,
        /// What the vault says.
        #[source]
        reason: OpenError,
    },
    /// The hash or the secret of a file is not one: the file is lost.
    #[error("the description of {} is damaged", .part.subject())]
    FileDescription {
        /// Which file.
        part: Part,
        /// What is damaged.
        #[source]
        reason: LengthError,
    },
    /// When Passport was unlocked, the account had no passport secret to open this file with.
    #[error(
        "{} is sealed under a passport secret that the account did not have when it was unlocked",
        .part.subject()
    )]
    FileWithoutSecret {
        /// Which file.
        part: Part,
    },
}

/// A file as it is stored: a handle to download it by, or to keep it with when its element is saved again.
///
/// It belongs to the kind of engine that gave it out; another session of the same kind takes it too. It holds no
/// content and no key that works without the passport secret; `Debug` shows its size only.
#[derive(Clone, PartialEq)]
pub struct SavedFile {
    told: ToldOfFile,
    handle: Handle,
}

/// What an engine tells of a stored file.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ToldOfFile {
    /// Telegram's id of it, if the engine learns of that.
    pub(crate) id: Option<i64>,
    /// When it was uploaded.
    pub(crate) date: UnixTime,
    /// The size in bytes of what is stored, if the engine learns of that.
    pub(crate) ciphertext_size: Option<u64>,
    /// What objections name it by.
    pub(crate) name: Vec<u8>,
}

impl SavedFlaw {
    /// Where it is.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Field(flaw) => flaw.place,
            Self::Rule(problem) => problem.place,
            Self::UnexpectedPart(part) => Place::PartKind(*part),
            Self::FileSecret { part, .. }
            | Self::FileDescription { part, .. }
            | Self::FileWithoutSecret { part } => Place::Part(*part),
        }
    }

    /// The short sentence, to stand beside the field or the picture that it is about.
    #[must_use]
    pub fn note(&self) -> String {
        note(&self.predicate())
    }

    /// The long sentence about an element of this kind, to stand alone.
    #[must_use]
    pub fn sentence(&self, kind: ElementType) -> String {
        sentence(kind, self.place(), &self.predicate())
    }

    /// The predicate of a sentence whose subject is the place.
    fn predicate(&self) -> String {
        match self {
            Self::Field(flaw) => flaw.kind.to_string(),
            Self::Rule(problem) => problem.predicate(),
            Self::UnexpectedPart(_) => "does not belong here".to_owned(),
            Self::FileSecret { reason, .. } => format!("cannot be opened: {reason}"),
            Self::FileDescription { reason, .. } => format!("is damaged: {reason}"),
            Self::FileWithoutSecret { .. } => {
                "is sealed under a passport secret that the account did not have when it was unlocked"
                    .to_owned()
            }
        }
    }

    /// The rules that an element as stored breaks. What was not understood is told as the field's own flaw.
    pub(crate) fn of_rules(element: &Element<SavedFile>) -> impl Iterator<Item = Self> {
        let problems = element.obstacles().into_iter().chain(element.repeated_files());
        problems.filter(|problem| problem.trouble != Trouble::NotUnderstood).map(Self::Rule)
    }
}

impl SavedElement {
    /// The element, if it can be read.
    #[must_use]
    pub fn element(&self) -> Option<&Element<SavedFile>> {
        match &self.content {
            SavedContent::Readable(element) => Some(element),
            SavedContent::Unreadable(_) => None,
        }
    }

    /// Why it cannot be read, if it cannot.
    #[must_use]
    pub fn unreadable(&self) -> Option<Unreadable> {
        match self.content {
            SavedContent::Readable(_) => None,
            SavedContent::Unreadable(reason) => Some(reason),
        }
    }

    /// Whether it can be read and nothing is wrong with it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.element().is_some() && self.flaws.is_empty()
    }
}

impl SavedFile {
    /// Telegram's id of the file; TDLib does not tell it.
    #[must_use]
    pub fn id(&self) -> Option<i64> {
        self.told.id
    }

    /// When it was uploaded.
    #[must_use]
    pub fn date(&self) -> UnixTime {
        self.told.date
    }

    /// The size in bytes of what is stored and downloaded: the ciphertext, 32 to 255 bytes more than the file. `None`
    /// where it is not told: TDLib never tells it, and some servers do not.
    #[must_use]
    pub fn ciphertext_size(&self) -> Option<u64> {
        self.told.ciphertext_size
    }

    /// What objections to a file name it by: its hash, or what takes its place where the engine learns of none.
    pub(crate) fn name_in_objections(&self) -> Vec<u8> {
        self.told.name.clone()
    }

    /// A file as an engine gives it out, with what it finds the file by again.
    pub(crate) fn new(told: ToldOfFile, handle: Handle) -> Self {
        Self { told, handle }
    }

    /// What the engine finds it by, if that kind of engine gave it out.
    pub(crate) fn handle<T: Any>(&self) -> Option<&T> {
        self.handle.get()
    }
}

impl fmt::Debug for SavedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedFile").field("ciphertext_size", &self.ciphertext_size()).finish_non_exhaustive()
    }
}

/// A file out of an opened archive, as it was stored before: unchanged, whatever it is and whatever it carries.
///
/// Only an archive makes one. So what is stored back is what was there, and what is new is a Passport scan.
#[derive(Clone, PartialEq, Eq)]
pub struct RestoredFile(FileContents);

impl RestoredFile {
    /// A file of an archive that was authenticated.
    pub(crate) fn of_archive(contents: FileContents) -> Self {
        Self(contents)
    }

    /// What is in it.
    #[must_use]
    pub fn contents(&self) -> &FileContents {
        &self.0
    }

    /// What is in it, still to be wiped.
    #[must_use]
    pub fn into_contents(self) -> FileContents {
        self.0
    }
}

impl fmt::Debug for RestoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RestoredFile").field(&self.0).finish()
    }
}

/// Where a file of an element to be saved comes from.
#[derive(Clone, PartialEq)]
pub enum FileSource {
    /// A new file: a Passport scan, which [`scan::prepare`](crate::scan::prepare) makes of any picture and which carries
    /// nothing that a camera writes beside it.
    New(PassportJpeg),
    /// A file that an archive held. It is stored as it is there.
    Restored(RestoredFile),
    /// A file that is stored already. Its ciphertext and secret stay as they are; nothing is transferred.
    Keep(SavedFile),
}

impl From<SavedFile> for FileSource {
    fn from(file: SavedFile) -> Self {
        Self::Keep(file)
    }
}

impl From<PassportJpeg> for FileSource {
    fn from(scan: PassportJpeg) -> Self {
        Self::New(scan)
    }
}

impl From<RestoredFile> for FileSource {
    fn from(file: RestoredFile) -> Self {
        Self::Restored(file)
    }
}

impl FileSource {
    /// The bytes of a file that is to be uploaded.
    pub(crate) fn to_upload(&self) -> Option<&[u8]> {
        match self {
            Self::New(scan) => Some(scan.as_bytes()),
            Self::Restored(file) => Some(file.contents().as_bytes()),
            Self::Keep(_) => None,
        }
    }
}

impl fmt::Debug for FileSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(scan) => f.debug_tuple("New").field(scan).finish(),
            Self::Restored(file) => f.debug_tuple("Restored").field(file.contents()).finish(),
            Self::Keep(file) => f.debug_tuple("Keep").field(file).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaw_is_told_beside_its_place_and_alone() {
        let secret = SavedFlaw::FileSecret { part: Part::File(1), reason: OpenError::HashMismatch };
        assert_eq!(secret.place(), Place::Part(Part::File(1)));
        let note = secret.note();
        assert!(note.starts_with("Cannot be opened: "), "{note}");
        let alone = secret.sentence(ElementType::UtilityBill);
        assert!(alone.starts_with("Utility bill: page 2 of the document cannot be opened: "), "{alone}");
        let unexpected = SavedFlaw::UnexpectedPart(PartKind::Selfie);
        assert_eq!(
            unexpected.sentence(ElementType::Address),
            "Address: the selfie with the document does not belong here"
        );
    }
}
