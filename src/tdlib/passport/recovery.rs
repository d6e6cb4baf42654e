//! The end of a password, and the address it can be recovered by.

use futures_util::future::BoxFuture;
use tdlib_rs::{enums, types};

use super::answer::fact;
use super::engine::Engine;
use super::functions::{
    CancelPasswordReset, CancelRecoveryEmailAddressVerification, CheckPasswordRecoveryCode,
    CheckRecoveryEmailAddressCode, GetPasswordState, RecoverPassword, RequestPasswordRecovery,
    ResendRecoveryEmailAddressCode, ResetPassword, SetPassword, SetRecoveryEmailAddress,
};
use super::input::is_kept;
use crate::cloud::MailedCode;
use crate::element::EmailAddress;
use crate::passport::recovery::must_be_address;
use crate::passport::{AcceptLoss, PasswordError, Recovery, RecoveryEmail, Reset, judge_new_password};
use crate::vault::Password;

impl Recovery for Engine {
    fn remove_password<'a>(
        &'a self,
        current: &'a Password,
        _: AcceptLoss,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(async move {
            self.prove(current).await?;
            let removal = SetPassword {
                old_password: current.as_str(),
                new_password: "",
                new_hint: "",
                set_recovery_email_address: false,
                new_recovery_email_address: "",
            };
            self.client.call(&removal).await.map_err(fact)?;
            self.forget_secret();
            Ok(())
        })
    }

    fn set_recovery_email<'a>(
        &'a self,
        current: &'a Password,
        email: &'a EmailAddress,
    ) -> BoxFuture<'a, Result<RecoveryEmail, PasswordError>> {
        Box::pin(async move {
            must_be_address(email)?;
            if !is_kept(&email.0) {
                return Err(PasswordError::Unacceptable);
            }
            self.prove(current).await?;
            let set =
                SetRecoveryEmailAddress { password: current.as_str(), new_recovery_email_address: &email.0 };
            let state = self.client.call(&set).await.map_err(fact)?;
            Ok(match state.recovery_email_address_code_info {
                Some(info) => RecoveryEmail::Mailed(mailed(info)),
                None => RecoveryEmail::Confirmed,
            })
        })
    }

    fn remove_recovery_email<'a>(
        &'a self,
        current: &'a Password,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(async move {
            let (state, _) = self.prove(current).await?;
            if !state.has_recovery_email {
                return Err(PasswordError::NoRecoveryEmail);
            }
            let removal =
                SetRecoveryEmailAddress { password: current.as_str(), new_recovery_email_address: "" };
            self.client.call(&removal).await.map_err(fact)?;
            Ok(())
        })
    }

    fn confirm_recovery_email<'a>(&'a self, code: &'a str) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(async move {
            self.pending_email().await?;
            let state = self.client.call(&CheckRecoveryEmailAddressCode { code }).await.map_err(fact)?;
            // TDLib says no word about a wrong code; the address goes on waiting.
            if state.recovery_email_address_code_info.is_some() {
                return Err(PasswordError::WrongCode);
            }
            Ok(())
        })
    }

    fn resend_recovery_email_code(&self) -> BoxFuture<'_, Result<(), PasswordError>> {
        Box::pin(async move {
            self.pending_email().await?;
            self.client.call(&ResendRecoveryEmailAddressCode {}).await.map_err(fact)?;
            Ok(())
        })
    }

    fn cancel_recovery_email(&self) -> BoxFuture<'_, Result<(), PasswordError>> {
        Box::pin(async move {
            self.pending_email().await?;
            self.client.call(&CancelRecoveryEmailAddressVerification {}).await.map_err(fact)?;
            Ok(())
        })
    }

    fn request_recovery(&self) -> BoxFuture<'_, Result<MailedCode, PasswordError>> {
        Box::pin(
            async move { Ok(mailed(self.client.call(&RequestPasswordRecovery {}).await.map_err(fact)?)) },
        )
    }

    fn recover_password<'a>(
        &'a self,
        code: &'a str,
        new: Option<(&'a Password, &'a str)>,
        _: AcceptLoss,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(async move {
            if let Some((new, hint)) = new {
                judge_new_password(new, hint)?;
            }
            self.client.call(&CheckPasswordRecoveryCode { recovery_code: code }).await.map_err(fact)?;
            let (new_password, new_hint) = new.map_or(("", ""), |(new, hint)| (new.as_str(), hint));
            let recover = RecoverPassword { recovery_code: code, new_password, new_hint };
            self.client.call(&recover).await.map_err(fact)?;
            self.forget_secret();
            Ok(())
        })
    }

    fn reset_password(&self, _: AcceptLoss) -> BoxFuture<'_, Result<Reset, PasswordError>> {
        Box::pin(async move {
            use enums::ResetPasswordResult as Td;
            Ok(match self.client.call(&ResetPassword {}).await.map_err(fact)? {
                Td::Ok => {
                    self.forget_secret();
                    Reset::Done
                }
                Td::Pending(td) => Reset::WaitsUntil(td.pending_reset_date.into()),
                Td::Declined(td) => Reset::RefusedUntil(td.retry_date.into()),
            })
        })
    }

    fn decline_reset(&self) -> BoxFuture<'_, Result<(), PasswordError>> {
        Box::pin(async move {
            if self.client.call(&GetPasswordState {}).await.map_err(fact)?.pending_reset_date == 0 {
                return Err(PasswordError::NothingPending);
            }
            self.client.call(&CancelPasswordReset {}).await.map_err(fact)?;
            Ok(())
        })
    }
}

impl Engine {
    /// TDLib takes a code for an address that waits for none, and says that all is well.
    async fn pending_email(&self) -> Result<(), PasswordError> {
        let state = self.client.call(&GetPasswordState {}).await.map_err(fact)?;
        state.recovery_email_address_code_info.map(drop).ok_or(PasswordError::NothingPending)
    }

    /// The password's end was the secret's.
    fn forget_secret(&self) {
        self.lock_state.secret_gone();
        if let Some(channel) = &self.channel {
            channel.0.lock();
        }
    }
}

fn mailed(info: types::EmailAddressAuthenticationCodeInfo) -> MailedCode {
    let length = u32::try_from(info.length).ok().filter(|length| *length > 0);
    let email_pattern = Some(info.email_address_pattern).filter(|pattern| !pattern.is_empty());
    MailedCode { email_pattern, length }
}
