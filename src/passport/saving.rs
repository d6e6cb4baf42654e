use std::fmt;
use std::sync::Arc;

use super::refusal::{operation_error, refused};
use super::{Cancel, FileSource, ListError, Progress, Refusal, SavedElement, TamperedAnswer};
use crate::cloud::CloudError;
#[cfg(feature = "tdlib")]
use crate::element::Field;
use crate::element::{Element, ElementType, Part, Place, Problem, note, sentence};
use crate::vault::{Password, VaultError};

/// Telegram takes files of 10 MB (docs/protocol.md §4.8).
const LARGEST_FILE: usize = 10 * 1024 * 1024;

/// How an element is saved. The default reports to nobody and has no password at hand.
#[derive(Clone, Debug, Default)]
pub struct SaveOptions {
    /// Who is told of the uploads.
    pub progress: Progress,
    /// With the password at hand, a passport secret that another device replaced meanwhile is loaded once, and
    /// the save goes on under it. Without, it ends in [`SaveError::SecretChanged`].
    pub password: Option<Arc<Password>>,
    /// By which the save may be given up. Dropping its future leaves open what is stored.
    pub cancel: Option<Cancel>,
}

/// What is wrong with an element to be saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SaveProblem {
    /// A rule for elements of this kind is broken.
    #[error("{0}")]
    Rule(Problem),
    /// A restored file is too large.
    #[error("{} has {size} bytes; Telegram takes {limit} at most", .part.subject())]
    FileTooLarge {
        /// Which file.
        part: Part,
        /// Its size in bytes.
        size: usize,
        /// The bound in bytes.
        limit: usize,
    },
    /// TDLib would store this text otherwise than it is written: it drops or replaces some characters.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("the {} has characters that TDLib does not store", .field.title())]
    Altered {
        /// Which field.
        field: Field,
    },
    /// TDLib stores the fields it knows, and this element has others, which another client added.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("it has fields that TDLib does not know and would drop")]
    UnknownFields,
}

impl SaveProblem {
    /// Where it is.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Rule(problem) => problem.place,
            Self::FileTooLarge { part, .. } => Place::Part(*part),
            #[cfg(feature = "tdlib")]
            Self::Altered { field } => Place::Field(*field),
            #[cfg(feature = "tdlib")]
            Self::UnknownFields => Place::Unknown,
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
            Self::Rule(problem) => problem.predicate(),
            Self::FileTooLarge { size, limit, .. } => {
                format!("has {size} bytes; Telegram takes {limit} at most")
            }
            #[cfg(feature = "tdlib")]
            Self::Altered { .. } => "has characters that are not stored as they are written".to_owned(),
            #[cfg(feature = "tdlib")]
            Self::UnknownFields => "would be dropped".to_owned(),
        }
    }
}

/// Everything that is wrong with an element to be saved, over any engine.
pub(crate) fn save_problems(element: &Element<FileSource>) -> Vec<SaveProblem> {
    let rules = element.obstacles().into_iter().chain(element.repeated_files()).map(SaveProblem::Rule);
    let files = element.files().filter_map(|(part, source)| {
        let size = source.to_upload()?.len();
        (size > LARGEST_FILE).then_some(SaveProblem::FileTooLarge { part, size, limit: LARGEST_FILE })
    });
    rules.chain(files).collect()
}

/// Why an element was not saved. Whatever was stored before is still stored, but for [`Refusal::OutcomeUnknown`]: the new
/// element may be stored then, the old one may, and the one may still take the other's place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The account has no two-step verification password; Passport needs one.
    #[error("the account has no password for two-step verification; Passport needs one")]
    PasswordRequired,
    /// Another device replaced the passport secret: unlock again.
    #[error("the passport secret was replaced on another device; unlock again")]
    SecretChanged,
    /// TDLib holds a passport secret that Telegram no longer takes: another device replaced it. It forgets the lost one
    /// within an hour, or when its session is closed and opened anew.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("the session still holds a passport secret that was replaced; open it anew")]
    SecretStale,
    /// The passport secret could not be loaded again.
    #[error("the passport secret was replaced on another device, and cannot be loaded again")]
    Reload(#[source] super::PasswordError),
    /// A file to be kept is sealed under a passport secret that is gone: it must be uploaded anew.
    #[error("{} cannot be kept, for it is sealed under another passport secret; upload it again", .part.subject())]
    CannotKeep {
        /// Which file.
        part: Part,
    },
    /// A file to be kept was given out by another kind of engine: list the elements with this one.
    #[error("{} cannot be kept, for it was listed by another engine", .part.subject())]
    OtherEngine {
        /// Which file.
        part: Part,
    },
    /// A new file could not be laid out for TDLib, which uploads from the disk only.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("{} could not be laid out for the upload", .part.subject())]
    LayOut {
        /// Which file.
        part: Part,
        /// Why.
        #[source]
        reason: std::io::Error,
    },
    /// The element is not as it should be; every problem is listed.
    #[error("the {} cannot be saved: {}", .kind.noun(), Listed(*.kind, .problems))]
    Flawed {
        /// The element.
        kind: ElementType,
        /// All that is wrong with it.
        problems: Vec<SaveProblem>,
    },
    /// A [`Draft`](super::Draft) was made when something else was stored: another device changed it meanwhile, and it was
    /// left alone.
    #[error("another device changed the {} meanwhile, and it was left alone", .kind.noun())]
    ElementChanged {
        /// The element.
        kind: ElementType,
        /// What is stored now, if anything is.
        now: Option<Box<SavedElement>>,
    },
    /// Whether what a [`Draft`](super::Draft) was made of is still stored could not be told; nothing was saved.
    #[error("what is stored could not be looked at, and nothing was saved")]
    NotLookedAt(#[source] ListError),
    /// Telegram wants this phone number or e-mail address verified first.
    #[error("the {} must be verified first", .kind.noun())]
    VerificationNeeded {
        /// Phone number or e-mail address.
        kind: ElementType,
    },
    /// Telegram does not take this for a phone number or an e-mail address.
    #[error("Telegram does not accept this {}", .kind.noun())]
    Unacceptable {
        /// Phone number or e-mail address.
        kind: ElementType,
    },
    /// It was [cancelled](Cancel::cancel) in time: nothing of it is stored, and nothing will be.
    #[error("it was cancelled; nothing of it is stored")]
    Cancelled,
    /// A reason that is none of this operation's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Problems in one line.
struct Listed<'a>(ElementType, &'a [SaveProblem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.1.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}", problem.sentence(self.0))?;
        }
        Ok(())
    }
}

impl From<CloudError> for SaveError {
    fn from(error: CloudError) -> Self {
        use ElementType::{Email, PhoneNumber};
        match error {
            CloudError::PasswordRequired => Self::PasswordRequired,
            CloudError::SecureSecretInvalid => Self::SecretChanged,
            CloudError::PhoneVerificationNeeded => Self::VerificationNeeded { kind: PhoneNumber },
            CloudError::EmailVerificationNeeded => Self::VerificationNeeded { kind: Email },
            CloudError::PhoneNumberInvalid => Self::Unacceptable { kind: PhoneNumber },
            CloudError::EmailInvalid | CloudError::EmailNotAllowed => Self::Unacceptable { kind: Email },
            other => Self::Refused(other.into()),
        }
    }
}

operation_error! {
    SaveError tampered LookFirst {
        Self::PasswordRequired => "password_required" Never,
        Self::SecretChanged => "secret_changed" Never,
        #[cfg(feature = "tdlib")]
        Self::SecretStale => "secret_stale" Never,
        Self::CannotKeep { .. } => "cannot_keep" Never,
        Self::OtherEngine { .. } => "other_engine" Never,
        #[cfg(feature = "tdlib")]
        Self::LayOut { .. } => "not_laid_out" Now,
        Self::Flawed { .. } => "flawed" Never,
        Self::ElementChanged { .. } => "element_changed" Never,
        Self::VerificationNeeded { .. } => "verification_needed" Never,
        Self::Unacceptable { .. } => "unacceptable" Never,
        Self::Cancelled => "cancelled" Now,
        ; Self::Reload(reason) => reason "secret_not_reloaded" Never
        ; Self::NotLookedAt(reason) => reason "not_looked_at"
    }
}

refused!(SaveError: VaultError, TamperedAnswer);

/// Why elements were not deleted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeleteError {
    /// The engine deletes one after the other, and some are deleted; the others are not, or as the reason says.
    ///
    /// From TDLib's engine only (feature `tdlib`).
    #[cfg(feature = "tdlib")]
    #[error("{} of them are deleted, the others not", .deleted.len())]
    InPart {
        /// Those that are not stored any more.
        deleted: Vec<ElementType>,
        /// Why it did not go on.
        #[source]
        reason: Box<DeleteError>,
    },
    /// A reason that is none of this operation's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    DeleteError {
        #[cfg(feature = "tdlib")]
        Self::InPart { .. } => "in_part" LookFirst,
    }
}

refused!(DeleteError: CloudError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::{ElementType, PartKind};
    use crate::passport::RestoredFile;

    #[test]
    fn a_restored_file_may_be_anything_that_is_not_too_large() {
        let page = |bytes: Vec<u8>| {
            let mut bill = Element::empty(ElementType::UtilityBill);
            bill.attach(PartKind::Files, RestoredFile::of_archive(bytes.into()).into()).unwrap();
            save_problems(&bill)
        };
        assert_eq!(page(b"GIF89a".to_vec()), []);
        assert_eq!(page(vec![0; LARGEST_FILE]), []);
        let (part, size, limit) = (Part::File(0), LARGEST_FILE + 1, LARGEST_FILE);
        assert_eq!(page(vec![0; size]), [SaveProblem::FileTooLarge { part, size, limit }]);
    }
}
