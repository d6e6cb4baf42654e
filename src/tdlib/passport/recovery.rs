//! The end of a password, and the address it can be recovered by.

use tdlib_rs::{enums, types};

use super::Engine;
use super::answer::fact;
use super::functions::{
    CancelPasswordReset, CancelRecoveryEmailAddressVerification, CheckPasswordRecoveryCode,
    CheckRecoveryEmailAddressCode, GetPasswordState, RecoverPassword, RequestPasswordRecovery,
    ResendRecoveryEmailAddressCode, ResetPassword, SetPassword, SetRecoveryEmailAddress,
};
use crate::element::EmailAddress;
use crate::passport::{
    AcceptLoss, MailedCode, PasswordError, Recovery, RecoveryEmail, Reset, is_kept, judge_new_password,
    must_be_address,
};
use crate::vault::Password;

impl Recovery for Engine {
    async fn remove_password(&self, current: Password, _: AcceptLoss) -> Result<(), PasswordError> {
        self.prove(&current).await?;
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
    }

    async fn set_recovery_email(
        &self,
        current: Password,
        email: &EmailAddress,
    ) -> Result<RecoveryEmail, PasswordError> {
        must_be_address(email)?;
        if !is_kept(&email.0) {
            return Err(PasswordError::Unacceptable);
        }
        self.prove(&current).await?;
        let set =
            SetRecoveryEmailAddress { password: current.as_str(), new_recovery_email_address: &email.0 };
        let state = self.client.call(&set).await.map_err(fact)?;
        Ok(match state.recovery_email_address_code_info {
            Some(info) => RecoveryEmail::Mailed(mailed(info)),
            None => RecoveryEmail::Confirmed,
        })
    }

    async fn remove_recovery_email(&self, current: Password) -> Result<(), PasswordError> {
        let (state, _) = self.prove(&current).await?;
        if !state.has_recovery_email {
            return Err(PasswordError::NoRecoveryEmail);
        }
        let removal = SetRecoveryEmailAddress { password: current.as_str(), new_recovery_email_address: "" };
        self.client.call(&removal).await.map_err(fact)?;
        Ok(())
    }

    async fn confirm_recovery_email(&self, code: &str) -> Result<(), PasswordError> {
        self.pending_email().await?;
        let state = self.client.call(&CheckRecoveryEmailAddressCode { code }).await.map_err(fact)?;
        // TDLib says no word about a wrong code; the address goes on waiting.
        if state.recovery_email_address_code_info.is_some() {
            return Err(PasswordError::WrongCode);
        }
        Ok(())
    }

    async fn resend_recovery_email_code(&self) -> Result<(), PasswordError> {
        self.pending_email().await?;
        self.client.call(&ResendRecoveryEmailAddressCode {}).await.map_err(fact)?;
        Ok(())
    }

    async fn cancel_recovery_email(&self) -> Result<(), PasswordError> {
        self.pending_email().await?;
        self.client.call(&CancelRecoveryEmailAddressVerification {}).await.map_err(fact)?;
        Ok(())
    }

    async fn request_recovery(&self) -> Result<MailedCode, PasswordError> {
        Ok(mailed(self.client.call(&RequestPasswordRecovery {}).await.map_err(fact)?))
    }

    async fn recover_password(
        &self,
        code: &str,
        new: Option<(Password, &str)>,
        _: AcceptLoss,
    ) -> Result<(), PasswordError> {
        if let Some((new, hint)) = &new {
            judge_new_password(new, hint)?;
        }
        self.client.call(&CheckPasswordRecoveryCode { recovery_code: code }).await.map_err(fact)?;
        let (new_password, new_hint) = new.as_ref().map_or(("", ""), |(new, hint)| (new.as_str(), *hint));
        let recover = RecoverPassword { recovery_code: code, new_password, new_hint };
        self.client.call(&recover).await.map_err(fact)?;
        self.forget_secret();
        Ok(())
    }

    async fn reset_password(&self, _: AcceptLoss) -> Result<Reset, PasswordError> {
        use enums::ResetPasswordResult as Td;
        Ok(match self.client.call(&ResetPassword {}).await.map_err(fact)? {
            Td::Ok => {
                self.forget_secret();
                Reset::Done
            }
            Td::Pending(td) => Reset::WaitsUntil(td.pending_reset_date.into()),
            Td::Declined(td) => Reset::RefusedUntil(td.retry_date.into()),
        })
    }

    async fn decline_reset(&self) -> Result<(), PasswordError> {
        if self.client.call(&GetPasswordState {}).await.map_err(fact)?.pending_reset_date == 0 {
            return Err(PasswordError::NothingPending);
        }
        self.client.call(&CancelPasswordReset {}).await.map_err(fact)?;
        Ok(())
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
        self.door.secret_gone();
        if let Some(channel) = &self.channel {
            channel.lock();
        }
    }
}

fn mailed(info: types::EmailAddressAuthenticationCodeInfo) -> MailedCode {
    let length = u32::try_from(info.length).ok().filter(|length| *length > 0);
    MailedCode { email_pattern: info.email_address_pattern, length }
}
