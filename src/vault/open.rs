//! The bot's side: opening a share, strictly.
//!
//! [`PassportData::parse`] checks the structure of what the Bot API delivered, [`PassportData::open_credentials`] opens
//! the credentials with the bot's private key, and [`EncryptedPassportElement::open`] opens one element with them;
//! [`PassportData::open`] does all of it and checks that elements and credentials name the same things.
//!
//! It refuses on cryptography and structure alone. What the contents look like is for the reader of the contents.

use std::cmp::Ordering;
use std::fmt;
use std::io;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::value::{self, check_length, decrypt_unverified};
use super::{
    BotPrivateKey, CredentialsError, CredentialsSecretError, ElementCredentials, EncryptedPassportElement,
    FileContents, NonceName, OpenError, OpenedCredentials, PartCredentials, PassportData, PassportFile,
    ValueHash,
};
use crate::element::{ElementType, Part, PartKind};

/// A part of a share, for messages: `data of passport`, `translation[0] of utility_bill`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The element.
    pub kind: ElementType,
    /// The file, or `None` for `data`.
    pub file: Option<Part>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file {
            Some(part) => write!(f, "{part} of {}", self.kind),
            None => write!(f, "{} of {}", PartKind::Data, self.kind),
        }
    }
}

/// Why a share is refused. Nothing of the part in question has been released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// The RSA part of the credentials did not open.
    #[error("credentials: {0}")]
    CredentialsSecret(#[from] CredentialsSecretError),
    /// The sealed JSON of the credentials did not open.
    #[error("credentials: {0}")]
    CredentialsContents(#[source] ContentsError),
    /// The credentials opened, but are not what a client writes.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The nonce is another than expected: the share answers another request, or is an old one played again.
    #[error("the {} in the credentials is not the one that was expected", .name.name())]
    OtherNonce {
        /// What the credentials call it.
        name: NonceName,
    },
    /// An element was shared without the means to open it.
    #[error("{kind} was shared without credentials")]
    NoCredentials {
        /// The element.
        kind: ElementType,
    },
    /// There are credentials for an element that was not shared.
    #[error("there are credentials for {kind}, which was not shared")]
    NotShared {
        /// The element.
        kind: ElementType,
    },
    /// A part was shared without the means to open it.
    #[error("{place} was shared without credentials")]
    NoPartCredentials {
        /// The part.
        place: Place,
    },
    /// There are credentials for a part that was not shared.
    #[error("there are credentials for {place}, which was not shared")]
    PartNotShared {
        /// The part.
        place: Place,
    },
    /// A list of files has more files than credentials.
    #[error("{part} of {kind}: {files} files, but credentials for only {credentials}")]
    MoreFiles {
        /// The element.
        kind: ElementType,
        /// Files or translation.
        part: PartKind,
        /// How many files were shared.
        files: usize,
        /// How many have credentials.
        credentials: usize,
    },
    /// A list of files has fewer files than credentials.
    #[error("{part} of {kind}: only {files} files, but credentials for {credentials}")]
    FewerFiles {
        /// The element.
        kind: ElementType,
        /// Files or translation.
        part: PartKind,
        /// How many files were shared.
        files: usize,
        /// How many have credentials.
        credentials: usize,
    },
    /// A file's ciphertext could not be had.
    #[error("{place}: the file is not available")]
    FileUnavailable {
        /// The part.
        place: Place,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file's ciphertext has another length than `file_size` states.
    #[error("{place}: the file has {actual} bytes, its file_size says {stated}")]
    FileSize {
        /// The part.
        place: Place,
        /// `file_size`
        stated: u64,
        /// Length of the ciphertext.
        actual: u64,
    },
    /// A part did not open.
    #[error("{place}: {reason}")]
    Contents {
        /// The part.
        place: Place,
        /// Why not.
        reason: ContentsError,
    },
    /// `data` opened, but is no JSON object in UTF-8.
    #[error("{}: the contents are not a JSON object", Place { kind: *.kind, file: None })]
    DataNotJson {
        /// The element.
        kind: ElementType,
    },
}

/// Why sealed contents are refused, as far as can be told.
///
/// The cipher has no authentication, so which of hash, secret and ciphertext is wrong can only be judged by what
/// comes out. That is for whoever debugs a bot: a program that answers strangers must not pass it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentsError {
    /// A check failed, and no more can be told.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The contents decrypt to what they should look like, with damage: bits of the ciphertext were changed.
    #[error("the contents do not match their hash: the ciphertext has been altered")]
    Altered,
    /// Nothing sensible comes out: the stated hash (which is part of the key) or secret belongs to other contents.
    #[error(
        "the contents do not match their hash: the stated hash or secret is not the one they were sealed with"
    )]
    WrongKey,
    /// The contents open with the credentials of another part: elements or files were exchanged.
    #[error("the contents are those of {0}: the types or files were exchanged")]
    Exchanged(Place),
}

/// An opened share.
#[derive(Debug)]
pub struct OpenedShare {
    /// The opened credentials, with the nonce.
    pub credentials: OpenedCredentials,
    /// The elements, in the order of the share.
    pub elements: Vec<OpenedElement>,
}

/// An opened element: every part matched its hash.
pub struct OpenedElement {
    /// Which of the 13.
    pub kind: ElementType,
    /// The element's `hash`, for `setPassportDataErrors`.
    pub hash: Vec<u8>,
    /// The JSON of `data`.
    pub data: Option<OpenedData>,
    /// The phone number or e-mail address.
    pub plain: Option<Zeroizing<String>>,
    /// The files, in the order of [`EncryptedPassportElement::files`].
    pub files: Vec<OpenedFile>,
}

impl fmt::Debug for OpenedElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedElement")
            .field("kind", &self.kind)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

/// An element's opened JSON.
pub struct OpenedData {
    /// The text, a JSON object.
    pub json: Zeroizing<String>,
    /// `data_hash`, for `setPassportDataErrors`.
    pub hash: ValueHash,
}

impl fmt::Debug for OpenedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedData").field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// An opened file.
#[derive(Debug)]
pub struct OpenedFile {
    /// Where in the element it belongs.
    pub part: Part,
    /// What is in it.
    pub contents: FileContents,
    /// `file_hash`, for `setPassportDataErrors`.
    pub hash: ValueHash,
    /// What the Bot API said of it.
    pub file: PassportFile,
}

impl PassportData {
    /// Opens everything, or refuses everything.
    ///
    /// `nonce` is what the request carried, if the caller wants it compared here; whoever does not must compare
    /// [`OpenedCredentials::nonce`], and accept each nonce only once. `ciphertext` fetches a file.
    ///
    /// # Errors
    ///
    /// See [`ShareError`].
    pub fn open(
        &self,
        key: &BotPrivateKey,
        nonce: Option<&str>,
        mut ciphertext: impl FnMut(&PassportFile) -> io::Result<Vec<u8>>,
    ) -> Result<OpenedShare, ShareError> {
        let credentials = self.open_credentials(key)?;
        if nonce.is_some_and(|nonce| !bool::from(nonce.as_bytes().ct_eq(credentials.nonce().as_bytes()))) {
            return Err(ShareError::OtherNonce { name: credentials.nonce_name() });
        }
        self.check_same_elements(&credentials)?;
        let mut elements = Vec::with_capacity(self.elements.len());
        for element in &self.elements {
            elements.push(element.open(&credentials, &mut ciphertext)?);
        }
        Ok(OpenedShare { credentials, elements })
    }

    /// Opens the credentials alone.
    ///
    /// # Errors
    ///
    /// The [`ShareError`]s about credentials.
    pub fn open_credentials(&self, key: &BotPrivateKey) -> Result<OpenedCredentials, ShareError> {
        let sealed = &self.credentials;
        let secret = key.decrypt(&sealed.secret)?;
        let part = PartCredentials { hash: sealed.hash, secret };
        let json =
            open_contents(&sealed.data, &part, Expected::Json).map_err(ShareError::CredentialsContents)?;
        Ok(OpenedCredentials::parse(&json)?)
    }

    /// Each shared element has credentials and the other way round, except the two plain kinds.
    fn check_same_elements(&self, credentials: &OpenedCredentials) -> Result<(), ShareError> {
        for element in &self.elements {
            if element.plain.is_none() && credentials.element(element.kind).is_none() {
                return Err(ShareError::NoCredentials { kind: element.kind });
            }
        }
        for kind in credentials.kinds() {
            if !self.elements.iter().any(|element| element.kind == kind) {
                return Err(ShareError::NotShared { kind });
            }
        }
        Ok(())
    }
}

impl EncryptedPassportElement {
    /// Opens this element alone. `ciphertext` fetches a file.
    ///
    /// # Errors
    ///
    /// See [`ShareError`].
    pub fn open(
        &self,
        credentials: &OpenedCredentials,
        mut ciphertext: impl FnMut(&PassportFile) -> io::Result<Vec<u8>>,
    ) -> Result<OpenedElement, ShareError> {
        let none = ElementCredentials::default();
        let own = match credentials.element(self.kind) {
            Some(own) => own,
            None if self.plain.is_some() => &none,
            None => return Err(ShareError::NoCredentials { kind: self.kind }),
        };
        self.check_same_parts(own)?;
        let data = match (&self.data, &own.data) {
            (Some(data), Some(part)) => Some(self.open_data(data, part, credentials)?),
            _ => None,
        };
        let mut files = Vec::with_capacity(self.files.len());
        for (part, file) in &self.files {
            let place = Place { kind: self.kind, file: Some(*part) };
            let part_credentials = find_file(own, *part).ok_or(ShareError::NoPartCredentials { place })?;
            let sealed = ciphertext(file).map_err(|source| ShareError::FileUnavailable { place, source })?;
            let actual = sealed.len() as u64;
            if let Some(stated) = file.file_size.filter(|stated| *stated != actual) {
                return Err(ShareError::FileSize { place, stated, actual });
            }
            let contents = open_contents(&sealed, part_credentials, Expected::Jpeg)
                .map_err(|reason| contents_error(place, reason, &sealed, credentials))?;
            files.push(OpenedFile {
                part: *part,
                contents: contents.into(),
                hash: part_credentials.hash,
                file: file.clone(),
            });
        }
        Ok(OpenedElement { kind: self.kind, hash: self.hash.clone(), data, plain: self.plain.clone(), files })
    }

    fn open_data(
        &self,
        data: &[u8],
        part: &PartCredentials,
        credentials: &OpenedCredentials,
    ) -> Result<OpenedData, ShareError> {
        let place = Place { kind: self.kind, file: None };
        let mut bytes = open_contents(data, part, Expected::Json)
            .map_err(|reason| contents_error(place, reason, data, credentials))?;
        let not_json = ShareError::DataNotJson { kind: self.kind };
        // Taken out rather than copied, so that there is one buffer to wipe.
        let json = match String::from_utf8(std::mem::take(&mut *bytes)) {
            Ok(json) => Zeroizing::new(json),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                return Err(not_json);
            }
        };
        match serde_json::from_str::<&serde_json::value::RawValue>(&json) {
            Ok(value) if value.get().starts_with('{') => Ok(OpenedData { json, hash: part.hash }),
            _ => Err(not_json),
        }
    }

    /// Each shared part has credentials and the other way round.
    fn check_same_parts(&self, credentials: &ElementCredentials) -> Result<(), ShareError> {
        let shared = |part: Part| self.files.iter().any(|(present, _)| *present == part);
        let single = [
            (None, self.data.is_some(), credentials.data.is_some()),
            (Some(Part::FrontSide), shared(Part::FrontSide), credentials.front_side.is_some()),
            (Some(Part::ReverseSide), shared(Part::ReverseSide), credentials.reverse_side.is_some()),
            (Some(Part::Selfie), shared(Part::Selfie), credentials.selfie.is_some()),
        ];
        for (file, is_shared, has_credentials) in single {
            let place = Place { kind: self.kind, file };
            match (is_shared, has_credentials) {
                (true, false) => return Err(ShareError::NoPartCredentials { place }),
                (false, true) => return Err(ShareError::PartNotShared { place }),
                _ => {}
            }
        }
        for (part, credentials) in [
            (PartKind::Files, credentials.files.len()),
            (PartKind::Translation, credentials.translation.len()),
        ] {
            let kind = self.kind;
            let files = self.files.iter().filter(|(present, _)| present.kind() == part).count();
            match files.cmp(&credentials) {
                Ordering::Greater => {
                    return Err(ShareError::MoreFiles { kind, part, files, credentials });
                }
                Ordering::Less => {
                    return Err(ShareError::FewerFiles { kind, part, files, credentials });
                }
                Ordering::Equal => {}
            }
        }
        Ok(())
    }
}

/// The credentials of one file.
fn find_file(credentials: &ElementCredentials, part: Part) -> Option<&PartCredentials> {
    match part {
        Part::FrontSide => credentials.front_side.as_ref(),
        Part::ReverseSide => credentials.reverse_side.as_ref(),
        Part::Selfie => credentials.selfie.as_ref(),
        Part::Translation(index) => credentials.translation.get(index),
        Part::File(index) => credentials.files.get(index),
    }
}

/// What contents look like when they are whole, to tell damage from a wrong key.
#[derive(Clone, Copy)]
enum Expected {
    Json,
    Jpeg,
}

impl Expected {
    fn begins(self, contents: &[u8]) -> bool {
        match self {
            Self::Json => contents.starts_with(b"{\""),
            Self::Jpeg => contents.starts_with(&[0xff, 0xd8, 0xff]),
        }
    }

    fn ends(self, contents: &[u8]) -> bool {
        match self {
            Self::Json => contents.ends_with(b"\"}"),
            Self::Jpeg => contents.ends_with(&[0xff, 0xd9]),
        }
    }
}

fn open_contents(
    ciphertext: &[u8],
    part: &PartCredentials,
    expected: Expected,
) -> Result<Zeroizing<Vec<u8>>, ContentsError> {
    value::open(ciphertext, &part.hash, &part.secret).map_err(|error| match error {
        OpenError::HashMismatch => judge_mismatch(ciphertext, part, expected),
        other => other.into(),
    })
}

/// Ciphertext of the right key shows its beginning or its end, whichever is undamaged.
fn judge_mismatch(ciphertext: &[u8], part: &PartCredentials, expected: Expected) -> ContentsError {
    if check_length(ciphertext.len() as u64).is_err() {
        return OpenError::HashMismatch.into();
    }
    let decrypted = decrypt_unverified(ciphertext, &part.hash, &part.secret);
    let contents = decrypted.get(usize::from(decrypted[0])..).unwrap_or_default();
    match expected {
        _ if expected.begins(contents) || expected.ends(&decrypted) => ContentsError::Altered,
        Expected::Json => ContentsError::WrongKey,
        // A file need not be a JPEG for its hash to match, so one that is none proves nothing.
        Expected::Jpeg => OpenError::HashMismatch.into(),
    }
}

/// Looks among all credentials for those that do open the contents.
fn contents_error(
    place: Place,
    reason: ContentsError,
    ciphertext: &[u8],
    credentials: &OpenedCredentials,
) -> ShareError {
    let opens = |part: &PartCredentials| value::open(ciphertext, &part.hash, &part.secret).is_ok();
    let owner = credentials.kinds().filter_map(|kind| Some((kind, credentials.element(kind)?))).find_map(
        |(kind, element)| match place.file {
            None => element.data.as_ref().filter(|part| opens(part)).map(|_| Place { kind, file: None }),
            Some(_) => file_credentials(element)
                .find(|(_, part)| opens(part))
                .map(|(file, _)| Place { kind, file: Some(file) }),
        },
    );
    match owner {
        Some(owner) => ShareError::Contents { place, reason: ContentsError::Exchanged(owner) },
        None => ShareError::Contents { place, reason },
    }
}

fn file_credentials(element: &ElementCredentials) -> impl Iterator<Item = (Part, &PartCredentials)> {
    let single = [
        (Part::FrontSide, &element.front_side),
        (Part::ReverseSide, &element.reverse_side),
        (Part::Selfie, &element.selfie),
    ];
    single
        .into_iter()
        .filter_map(|(part, credentials)| Some((part, credentials.as_ref()?)))
        .chain(element.files.iter().enumerate().map(|(index, part)| (Part::File(index), part)))
        .chain(element.translation.iter().enumerate().map(|(index, part)| (Part::Translation(index), part)))
}
