use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{LoginError, Step};
use crate::passport::AcceptLoss;
use crate::passport::sealed::Sealed;
use crate::vault::Password;

/// The steps of a login, whichever client takes them.
///
/// Each method answers what the [`Step`] wants and gives the next one. After an error the step is as it was, unless it
/// says that this is unknown; [`LoginError::is_wrong_answer`] says whether it may be answered again. What is not wanted
/// now ends as [`LoginError::OtherStep`].
///
/// The same reasons may end each of them, and are told as [`LoginError::Refused`]; the errors named below are the
/// method's own.
pub trait LoginSteps: Sealed + Send + Sync {
    /// What is wanted now.
    fn step(&self) -> BoxFuture<'_, Result<Step, LoginError>>;

    /// Waits until something else is wanted, as it is when a link was approved, or is replaced by another.
    ///
    /// # Errors
    ///
    /// [`LoginError::NothingHappened`] if that takes longer than is said.
    fn changed<'a>(&'a self, from: &'a Step, time_out: Duration) -> BoxFuture<'a, Result<Step, LoginError>>;

    /// Names the account; Telegram sends a code. At [`Step::Code`] it starts anew with another number.
    ///
    /// # Errors
    ///
    /// [`LoginError::PhoneNumberInvalid`], [`LoginError::PhoneNumberBanned`].
    fn set_phone_number<'a>(&'a self, phone_number: &'a str) -> BoxFuture<'a, Result<Step, LoginError>>;

    /// Has the code sent again, the next way, when
    /// [`resend_after`](crate::passport::SentPhoneCode::resend_after) has passed.
    ///
    /// # Errors
    ///
    /// [`LoginError::TooEarly`] if there is no next way, or it is not time yet.
    fn resend_code(&self) -> BoxFuture<'_, Result<Step, LoginError>>;

    /// Proves the phone number with its code, at [`Step::Code`].
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeInvalid`]; [`LoginError::CodeExpired`] wants a new code.
    fn check_code<'a>(&'a self, code: &'a str) -> BoxFuture<'a, Result<Step, LoginError>>;

    /// Has a code sent to this address, at [`Step::EmailAddress`]: it becomes the account's login e-mail address.
    ///
    /// # Errors
    ///
    /// [`LoginError::EmailInvalid`].
    fn set_email_address<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Result<Step, LoginError>>;

    /// Proves the login e-mail address with its code, at [`Step::EmailCode`].
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeInvalid`]; [`LoginError::CodeExpired`] wants a new code.
    fn check_email_code<'a>(&'a self, code: &'a str) -> BoxFuture<'a, Result<Step, LoginError>>;

    /// Makes a new account, at [`Step::Registration`]; the person has accepted Telegram's terms of service.
    ///
    /// # Errors
    ///
    /// [`LoginError::NameInvalid`].
    fn register<'a>(
        &'a self,
        first_name: &'a str,
        last_name: &'a str,
    ) -> BoxFuture<'a, Result<Step, LoginError>>;

    /// Proves the password of two-step verification, at [`Step::Password`].
    ///
    /// # Errors
    ///
    /// [`LoginError::PasswordInvalid`]. Over TDLib, [`LoginError::Unfit`] for a password that TDLib would not send as it
    /// is: it would be a wrong one.
    fn check_password<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<Step, LoginError>>;

    /// Has a recovery code sent to the recovery e-mail address, at [`Step::Password`], which then shows its pattern.
    ///
    /// # Errors
    ///
    /// [`LoginError::NoRecoveryEmail`].
    fn request_password_recovery(&self) -> BoxFuture<'_, Result<Step, LoginError>>;

    /// Proves the recovery e-mail address with its code, and replaces the password by another with its hint, or by none.
    ///
    /// Whoever forgot the password loses their Passport: its secret was locked with it, hence the caller's word.
    /// [`Step::Password`] says whether there is one.
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeInvalid`], [`LoginError::CodeExpired`]; [`LoginError::Unfit`], before anybody is asked, if the
    /// new password or its hint would not do.
    fn recover_password<'a>(
        &'a self,
        code: &'a str,
        new: Option<(&'a Password, &'a str)>,
        loss: AcceptLoss,
    ) -> BoxFuture<'a, Result<Step, LoginError>>;

    /// Asks for a link in place of a phone number: [`Step::OtherDevice`] brings it, to be shown as a QR code.
    ///
    /// It holds for about 30 seconds; [`changed`](Self::changed) gives the next, and what follows when a signed-in device
    /// has approved it.
    fn request_link(&self) -> BoxFuture<'_, Result<Step, LoginError>>;
}
