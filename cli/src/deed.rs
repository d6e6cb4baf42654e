//! What a command changes elsewhere, and what may be said about it.
//!
//! Whoever reads that a command failed does it again. So each call that changes something goes through [`Deed::run`]:
//! before it, a signal ends a command and nothing has happened; from it on, only what is certain is told as not done,
//! and everything else ends with [`Failure::unknown`] and where to look.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};

use telegram_passport::archive::{ImportError, ImportFailure, ImportOutcome, Imported};
use telegram_passport::cloud::CloudError;
use telegram_passport::element::ElementType;
use telegram_passport::login::LoginError;
use telegram_passport::passport::{
    DeleteError, OperationError as _, PasswordError, Retry, SaveError, SendError, VerificationError,
};

use telegram_passport::tdlib::VaultChannelError;

use crate::failure::{Failure, sentence};
use crate::interrupt;

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

/// Where to look for what is stored.
const STORED: &str = "`tgpassport list` says what is stored.";

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
        Self::new(format!("storing {}", kind.title()), format!("{} is stored", kind.title()), STORED)
    }

    pub(crate) fn import() -> Self {
        Self::new("importing", "what was to be imported is stored", STORED)
    }

    /// Several elements, of which some are stored and others are not.
    pub(crate) fn in_part() -> Self {
        Self::new("storing", "a part of it is stored", STORED)
    }

    /// What an import that came to its end has stored: all that it was to, a part of that, or nothing.
    pub(crate) fn imported(done: &[Imported]) -> Option<Self> {
        let is_left_out = |imported: &Imported| {
            !imported.outcome.is_stored()
                && !matches!(imported.outcome, ImportOutcome::Equal | ImportOutcome::Kept)
        };
        let in_part = done.iter().any(is_left_out);
        any_stored(done).then(|| if in_part { Self::in_part() } else { Self::import() })
    }

    /// What an import has stored, or may have, that stopped in the middle.
    fn stopped_import(done: &[Imported], reason: &ImportFailure) -> Option<Self> {
        match reason {
            _ if any_stored(done) => Some(Self::in_part()),
            ImportFailure::Save(reason) if reason.is_outcome_unknown() => {
                Some(Self::new("importing", "a part of it may be stored", STORED))
            }
            _ => None,
        }
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

    pub(crate) fn send_code() -> Self {
        Self::new(
            "sending a code",
            "a code is sent",
            "Nothing of it is stored. A code may be on its way; trying again has another code sent, and the last one \
             counts.",
        )
    }

    pub(crate) fn check_code() -> Self {
        Self::new(
            "checking the code",
            "the code is taken",
            "Nothing of it is stored. Trying again stores it, and has another code sent only if this one was not taken.",
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
            "If it is signed in, it is \"telegram-passport vault\" among the account's devices; the next command that signs \
             one in, or `tgpassport logout`, ends it.",
        )
    }

    pub(crate) fn end_vault_session() -> Self {
        Self::new(
            "ending the vault's own session",
            "the vault's own session is ended",
            "Another device's list of devices says whether \"telegram-passport vault\" is still there.",
        )
    }

    pub(crate) fn log_out() -> Self {
        Self::new(
            "signing out",
            "the account's session is ended",
            "Nothing was deleted here. `tgpassport logout` again goes on; another device's list of devices says whether \
             the session has ended. `tgpassport logout --only-here` forgets the account here all the same.",
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

    /// [`run`](Self::run), where an answer may say that nothing is changed yet.
    pub(crate) async fn run_if<T, E: Unanswered>(
        self,
        work: impl Future<Output = Result<T, E>>,
        is_done: impl FnOnce(&T) -> bool,
        failure: impl FnOnce(&E) -> Failure,
    ) -> Result<T, Failure> {
        let done = self.clone();
        self.run_as(work, |value| is_done(value).then_some(done), failure).await
    }

    /// [`run`](Self::run), where an answer says what was done.
    pub(crate) async fn run_as<T, E: Unanswered>(
        self,
        work: impl Future<Output = Result<T, E>>,
        done: impl FnOnce(&T) -> Option<Self>,
        failure: impl FnOnce(&E) -> Failure,
    ) -> Result<T, Failure> {
        // Nothing new is begun after a signal.
        if interrupt::is_interrupted() {
            return Err(Failure::interrupted());
        }
        deeds().under_way = Some(self.clone());
        let outcome = work.await;
        let mut deeds = deeds();
        deeds.under_way = None;
        match outcome {
            Ok(value) => {
                deeds.done.extend(done(&value));
                Ok(value)
            }
            Err(error) if error.is_outcome_unknown() => {
                let unknown = self.unknown(&error);
                deeds.done.push(self);
                Err(unknown)
            }
            Err(error) => {
                deeds.done.extend(error.done());
                Err(failure(&error))
            }
        }
    }

    /// A failure that came after it: nobody is to take it for nothing having happened.
    pub(crate) fn and_then(&self, failure: Failure) -> Failure {
        failure.after(&self.done, self.look)
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
        self.left(&sentence(error))
    }

    /// That nobody can tell, or that something is left of it, in these words.
    pub(crate) fn left(&self, why: &str) -> Failure {
        Failure::unknown(format!("{}: {why}", self.doing)).remedy(self.look)
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
        (None, None) => Failure::interrupted(),
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
        Some(deed) => deed.and_then(failure),
        None => failure,
    }
}

fn any_stored(done: &[Imported]) -> bool {
    done.iter().any(|imported| imported.outcome.is_stored())
}

/// What an error says of what was done.
pub(crate) trait Unanswered: Error + 'static {
    /// Whether it leaves that open.
    fn is_outcome_unknown(&self) -> bool;

    /// What was done all the same, or may have been, where it says by itself what became of each thing.
    fn done(&self) -> Option<Deed> {
        None
    }
}

impl Unanswered for ImportError {
    fn is_outcome_unknown(&self) -> bool {
        false
    }

    fn done(&self) -> Option<Deed> {
        Deed::stopped_import(&self.done, &self.reason)
    }
}

impl Unanswered for CloudError {
    fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_))
    }
}

macro_rules! unanswered {
    ($($error:ident),+) => {
        $(impl Unanswered for $error {
            fn is_outcome_unknown(&self) -> bool {
                self.retry() == Retry::LookFirst
            }
        })+
    };
}

unanswered!(
    SendError,
    SaveError,
    DeleteError,
    PasswordError,
    VerificationError,
    LoginError,
    VaultChannelError
);

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::{self, Cursor};
    use std::path::Path;
    use std::sync::Arc;

    use telegram_passport::archive::{Archive, ExportOptions, export};
    use telegram_passport::element::{Address, Country, Element, PartKind, PhoneNumber};
    use telegram_passport::passport::{FileSource, Passport, Progress, SaveOptions, Vaulted};
    use telegram_passport::scan;
    use telegram_passport::vault::at_rest::{Passphrase, PassphraseCost};
    use telegram_passport_sandbox::InProcessCloud;
    use telegram_passport_sandbox::languages::countries_languages_json;
    use telegram_passport_sandbox::state::{Clock, Registration, State};
    use tokio::sync::{Mutex, MutexGuard};

    use super::*;

    /// Whoever has this is the only one whose deeds count, and has done nothing yet.
    async fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::const_new(());
        let alone = ALONE.lock().await;
        *deeds() = Deeds::default();
        alone
    }

    fn code(failure: &Failure) -> u8 {
        failure.code()
    }

    #[tokio::test]
    async fn after_something_was_done_nothing_is_failed() {
        let _alone = alone().await;
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
        assert_eq!(code(&told(Failure::interrupted())), 6);
    }

    /// The Passport of somebody new.
    async fn passport() -> Vaulted<InProcessCloud> {
        let state = State::new(Clock::system(), &countries_languages_json());
        let phone = PhoneNumber("12025550123".to_owned());
        let user_id = state.register_account(Registration::new(phone, "Olena")).unwrap();
        let passport = Vaulted::new(InProcessCloud::signed_in(state, user_id));
        passport.set_password(None, &"correct horse".into(), "").await.unwrap();
        passport.create_secret(&"correct horse".into()).await.unwrap();
        passport
    }

    /// An export of an address and of a bill, which are stored no more; the bill's page is what it ends with.
    async fn exported(passport: &Vaulted<InProcessCloud>, path: &Path) -> Archive<std::fs::File> {
        let mut address = Address::default();
        (address.city, address.street_line1) = ("Brno".to_owned(), "Main street 1".to_owned());
        (address.country, address.post_code) = (Country::from_code("CZ"), "60200".to_owned());
        let mut picture = Cursor::new(Vec::new());
        // Longer than what is read at once.
        let noise = |x: u32, y: u32| image::Rgb([((x * x * 31) ^ (y * y * 17) ^ (x * y)) as u8; 3]);
        let noisy = image::RgbImage::from_fn(1000, 1000, noise);
        noisy.write_to(&mut picture, image::ImageFormat::Png).unwrap();
        let mut bill = Element::empty(ElementType::UtilityBill);
        let page = scan::prepare(picture.get_ref()).unwrap();
        bill.attach(PartKind::Files, FileSource::New(page)).unwrap();
        for element in [Element::Address(address), bill] {
            passport.save(element, &SaveOptions::default()).await.unwrap();
        }
        let passphrase = || Passphrase::try_from("a phrase").unwrap();
        let cost = PassphraseCost::new(8, 1, 1).unwrap();
        let options = ExportOptions { cost, ..ExportOptions::default() };
        export(passport, path, passphrase(), &options).await.unwrap();
        passport.delete(&ElementType::ALL).await.unwrap();
        Archive::open(path, &passphrase()).unwrap()
    }

    #[tokio::test]
    async fn an_import_that_stopped_after_it_stored_something_is_remembered() {
        let _alone = alone().await;
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("backup");
        let passport = passport().await;
        let mut archive = exported(&passport, &path).await;
        let mut plan = archive.plan(&passport, &Progress::none()).await.unwrap();
        // Somebody cuts it off meanwhile.
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(0).unwrap();
        let options = SaveOptions::default();
        let importing = plan.carry_out(&passport, &[], &options);
        let imported = Deed::import().run_as(
            importing,
            |done| Deed::imported(done),
            |error| {
                assert_eq!((error.kind, error.done.len()), (ElementType::UtilityBill, 1));
                Failure::refused("it is not what it was")
            },
        );
        imported.await.unwrap_err();
        assert!(!none());
        assert_eq!(code(&stopped()), 6);
        let told = told(Failure::refused("it is not what it was"));
        assert_eq!(told.to_string(), "a part of it is stored, and then: it is not what it was");
        assert_eq!(code(&told), 6);
    }

    #[test]
    fn an_import_has_stored_all_a_part_or_nothing() {
        let done = |outcome: ImportOutcome| Imported { kind: ElementType::Address, outcome };
        let told = |outcomes: &[ImportOutcome]| {
            let done: Vec<Imported> = outcomes.iter().cloned().map(done).collect();
            Deed::imported(&done).map(|deed| deed.done)
        };
        use ImportOutcome::{Added, Changed, Equal, Kept, Replaced, VerificationNeeded};
        let all = Some("what was to be imported is stored".to_owned());
        assert_eq!(told(&[Equal, Kept, Added, Replaced]), all);
        let part = Some("a part of it is stored".to_owned());
        assert_eq!(told(&[Added, VerificationNeeded]), part);
        assert_eq!(told(&[Changed, Added]), part);
        assert_eq!(told(&[Equal, Kept, Changed]), None);
        // One that stopped in the middle.
        let cancelled = || ImportFailure::Save(SaveError::Cancelled);
        let silent = CloudError::OutcomeUnknown(Arc::new(io::Error::from(io::ErrorKind::TimedOut)));
        let unknown = ImportFailure::Save(SaveError::from(silent));
        assert!(Deed::stopped_import(&[done(Equal)], &cancelled()).is_none());
        assert!(Deed::stopped_import(&[done(Added)], &cancelled()).is_some());
        assert!(Deed::stopped_import(&[], &unknown).is_some());
    }
}
