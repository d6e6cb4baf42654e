//! [`Vaulted`]: the engine that seals by itself, over any [`SecureCloud`].
//!
//! What slow cryptography there is runs on tokio's blocking threads, and no lock is held across an `.await`, but for the
//! one of whoever looks at the passport secret and writes another, and the line in which saves of one kind stand. The
//! passport secret stays in memory while it is in use and is wiped after an idle time; the password does not
//! stay at all. An answer that tells of a change elsewhere leads to one more try where that is right, never to a
//! loop, and never to another passport secret.

mod account;
mod check;
mod download;
mod history;
mod languages;
mod lines;
mod read;
mod recovery;
mod save;
mod session;
mod share;
mod upload;
mod verify;

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

use self::account::shared;
use self::history::History;
use self::languages::Languages;
use self::lines::Lines;
use self::session::Session;
use super::sealed::Sealed;
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
    lines: Lines,
}

impl<C: SecureCloud> Vaulted<C> {
    /// An engine over this cloud, locked; once unlocked, it locks itself after the vault's default idle time.
    pub fn new(cloud: C) -> Self {
        Self::with_idle_time(cloud, Some(Vault::DEFAULT_IDLE_TIME))
    }

    /// An engine over this cloud, locked, whose vault locks itself after this idle time; `None` for never.
    pub fn with_idle_time(cloud: C, idle_time: Option<Duration>) -> Self {
        let (languages, history, objections, lines) = Default::default();
        Self { cloud, session: Session::new(idle_time), languages, history, objections, lines }
    }

    /// The cloud beneath.
    pub fn cloud(&self) -> &C {
        &self.cloud
    }
}

impl<C> fmt::Debug for Vaulted<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vaulted").field("session", &self.session).finish_non_exhaustive()
    }
}

impl<C: SecureCloud> Sealed for Vaulted<C> {}

impl<C: SecureCloud> Passport for Vaulted<C> {
    fn password_state(&self) -> BoxFuture<'_, Result<PasswordState, PasswordError>> {
        Box::pin(self.read_password_state())
    }

    fn unlock<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<SecretState, PasswordError>> {
        Box::pin(async move { self.unlock_session(&shared(password)).await })
    }

    fn is_locked(&self) -> bool {
        self.session.is_locked()
    }

    fn lock(&self) {
        self.session.lock();
    }

    fn create_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(async move { self.create_first_secret(&shared(password)).await })
    }

    fn upgrade_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(async move { self.rewrap_secret(&shared(password)).await })
    }

    fn set_password<'a>(
        &'a self,
        current: Option<&'a Password>,
        new: &'a Password,
        hint: &'a str,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(self.change_password(current.map(shared), shared(new), hint))
    }

    fn defaults<'a>(
        &'a self,
        password: &'a Password,
    ) -> BoxFuture<'a, Result<AccountDefaults, PasswordError>> {
        Box::pin(async move { self.read_defaults(&shared(password)).await })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SavedElement>, ListError>> {
        Box::pin(in_time(self.read_all()))
    }

    fn get(&self, kind: ElementType) -> BoxFuture<'_, Result<Option<SavedElement>, ListError>> {
        Box::pin(in_time(self.read_one(kind)))
    }

    fn save<'a>(
        &'a self,
        element: Element<FileSource>,
        options: &'a SaveOptions,
    ) -> BoxFuture<'a, Result<SavedElement, SaveError>> {
        Box::pin(save::save(self, element, options))
    }

    fn delete<'a>(&'a self, kinds: &'a [ElementType]) -> BoxFuture<'a, Result<(), DeleteError>> {
        Box::pin(async move {
            if kinds.is_empty() {
                return Ok(());
            }
            let _lines = self.lines.to_delete(kinds).await?;
            let asked = self.history.asks();
            self.cloud.delete_secure_values(kinds).await?;
            self.history.deleted(asked, kinds);
            Ok(())
        })
    }

    fn download<'a>(
        &'a self,
        file: &'a SavedFile,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<FileContents, DownloadError>> {
        Box::pin(self.download_file(file, progress))
    }

    fn send_phone_code<'a>(
        &'a self,
        phone_number: &'a PhoneNumber,
    ) -> BoxFuture<'a, Result<SentPhoneCode, VerificationError>> {
        Box::pin(self.send_code_to_phone(phone_number))
    }

    fn resend_phone_code<'a>(
        &'a self,
        sent: &'a SentPhoneCode,
    ) -> BoxFuture<'a, Result<SentPhoneCode, VerificationError>> {
        Box::pin(self.resend_code_to_phone(sent))
    }

    fn check_phone_code<'a>(
        &'a self,
        sent: &'a SentPhoneCode,
        code: &'a str,
    ) -> BoxFuture<'a, Result<(), VerificationError>> {
        Box::pin(async move {
            Ok(self.cloud.verify_phone(&sent.phone_number.0, &sent.phone_code_hash, code).await?)
        })
    }

    fn send_email_code<'a>(
        &'a self,
        email: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<SentEmailCode, VerificationError>> {
        Box::pin(self.send_code_to_email(email))
    }

    fn resend_email_code<'a>(
        &'a self,
        sent: &'a SentEmailCode,
    ) -> BoxFuture<'a, Result<SentEmailCode, VerificationError>> {
        Box::pin(self.send_code_to_email(&sent.email))
    }

    fn check_email_code<'a>(
        &'a self,
        sent: &'a SentEmailCode,
        code: &'a str,
    ) -> BoxFuture<'a, Result<(), VerificationError>> {
        Box::pin(self.check_code_of_email(sent, code))
    }

    fn form<'a>(&'a self, request: &'a PassportRequest) -> BoxFuture<'a, Result<Form, FormError>> {
        Box::pin(self.read_form(request))
    }

    fn send<'a>(&'a self, form: &'a Form, selection: &'a Selection) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(share::send(self, form, selection))
    }
}
