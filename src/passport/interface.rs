use std::future::Future;

use super::{
    AccountDefaults, DeleteError, DownloadError, FileSource, Form, FormError, ListError, PasswordError,
    PasswordState, Progress, SaveError, SaveOptions, SavedElement, SavedFile, SecretState, SendError,
    SentEmailCode, SentPhoneCode, VerificationError,
};
use crate::element::{Element, ElementType, EmailAddress, PhoneNumber};
use crate::request::{PassportRequest, Selection};
use crate::vault::{FileContents, Password};

/// A person's Telegram Passport: their elements, and the bots that ask for them.
///
/// Elements, forms, files and verification codes cross this border, never ciphertext: an engine may seal by
/// itself ([`Vaulted`](super::Vaulted)) or leave that to someone else. Passwords are taken by value and wiped as soon as
/// they have been used.
///
/// What changes something ends in one of three: it is done, it is not done, or nobody can tell
/// ([`SendError::OutcomeUnknown`] and its like). Every method may be dropped at any `.await`; whether it was done is
/// then unknown: what is on its way to Telegram, or was handed to TDLib, is not called back. Never is anything half
/// stored. To give a save up and hear what came of it, there is [`SaveOptions::cancel`].
pub trait Passport: Send + Sync {
    // --- the password

    /// What Telegram says about the account's password; needs none.
    fn password_state(&self) -> impl Future<Output = Result<PasswordState, PasswordError>> + Send;

    /// Proves the password and unlocks the passport secret, if there is one.
    fn unlock(&self, password: Password) -> impl Future<Output = Result<SecretState, PasswordError>> + Send;

    /// Wipes the passport secret from memory.
    fn lock(&self);

    /// Creates the passport secret of an account that has none, and unlocks it.
    ///
    /// # Errors
    ///
    /// [`PasswordError::SecretExists`] if there is one, readable or not: it is never replaced. Of two calls at once one
    /// creates it.
    fn create_secret(&self, password: Password) -> impl Future<Output = Result<(), PasswordError>> + Send;

    /// Sets the account's first password, or changes it from `current`; the passport secret is wrapped anew in
    /// the same call, so everything stored stays readable.
    ///
    /// # Errors
    ///
    /// [`PasswordError::SecretUnreadable`] if that is impossible; those of
    /// [`judge_new_password`](super::judge_new_password). Nothing is changed then.
    fn set_password(
        &self,
        current: Option<Password>,
        new: Password,
        hint: &str,
    ) -> impl Future<Output = Result<(), PasswordError>> + Send;

    /// What the account itself offers for the phone number and the e-mail address.
    fn defaults(
        &self,
        password: Password,
    ) -> impl Future<Output = Result<AccountDefaults, PasswordError>> + Send;

    // --- elements

    /// Everything that is stored, in the schema's order; what has flaws or cannot be read is listed as such. Takes
    /// [`LIST_TIME_OUT`](super::LIST_TIME_OUT) at most.
    fn list(&self) -> impl Future<Output = Result<Vec<SavedElement>, ListError>> + Send;

    /// The stored element of this kind, if there is one. Takes [`LIST_TIME_OUT`](super::LIST_TIME_OUT) at most.
    fn get(&self, kind: ElementType) -> impl Future<Output = Result<Option<SavedElement>, ListError>> + Send;

    /// Stores an element in place of the one of its kind. Files not named are dropped:
    /// what is to stay is [`FileSource::Keep`]. What another client may have added and this engine does not see is
    /// dropped, too: [`SavedElement::sight`] of the answer says so.
    ///
    /// # Errors
    ///
    /// [`SaveError::Cancelled`] and [`SaveError::OutcomeUnknown`] after [`Cancel::cancel`](super::Cancel::cancel).
    /// [`SaveError::Busy`] if it was not its turn in time; it waits as long as somebody waits for the saves of this kind
    /// before it, and [`TURN_TIME_OUT`](super::TURN_TIME_OUT) for what goes on without.
    fn save(
        &self,
        element: Element<FileSource>,
        options: &SaveOptions,
    ) -> impl Future<Output = Result<SavedElement, SaveError>> + Send;

    /// Deletes the elements of these kinds; those that are not stored do not matter. Needs no password. Waits for its
    /// turn, [`TURN_TIME_OUT`](super::TURN_TIME_OUT) at most for each kind.
    fn delete(&self, kinds: &[ElementType]) -> impl Future<Output = Result<(), DeleteError>> + Send;

    /// Downloads a stored file and opens it.
    fn download(
        &self,
        file: &SavedFile,
        progress: &Progress,
    ) -> impl Future<Output = Result<FileContents, DownloadError>> + Send;

    // --- phone number and e-mail address

    /// Has Telegram send a code to a phone number.
    fn send_phone_code(
        &self,
        phone_number: &PhoneNumber,
    ) -> impl Future<Output = Result<SentPhoneCode, VerificationError>> + Send;

    /// Has Telegram send another code, the next way it knows.
    fn resend_phone_code(
        &self,
        sent: &SentPhoneCode,
    ) -> impl Future<Output = Result<SentPhoneCode, VerificationError>> + Send;

    /// Proves with its code that the phone number is the person's; it can be saved then.
    fn check_phone_code(
        &self,
        sent: &SentPhoneCode,
        code: &str,
    ) -> impl Future<Output = Result<(), VerificationError>> + Send;

    /// Has Telegram send a code to an e-mail address. Telegram remembers only the last one.
    fn send_email_code(
        &self,
        email: &EmailAddress,
    ) -> impl Future<Output = Result<SentEmailCode, VerificationError>> + Send;

    /// Has Telegram send a code to that address again.
    fn resend_email_code(
        &self,
        sent: &SentEmailCode,
    ) -> impl Future<Output = Result<SentEmailCode, VerificationError>> + Send;

    /// Proves with its code that the e-mail address is the person's; it can be saved then.
    fn check_email_code(
        &self,
        sent: &SentEmailCode,
        code: &str,
    ) -> impl Future<Output = Result<(), VerificationError>> + Send;

    // --- requests

    /// What a bot asks for, what the person has for it, and what the bot objected to. Waits for its turn,
    /// [`TURN_TIME_OUT`](super::TURN_TIME_OUT) at most.
    fn form(&self, request: &PassportRequest) -> impl Future<Output = Result<Form, FormError>> + Send;

    /// Shares exactly what the selection says, as the form showed it. The person has consented. Waits for its turn,
    /// [`TURN_TIME_OUT`](super::TURN_TIME_OUT) at most.
    ///
    /// # Errors
    ///
    /// [`SendError::ElementChanged`] brings the form as it is now; the person decides again.
    fn send(&self, form: &Form, selection: &Selection) -> impl Future<Output = Result<(), SendError>> + Send;
}
