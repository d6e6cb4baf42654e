use std::ops::Deref;

use futures_util::future::BoxFuture;
use tokio::task::spawn_blocking;

use super::sealed::Sealed;
use super::{AcceptLoss, PasswordError, convert};
use crate::cloud::{MailedCode, PasswordInputSettings, PasswordKdfAlgo};
use crate::element::{Element, EmailAddress, UnixTime};
use crate::vault::{Password, derive_verifier};

/// The end of a password, by removal, recovery or reset, and the address it can be recovered by.
///
/// The passport secret is locked with the password: whoever ends the one ends the other, and everything stored is lost.
/// So each way there takes [`AcceptLoss`], the caller's word; an app offers an export first, and the Passport is locked
/// afterwards. Every [`Passport`](super::Passport) has these methods, for whoever names this trait.
///
/// What every method may end with besides its own is [`PasswordError::Refused`]; whatever needs the present password also
/// [`PasswordError::WrongPassword`], [`PasswordError::PasswordRequired`] if the account has none, [`PasswordError::Srp`] if
/// the server's challenge is not safe to answer, and over TDLib `PasswordError::PasswordAltered`.
pub trait Recovery: Sealed + Send + Sync {
    /// Removes the password, and with it the recovery address, the passport secret and everything stored.
    ///
    /// # Errors
    ///
    /// Those of whatever needs the password.
    fn remove_password<'a>(
        &'a self,
        current: &'a Password,
        loss: AcceptLoss,
    ) -> BoxFuture<'a, Result<(), PasswordError>>;

    /// Names the address that a forgotten password can be recovered by. Telegram mails a code there, and takes the
    /// address when it is [confirmed](Self::confirm_recovery_email).
    ///
    /// # Errors
    ///
    /// [`PasswordError::NotAnAddress`] if it is none, before anybody is asked: to Telegram an empty one means to have
    /// none any more, which [`remove_recovery_email`](Self::remove_recovery_email) says. [`PasswordError::Unacceptable`] if
    /// Telegram does not take it. Those of whatever needs the password.
    fn set_recovery_email<'a>(
        &'a self,
        current: &'a Password,
        email: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<RecoveryEmail, PasswordError>>;

    /// Has no recovery address any more: a password that is forgotten then cannot be recovered, and with it everything
    /// stored is lost.
    ///
    /// # Errors
    ///
    /// [`PasswordError::NoRecoveryEmail`] if there is none. Those of whatever needs the password.
    fn remove_recovery_email<'a>(&'a self, current: &'a Password)
    -> BoxFuture<'a, Result<(), PasswordError>>;

    /// Confirms the address with the code that was mailed there.
    ///
    /// # Errors
    ///
    /// [`PasswordError::WrongCode`]; [`PasswordError::NothingPending`] if no address waits for one.
    fn confirm_recovery_email<'a>(&'a self, code: &'a str) -> BoxFuture<'a, Result<(), PasswordError>>;

    /// Has that code mailed again.
    ///
    /// # Errors
    ///
    /// [`PasswordError::NothingPending`].
    fn resend_recovery_email_code(&self) -> BoxFuture<'_, Result<(), PasswordError>>;

    /// Drops the address that waits for its code.
    ///
    /// # Errors
    ///
    /// [`PasswordError::NothingPending`].
    fn cancel_recovery_email(&self) -> BoxFuture<'_, Result<(), PasswordError>>;

    /// Has a code mailed to the confirmed address, for [`recover_password`](Self::recover_password). Changes nothing.
    ///
    /// # Errors
    ///
    /// [`PasswordError::NoRecoveryEmail`] if no address is confirmed; [`PasswordError::PasswordRequired`] if there is no
    /// password to recover.
    fn request_recovery(&self) -> BoxFuture<'_, Result<MailedCode, PasswordError>>;

    /// Replaces a forgotten password by a new one and its hint, or by none. Nobody can wrap the passport secret anew
    /// without the old password: everything stored is lost.
    ///
    /// # Errors
    ///
    /// [`PasswordError::WrongCode`] and [`PasswordError::CodeExpired`], before anything is changed; those of
    /// [`judge_new_password`](super::judge_new_password), before anybody is asked; [`PasswordError::Srp`].
    fn recover_password<'a>(
        &'a self,
        code: &'a str,
        new: Option<(&'a Password, &'a str)>,
        loss: AcceptLoss,
    ) -> BoxFuture<'a, Result<(), PasswordError>>;

    /// Asks for the password to be dropped although nobody knows it: Telegram waits a week, in which any session may
    /// [decline](Self::decline_reset); asked again after that, it drops the password, and everything stored with it.
    ///
    /// # Errors
    ///
    /// [`PasswordError::PasswordRequired`] if there is no password. That one was declined lately is none:
    /// [`Reset::RefusedUntil`].
    fn reset_password(&self, loss: AcceptLoss) -> BoxFuture<'_, Result<Reset, PasswordError>>;

    /// Withdraws that request.
    ///
    /// # Errors
    ///
    /// [`PasswordError::NothingPending`] if nobody has asked for one.
    fn decline_reset(&self) -> BoxFuture<'_, Result<(), PasswordError>>;
}

/// What points to a Passport is one.
impl<P: Deref<Target: Recovery> + Send + Sync> Recovery for P {
    fn remove_password<'a>(
        &'a self,
        current: &'a Password,
        loss: AcceptLoss,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        (**self).remove_password(current, loss)
    }

    fn set_recovery_email<'a>(
        &'a self,
        current: &'a Password,
        email: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<RecoveryEmail, PasswordError>> {
        (**self).set_recovery_email(current, email)
    }

    fn remove_recovery_email<'a>(
        &'a self,
        current: &'a Password,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        (**self).remove_recovery_email(current)
    }

    fn confirm_recovery_email<'a>(&'a self, code: &'a str) -> BoxFuture<'a, Result<(), PasswordError>> {
        (**self).confirm_recovery_email(code)
    }

    fn resend_recovery_email_code(&self) -> BoxFuture<'_, Result<(), PasswordError>> {
        (**self).resend_recovery_email_code()
    }

    fn cancel_recovery_email(&self) -> BoxFuture<'_, Result<(), PasswordError>> {
        (**self).cancel_recovery_email()
    }

    fn request_recovery(&self) -> BoxFuture<'_, Result<MailedCode, PasswordError>> {
        (**self).request_recovery()
    }

    fn recover_password<'a>(
        &'a self,
        code: &'a str,
        new: Option<(&'a Password, &'a str)>,
        loss: AcceptLoss,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        (**self).recover_password(code, new, loss)
    }

    fn reset_password(&self, loss: AcceptLoss) -> BoxFuture<'_, Result<Reset, PasswordError>> {
        (**self).reset_password(loss)
    }

    fn decline_reset(&self) -> BoxFuture<'_, Result<(), PasswordError>> {
        (**self).decline_reset()
    }
}

/// Refuses what is no address, by the rule for the element.
pub(crate) fn must_be_address(email: &EmailAddress) -> Result<(), PasswordError> {
    let element = Element::<()>::Email(email.clone());
    if element.validate().is_empty() { Ok(()) } else { Err(PasswordError::NotAnAddress) }
}

/// What a password and its hint are set by in place of a forgotten one, under the algorithm that the server offers for new
/// ones.
pub(crate) async fn recovery_settings(
    (new, hint): (&Password, &str),
    offered: &PasswordKdfAlgo,
) -> Result<PasswordInputSettings, PasswordError> {
    let algorithm = convert::password_algorithm(offered)?;
    let new = new.copy();
    let verifier = spawn_blocking(move || derive_verifier(&new, &algorithm)).await;
    let new_password = convert::new_password(verifier.expect("the vault does not panic")?, hint);
    Ok(PasswordInputSettings { new_password: Some(new_password), ..Default::default() })
}

/// What became of a new recovery address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecoveryEmail {
    /// It is the one that was confirmed before.
    Confirmed,
    /// It waits for the code that was mailed there.
    Mailed(MailedCode),
}

/// How far a reset has come: `account.ResetPasswordResult`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The password is gone.
    Done,
    /// Asked again after this moment, it will be carried out.
    WaitsUntil(UnixTime),
    /// One was declined lately; another may be asked for after this moment.
    RefusedUntil(UnixTime),
}
