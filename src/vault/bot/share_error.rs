use std::{fmt, io};

use super::opened_credentials::CredentialsError;
use super::private_key::CredentialsSecretError;
use crate::element::{ElementType, Part, PartKind, ReadError};
use crate::vault::credentials::NonceName;
use crate::vault::open_error::OpenError;

/// A part of a share, for messages: `data of passport`, `translation[0] of utility_bill`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SharedPart {
    /// The element.
    pub kind: ElementType,
    /// The file, or `None` for `data`.
    pub file: Option<Part>,
}

impl fmt::Display for SharedPart {
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
    #[error("the credentials' secret does not open")]
    CredentialsSecret(#[from] CredentialsSecretError),
    /// The sealed JSON of the credentials did not open.
    #[error("the credentials do not open")]
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
    /// There are credentials for an element of a kind that this version does not know, and it was not shared.
    #[error("there are credentials for {name}, which was not shared")]
    UnknownNotShared {
        /// What the credentials call it.
        name: String,
    },
    /// A part was shared without the means to open it.
    #[error("{place} was shared without credentials")]
    NoPartCredentials {
        /// The part.
        place: SharedPart,
    },
    /// There are credentials for a part that was not shared.
    #[error("there are credentials for {place}, which was not shared")]
    PartNotShared {
        /// The part.
        place: SharedPart,
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
        place: SharedPart,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file's ciphertext has another length than `file_size` states.
    #[error("{place}: the file has {actual} bytes, its file_size says {stated}")]
    FileSize {
        /// The part.
        place: SharedPart,
        /// `file_size`
        stated: u64,
        /// Length of the ciphertext.
        actual: u64,
    },
    /// A part did not open.
    #[error("{place}: {reason}")]
    Contents {
        /// The part.
        place: SharedPart,
        /// Why not.
        reason: ContentsError,
    },
    /// The element's type has no such part.
    #[error("{place}: elements of this type have no such part")]
    PartNotAllowed {
        /// The part.
        place: SharedPart,
    },
    /// `data` opened, but is no JSON object in UTF-8 of a sane length.
    #[error("{kind}: {reason}")]
    DataUnreadable {
        /// The element.
        kind: ElementType,
        /// Why not.
        reason: ReadError,
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
    Exchanged(SharedPart),
}
