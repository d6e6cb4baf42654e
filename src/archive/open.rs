use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek};
use std::path::Path;

use zeroize::Zeroizing;

use super::manifest::{MOST_BYTES, Manifest};
use super::{ArchivedFile, MAGIC, Omission};
use crate::element::{Element, ElementType, UnixTime};
use crate::passport::{OperationError, Refusal, RestoredFile, Retry};
use crate::vault::FileContents;
use crate::vault::at_rest::{
    CostError, Passphrase, PassphraseLock, SealedReader, StorageKey, StreamError, WrongPassphrase,
};

/// An archive that was authenticated from its first byte to its last, and found whole.
///
/// Its files stay sealed, and are opened one at a time.
pub struct Archive<R> {
    stream: SealedReader<R>,
    manifest: Manifest,
}

/// Why an archive was not opened. Nothing of it has been released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It could not be read.
    #[error("the archive could not be read")]
    Read(#[source] io::Error),
    /// It does not begin as archives do.
    #[error("this is no archive of a Passport")]
    NotAnArchive,
    /// A later version of this program wrote it.
    #[error("the archive has the format {version}, and this program knows 1 only")]
    Version {
        /// Its version.
        version: u8,
    },
    /// It asks for more work on its passphrase than anyone has reason to.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// The passphrase does not open it, or its first bytes were changed.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// It was changed or cut off.
    #[error(transparent)]
    Damaged(StreamError),
    /// It is authentic, but what it holds is not what archives hold.
    #[error("the archive is not made as archives are")]
    Malformed,
}

impl OperationError for ArchiveError {
    fn code(&self) -> &'static str {
        match self {
            Self::Read(_) => "not_read",
            Self::NotAnArchive => "not_an_archive",
            Self::Version { .. } => "unknown_version",
            Self::Cost(_) => "costs_too_much",
            Self::WrongPassphrase => "wrong_passphrase",
            Self::Damaged(_) => "damaged",
            Self::Malformed => "malformed",
        }
    }

    /// None: nobody is asked.
    fn refusal(&self) -> Option<&Refusal> {
        None
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Read(_) => Retry::Now,
            _ => Retry::Never,
        }
    }
}

impl From<WrongPassphrase> for ArchiveError {
    fn from(_: WrongPassphrase) -> Self {
        Self::WrongPassphrase
    }
}

impl From<StreamError> for ArchiveError {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Read(reason) => Self::Read(reason),
            other => Self::Damaged(other),
        }
    }
}

impl Archive<File> {
    /// Opens the archive at this path. Slow on purpose; async callers use `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// See [`ArchiveError`].
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Self, ArchiveError> {
        Self::read(File::open(path).map_err(ArchiveError::Read)?, passphrase)
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive that lies in the source, from its position to its end. Slow on purpose; async callers use
    /// `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// See [`ArchiveError`].
    pub fn read(mut source: R, passphrase: &Passphrase) -> Result<Self, ArchiveError> {
        let magic: [u8; MAGIC.len()] = exactly(&mut source)?;
        let [.., version] = magic;
        if magic[..MAGIC.len() - 1] != MAGIC[..MAGIC.len() - 1] {
            return Err(ArchiveError::NotAnArchive);
        }
        if magic != *MAGIC {
            return Err(ArchiveError::Version { version });
        }
        let lock = PassphraseLock::parse(&exactly(&mut source)?)?;
        let key = lock.unlock(passphrase)?;
        Self::read_stream(source, &key, &head(&lock))
    }

    /// What follows the lock.
    pub(super) fn read_stream(source: R, key: &StorageKey, head: &[u8]) -> Result<Self, ArchiveError> {
        let mut stream = SealedReader::new(key, head, source)?;
        let mut length = [0; 8];
        let end = stream.length().checked_sub(8).ok_or(ArchiveError::Malformed)?;
        stream.read_exact_at(end, &mut length)?;
        let length = u64::from_le_bytes(length);
        let start =
            end.checked_sub(length).filter(|_| length <= MOST_BYTES).ok_or(ArchiveError::Malformed)?;
        let json = read(&mut stream, start, length)?;
        let manifest = Manifest::parse(&json, start).ok_or(ArchiveError::Malformed)?;
        Ok(Self { stream, manifest })
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> UnixTime {
        self.manifest.created
    }

    /// What it holds, at most one of each kind.
    #[must_use]
    pub fn elements(&self) -> &[Element<ArchivedFile>] {
        &self.manifest.elements
    }

    /// What was stored and could not be taken in.
    #[must_use]
    pub fn omitted(&self) -> &[Omission] {
        &self.manifest.omitted
    }

    /// One of its files, opened.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] if the archive has changed since it was opened.
    pub fn file(&mut self, file: ArchivedFile) -> Result<FileContents, ArchiveError> {
        read(&mut self.stream, file.offset, file.length).map(FileContents::from)
    }

    /// The element of this kind with all its files, opened, as it can be stored again.
    ///
    /// # Errors
    ///
    /// As [`file`](Self::file).
    pub fn element(&mut self, kind: ElementType) -> Result<Option<Element<RestoredFile>>, ArchiveError> {
        let Some(element) = self.manifest.elements.iter().find(|element| element.kind() == kind) else {
            return Ok(None);
        };
        self.restored(element.clone()).map(Some)
    }

    /// An element of this archive with all its files, opened.
    pub(super) fn restored(
        &mut self,
        element: Element<ArchivedFile>,
    ) -> Result<Element<RestoredFile>, ArchiveError> {
        element.try_map_files(|_, file| self.file(file).map(RestoredFile::of_archive))
    }
}

/// The first 76 bytes of an archive with this lock.
pub(super) fn head(lock: &PassphraseLock) -> Vec<u8> {
    [&MAGIC[..], &lock.to_bytes()].concat()
}

/// The next bytes of a header; if it is shorter than that, this is no archive.
fn exactly<const N: usize>(source: &mut impl Read) -> Result<[u8; N], ArchiveError> {
    let mut bytes = [0; N];
    match source.read_exact(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(ArchiveError::NotAnArchive),
        Err(error) => Err(ArchiveError::Read(error)),
    }
}

/// So many bytes from there. The stream is as long as its source, so nothing makes this ask for more memory than that.
fn read<R: Read + Seek>(
    stream: &mut SealedReader<R>,
    offset: u64,
    length: u64,
) -> Result<Zeroizing<Vec<u8>>, ArchiveError> {
    let ended = StreamError::Ended { length: stream.length() };
    let size = usize::try_from(length).ok().filter(|_| length <= stream.length()).ok_or(ended)?;
    let mut bytes = Zeroizing::new(vec![0; size]);
    stream.read_exact_at(offset, &mut bytes)?;
    Ok(bytes)
}

impl<R> fmt::Debug for Archive<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Archive")
            .field("created", &self.manifest.created)
            .field("elements", &self.manifest.elements.len())
            .finish_non_exhaustive()
    }
}
