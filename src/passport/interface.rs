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
/// ([`Refusal::OutcomeUnknown`](super::Refusal::OutcomeUnknown)). Every future may be dropped at any `.await`; whether it was
/// done is then unknown: what is on its way to Telegram, or was handed to TDLib, is not called back. Never is anything half
/// stored. To give a save up and learn what came of it, there is [`SaveOptions::cancel`].
///
/// Each operation has an error of its own, whose cases are what an app would act on; for every other reason there is the one
/// [`Refusal`](super::Refusal): signed out, offline, a wait, locked, and their like. All of them are
/// [`OperationError`](super::OperationError)s: `Display` is a sentence for a person, `code` finds a translation, `retry` says
/// whether the same call may be made again.
///
/// What holds for handles, locking, calls at once and a missing network, whichever engine is beneath, the
/// [module](super#what-holds-for-every-engine) says.
pub trait Passport: Recovery + fmt::Debug {
    // --- the password

    /// What Telegram says about the account's password; needs none.
    ///
    /// # Errors
    ///
    /// [`PasswordError::Refused`] only.
    fn password_state(&self) -> BoxFuture<'_, Result<PasswordState, PasswordError>>;

    /// Proves the password and unlocks the passport secret, if there is one.
    ///
    /// # Errors
    ///
    /// [`PasswordError::PasswordRequired`], [`PasswordError::WrongPassword`]; [`PasswordError::SecretUnreadable`] if the
    /// password is right and the secret does not open; [`PasswordError::Srp`] if the server's challenge is not safe to
    /// answer; [`PasswordError::Refused`]. Over TDLib `PasswordError::SecretUnproven` if elements are stored and neither
    /// the vault's channel nor the caller's word allows to let it at the secret, `PasswordError::SecretStale`, and
    /// `PasswordError::PasswordAltered`.
    fn unlock<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<SecretState, PasswordError>>;

    /// Whether [`unlock`](Self::unlock) must come before anything sealed can be read. Asks nobody.
    fn is_locked(&self) -> bool;

    /// Wipes from memory what [`unlock`](Self::unlock) left there: our vault's passport secret; over TDLib the password.
    /// TDLib itself keeps the secret it has opened for up to an hour, or until its session is closed. What has begun goes on
    /// to its end.
    fn lock(&self);

    /// Creates the passport secret of an account that has none, and unlocks it.
    ///
    /// # Errors
    ///
    /// [`PasswordError::SecretExists`] if there is one, readable or not: it is never replaced. Of two calls at once one
    /// creates it. Besides, those of [`unlock`](Self::unlock), and over TDLib beside the vault's channel
    /// [`PasswordError::InPart`] if it is made and TDLib has not loaded it.
    fn create_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>>;

    /// Wraps a passport secret of the old key derivation (`securePasswordKdfAlgoSHA512`) anew, the same secret
    /// under the same id. Does nothing if the present derivation is in use.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoSecret`](super::Refusal::NoSecret); [`PasswordError::ChangedMeanwhile`] if another device was quicker;
    /// those of [`unlock`](Self::unlock), [`PasswordError::SecretUnreadable`] among them.
    /// `PasswordError::VaultRequired` from an engine that does not wrap secrets by itself.
    fn upgrade_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>>;

    /// Sets the account's first password, or changes it from `current`; the passport secret is wrapped anew in
    /// the same call, so everything stored stays readable. An empty hint is none.
    ///
    /// # Errors
    ///
    /// [`PasswordError::SecretUnreadable`] if that is impossible; those of
    /// [`judge_new_password`](super::judge_new_password); [`PasswordError::WrongPassword`], also for no password where there is
    /// one; [`PasswordError::PasswordRequired`] for one where there is none; [`PasswordError::ChangedMeanwhile`] if another
    /// device changed the passport secret; [`PasswordError::Srp`]; over TDLib alone `PasswordError::PasswordAltered` and
    /// `PasswordError::SecretUnproven`. Nothing is changed then, nor by [`PasswordError::Refused`] unless its outcome is
    /// unknown.
    fn set_password<'a>(
        &'a self,
        current: Option<&'a Password>,
        new: &'a Password,
        hint: &'a str,
    ) -> BoxFuture<'a, Result<(), PasswordError>>;

    /// What the account itself offers for the phone number and the e-mail address.
    ///
    /// # Errors
    ///
    /// [`PasswordError::PasswordRequired`], [`PasswordError::WrongPassword`], [`PasswordError::Srp`],
    /// [`PasswordError::Refused`]; over TDLib `PasswordError::PasswordAltered`.
    fn defaults<'a>(
        &'a self,
        password: &'a Password,
    ) -> BoxFuture<'a, Result<AccountDefaults, PasswordError>>;

    // --- elements

    /// Everything that is stored, in the schema's order; what has flaws or cannot be read is listed as such. Takes
    /// [`LIST_TIME_OUT`](super::LIST_TIME_OUT) at most.
    ///
    /// # Errors
    ///
    /// [`ListError::Refused`]: [`Refusal::Locked`](super::Refusal::Locked) before [`unlock`](Self::unlock),
    /// [`Refusal::NoSecret`](super::Refusal::NoSecret) where the passport secret of what is stored is gone,
    /// [`Refusal::Tampered`](super::Refusal::Tampered) for an answer that cannot be honest.
    fn list(&self) -> BoxFuture<'_, Result<Vec<SavedElement>, ListError>>;

    /// The stored element of this kind, if there is one. Takes [`LIST_TIME_OUT`](super::LIST_TIME_OUT) at most.
    ///
    /// # Errors
    ///
    /// Those of [`list`](Self::list).
    fn get(&self, kind: ElementType) -> BoxFuture<'_, Result<Option<SavedElement>, ListError>>;

    /// Stores an element in place of the one of its kind, whatever that is by now: a [`Draft`](super::Draft) is stored over
    /// what was seen only. Files not named are dropped:
    /// what is to stay is [`FileSource::Keep`]. What another client may have added and this engine does not see is
    /// dropped, too: [`SavedElement::sight`] of the answer says so.
    ///
    /// # Errors
    ///
    /// [`SaveError::Flawed`] with every problem, before anything is sent; [`SaveError::VerificationNeeded`] and
    /// [`SaveError::Unacceptable`] for a phone number or an e-mail address; [`SaveError::CannotKeep`] and
    /// [`SaveError::OtherEngine`] for a file to be kept; [`SaveError::SecretChanged`] if another device replaced the passport
    /// secret meanwhile, and [`SaveError::Reload`] if the [password at hand](super::SaveOptions::password) did not help;
    /// [`SaveError::PasswordRequired`]. Over TDLib `SaveError::SecretStale` and `SaveError::LayOut`.
    ///
    /// [`SaveError::Cancelled`] or [`Refusal::OutcomeUnknown`](super::Refusal::OutcomeUnknown) after
    /// [`Cancel::cancel`](super::Cancel::cancel). Of the other [`SaveError::Refused`],
    /// [`Refusal::Busy`](super::Refusal::Busy) if it was not its turn in time; it waits as long as somebody waits for the
    /// saves of this kind before it, and [`TURN_TIME_OUT`](super::TURN_TIME_OUT) for what goes on without.
    fn save<'a>(
        &'a self,
        element: Element<FileSource>,
        options: &'a SaveOptions,
    ) -> BoxFuture<'a, Result<SavedElement, SaveError>>;

    /// Deletes the elements of these kinds; those that are not stored do not matter. Needs no password. Waits for its
    /// turn, [`TURN_TIME_OUT`](super::TURN_TIME_OUT) at most for each kind.
    ///
    /// # Errors
    ///
    /// [`DeleteError::Refused`]; over TDLib, which deletes one after the other, `DeleteError::InPart`.
    fn delete<'a>(&'a self, kinds: &'a [ElementType]) -> BoxFuture<'a, Result<(), DeleteError>>;

    /// Downloads a stored file and opens it.
    ///
    /// # Errors
    ///
    /// [`DownloadError::OtherEngine`] for a file that another engine listed; over TDLib `DownloadError::Gone` if it is not stored any
    /// more; [`DownloadError::Unreadable`], [`DownloadError::Description`], [`DownloadError::Piece`] and
    /// [`DownloadError::TooLarge`] if it is damaged; over TDLib `DownloadError::GivenUp` and `DownloadError::TakeOver`;
    /// [`DownloadError::Refused`].
    fn download<'a>(
        &'a self,
        file: &'a SavedFile,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<FileContents, DownloadError>>;

    // --- phone number and e-mail address

    /// Has Telegram send a code to a phone number.
    ///
    /// # Errors
    ///
    /// [`VerificationError::Unacceptable`] if Telegram does not take it for one; [`VerificationError::Refused`].
    fn send_phone_code<'a>(
        &'a self,
        phone_number: &'a PhoneNumber,
    ) -> BoxFuture<'a, Result<SentPhoneCode, VerificationError>>;

    /// Has Telegram send another code, the next way it knows.
    ///
    /// # Errors
    ///
    /// [`VerificationError::CodeExpired`] if it is too late for that; [`VerificationError::Refused`].
    fn resend_phone_code<'a>(
        &'a self,
        sent: &'a SentPhoneCode,
    ) -> BoxFuture<'a, Result<SentPhoneCode, VerificationError>>;

    /// Proves with its code that the phone number is the person's; it can be saved then.
    ///
    /// # Errors
    ///
    /// [`VerificationError::WrongCode`], [`VerificationError::CodeExpired`], [`VerificationError::Refused`].
    fn check_phone_code<'a>(
        &'a self,
        sent: &'a SentPhoneCode,
        code: &'a str,
    ) -> BoxFuture<'a, Result<(), VerificationError>>;

    /// Has Telegram send a code to an e-mail address. Telegram remembers only the last one.
    ///
    /// # Errors
    ///
    /// [`VerificationError::Unacceptable`] if Telegram does not take it for one; [`VerificationError::Refused`].
    fn send_email_code<'a>(
        &'a self,
        email: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<SentEmailCode, VerificationError>>;

    /// Has Telegram send a code to that address again.
    ///
    /// # Errors
    ///
    /// Those of [`send_email_code`](Self::send_email_code).
    fn resend_email_code<'a>(
        &'a self,
        sent: &'a SentEmailCode,
    ) -> BoxFuture<'a, Result<SentEmailCode, VerificationError>>;

    /// Proves with its code that the e-mail address is the person's; it can be saved then.
    ///
    /// # Errors
    ///
    /// [`VerificationError::WrongCode`], [`VerificationError::CodeExpired`], [`VerificationError::OtherAddress`],
    /// [`VerificationError::Refused`].
    fn check_email_code<'a>(
        &'a self,
        sent: &'a SentEmailCode,
        code: &'a str,
    ) -> BoxFuture<'a, Result<(), VerificationError>>;

    // --- requests

    /// What a bot asks for, what the person has for it, and what the bot objected to. Waits for its turn,
    /// [`TURN_TIME_OUT`](super::TURN_TIME_OUT) at most.
    ///
    /// # Errors
    ///
    /// [`FormError::Key`] for a key that nothing can be sealed to, before anybody is asked; [`FormError::Service`] if the
    /// request is at fault, which the service is told; [`FormError::UnknownService`], [`FormError::Contradiction`];
    /// [`FormError::Refused`]. Over TDLib `FormError::Altered`.
    fn form<'a>(&'a self, request: &'a PassportRequest) -> BoxFuture<'a, Result<Form, FormError>>;

    /// Sends exactly what the selection says, as the form showed it. The person has consented. Waits for its turn,
    /// [`TURN_TIME_OUT`](super::TURN_TIME_OUT) at most.
    ///
    /// # Errors
    ///
    /// [`SendError::ElementChanged`] brings the form as it is now; the person decides again. [`SendError::Refetch`] if that
    /// could not be had. [`SendError::OtherForm`] for a selection that this form did not make; [`SendError::Unreadable`] and
    /// [`SendError::Description`] for a part that is damaged; [`SendError::Service`] if the request is at fault, which the
    /// service is told; [`SendError::PasswordRequired`]; [`SendError::Refused`]: if its outcome is unknown, the bot may have
    /// got it.
    fn send<'a>(&'a self, form: &'a Form, selection: &'a Selection) -> BoxFuture<'a, Result<(), SendError>>;
}

/// What points to a Passport is one: `Arc<dyn Passport>`, `&Vaulted<C>`, `Box<P>`, and their like.
impl<P: Deref<Target: Passport> + fmt::Debug + Send + Sync> Passport for P {
    fn password_state(&self) -> BoxFuture<'_, Result<PasswordState, PasswordError>> {
        (**self).password_state()
    }

    fn unlock<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<SecretState, PasswordError>> {
        (**self).unlock(password)
    }

    fn is_locked(&self) -> bool {
        (**self).is_locked()
    }

    fn lock(&self) {
        (**self).lock();
    }

    fn create_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>> {
        (**self).create_secret(password)
    }

    fn upgrade_secret<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<(), PasswordError>> {
        (**self).upgrade_secret(password)
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
        (**self).defaults(password)
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
