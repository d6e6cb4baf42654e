use std::io::{Read, Seek};

use super::{ArchiveError, Plan, Planned, PlannedChange};
use crate::element::ElementType;
use crate::passport::{
    Draft, FileSource, OperationError, Passport, Refusal, Retry, SaveError, SaveOptions, SaveProblem,
};

/// What became of one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Which element.
    pub kind: ElementType,
    /// What became of it.
    pub outcome: ImportOutcome,
}

/// What became of an element of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportOutcome {
    /// It was added.
    Added,
    /// It was put in place of another one.
    Replaced,
    /// It was stored already.
    Equal,
    /// Something else is stored, and was not named to be replaced.
    Kept,
    /// What is stored is not what the plan was made for: another device was quicker. It was left alone.
    Changed,
    /// It cannot be saved as it is in the archive.
    Impossible {
        /// All that is wrong with it.
        problems: Vec<SaveProblem>,
    },
    /// Telegram wants this phone number or e-mail address verified first.
    VerificationNeeded,
    /// Telegram does not take this for a phone number or an e-mail address.
    Unacceptable,
}

impl ImportOutcome {
    /// Whether it is stored now as the archive has it, and was not before.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Added | Self::Replaced)
    }
}

/// Why an import ended early. What was imported until then is stored.
#[derive(Debug, thiserror::Error)]
#[error("the {} could not be imported", .kind.noun())]
#[non_exhaustive]
pub struct ImportError {
    /// At which element.
    pub kind: ElementType,
    /// Why.
    #[source]
    pub reason: ImportFailure,
    /// What became of the elements before it.
    pub done: Vec<Imported>,
    /// The elements after it, which were not tried.
    pub left: Vec<ElementType>,
}

/// Why an element was not imported, and those after it not tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportFailure {
    /// The archive changed after it was opened.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It could not be saved.
    #[error(transparent)]
    Save(SaveError),
}

/// It is told as its reason is.
impl OperationError for ImportError {
    fn code(&self) -> &'static str {
        self.reason.code()
    }

    fn refusal(&self) -> Option<&Refusal> {
        self.reason.refusal()
    }

    /// Of the same plan, which goes on where it ended.
    fn retry(&self) -> Retry {
        self.reason.retry()
    }
}

impl ImportFailure {
    fn reason(&self) -> &dyn OperationError {
        match self {
            Self::Archive(reason) => reason,
            Self::Save(reason) => reason,
        }
    }
}

/// The archive's error, or the save's: no code is in both.
impl OperationError for ImportFailure {
    fn code(&self) -> &'static str {
        self.reason().code()
    }

    fn refusal(&self) -> Option<&Refusal> {
        self.reason().refusal()
    }

    fn retry(&self) -> Retry {
        self.reason().retry()
    }
}

impl<R: Read + Seek + Send> Plan<'_, R> {
    /// Saves what is new, and what is to replace something if its kind is named in `replace`: the person has seen the
    /// plan and agreed.
    ///
    /// Before an element is saved, the stored one is looked at once more: if it is not what the plan saw, it is left
    /// alone.
    ///
    /// Called again, it tries what had to be verified first, and what was not reached; what was done or left alone stays
    /// so.
    ///
    /// # Errors
    ///
    /// [`ImportError`] at the first element that fails for a reason which is not its own, or where `options.cancel`
    /// stops it: each element is stored, left alone, or named as unknown.
    pub async fn carry_out(
        &mut self,
        passport: &dyn Passport,
        replace: &[ElementType],
        options: &SaveOptions,
    ) -> Result<Vec<Imported>, ImportError> {
        let Self { archive, elements, outcomes } = self;
        let kinds: Vec<ElementType> = elements.iter().map(|planned| planned.kind).collect();
        let mut done = Vec::with_capacity(elements.len());
        for (planned, earlier) in elements.iter().zip(outcomes) {
            let kind = planned.kind;
            let settled = earlier.clone().filter(|outcome| *outcome != ImportOutcome::VerificationNeeded);
            let outcome = match settled.or_else(|| decide(planned, replace)) {
                Some(outcome) => Ok(outcome),
                None => {
                    async {
                        let element = archive.element(kind)?.ok_or(ArchiveError::Malformed)?;
                        let element = element.map_files(|_, file| FileSource::Restored(file));
                        match Draft::new(element, planned.stored.clone()).save(passport, options).await {
                            Ok(_) if planned.stored.is_some() => Ok(ImportOutcome::Replaced),
                            Ok(_) => Ok(ImportOutcome::Added),
                            Err(SaveError::ElementChanged { .. }) => Ok(ImportOutcome::Changed),
                            Err(SaveError::Flawed { problems, .. }) => {
                                Ok(ImportOutcome::Impossible { problems })
                            }
                            Err(SaveError::VerificationNeeded { .. }) => {
                                Ok(ImportOutcome::VerificationNeeded)
                            }
                            Err(SaveError::Unacceptable { .. }) => Ok(ImportOutcome::Unacceptable),
                            Err(reason) => Err(ImportFailure::Save(reason)),
                        }
                    }
                    .await
                }
            };
            match outcome {
                Ok(outcome) => {
                    *earlier = Some(outcome.clone());
                    done.push(Imported { kind, outcome });
                }
                Err(reason) => {
                    let left = kinds[done.len() + 1..].to_vec();
                    return Err(ImportError { kind, reason, done, left });
                }
            }
        }
        Ok(done)
    }
}

/// What becomes of an element that is not to be saved.
fn decide(planned: &Planned, replace: &[ElementType]) -> Option<ImportOutcome> {
    match &planned.change {
        PlannedChange::Equal => Some(ImportOutcome::Equal),
        PlannedChange::Impossible { problems } => {
            Some(ImportOutcome::Impossible { problems: problems.clone() })
        }
        PlannedChange::Replace { .. } if !replace.contains(&planned.kind) => Some(ImportOutcome::Kept),
        PlannedChange::Replace { .. } | PlannedChange::New => None,
    }
}
