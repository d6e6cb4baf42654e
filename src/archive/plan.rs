use std::fmt;
use std::io::{Read, Seek};

use super::export::is_lasting;
use super::{Archive, ArchiveError, ArchivedFile, ImportOutcome, Omission};
use crate::element::{Element, ElementType, Part};
use crate::passport::refusal::{operation_error, refused};
use crate::passport::saving::save_problems;
use crate::passport::{
    DownloadError, FileSource, ListError, Passport, Progress, Refusal, RestoredFile, SaveProblem,
    SavedElement, SavedFile, SavedFlaw, Sight, Unreadable,
};
use crate::scan::carried_by;

/// What importing an archive into an account would do; nothing has been done.
///
/// [`carry_out`](Self::carry_out) does it. What was shown to the person is what is done: a plan is carried out as it is,
/// and never made anew on the way.
pub struct Plan<'a, R> {
    pub(super) archive: &'a mut Archive<R>,
    pub(super) elements: Vec<Planned>,
    /// What has become of each element so far.
    pub(super) outcomes: Vec<Option<ImportOutcome>>,
}

/// What would become of one element of an archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Which element.
    pub kind: ElementType,
    /// What importing it would change.
    pub change: PlannedChange,
    /// What the archive lacks of it: what is imported would lack it too.
    pub omitted: Vec<Omission>,
    /// What its files tell beside a scan's pixels, if they are to be stored: they would be stored as they are.
    pub carried: Vec<Carried>,
    /// Whether another client may have added fields to what is stored that the engine does not see
    /// ([`Sight::KnownFields`]): they were not compared, and would be lost with what is replaced.
    pub unseen: bool,
    /// What is stored in its place now.
    pub(super) stored: Option<SavedElement>,
}

/// What importing an element would change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlannedChange {
    /// Nothing of this kind is stored: it would be added.
    New,
    /// It is stored already, byte for byte, as far as the engine sees ([`Planned::unseen`]): nothing would be
    /// done.
    Equal,
    /// Something else is stored: it would be replaced, and be lost.
    Replace {
        /// Why what is stored cannot be read, if it cannot.
        unreadable: Option<Unreadable>,
    },
    /// It cannot be saved as it is in the archive.
    Impossible {
        /// All that is wrong with it.
        problems: Vec<SaveProblem>,
    },
}

/// Something that a file of an archive tells, and a new scan could not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Which file.
    pub part: Part,
    /// What it tells.
    pub what: Carries,
}

/// What a restored file may tell beside a scan's pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Carries {
    /// Where the picture was taken.
    Location,
    /// Other metadata: a camera, a time, comments, a thumbnail.
    Metadata,
    /// A colour profile.
    Profile,
    /// It is no picture that could be looked through.
    Unknown,
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.part;
        match self.what {
            Carries::Location => write!(f, "{part} tells where it was taken (GPS)"),
            Carries::Metadata => {
                write!(f, "{part} carries metadata: a camera, a time, a comment or a thumbnail")
            }
            Carries::Profile => write!(f, "{part} carries a colour profile"),
            Carries::Unknown => write!(f, "{part} is no picture that could be looked through"),
        }
    }
}

impl Planned {
    /// Whether Telegram saves it only after the person has proven, with a code, that it is theirs. The account's own
    /// phone number and its confirmed recovery address need no code.
    #[must_use]
    pub fn may_need_verification(&self) -> bool {
        matches!(self.kind, ElementType::PhoneNumber | ElementType::Email)
            && matches!(self.change, PlannedChange::New | PlannedChange::Replace { .. })
    }
}

/// Why no plan was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A stored file could not be downloaded to compare it with.
    #[error("{} of the {} could not be downloaded to compare it", .part.subject(), .kind.noun())]
    Download {
        /// Of which element.
        kind: ElementType,
        /// Which file.
        part: Part,
        /// Why.
        #[source]
        reason: DownloadError,
    },
    /// The archive changed after it was opened.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// What is stored could not be listed, for a reason that is none of this operation's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    PlanError {
        ; Self::Download { reason, .. } => reason "not_downloaded"
        ; Self::Archive(reason) => reason "archive_changed"
    }
}

refused!(PlanError: ListError);

impl<R: Read + Seek + Send> Archive<R> {
    /// Compares with what is stored, by contents: fields, and files byte by byte, which are downloaded for it one at a
    /// time.
    ///
    /// # Errors
    ///
    /// See [`PlanError`].
    pub async fn plan(
        &mut self,
        passport: &dyn Passport,
        progress: &Progress,
    ) -> Result<Plan<'_, R>, PlanError> {
        let mut stored = passport.list().await?;
        let mut elements = Vec::new();
        for archived in self.elements().to_vec() {
            let kind = archived.kind();
            let stored = stored.iter().position(|saved| saved.kind == kind).map(|at| stored.swap_remove(at));
            let (change, carried) = self.change(passport, archived, stored.as_ref(), progress).await?;
            let omitted = self.omitted().iter().filter(|omission| omission.kind == kind).cloned().collect();
            let unseen = stored.as_ref().is_some_and(|stored| stored.sight == Sight::KnownFields);
            elements.push(Planned { kind, change, omitted, carried, unseen, stored });
        }
        let outcomes = vec![None; elements.len()];
        Ok(Plan { archive: self, elements, outcomes })
    }

    async fn change(
        &mut self,
        passport: &dyn Passport,
        archived: Element<ArchivedFile>,
        stored: Option<&SavedElement>,
        progress: &Progress,
    ) -> Result<(PlannedChange, Vec<Carried>), PlanError> {
        if let Some(stored) = stored
            && self.is_stored(passport, &archived, stored, progress).await?
        {
            return Ok((PlannedChange::Equal, Vec::new()));
        }
        let element = self.restored(archived)?;
        let carried = carried(&element);
        let problems = save_problems(&element.map_files(|_, file| FileSource::Restored(file)));
        if !problems.is_empty() {
            return Ok((PlannedChange::Impossible { problems }, Vec::new()));
        }
        let change = stored
            .map_or(PlannedChange::New, |stored| PlannedChange::Replace { unreadable: stored.unreadable() });
        Ok((change, carried))
    }

    /// Whether the stored element is this one.
    async fn is_stored(
        &mut self,
        passport: &dyn Passport,
        archived: &Element<ArchivedFile>,
        stored: &SavedElement,
        progress: &Progress,
    ) -> Result<bool, PlanError> {
        // What breaks a rule can still be equal; what is lost or not understood cannot.
        let whole = stored.flaws.iter().all(|flaw| matches!(flaw, SavedFlaw::Rule(_)));
        let Some(element) = stored.element().filter(|_| whole) else { return Ok(false) };
        if places(element) != places(archived) {
            return Ok(false);
        }
        let files: Vec<(Part, SavedFile)> =
            element.files().map(|(part, file)| (part, file.clone())).collect();
        for ((part, file), (_, archived)) in files.into_iter().zip(archived.files()) {
            let contents = match passport.download(&file, progress).await {
                Ok(contents) => contents,
                Err(reason) if is_lasting(&reason) => return Ok(false),
                Err(reason) => return Err(PlanError::Download { kind: stored.kind, part, reason }),
            };
            if contents.as_bytes().len() as u64 != archived.length || contents != self.file(*archived)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What the files of an element tell that is more than a scan's pixels.
fn carried(element: &Element<RestoredFile>) -> Vec<Carried> {
    let mut carried = Vec::new();
    for (part, file) in element.files() {
        let what = match carried_by(file.contents().as_bytes()) {
            Ok(metadata) => [
                metadata.location.then_some(Carries::Location),
                metadata.other.then_some(Carries::Metadata),
                metadata.profile.then_some(Carries::Profile),
            ],
            Err(_) => [Some(Carries::Unknown), None, None],
        };
        carried.extend(what.into_iter().flatten().map(|what| Carried { part, what }));
    }
    carried
}

/// An element's fields and where it has files.
fn places<F: Clone>(element: &Element<F>) -> Element<Part> {
    element.clone().map_files(|part, _| part)
}

impl<R> Plan<'_, R> {
    /// What would become of each element of the archive, in the order of the archive.
    #[must_use]
    pub fn elements(&self) -> &[Planned] {
        &self.elements
    }

    /// The element of this kind in the archive, its files as what the archive knows of them.
    #[must_use]
    pub fn archived(&self, kind: ElementType) -> Option<&Element<ArchivedFile>>
    where
        R: Read + Seek,
    {
        self.archive.elements().iter().find(|element| element.kind() == kind)
    }

    /// What the archive does not have.
    #[must_use]
    pub fn omitted(&self) -> &[Omission]
    where
        R: Read + Seek,
    {
        self.archive.omitted()
    }
}

impl<R> fmt::Debug for Plan<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan").field("elements", &self.elements).finish_non_exhaustive()
    }
}
