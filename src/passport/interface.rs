use std::fmt;
use std::ops::Deref;

use futures_util::future::BoxFuture;

use super::{
    AccountDefaults, DeleteError, DownloadError, FileSource, Form, FormError, ListError, PasswordError,
    PasswordState, Progress, Recovery, SaveError, SaveOptions, SavedElement, SavedFile, SecretState,
    SendError, SentEmailCode, SentPhoneCode, VerificationError,
};
use crate::element::{Element, ElementType, EmailAddress, PhoneNumber};
use crate::request::{PassportRequest, Selection};
use crate::vault::{FileContents, Password};

/// A person's Telegram Passport: their elements, and the bots that ask for them.
///
/// Elements, forms, files and verification codes cross this border, never ciphertext: an engine may seal by
/// itself ([`Vaulted`](super::Vaulted)) or leave that to someone else. It is held as `Arc<dyn Passport>` or
/// `&dyn Passport`, whichever engine is beneath; only this crate's engines, and what points to one, are a `Passport`.
///
/// Passwords are borrowed. What an engine keeps of one it copies, and wipes as soon as it has been used.
///
/// What changes something ends in one of three: it is done, it is not done, or nobody can tell
/// ([`Refusal::OutcomeUnknown`](crate::passport::Refusal::OutcomeUnknown) and its like). Every future may be dropped at any `.await`; whether it was done is
/// then unknown: what is on its way to Telegram, or was handed to TDLib, is not called back. Never is anything half
/// stored. To give a save up and hear what came of it, there is [`SaveOptions::cancel`].
pub trait Passport: Recovery + fmt::Debug {
    // --- the password

    /// What Telegram says about the account's password; needs none.
    fn password_state(&self) -> BoxFuture<'_, Result<PasswordState, PasswordError>>;

    /// Proves the password and unlocks the passport secret, if there is one.
    fn unlock<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<SecretState, PasswordError>>;

    /// Whether [`unlock`](Self::unlock) must come before anything sealed can be read.
    fn is_locked(&self) -> bool;

    /// Wipes the passport secret from memory.
    fn lock(&self);

    /// Creates the passport secret of an account that has none, and unlocks it.
    ///
    /// # Errors
    ///
    /// [`PasswordError::SecretExists`] if there is one, readable or not: it is never replaced. Of two calls at once one
    /// creates it.
    fn create_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>>;

    /// Wraps a passport secret of the old key derivation (`securePasswordKdfAlgoSHA512`) anew, the same secret
    /// under the same id. Does nothing if the present derivation is in use.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoSecret`](crate::passport::Refusal::NoSecret), [`PasswordError::SecretUnreadable`], and those of [`unlock`](Self::unlock).
    /// [`PasswordError::VaultRequired`] from an engine that does not wrap secrets by itself.
    fn upgrade_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>>;

    /// Sets the account's first password, or changes it from `current`; the passport secret is wrapped anew in
    /// the same call, so everything stored stays readable.
    ///
    /// # Errors
    ///
    /// [`PasswordError::SecretUnreadable`] if that is impossible; those of
    /// [`judge_new_password`](super::judge_new_password). Nothing is changed then.
    fn set_password<'a>(
        &'a self,
        current: Option<&'a Password>,
        new: &'a Password,
        hint: &'a str,
    ) -> BoxFuture<'a, Result<(), PasswordError>>;

    /// What the account itself offers for the phone number and the e-mail address.
    fn defaults<'a>(
        &'a self,
        password: &'a Password,
    ) -> BoxFuture<'a, Result<AccountDefaults, PasswordError>>;

    // --- elements

    /// Everything that is stored, in the schema's order; what has flaws or cannot be read is listed as such. Takes
    /// [`LIST_TIME_OUT`](super::LIST_TIME_OUT) at most.
    fn list(&self) -> BoxFuture<'_, Result<Vec<SavedElement>, ListError>>;

    /// The stored element of this kind, if there is one. Takes [`LIST_TIME_OUT`](super::LIST_TIME_OUT) at most.
    fn get(&self, kind: ElementType) -> BoxFuture<'_, Result<Option<SavedElement>, ListError>>;

    /// Stores an element in place of the one of its kind. Files not named are dropped:
    /// what is to stay is [`FileSource::Keep`]. What another client may have added and this engine does not see is
    /// dropped, too: [`SavedElement::sight`] of the answer says so.
    ///
    /// # Errors
    ///
    /// [`SaveError::Cancelled`] and [`Refusal::OutcomeUnknown`](crate::passport::Refusal::OutcomeUnknown) after [`Cancel::cancel`](super::Cancel::cancel).
    /// [`Refusal::Busy`](crate::passport::Refusal::Busy) if it was not its turn in time; it waits as long as somebody waits for the saves of this kind
    /// before it, and [`TURN_TIME_OUT`](super::TURN_TIME_OUT) for what goes on without.
    fn save<'a>(
        &'a self,
        element: Element<FileSource>,
        options: &'a SaveOptions,
    ) -> BoxFuture<'a, Result<SavedElement, SaveError>>;

    /// Deletes the elements of these kinds; those that are not stored do not matter. Needs no password. Waits for its
    /// turn, [`TURN_TIME_OUT`](super::TURN_TIME_OUT) at most for each kind.
    fn delete<'a>(&'a self, kinds: &'a [ElementType]) -> BoxFuture<'a, Result<(), DeleteError>>;

    /// Downloads a stored file and opens it.
    fn download<'a>(
        &'a self,
        file: &'a SavedFile,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<FileContents, DownloadError>>;

    // --- phone number and e-mail address

    /// Has Telegram send a code to a phone number.
    fn send_phone_code<'a>(
        &'a self,
        phone_number: &'a PhoneNumber,
    ) -> BoxFuture<'a, Result<SentPhoneCode, VerificationError>>;

    /// Has Telegram send another code, the next way it knows.
    fn resend_phone_code<'a>(
        &'a self,
        sent: &'a SentPhoneCode,
    ) -> BoxFuture<'a, Result<SentPhoneCode, VerificationError>>;

    /// Proves with its code that the phone number is the person's; it can be saved then.
    fn check_phone_code<'a>(
        &'a self,
        sent: &'a SentPhoneCode,
        code: &'a str,
    ) -> BoxFuture<'a, Result<(), VerificationError>>;

    /// Has Telegram send a code to an e-mail address. Telegram remembers only the last one.
    fn send_email_code<'a>(
        &'a self,
        email: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<SentEmailCode, VerificationError>>;

    /// Has Telegram send a code to that address again.
    fn resend_email_code<'a>(
        &'a self,
        sent: &'a SentEmailCode,
    ) -> BoxFuture<'a, Result<SentEmailCode, VerificationError>>;

    /// Proves with its code that the e-mail address is the person's; it can be saved then.
    fn check_email_code<'a>(
        &'a self,
        sent: &'a SentEmailCode,
        code: &'a str,
    ) -> BoxFuture<'a, Result<(), VerificationError>>;

    // --- requests

    /// What a bot asks for, what the person has for it, and what the bot objected to. Waits for its turn,
    /// [`TURN_TIME_OUT`](super::TURN_TIME_OUT) at most.
    fn form<'a>(&'a self, request: &'a PassportRequest) -> BoxFuture<'a, Result<Form, FormError>>;

    /// Sends exactly what the selection says, as the form showed it. The person has consented. Waits for its turn,
    /// [`TURN_TIME_OUT`](super::TURN_TIME_OUT) at most.
    ///
    /// # Errors
    ///
    /// [`SendError::ElementChanged`] brings the form as it is now; the person decides again.
    fn send<'a>(&'a self, form: &'a Form, selection: &'a Selection) -> BoxFuture<'a, Result<(), SendError>>;
}

/// What points to a Passport is one: `Arc<dyn Passport>`, `&Vaulted<C>`, `Box<P>`, and their like.
impl<P: Deref<Target: Passport> + fmt::Debug + Send + Sync> Passport for P {
    fn password_state(&self) -> BoxFuture<'_, Result<PasswordState, PasswordError>> {
        (**self).password_state()
    }

    fn unlock<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<SecretState, PasswordError>> {
        (**self).unlock(&password)
    }

    fn is_locked(&self) -> bool {
        (**self).is_locked()
    }

    fn lock(&self) {
        (**self).lock();
    }

    fn create_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>> {
        (**self).create_secret(&password)
    }

    fn upgrade_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>> {
        (**self).upgrade_secret(&password)
    }

    fn set_password<'a>(
        &'a self,
        current: Option<&'a Password>,
        new: &'a Password,
        hint: &'a str,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        (**self).set_password(current, new, hint)
    }

    fn defaults<'a>(
        &'a self,
        password: &'a Password,
    ) -> BoxFuture<'a, Result<AccountDefaults, PasswordError>> {
        (**self).defaults(&password)
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SavedElement>, ListError>> {
        (**self).list()
    }

    fn get(&self, kind: ElementType) -> BoxFuture<'_, Result<Option<SavedElement>, ListError>> {
        (**self).get(kind)
    }

    fn save<'a>(
        &'a self,
        element: Element<FileSource>,
        options: &'a SaveOptions,
    ) -> BoxFuture<'a, Result<SavedElement, SaveError>> {
        (**self).save(element, options)
    }

    fn delete<'a>(&'a self, kinds: &'a [ElementType]) -> BoxFuture<'a, Result<(), DeleteError>> {
        (**self).delete(kinds)
    }

    fn download<'a>(
        &'a self,
        file: &'a SavedFile,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<FileContents, DownloadError>> {
        (**self).download(file, progress)
    }

    fn send_phone_code<'a>(
        &'a self,
        phone_number: &'a PhoneNumber,
    ) -> BoxFuture<'a, Result<SentPhoneCode, VerificationError>> {
        (**self).send_phone_code(phone_number)
    }

    fn resend_phone_code<'a>(
        &'a self,
        sent: &'a SentPhoneCode,
    ) -> BoxFuture<'a, Result<SentPhoneCode, VerificationError>> {
        (**self).resend_phone_code(sent)
    }

    fn check_phone_code<'a>(
        &'a self,
        sent: &'a SentPhoneCode,
        code: &'a str,
    ) -> BoxFuture<'a, Result<(), VerificationError>> {
        (**self).check_phone_code(sent, code)
    }

    fn send_email_code<'a>(
        &'a self,
        email: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<SentEmailCode, VerificationError>> {
        (**self).send_email_code(email)
    }

    fn resend_email_code<'a>(
        &'a self,
        sent: &'a SentEmailCode,
    ) -> BoxFuture<'a, Result<SentEmailCode, VerificationError>> {
        (**self).resend_email_code(sent)
    }

    fn check_email_code<'a>(
        &'a self,
        sent: &'a SentEmailCode,
        code: &'a str,
    ) -> BoxFuture<'a, Result<(), VerificationError>> {
        (**self).check_email_code(sent, code)
    }

    fn form<'a>(&'a self, request: &'a PassportRequest) -> BoxFuture<'a, Result<Form, FormError>> {
        (**self).form(request)
    }

    fn send<'a>(&'a self, form: &'a Form, selection: &'a Selection) -> BoxFuture<'a, Result<(), SendError>> {
        (**self).send(form, selection)
    }
}
