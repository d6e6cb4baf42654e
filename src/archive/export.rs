use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use super::manifest::Manifest;
use super::open::head;
use super::{Archive, ArchiveError, ArchivedFile, Omission};
use crate::disk::Aside;
use crate::element::{ElementType, Part, Parts, UnixTime};
use crate::passport::refusal::{operation_error, refused, whole_sentence};
use crate::passport::{
    DownloadError, ListError, Passport, Progress, Refusal, SavedContent, SavedElement, SavedFlaw, Sight,
};
use crate::vault::FileContents;
use crate::vault::at_rest::{Passphrase, PassphraseCost, PassphraseLock, SealedWriter, StorageKey};

/// How a Passport is exported. The default is a passphrase at its usual cost, and reports to nobody.
#[derive(Clone, Debug, Default)]
pub struct ExportOptions {
    /// How much work the passphrase costs.
    pub cost: PassphraseCost,
    /// Who is told of the downloads.
    pub progress: Progress,
    /// What becomes of an export that cannot have everything.
    pub missing: Missing,
}

/// Whether an archive may lack what is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// It must not: there is no archive then, so that nobody takes it for a copy of everything.
    #[default]
    Refused,
    /// The caller has said that a part is better than nothing. The archive says what it lacks.
    LeftOut,
}

/// What an export took in, and what not.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportReport {
    /// The elements that are in the archive, in the schema's order.
    pub elements: Vec<ElementType>,
    /// How many files are in it.
    pub files: usize,
    /// Their lengths together, in bytes.
    pub bytes: u64,
    /// What could not be read, and is not in it. The archive says so too.
    pub omitted: Vec<Omission>,
    /// Elements that are in it with what is wrong with them. Where a field could not be understood, it is empty in
    /// the archive.
    pub flawed: Vec<(ElementType, Vec<SavedFlaw>)>,
    /// Elements to which another client may have added fields that the engine does not see
    /// ([`Sight::KnownFields`]): what it added is not in the archive.
    pub unseen: Vec<ElementType>,
}

/// Why a Passport was not exported. There is no archive then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A file could not be downloaded, and another try may succeed.
    #[error("{} of the {} could not be downloaded", .part.subject(), .kind.noun())]
    Download {
        /// Of which element.
        kind: ElementType,
        /// Which file.
        part: Part,
        /// Why.
        #[source]
        reason: DownloadError,
    },
    /// Something that is stored could not be read, and nobody has said that the archive may lack it.
    #[error("what is stored could not be read in whole, and nothing was written")]
    Incomplete {
        /// What it would lack.
        omitted: Vec<Omission>,
        /// Fields that could not be understood, and would be empty in it.
        lost: Vec<(ElementType, Vec<SavedFlaw>)>,
    },
    /// There is a file at this path already; an archive may be the only copy of what it holds, so none is replaced.
    #[error("{} exists already", .path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// The archive could not be written.
    #[error("{} could not be written", .path.display())]
    Write {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        reason: io::Error,
    },
    /// The archive is there, whole; but the disk does not say that it keeps its name through a loss of power.
    #[error("{} is written, but the disk does not say that it stays", .path.display())]
    MayNotStay {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        reason: io::Error,
    },
    /// What was written does not read back.
    #[error("the archive does not read back as it was written")]
    Unverified(#[source] ArchiveError),
    /// What is stored could not be listed, for a reason that is none of this operation's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    ExportError {
        Self::Incomplete { .. } => "incomplete" Never,
        Self::Exists { .. } => "exists" Never,
        Self::Write { .. } => "not_written" Now,
        Self::MayNotStay { .. } => "may_not_stay" LookFirst,
        Self::Unverified(_) => "unverified" Now,
        ; Self::Download { reason, .. } => reason "not_downloaded"
    }
}

refused!(ExportError: ListError);

/// Writes everything that is stored into one file, for its owner alone (mode 0600), which appears complete or not at
/// all, and only after it was read back.
///
/// One file is in memory at a time. What cannot be read, now or ever, ends the export, unless
/// [`ExportOptions::missing`] says that it may be left out and reported; what might be read at another try ends it in
/// any case. Fields that another client added and the engine does not see are not in it, which
/// [`ExportReport::unseen`] says.
///
/// # Errors
///
/// See [`ExportError`].
pub async fn export(
    passport: &dyn Passport,
    target: &Path,
    passphrase: Passphrase,
    options: &ExportOptions,
) -> Result<ExportReport, ExportError> {
    if target.symlink_metadata().is_ok() {
        return Err(ExportError::Exists { path: target.to_owned() });
    }
    let stored = passport.list().await?;
    let cost = options.cost;
    let (lock, key) = spawn_blocking(move || PassphraseLock::generate(&passphrase, cost))
        .await
        .expect("a derivation does not panic");
    let mut writer = ArchiveWriter::new(target, &lock, key)?;
    for saved in stored {
        writer.take(passport, saved, &options.progress).await?;
    }
    if options.missing == Missing::Refused {
        writer.must_be_whole()?;
    }
    writer.finish()
}

/// An archive that is being written, beside the place where it will be.
struct ArchiveWriter<'a> {
    target: &'a Path,
    file: Aside,
    stream: SealedWriter<BufWriter<File>>,
    key: StorageKey,
    head: Vec<u8>,
    manifest: Manifest,
    report: ExportReport,
}

impl<'a> ArchiveWriter<'a> {
    fn new(target: &'a Path, lock: &PassphraseLock, key: StorageKey) -> Result<Self, ExportError> {
        let head = head(lock);
        let begun = (|| {
            let file = Aside::beside(target)?;
            let mut written = BufWriter::new(file.reopen()?);
            written.write_all(&head)?;
            Ok((file, SealedWriter::new(&key, &head, written)?))
        })();
        let (file, stream) =
            begun.map_err(|reason| ExportError::Write { path: target.to_owned(), reason })?;
        let manifest = Manifest { created: UnixTime::now(), elements: Vec::new(), omitted: Vec::new() };
        let report = ExportReport {
            elements: Vec::new(),
            files: 0,
            bytes: 0,
            omitted: Vec::new(),
            flawed: Vec::new(),
            unseen: Vec::new(),
        };
        Ok(Self { target, file, stream, key, head, manifest, report })
    }

    fn failed(&self, reason: io::Error) -> ExportError {
        ExportError::Write { path: self.target.to_owned(), reason }
    }

    /// Takes in one element as far as it can be read.
    async fn take(
        &mut self,
        passport: &dyn Passport,
        saved: SavedElement,
        progress: &Progress,
    ) -> Result<(), ExportError> {
        let kind = saved.kind;
        let element = match saved.content {
            SavedContent::Readable(element) => *element,
            SavedContent::Unreadable(reason) => {
                self.manifest.omitted.push(Omission { kind, part: None, reason: whole_sentence(&reason) });
                return Ok(());
            }
        };
        let mut archived = Parts::default();
        for (part, file) in element.files() {
            match passport.download(file, progress).await {
                Ok(contents) => archived.insert(part, self.write(&contents)?),
                Err(reason) if is_lasting(&reason) => {
                    let reason = whole_sentence(&reason);
                    self.manifest.omitted.push(Omission { kind, part: Some(part), reason });
                }
                Err(reason) => return Err(ExportError::Download { kind, part, reason }),
            }
        }
        self.manifest.elements.push(element.with_parts(archived));
        self.report.elements.push(kind);
        if saved.sight == Sight::KnownFields {
            self.report.unseen.push(kind);
        }
        if !saved.flaws.is_empty() {
            self.report.flawed.push((kind, saved.flaws));
        }
        Ok(())
    }

    /// Everything that is stored is in it, as it is stored.
    fn must_be_whole(&self) -> Result<(), ExportError> {
        let is_lost = |flaw: &&SavedFlaw| matches!(flaw, SavedFlaw::Field(_));
        let lost = self.report.flawed.iter().filter_map(|(kind, flaws)| {
            let lost: Vec<SavedFlaw> = flaws.iter().filter(is_lost).cloned().collect();
            (!lost.is_empty()).then_some((*kind, lost))
        });
        let lost: Vec<_> = lost.collect();
        if self.manifest.omitted.is_empty() && lost.is_empty() {
            return Ok(());
        }
        Err(ExportError::Incomplete { omitted: self.manifest.omitted.clone(), lost })
    }

    /// Writes the next file: a few megabytes at most, sealed in milliseconds.
    fn write(&mut self, contents: &FileContents) -> Result<ArchivedFile, ExportError> {
        let bytes = contents.as_bytes();
        self.stream.write(bytes).map_err(|reason| self.failed(reason))?;
        let file = ArchivedFile { offset: self.report.bytes, length: bytes.len() as u64 };
        self.report.files += 1;
        self.report.bytes += file.length;
        Ok(file)
    }

    fn finish(mut self) -> Result<ExportReport, ExportError> {
        let json = self.manifest.to_json().map_err(|error| self.failed(error.into()))?;
        let path = self.target.to_owned();
        let failed = |reason| ExportError::Write { path: path.clone(), reason };
        self.stream.write(&json).map_err(failed)?;
        self.stream.write(&(json.len() as u64).to_le_bytes()).map_err(failed)?;
        self.stream.finish().and_then(|mut written| written.flush()).map_err(failed)?;

        let mut source = self.file.reopen().map_err(failed)?;
        source.seek(SeekFrom::Start(self.head.len() as u64)).map_err(failed)?;
        let read = Archive::read_stream(source, &self.key, &self.head).map_err(ExportError::Unverified)?;
        if read.elements() != self.manifest.elements || read.omitted() != self.manifest.omitted {
            return Err(ExportError::Unverified(ArchiveError::Malformed));
        }
        drop(read);
        self.file.put_new(self.target).map_err(|refused| match (refused.aside, refused.error.kind()) {
            (Some(_), io::ErrorKind::AlreadyExists) => ExportError::Exists { path: path.clone() },
            (Some(_), _) => failed(refused.error),
            (None, _) => ExportError::MayNotStay { path: path.clone(), reason: refused.error },
        })?;
        Ok(ExportReport { omitted: self.manifest.omitted, ..self.report })
    }
}

/// Whether another try would find the same.
pub(super) fn is_lasting(error: &DownloadError) -> bool {
    match error {
        DownloadError::Unreadable(_)
        | DownloadError::Description(_)
        | DownloadError::Piece { .. }
        | DownloadError::TooLarge { .. } => true,
        DownloadError::OtherEngine | DownloadError::Refused(_) => false,
        #[cfg(feature = "tdlib")]
        DownloadError::Gone | DownloadError::GivenUp => true,
        #[cfg(feature = "tdlib")]
        DownloadError::TakeOver(_) => false,
    }
}
