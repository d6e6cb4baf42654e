//! [`Engine`]: a person's Passport over TDLib, and safer than TDLib alone.
//!
//! TDLib seals and opens by itself and takes the password with every call. Where its ways could hurt a person, this
//! engine stands in between:
//!
//! - TDLib replaces a passport secret that it cannot open, and with it everything stored is lost. So it is let at the
//!   secret only while nothing is stored, while it still holds the one it loaded under this engine's eyes, or after
//!   the vault's own channel has opened it ([`Engine::beside`]); else [`unlock`](Passport::unlock) refuses, unless the
//!   caller takes the risk ([`RiskAccepted`]).
//! - It takes any password as long as it remembers the secret. Here [`unlock`](Passport::unlock) proves the password
//!   first, by a call that changes nothing; when the secret's hour is over, it must be proved again.
//! - It uploads from the disk. New files are laid out for it in a private folder of the account's
//!   directory, which is removed after.
//! - It writes opened scans into its folder. Here they are handed over in memory and removed from there.
//! - It sends a form as it is told. Here only a [`Selection`] is sent, of a form that shows what is stored now.
//! - It alters texts, drops repeated files and unknown fields without a word. Here that is an error, before TDLib is
//!   asked. With the channel, an element with unknown fields is read and saved through that; without it, [`Sight`] says
//!   of what is read that they are not seen, and of what was saved that they are dropped.
//! - Of two saves of one kind at once it drops the first, and it goes on with a save that nobody waits for. Here they
//!   take turns, and one that is given up says what came of it: that it is not stored, only if TDLib said that it is over
//!   before it could be sent. The next save of its kind, or a deletion, begins when TDLib is done with it.
//! - It sends what it has in memory, which every call that reads or saves replaces. So between the last look at a form
//!   and its sending no other call of this crate's engines over the same client comes in, nor what TDLib is still at
//!   although nobody waits for it.
//! - It repeats a save for ever when the passport secret was replaced elsewhere. Here that ends in
//!   [`SaveError::SecretStale`].
//! - It leaves out elements that it cannot open. Here they are listed as [`Unreadable::Hidden`], as far as TDLib's
//!   answers tell; an element with flaws that only TDLib minds cannot be told from one that is not there. With the
//!   channel they are listed as the vault reads them, with their flaws, and their files can be had.
//!
//! [`Sight`]: crate::passport::Sight
//! [`Unreadable::Hidden`]: crate::passport::Unreadable::Hidden

mod account;
mod answer;
mod channel;
mod code_flows;
mod download;
mod engine;
mod file_locks;
mod functions;
mod handed;
mod input;
mod kind;
mod known_files;
mod lock_state;
mod read;
mod recovery;
mod repeating;
mod save;
mod saved;
mod share;
mod transfer;
mod turns;
mod two_clocks;
mod upload_folder;
mod uploads;
mod verify;

pub(super) use answer::fact;
pub use engine::{Engine, RiskAccepted};
#[cfg(test)]
pub(super) use functions::SIGNATURES;
pub(super) use verify::sent_to;

use futures_util::future::BoxFuture;

use crate::element::{Element, ElementType, EmailAddress, PhoneNumber};
use crate::passport::changes::in_turn;
use crate::passport::sealed::Sealed;
use crate::passport::{
    AccountDefaults, DeleteError, DownloadError, FileSource, Form, FormError, ListError, Passport,
    PasswordError, PasswordState, Progress, SaveError, SaveOptions, SavedElement, SavedFile, SecretState,
    SendError, SentEmailCode, SentPhoneCode, VerificationError, in_time,
};
use crate::request::{PassportRequest, Selection};
use crate::vault::{FileContents, Password};

impl Sealed for Engine {}

impl Passport for Engine {
    fn password_state(&self) -> BoxFuture<'_, Result<PasswordState, PasswordError>> {
        Box::pin(self.read_password_state())
    }

    /// # Errors
    ///
    /// [`PasswordError::SecretUnproven`] if elements are stored, no channel says that their secret can be opened, and
    /// the risk was not accepted. [`PasswordError::SecretUnreadable`] if the channel says that it cannot.
    fn unlock<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<SecretState, PasswordError>> {
        Box::pin(self.prove_and_open(password))
    }

    fn is_locked(&self) -> bool {
        self.lock_state.unlocked().is_err()
    }

    fn lock(&self) {
        self.lock_state.lock();
        if let Some(channel) = &self.channel {
            channel.0.lock();
        }
    }

    fn create_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(self.have_secret_created(password))
    }

    fn upgrade_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(self.have_secret_upgraded(password))
    }

    fn set_password<'a>(
        &'a self,
        current: Option<&'a Password>,
        new: &'a Password,
        hint: &'a str,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(self.change_password(current, new, hint))
    }

    fn defaults<'a>(
        &'a self,
        password: &'a Password,
    ) -> BoxFuture<'a, Result<AccountDefaults, PasswordError>> {
        Box::pin(self.read_defaults(password))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SavedElement>, ListError>> {
        Box::pin(in_time(async { self.read_all(&self.shared().await).await }))
    }

    fn get(&self, kind: ElementType) -> BoxFuture<'_, Result<Option<SavedElement>, ListError>> {
        Box::pin(in_time(async move { self.read_one(kind, &self.shared().await).await }))
    }

    fn save<'a>(
        &'a self,
        element: Element<FileSource>,
        options: &'a SaveOptions,
    ) -> BoxFuture<'a, Result<SavedElement, SaveError>> {
        Box::pin(save::save(self, element, options))
    }

    fn delete<'a>(&'a self, kinds: &'a [ElementType]) -> BoxFuture<'a, Result<(), DeleteError>> {
        Box::pin(self.delete_elements(kinds))
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
        Box::pin(self.check_code_of_phone(sent, code))
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
        Box::pin(self.resend_code_to_email(sent))
    }

    fn check_email_code<'a>(
        &'a self,
        sent: &'a SentEmailCode,
        code: &'a str,
    ) -> BoxFuture<'a, Result<(), VerificationError>> {
        Box::pin(self.check_code_of_email(sent, code))
    }

    fn form<'a>(&'a self, request: &'a PassportRequest) -> BoxFuture<'a, Result<Form, FormError>> {
        Box::pin(async { self.read_form(request, &in_turn(self.shared()).await?).await })
    }

    fn send<'a>(&'a self, form: &'a Form, selection: &'a Selection) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(share::send(self, form, selection))
    }
}
