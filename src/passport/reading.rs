use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::cloud::{CloudError, SignedOut};
use crate::element::{ElementType, Part, PartKind};
use crate::vault::{LengthError, OpenError, VaultError};

/// An answer that no honest server gives: someone is tampering, or something is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TamperedAnswer {
    /// An element was returned twice.
    #[error("the server returned {0} twice")]
    Twice(ElementType),
    /// Another element than the one asked for was returned.
    #[error("the server was asked for {asked} and returned {returned}")]
    OtherElement {
        /// What was asked for, or saved.
        asked: ElementType,
        /// What came instead.
        returned: ElementType,
    },
    /// A version was returned that this engine has replaced or deleted.
    #[error("the server returned a version of {0} that was replaced or deleted")]
    Replayed(ElementType),
    /// The data of one element was returned as that of another.
    #[error("the server returned the data of {was} as that of {kind}")]
    Swapped {
        /// What it was returned as.
        kind: ElementType,
        /// What it was before.
        was: ElementType,
    },
    /// A part of what was saved did not come back as it was saved.
    #[error("the server did not return the {part} of {kind} as it was saved")]
    OtherPart {
        /// The element.
        kind: ElementType,
        /// Its part: the data, the phone number or e-mail address, or a list of files of another length.
        part: PartKind,
    },
    /// A file of what was saved did not come back as it was saved.
    #[error("the server did not return {part} of {kind} as it was saved")]
    OtherFile {
        /// The element.
        kind: ElementType,
        /// Which file.
        part: Part,
    },
}

/// How long [`list`](super::Passport::list) and [`get`](super::Passport::get) take at most, whatever becomes of the
/// server: then they end in [`ListError::Cloud`] with [`CloudError::Transport`].
pub const LIST_TIME_OUT: Duration = Duration::from_secs(60);

/// The server did not answer in time, or not all that was asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it did not answer within {} seconds", LIST_TIME_OUT.as_secs())]
struct TooSlow;

/// Reads what is stored, or ends after [`LIST_TIME_OUT`].
pub(crate) async fn in_time<T>(read: impl Future<Output = Result<T, ListError>>) -> Result<T, ListError> {
    tokio::time::timeout(LIST_TIME_OUT, read)
        .await
        .unwrap_or_else(|_| Err(ListError::Cloud(CloudError::Transport(Arc::new(TooSlow)))))
}

/// Why stored elements could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The vault is locked, or has locked itself: unlock it first.
    #[error("Passport is locked; the password unlocks it")]
    Locked,
    /// Elements are stored, but the passport secret they are sealed under was removed from the account.
    #[error("the account has no passport secret any more; what is stored cannot be read")]
    SecretMissing,
    /// Telegram asks for a newer version of this program.
    #[error("Telegram asks for a newer version of this program")]
    UpdateRequired,
    /// The server's answer cannot be honest.
    #[error(transparent)]
    Tampered(#[from] TamperedAnswer),
    /// Telegram asks to wait.
    #[error("Telegram asks to wait {seconds} seconds")]
    FloodWait {
        /// For how long.
        seconds: u32,
    },
    /// The session is signed in no more, or never was.
    #[error("{0}")]
    SignedOut(#[source] SignedOut),
    /// Anything else Telegram or the connection answered.
    #[error(transparent)]
    Cloud(CloudError),
}

impl From<CloudError> for ListError {
    fn from(error: CloudError) -> Self {
        match error {
            CloudError::AppVersionOutdated => Self::UpdateRequired,
            CloudError::FloodWait { seconds } => Self::FloodWait { seconds },
            CloudError::SignedOut(reason) => Self::SignedOut(reason),
            other => Self::Cloud(other),
        }
    }
}

impl From<VaultError> for ListError {
    fn from(_: VaultError) -> Self {
        Self::Locked
    }
}

/// Why a stored file could not be downloaded. Nothing of it has been released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// The vault is locked, or has locked itself: unlock it first.
    #[error("Passport is locked; the password unlocks it")]
    Locked,
    /// It does not open: damaged, swapped, or sealed under another passport secret.
    #[error("the file cannot be opened: {0}")]
    Unreadable(#[source] OpenError),
    /// Its hash or secret is not one.
    #[error("the file's description is damaged: {0}")]
    Description(#[from] LengthError),
    /// It was given out by another kind of engine: list the elements with this one.
    #[error("the file was listed by another engine")]
    OtherEngine,
    /// It is not stored any more.
    #[error("the file is not stored any more")]
    Gone,
    /// It lies opened in TDLib's folder and could not be read, or not be removed from there.
    #[error("the file could not be taken over from TDLib's folder")]
    TakeOver(#[source] std::io::Error),
    /// TDLib gave up, and does not say whether the file came and does not open, or did not come.
    #[error("TDLib gave the download up: the file does not open, or Telegram no longer has it")]
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
    /// Telegram asks to wait.
    #[error("Telegram asks to wait {seconds} seconds")]
    FloodWait {
        /// For how long.
        seconds: u32,
    },
    /// The session is signed in no more, or never was.
    #[error("{0}")]
    SignedOut(#[source] SignedOut),
    /// Anything else Telegram or the connection answered.
    #[error(transparent)]
    Cloud(CloudError),
}

impl From<CloudError> for DownloadError {
    fn from(error: CloudError) -> Self {
        match error {
            CloudError::FloodWait { seconds } => Self::FloodWait { seconds },
            CloudError::SignedOut(reason) => Self::SignedOut(reason),
            other => Self::Cloud(other),
        }
    }
}

impl From<OpenError> for DownloadError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Locked(_) => Self::Locked,
            other => Self::Unreadable(other),
        }
    }
}
