use std::fmt;

use zeroize::Zeroizing;

use super::opened_credentials::OpenedCredentials;
use super::passport_data::PassportFile;
use crate::element::{Element, ElementType, Flaw, Part};
use crate::vault::file::FileContents;
use crate::vault::secret::ValueHash;

/// An opened share.
#[derive(Debug)]
pub struct OpenedShare {
    /// The opened credentials, with the nonce.
    pub credentials: OpenedCredentials,
    /// The elements, in the order of the share.
    pub elements: Vec<OpenedElement>,
    /// The names of elements that were left sealed, because this version does not know their kind.
    pub unknown: Vec<String>,
}

/// An opened element: every part matched its hash.
pub struct OpenedElement {
    /// The element, read leniently; its `validate` says what an official client would not accept.
    pub element: Element<FileContents>,
    /// The element's `hash`, for `setPassportDataErrors`.
    pub hash: Vec<u8>,
    /// The JSON that the element was read from, for kinds that have it.
    pub data: Option<OpenedData>,
    /// What is known of each file beside its contents, in the order of
    /// [`EncryptedPassportElement::parts`](super::EncryptedPassportElement::parts), by name.
    pub files: Vec<OpenedFile>,
}

impl OpenedElement {
    /// Which of the 13.
    #[must_use]
    pub fn kind(&self) -> ElementType {
        self.element.kind()
    }
}

impl fmt::Debug for OpenedElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedElement")
            .field("kind", &self.kind())
            .field("data", &self.data)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

/// An element's opened JSON.
pub struct OpenedData {
    /// The text, a JSON object.
    pub json: Zeroizing<String>,
    /// What is odd in it; never a reason to refuse.
    pub flaws: Vec<Flaw>,
    /// `data_hash`, for `setPassportDataErrors`.
    pub hash: ValueHash,
}

impl fmt::Debug for OpenedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedData")
            .field("flaws", &self.flaws)
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

/// An opened file; its contents are in the element.
#[derive(Clone, Debug)]
pub struct OpenedFile {
    /// Where in the element it belongs.
    pub part: Part,
    /// `file_hash`, for `setPassportDataErrors`.
    pub hash: ValueHash,
    /// What the Bot API said of it.
    pub file: PassportFile,
}
