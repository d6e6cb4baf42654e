//! What a command changes elsewhere, and what may be said about it.
//!
//! Whoever reads that a command failed does it again. So each call that changes something goes through [`Deed::run`]:
//! before it, a signal ends a command and nothing has happened; from it on, only what is certain is told as not done,
//! and everything else ends with [`Failure::unknown`] and where to look.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};

use telegram_passport::archive::ImportError;
use telegram_passport::cloud::CloudError;
use telegram_passport::element::ElementType;
use telegram_passport::passport::{DeleteError, PasswordError, SaveError, SendError, VerificationError};
use telegram_passport::tdlib::{LoginError, RequestError};

use crate::failure::{Failure, sentence};
use crate::running;

/// Something that cannot be taken back.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    /// Under way, as a sentence begins: `sharing`.
    doing: String,
    /// Done, as a sentence: `the share is sent`.
    done: String,
    /// Where to look before it is tried again.
    look: &'static str,
}

/// What this process has done, and what it is about.
#[derive(Debug, Default)]
struct Deeds {
    under_way: Option<Deed>,
    /// Certainly, or perhaps.
    done: Vec<Deed>,
}

static DEEDS: Mutex<Deeds> = Mutex::new(Deeds { under_way: None, done: Vec::new() });

fn deeds() -> MutexGuard<'static, Deeds> {
    DEEDS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Deed {
    fn new(doing: impl Into<String>, done: impl Into<String>, look: &'static str) -> Self {
        Self { doing: doing.into(), done: done.into(), look }
    }

    pub(crate) fn share() -> Self {
        Self::new(
            "sharing",
            "the share is sent",
            "Before sharing again, look whether it has arrived: in the bot's chat, or with `tgpassport errors`.",
        )
    }

    pub(crate) fn save(kind: ElementType) -> Self {
        Self::new(
            format!("storing {}", kind.title()),
            format!("{} is stored", kind.title()),
            "`tgpassport list` says what is stored.",
        )
    }

    pub(crate) fn import() -> Self {
        Self::new("importing", "what was to be imported is stored", "`tgpassport list` says what is stored.")
    }

    pub(crate) fn delete() -> Self {
        Self::new("deleting", "it is deleted", "`tgpassport list` says what is still stored.")
    }

    pub(crate) fn password() -> Self {
        Self::new(
            "changing the password",
            "the password is changed",
            "`tgpassport status` says whether there is one; `list` whether it is the old one or the new one.",
        )
    }

    pub(crate) fn recovery_email() -> Self {
        Self::new(
            "changing the recovery address",
            "the recovery address is changed",
            "`tgpassport status` says which address there is, and whether it waits for a code.",
        )
    }

    pub(crate) fn reset() -> Self {
        Self::new(
            "asking for a reset of the password",
            "the reset is asked for",
            "`tgpassport status` says whether there is a password, and whether a reset is pending.",
        )
    }

    pub(crate) fn secret() -> Self {
        Self::new(
            "changing the passport secret",
            "the passport secret is changed",
            "`tgpassport secret check` says how it is with the secret.",
        )
    }

    pub(crate) fn new_secret() -> Self {
        Self::new(
            "making the passport secret",
            "the passport secret is made",
            "`tgpassport secret check` says how it is with the secret, `list` what is stored.",
        )
    }

    pub(crate) fn end_session() -> Self {
        Self::new("ending the session", "the session is ended", "`tgpassport sessions` says which there are.")
    }

    pub(crate) fn approve() -> Self {
        Self::new(
            "letting the device in",
            "the device is let in",
            "`tgpassport sessions` says which there are.",
        )
    }

    pub(crate) fn sign_in() -> Self {
        Self::new(
            "signing in",
            "the account is signed in",
            "`tgpassport status` says whether it is signed in; a session that was left over is among the account's \
             devices.",
        )
    }

    pub(crate) fn sign_up() -> Self {
        Self::new(
            "making the account",
            "the account is made",
            "`tgpassport login` again signs in, or makes it if there is none.",
        )
    }

    pub(crate) fn vault_session() -> Self {
        Self::new(
            "signing in the vault's own session",
            "the vault's own session is signed in",
            "`tgpassport sessions` says which there are.",
        )
    }

    pub(crate) fn log_out() -> Self {
        Self::new(
            "signing out",
            "the session is ended",
            "`tgpassport logout` again goes on; another device's list of devices says whether it has ended.",
        )
    }

    pub(crate) fn export() -> Self {
        Self::new("exporting", "the export is written", "Look whether the file is there.")
    }

    pub(crate) fn write() -> Self {
        Self::new("writing", "what it writes is there, or a part of it", "Look at what is there.")
    }

    /// Does it. What certainly was not done is told as `failure` says, all else as unknown.
    pub(crate) async fn run<T, E: Unanswered>(
        self,
        work: impl Future<Output = Result<T, E>>,
        failure: impl FnOnce(&E) -> Failure,
    ) -> Result<T, Failure> {
        self.run_if(work, |_| true, failure).await
    }

    /// The same, where an answer may say that nothing is changed yet.
    pub(crate) async fn run_if<T, E: Unanswered>(
        self,
        work: impl Future<Output = Result<T, E>>,
        is_done: impl FnOnce(&T) -> bool,
        failure: impl FnOnce(&E) -> Failure,
    ) -> Result<T, Failure> {
        // Nothing new is begun after a signal.
        if running::is_interrupted() {
            return Err(Failure::declined("interrupted"));
        }
        deeds().under_way = Some(self.clone());
        let outcome = work.await;
        let mut deeds = deeds();
        deeds.under_way = None;
        match outcome {
            Ok(value) => {
                if is_done(&value) {
                    deeds.done.push(self);
                }
                Ok(value)
            }
            Err(error) if error.is_outcome_unknown() => {
                let unknown = self.unknown(&error);
                deeds.done.push(self);
                Err(unknown)
            }
            Err(error) => Err(failure(&error)),
        }
    }

    /// Is under way until what is given is dropped, and then changes nothing that has to be told: a signal waits for it.
    pub(crate) fn begin(self) -> UnderWay {
        deeds().under_way = Some(self);
        UnderWay(())
    }

    /// Notes that it was done.
    pub(crate) fn note(self) {
        deeds().done.push(self);
    }

    /// That nobody can tell what came of it, and where to look.
    pub(crate) fn unknown(&self, error: &(dyn Error + 'static)) -> Failure {
        Failure::unknown(format!("{}: {}", self.doing, sentence(error))).remedy(self.look)
    }
}

/// Something that a signal waits for.
#[derive(Debug)]
pub(crate) struct UnderWay(());

impl Drop for UnderWay {
    fn drop(&mut self) {
        deeds().under_way = None;
    }
}

/// Whether nothing was done yet, and nothing is under way: a command may end here as if it had not been called.
pub(crate) fn none() -> bool {
    let deeds = deeds();
    deeds.under_way.is_none() && deeds.done.is_empty()
}

/// Why a command ends that was stopped while it did something, or after.
pub(crate) fn stopped() -> Failure {
    let deeds = deeds();
    match (&deeds.under_way, deeds.done.last()) {
        (Some(deed), _) => {
            Failure::unknown(format!("interrupted while {}: it may have been done", deed.doing))
                .remedy(deed.look)
        }
        (None, Some(deed)) => Failure::unknown(format!("interrupted when {}", deed.done)).remedy(deed.look),
        (None, None) => Failure::declined("interrupted"),
    }
}

/// A failure that comes whatever the command is at, as it may be told.
pub(crate) fn ended(failure: Failure) -> Failure {
    let under_way = deeds().under_way.clone();
    match under_way {
        Some(Deed { doing, look, .. }) => {
            Failure::unknown(format!("{doing}: it may have been done: {failure}")).remedy(look)
        }
        None => told(failure),
    }
}

/// A failure as it may be told: after something was done, nothing is failed any more.
pub(crate) fn told(failure: Failure) -> Failure {
    match deeds().done.last() {
        Some(deed) => failure.after(&deed.done, deed.look),
        None => failure,
    }
}

/// Whether an error leaves open what was done.
pub(crate) trait Unanswered: Error + 'static {
    fn is_outcome_unknown(&self) -> bool;
}

macro_rules! unanswered {
    ($($error:ident: $unknown:pat $(if $condition:expr)?,)+) => {
        $(impl Unanswered for $error {
            fn is_outcome_unknown(&self) -> bool {
                matches!(self, $unknown $(if $condition)?)
            }
        })+
    };
}

unanswered! {
    CloudError: CloudError::OutcomeUnknown(_),
    SendError: SendError::OutcomeUnknown(_),
    // What came back is not what was saved: something was.
    SaveError: SaveError::OutcomeUnknown(_) | SaveError::Tampered(_),
    DeleteError: DeleteError::OutcomeUnknown(_) | DeleteError::InPart { .. },
    PasswordError: PasswordError::OutcomeUnknown(_) | PasswordError::InPart { .. },
    VerificationError: VerificationError::OutcomeUnknown(_),
    // It says by itself what became of each element.
    ImportError: _never if false,
    LoginError: LoginError::Request(RequestError::OutcomeUnknown { .. }),
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;

    /// One test, for what a process has done is one thing.
    #[tokio::test]
    async fn after_something_was_done_nothing_is_failed() {
        let code = |failure: &Failure| failure.code();
        let refused =
            || Deed::share().run(async { Err::<(), _>(SendError::OtherForm) }, |_| Failure::denied("no"));
        assert_eq!(code(&refused().await.unwrap_err()), 4);
        assert!(none());
        assert_eq!(code(&stopped()), 5);
        assert_eq!(code(&told(Failure::failed("no connection"))), 1);

        let silent = || CloudError::OutcomeUnknown(Arc::new(io::Error::from(io::ErrorKind::TimedOut)));
        let unknown = Deed::share()
            .run(async { Err::<(), _>(SendError::from(silent())) }, |_| Failure::failed("it is not failed"));
        assert_eq!(code(&unknown.await.unwrap_err()), 6);
        assert!(!none());
        assert_eq!(code(&stopped()), 6);

        Deed::delete().run(async { Ok::<_, DeleteError>(()) }, |_| Failure::failed("no")).await.unwrap();
        assert_eq!(code(&told(Failure::failed("the session does not close"))), 6);
        assert_eq!(code(&told(Failure::declined("interrupted"))), 6);
    }
}
