//! What every operation may end with, beside the cases of its own; and what an app is to make of any of its errors.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use super::TamperedAnswer;
use crate::cloud::{CloudError, SignedOut};
use crate::vault::VaultError;

/// Why nothing came of an operation, for a reason that is none of its own; the same for all of them, login included.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The session is signed in no more, or never was.
    #[error("the account is not signed in")]
    SignedOut(#[source] SignedOut),
    /// No answer: the connection failed. What was asked for has not been done, or changes nothing.
    #[error("no answer from the server")]
    Offline(#[source] Arc<dyn Error + Send + Sync>),
    /// It was sent, and nobody says what came of it: it may have been done, and may still be.
    #[error("nobody can tell whether it is done")]
    OutcomeUnknown(#[source] Arc<dyn Error + Send + Sync>),
    /// Telegram asks to wait so long.
    #[error("Telegram asks to wait {} seconds", .0.as_secs())]
    Wait(Duration),
    /// The Passport is locked, or has locked itself: unlock it first.
    #[error("Passport is locked; the password unlocks it")]
    Locked,
    /// The account has no passport secret, yet or any more: nothing can be stored before one is created, and what is
    /// stored cannot be read.
    #[error("the account has no passport secret")]
    NoSecret,
    /// Telegram uses something, or asks for a version, that this one does not know.
    #[error("Telegram asks for a newer version of this program")]
    UpdateRequired,
    /// Something else was not over after [`TURN_TIME_OUT`](super::TURN_TIME_OUT): another task of this process is at the
    /// passport secret, or TDLib still at an earlier change or share. Nothing was done.
    #[error("something else about Passport is not over yet; nothing was done")]
    Busy,
    /// The server's answer cannot be honest. If it answers a change, something was changed.
    #[error(transparent)]
    Tampered(#[from] TamperedAnswer),
    /// Anything else that Telegram answered.
    #[error(transparent)]
    Server(CloudError),
}

/// Whether the same call may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// It would end the same way, until something else is done.
    Never,
    /// At once: nothing was done, and it may succeed.
    Now,
    /// After this time.
    After(Duration),
    /// It may have been done, in whole or in part: look at what is there before doing it again.
    LookFirst,
}

/// What every error of an operation tells an app, beside its sentence for a person (`Display`), which names no function
/// and no key, and leaves what stands under it to [`source`](Error::source).
pub trait OperationError: Error + Send + Sync + 'static {
    /// A name for this case, of lower-case letters and underscores, by which a translation is found. It stays the same
    /// over versions, and no other case of the same operation has it.
    fn code(&self) -> &'static str;

    /// The reason that is none of the operation's own, if it is one of those.
    fn refusal(&self) -> Option<&Refusal>;

    /// Whether it may be tried again.
    fn retry(&self) -> Retry;
}

impl Refusal {
    /// Whether nobody can tell what was done.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_))
    }
}

impl OperationError for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::SignedOut(_) => "signed_out",
            Self::Offline(_) => "offline",
            Self::OutcomeUnknown(_) => "outcome_unknown",
            Self::Wait(_) => "wait",
            Self::Locked => "locked",
            Self::NoSecret => "no_secret",
            Self::UpdateRequired => "update_required",
            Self::Busy => "busy",
            Self::Tampered(_) => "tampered",
            Self::Server(_) => "server",
        }
    }

    fn refusal(&self) -> Option<&Refusal> {
        Some(self)
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Offline(_) | Self::Busy => Retry::Now,
            Self::OutcomeUnknown(_) => Retry::LookFirst,
            Self::Wait(time) => Retry::After(*time),
            Self::Server(CloudError::PasswordTooFresh(time) | CloudError::SessionTooFresh(time)) => {
                Retry::After(*time)
            }
            // The server was in trouble and did nothing, or the challenge was used up: another is fetched.
            Self::Server(error) if error.may_pass() => Retry::Now,
            Self::SignedOut(_)
            | Self::Locked
            | Self::NoSecret
            | Self::UpdateRequired
            | Self::Tampered(_)
            | Self::Server(_) => Retry::Never,
        }
    }
}

impl From<CloudError> for Refusal {
    fn from(error: CloudError) -> Self {
        match error {
            CloudError::SignedOut(reason) => Self::SignedOut(reason),
            CloudError::Transport(why) => Self::Offline(why),
            CloudError::OutcomeUnknown(why) => Self::OutcomeUnknown(why),
            CloudError::FloodWait(time) => Self::Wait(time),
            CloudError::SecureSecretRequired => Self::NoSecret,
            CloudError::AppVersionOutdated => Self::UpdateRequired,
            other => Self::Server(other),
        }
    }
}

impl From<VaultError> for Refusal {
    fn from(_: VaultError) -> Self {
        Self::Locked
    }
}

/// Declares, of each case of an error, its code and whether it may be tried again; one that a feature brings has the same
/// `cfg` here. Behind a semicolon, a case under which
/// another error stands, whose refusal counts, and whose retry if none is named. `Refused` is everywhere; `tampered` says whether a change may be made
/// again whose answer cannot be honest.
macro_rules! operation_error {
    (@retry $reason:ident) => { $reason.retry() };
    (@retry $reason:ident $retry:ident) => {{
        let _ = $reason;
        $crate::passport::Retry::$retry
    }};
    ($error:ident $(tampered $tampered:ident)? { $($(#[$cfg:meta])* $pattern:pat => $code:literal $retry:ident,)* $(; $under:pat => $reason:ident $code_under:literal $($retry_under:ident)?)* }) => {
        #[cfg(test)]
        impl $error {
            /// The codes of its own cases.
            pub(crate) const CODES: &[&str] = &[$($(#[$cfg])* $code,)* $($code_under,)*];
        }

        impl $crate::passport::OperationError for $error {
            fn code(&self) -> &'static str {
                match self {
                    $($(#[$cfg])* $pattern => $code,)*
                    $($under => {
                        let _ = $reason;
                        $code_under
                    })*
                    Self::Refused(refusal) => refusal.code(),
                }
            }

            fn refusal(&self) -> Option<&$crate::passport::Refusal> {
                match self {
                    $($(#[$cfg])* $pattern => None,)*
                    $($under => $reason.refusal(),)*
                    Self::Refused(refusal) => Some(refusal),
                }
            }

            fn retry(&self) -> $crate::passport::Retry {
                match self {
                    $($(#[$cfg])* $pattern => $crate::passport::Retry::$retry,)*
                    $($under => $crate::passport::refusal::operation_error!(@retry $reason $($retry_under)?),)*
                    $(Self::Refused($crate::passport::Refusal::Tampered(_)) => $crate::passport::Retry::$tampered,)?
                    Self::Refused(refusal) => refusal.retry(),
                }
            }
        }
    };
}
pub(crate) use operation_error;

/// Whatever ends in a refusal ends in the operation's error, too.
macro_rules! refused {
    ($error:ident: $($from:ty),+) => {
        $(impl From<$from> for $error {
            fn from(reason: $from) -> Self {
                Self::Refused(reason.into())
            }
        })+
    };
}
pub(crate) use refused;

/// An error and what stands under it, as one sentence.
pub(crate) fn whole_sentence(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut under = error.source();
    while let Some(cause) = under {
        sentence.push_str(": ");
        sentence.push_str(&cause.to_string());
        under = cause.source();
    }
    sentence
}

/// What every error of an operation is held to.
#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;
    use std::io;

    use super::*;
    use crate::element::{ElementType, Field, Part, PartKind, ReadError};
    use crate::passport::{
        Alteration, DeleteError, DownloadError, FormError, ListError, OtherForm, PasswordError, SaveError,
        SaveProblem, SavedFlaw, SendError, Unreadable, VerificationError,
    };
    use crate::request::{Obstacle, RequirementError, SelectedPart, SelectionError, ServiceError};
    use crate::vault::{BotPublicKey, LengthError, OpenError, SecretError, SrpError, ValueHash};

    /// Each case has a code of its own, none of them a refusal's, and is told in words for a person.
    pub(crate) fn are_told_well(codes: &[&str], errors: &[&dyn OperationError]) {
        let mut all: BTreeSet<&str> = refusals().iter().map(Refusal::code).collect();
        for code in codes {
            assert!(all.insert(code), "{code} is the code of two cases");
            assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
        }
        let shown: BTreeSet<&str> = errors.iter().map(|error| error.code()).collect();
        assert!(codes.iter().all(|code| shown.contains(code)), "{codes:?} are not all in {shown:?}");
        for error in errors {
            is_told_in_words(*error);
        }
    }

    /// No function, no constructor, no key; and what stands under it stands there only.
    fn is_told_in_words(error: &(dyn Error + 'static)) {
        let told = error.to_string();
        assert!(!told.is_empty() && !told.contains('\n') && !told.contains("::"), "{told:?}");
        for word in told.split(|c: char| !c.is_alphanumeric() && c != '_') {
            let turns = |pair: &[u8]| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase();
            assert!(!word.contains('_') && !word.as_bytes().windows(2).any(turns), "{word:?} in {told:?}");
        }
        if let Some(under) = error.source() {
            assert!(!told.contains(&under.to_string()), "{told:?} has what stands under it");
            is_told_in_words(under);
        }
    }

    fn silent() -> Arc<dyn Error + Send + Sync> {
        Arc::new(io::Error::from(io::ErrorKind::TimedOut))
    }

    fn kind() -> ElementType {
        ElementType::IdentityCard
    }

    fn refusals() -> Vec<Refusal> {
        let kind = kind();
        let tampered = [
            TamperedAnswer::Twice(kind),
            TamperedAnswer::OtherElement { asked: kind, returned: ElementType::UtilityBill },
            TamperedAnswer::Replayed(kind),
            TamperedAnswer::Swapped { kind, was: ElementType::DriverLicense },
            TamperedAnswer::OtherPart { kind, part: PartKind::ReverseSide },
            TamperedAnswer::OtherFile { kind, part: Part::FrontSide },
        ];
        let mut refusals = vec![
            Refusal::Offline(silent()),
            Refusal::OutcomeUnknown(silent()),
            Refusal::Wait(Duration::from_secs(7)),
            Refusal::Locked,
            Refusal::NoSecret,
            Refusal::UpdateRequired,
            Refusal::Busy,
            Refusal::Server(CloudError::UnexpectedAnswer { method: "account.getPassword" }),
            Refusal::Server(CloudError::PasswordTooFresh(Duration::from_secs(3))),
            Refusal::Server(CloudError::FilePartMissing { part: 3 }),
        ];
        refusals.extend(SignedOut::NAMED.iter().cloned().map(Refusal::SignedOut));
        refusals
            .extend([SignedOut::Untold, SignedOut::Ending, SignedOut::KeyUnknown].map(Refusal::SignedOut));
        refusals.extend(tampered.map(Refusal::Tampered));
        refusals
    }

    fn all<E: OperationError>(errors: &[E]) -> Vec<&dyn OperationError> {
        errors.iter().map(|error| error as &dyn OperationError).collect()
    }

    fn sealed() -> OpenError {
        OpenError::Secret(SecretError::Checksum)
    }

    fn damaged() -> LengthError {
        ValueHash::try_from(&[0; 3][..]).unwrap_err()
    }

    #[test]
    fn every_error_is_told_in_words_and_has_a_code() {
        let refusals = refusals();
        are_told_well(&[], &all(&refusals));

        let kind = kind();
        let sign = Alteration::Sign('\t');
        let password = [
            PasswordError::PasswordRequired,
            PasswordError::WrongPassword,
            PasswordError::SecretUnreadable,
            PasswordError::SecretUnproven,
            PasswordError::SecretStale,
            PasswordError::VaultRequired,
            PasswordError::PasswordAltered(sign),
            PasswordError::NewPasswordAltered(sign),
            PasswordError::HintAltered(Alteration::TooLong),
            PasswordError::HintIsPassword,
            PasswordError::SecretOpens,
            PasswordError::ChangedMeanwhile,
            PasswordError::SecretExists,
            PasswordError::NewPasswordEmpty,
            PasswordError::Srp(SrpError::NotSafePrime),
            PasswordError::NoRecoveryEmail,
            PasswordError::NotAnAddress,
            PasswordError::Unacceptable,
            PasswordError::WrongCode,
            PasswordError::CodeExpired,
            PasswordError::NothingPending,
            PasswordError::EmailUnconfirmed { code_length: Some(6) },
            PasswordError::WrongPassword.after("the passport secret is made"),
        ];
        are_told_well(PasswordError::CODES, &all(&password));
        are_told_well(ListError::CODES, &[&ListError::Refused(Refusal::Locked)]);

        let part = Part::Translation(1);
        let problems = vec![
            SaveProblem::FileTooLarge { part, size: 3, limit: 2 },
            SaveProblem::Altered { field: Field::FirstNameNative },
            SaveProblem::UnknownFields,
        ];
        let save = [
            SaveError::PasswordRequired,
            SaveError::SecretChanged,
            SaveError::SecretStale,
            SaveError::Reload(PasswordError::WrongPassword),
            SaveError::CannotKeep { part },
            SaveError::OtherEngine { part },
            SaveError::LayOut { part, reason: io::Error::from(io::ErrorKind::StorageFull) },
            SaveError::Flawed { kind, problems },
            SaveError::ElementChanged { kind, now: None },
            SaveError::NotLookedAt(ListError::Refused(Refusal::Locked)),
            SaveError::VerificationNeeded { kind: ElementType::PhoneNumber },
            SaveError::Unacceptable { kind: ElementType::Email },
            SaveError::Cancelled,
        ];
        are_told_well(SaveError::CODES, &all(&save));
        let reason = Box::new(DeleteError::Refused(Refusal::Busy));
        are_told_well(DeleteError::CODES, &[&DeleteError::InPart { deleted: vec![kind], reason }]);

        let download = [
            DownloadError::Unreadable(sealed()),
            DownloadError::Description(damaged()),
            DownloadError::OtherEngine,
            DownloadError::Gone,
            DownloadError::TakeOver(io::Error::from(io::ErrorKind::NotFound)),
            DownloadError::GivenUp,
            DownloadError::Piece { offset: 0, expected: 3, returned: 2 },
            DownloadError::TooLarge { size: 3, limit: 2 },
        ];
        are_told_well(DownloadError::CODES, &all(&download));
        let verification = [
            VerificationError::Unacceptable,
            VerificationError::WrongCode,
            VerificationError::CodeExpired,
            VerificationError::OtherAddress,
        ];
        are_told_well(VerificationError::CODES, &all(&verification));

        let form = [
            FormError::Altered,
            FormError::Key(BotPublicKey::from_pem("no key").unwrap_err()),
            FormError::Service(ServiceError::from_code("BOT_INVALID").unwrap()),
            FormError::Contradiction(RequirementError::Twice { kind }),
            FormError::UnknownService,
        ];
        are_told_well(FormError::CODES, &all(&form));
        let send = [
            SendError::OtherForm,
            SendError::Unreadable { kind, part: SelectedPart::Data, reason: sealed() },
            SendError::Description { kind, part: SelectedPart::Data, reason: damaged() },
            SendError::PasswordRequired,
            SendError::Service(ServiceError::from_code("BOT_INVALID").unwrap()),
            SendError::Refetch(FormError::UnknownService),
        ];
        let with_a_form = ["element_changed"];
        let codes: Vec<&str> =
            SendError::CODES.iter().copied().filter(|code| !with_a_form.contains(code)).collect();
        are_told_well(&codes, &all(&send));
    }

    #[test]
    fn what_is_wrong_with_a_stored_element_or_a_selection_is_told_in_words() {
        let (kind, part) = (kind(), Part::Translation(1));
        for why in [
            Unreadable::NoSecret,
            Unreadable::Data(sealed()),
            Unreadable::Description(damaged()),
            Unreadable::Content(ReadError::NotJson),
            Unreadable::Hidden,
        ] {
            is_told_in_words(&why);
        }
        for flaw in [
            SavedFlaw::UnexpectedPart(PartKind::ReverseSide),
            SavedFlaw::FileSecret { part, reason: sealed() },
            SavedFlaw::FileDescription { part, reason: damaged() },
            SavedFlaw::FileWithoutSecret { part },
        ] {
            is_told_in_words(&flaw);
        }
        for refused in [
            SelectionError::NotReady { rows: vec![1, 3] },
            SelectionError::NotAsked { kind },
            SelectionError::Incomplete { kind },
            SelectionError::TwoChoices { row: 1 },
        ] {
            is_told_in_words(&refused);
        }
        is_told_in_words(&Obstacle::NotHeld(kind));
        is_told_in_words(&OtherForm);
        let flaw = SavedFlaw::FileSecret { part, reason: sealed() };
        assert_eq!(flaw.to_string(), "the secret of page 2 of the translation cannot be opened");
        assert_eq!(Obstacle::NotHeld(kind).to_string(), "there is no identity card yet");
    }

    #[test]
    fn what_may_be_done_again_is_said() {
        let wait = Duration::from_secs(7);
        for (error, retry) in [
            (Refusal::Offline(silent()), Retry::Now),
            (Refusal::OutcomeUnknown(silent()), Retry::LookFirst),
            (Refusal::Wait(wait), Retry::After(wait)),
            (Refusal::Server(CloudError::SessionTooFresh(wait)), Retry::After(wait)),
            (Refusal::Locked, Retry::Never),
        ] {
            assert_eq!(SendError::Refused(error).retry(), retry);
        }
        let swapped = || Refusal::Tampered(TamperedAnswer::Twice(kind()));
        assert_eq!(SaveError::Refused(swapped()).retry(), Retry::LookFirst, "something was saved");
        assert_eq!(ListError::Refused(swapped()).retry(), Retry::Never);
        let reload = SaveError::Reload(PasswordError::Refused(Refusal::Wait(wait)));
        assert_eq!(reload.retry(), Retry::Never, "the engine is locked since");
        assert!(matches!(reload.refusal(), Some(Refusal::Wait(_))));
        let trouble = CloudError::from_rpc(500, "INTERNAL");
        assert_eq!(ListError::Refused(Refusal::Server(trouble)).retry(), Retry::Now);
        assert_eq!(ListError::Refused(Refusal::Server(CloudError::SrpIdInvalid)).retry(), Retry::Now);
        assert_eq!(ListError::Refused(Refusal::Server(CloudError::BotInvalid)).retry(), Retry::Never);
    }
}
