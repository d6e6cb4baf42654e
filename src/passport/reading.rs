use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::Refusal;
use super::refusal::{operation_error, refused};
use crate::cloud::CloudError;
use crate::element::{ElementType, Part, PartKind};
use crate::vault::{LengthError, OpenError, VaultError};

/// An answer that no honest server gives: someone is tampering, or something is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TamperedAnswer {
    /// An element was returned twice.
    #[error("the server returned the {} twice", .0.noun())]
    Twice(ElementType),
    /// Another element than the one asked for was returned.
    #[error("the server was asked for the {} and returned the {}", .asked.noun(), .returned.noun())]
    OtherElement {
        /// What was asked for, or saved.
        asked: ElementType,
        /// What came instead.
        returned: ElementType,
    },
    /// A version was returned that this engine has replaced or deleted.
    #[error("the server returned a version of the {} that was replaced or deleted", .0.noun())]
    Replayed(ElementType),
    /// The data of one element was returned as that of another.
    #[error("the server returned the data of the {} as that of the {}", .was.noun(), .kind.noun())]
    Swapped {
        /// What it was returned as.
        kind: ElementType,
        /// What it was before.
        was: ElementType,
    },
    /// A part of what was saved did not come back as it was saved.
    #[error("the server did not return the {} of the {} as it was saved", .part.title(), .kind.noun())]
    OtherPart {
        /// The element.
        kind: ElementType,
        /// Its part: the data, the phone number or e-mail address, or a list of files of another length.
        part: PartKind,
    },
    /// A file of what was saved did not come back as it was saved.
    #[error("the server did not return {} of the {} as it was saved", .part.subject(), .kind.noun())]
    OtherFile {
        /// The element.
        kind: ElementType,
        /// Which file.
        part: Part,
    },
}

/// How long [`list`](super::Passport::list) and [`get`](super::Passport::get) take at most, whatever becomes of the
/// server: then they end in [`Refusal::Offline`].
pub const LIST_TIME_OUT: Duration = Duration::from_secs(60);

/// The server did not answer in time, or not all that was asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it did not answer within {} seconds", LIST_TIME_OUT.as_secs())]
struct TooSlow;

/// Reads what is stored, or ends after [`LIST_TIME_OUT`].
pub(crate) async fn in_time<T>(read: impl Future<Output = Result<T, ListError>>) -> Result<T, ListError> {
    tokio::time::timeout(LIST_TIME_OUT, read)
        .await
        .unwrap_or_else(|_| Err(Refusal::Offline(Arc::new(TooSlow)).into()))
}

/// Why stored elements could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// A reason that is none of this operation's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Why a stored file could not be downloaded. Nothing of it has been released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// It does not open: damaged, swapped, or sealed under another passport secret.
    #[error("the file cannot be opened")]
    Unreadable(#[source] OpenError),
    /// Its hash or secret is not one.
    #[error("the file's description is damaged")]
    Description(#[from] LengthError),
    /// It was given out by another kind of engine: list the elements with this one.
    #[error("the file was listed by another engine")]
    OtherEngine,
    /// It is not stored any more.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("the file is not stored any more")]
    Gone,
    /// It lies opened in TDLib's folder and could not be read, or not be removed from there.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("the file could not be taken over from the folder it was downloaded to")]
    TakeOver(#[source] std::io::Error),
    /// TDLib gave up, and does not say whether the file came and does not open, or did not come.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("the download was given up: the file does not open, or Telegram no longer has it")]
    GivenUp,
    /// A piece of it has another size than it must have.
    #[error("the server returned {returned} bytes at {offset} instead of {expected}")]
    Piece {
        /// Where the piece begins in the ciphertext.
        offset: u64,
        /// How many bytes were to come.
        expected: u64,
        /// How many came.
        returned: u64,
    },
    /// It claims to be larger than any file of a Passport; nothing was downloaded.
    #[error("the file claims to have {size} bytes, more than the {limit} that are downloaded")]
    TooLarge {
        /// The size the server states, in bytes of ciphertext.
        size: u64,
        /// The bound, in bytes.
        limit: u64,
    },
    /// A reason that is none of this operation's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    ListError {}
}

refused!(ListError: CloudError, VaultError, TamperedAnswer);

/// It has no case of its own.
impl From<ListError> for Refusal {
    fn from(ListError::Refused(refusal): ListError) -> Self {
        refusal
    }
}

operation_error! {
    DownloadError {
        Self::Unreadable(_) => "unreadable" Never,
        Self::Description(_) => "damaged_description" Never,
        Self::OtherEngine => "other_engine" Never,
        #[cfg(feature = "tdlib")]
        Self::Gone => "gone" Never,
        #[cfg(feature = "tdlib")]
        Self::TakeOver(_) => "not_taken_over" Now,
        #[cfg(feature = "tdlib")]
        Self::GivenUp => "given_up" Never,
        Self::Piece { .. } => "piece_of_other_size" Never,
        Self::TooLarge { .. } => "too_large" Never,
    }
}

refused!(DownloadError: CloudError);

impl From<OpenError> for DownloadError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Locked(locked) => Self::Refused(locked.into()),
            other => Self::Unreadable(other),
        }
    }
}
