//! [`Vaulted`]: the engine that seals by itself, over any [`SecureCloud`].
//!
//! What slow cryptography there is runs on tokio's blocking threads, and no lock is held across an `.await`, but for the
//! one of whoever looks at the passport secret and writes another. The
//! passport secret stays in memory while it is in use and is wiped after an idle time; the password does not
//! stay at all. An answer that tells of a change elsewhere leads to one more try where that is right, never to a
//! loop, and never to another passport secret.

mod account;
mod check;
mod download;
mod history;
mod languages;
mod read;
mod recovery;
mod save;
mod session;
mod share;
mod upload;
mod verify;

pub(crate) use self::save::save_problems;

use std::fmt;
use std::time::Duration;

use self::history::History;
use self::languages::Languages;
use self::session::Session;
use super::{
    AccountDefaults, DeleteError, DownloadError, FileSource, Form, FormError, ListError, Passport,
    PasswordError, PasswordState, Progress, SaveError, SaveOptions, SavedElement, SavedFile, SecretState,
    SeenObjections, SendError, SentEmailCode, SentPhoneCode, VerificationError, in_time,
};
use crate::cloud::SecureCloud;
use crate::element::{Element, ElementType, EmailAddress, PhoneNumber};
use crate::request::{PassportRequest, Selection};
use crate::vault::{FileContents, Password, Vault};

/// A Passport sealed by our own vault and stored in `C`.
///
/// Uses tokio's blocking threads and clock: call it from within a tokio runtime.
///
/// Ciphertext is not bound to the kind it is stored as, nor to its time. Where a server swaps whole values between
/// kinds of the same shape, whole files between places, or serves an old version, before this engine has seen them,
/// cryptography cannot tell. What it has seen it remembers, by the hash of the data: what comes back under another kind,
/// or after it was replaced or deleted from here, is named, like every other tampering.
pub struct Vaulted<C> {
    cloud: C,
    session: Session,
    languages: Languages,
    history: History,
    objections: SeenObjections,
}

impl<C: SecureCloud> Vaulted<C> {
    /// An engine over this cloud, locked; once unlocked, it locks itself after the vault's default idle time.
    pub fn new(cloud: C) -> Self {
        Self::with_idle_time(cloud, Some(Vault::DEFAULT_IDLE_TIME))
    }

    /// The same with another idle time; `None` for never.
    pub fn with_idle_time(cloud: C, idle_time: Option<Duration>) -> Self {
        let (languages, history, objections) = Default::default();
        Self { cloud, session: Session::new(idle_time), languages, history, objections }
    }

    /// The cloud beneath.
    pub fn cloud(&self) -> &C {
        &self.cloud
    }

    /// Whether [`unlock`](Passport::unlock) must come before anything sealed can be read.
    pub fn is_locked(&self) -> bool {
        self.session.is_locked()
    }
}

impl<C> fmt::Debug for Vaulted<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vaulted").field("session", &self.session).finish_non_exhaustive()
    }
}

impl<C: SecureCloud> Passport for Vaulted<C> {
    async fn password_state(&self) -> Result<PasswordState, PasswordError> {
        self.read_password_state().await
    }

    async fn unlock(&self, password: Password) -> Result<SecretState, PasswordError> {
        self.unlock_session(&password.into()).await
    }

    fn lock(&self) {
        self.session.lock();
    }

    async fn create_secret(&self, password: Password) -> Result<(), PasswordError> {
        self.create_first_secret(&password.into()).await
    }

    async fn set_password(
        &self,
        current: Option<Password>,
        new: Password,
        hint: &str,
    ) -> Result<(), PasswordError> {
        self.change_password(current.map(Into::into), new.into(), hint).await
    }

    async fn defaults(&self, password: Password) -> Result<AccountDefaults, PasswordError> {
        self.read_defaults(&password.into()).await
    }

    async fn list(&self) -> Result<Vec<SavedElement>, ListError> {
        in_time(self.read_all()).await
    }

    async fn get(&self, kind: ElementType) -> Result<Option<SavedElement>, ListError> {
        in_time(self.read_one(kind)).await
    }

    async fn save(
        &self,
        element: Element<FileSource>,
        options: &SaveOptions,
    ) -> Result<SavedElement, SaveError> {
        self.save_element(element, options).await
    }

    async fn delete(&self, kinds: &[ElementType]) -> Result<(), DeleteError> {
        if kinds.is_empty() {
            return Ok(());
        }
        let asked = self.history.asks();
        self.cloud.delete_secure_values(kinds).await?;
        self.history.deleted(asked, kinds);
        Ok(())
    }

    async fn download(&self, file: &SavedFile, progress: &Progress) -> Result<FileContents, DownloadError> {
        self.download_file(file, progress).await
    }

    async fn send_phone_code(&self, phone_number: &PhoneNumber) -> Result<SentPhoneCode, VerificationError> {
        self.send_code_to_phone(phone_number).await
    }

    async fn resend_phone_code(&self, sent: &SentPhoneCode) -> Result<SentPhoneCode, VerificationError> {
        self.resend_code_to_phone(sent).await
    }

    async fn check_phone_code(&self, sent: &SentPhoneCode, code: &str) -> Result<(), VerificationError> {
        Ok(self.cloud.verify_phone(&sent.phone_number.0, &sent.phone_code_hash, code).await?)
    }

    async fn send_email_code(&self, email: &EmailAddress) -> Result<SentEmailCode, VerificationError> {
        self.send_code_to_email(email).await
    }

    async fn resend_email_code(&self, sent: &SentEmailCode) -> Result<SentEmailCode, VerificationError> {
        self.send_code_to_email(&sent.email).await
    }

    async fn check_email_code(&self, sent: &SentEmailCode, code: &str) -> Result<(), VerificationError> {
        self.check_code_of_email(sent, code).await
    }

    async fn form(&self, request: &PassportRequest) -> Result<Form, FormError> {
        self.read_form(request).await
    }

    async fn send(&self, form: &Form, selection: &Selection) -> Result<(), SendError> {
        self.share(form, selection).await
    }
}
