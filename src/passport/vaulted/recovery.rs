//! The end of a password, and the address it can be recovered by.

use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::Vaulted;
use super::account::NO_PANIC;
use crate::cloud::{CloudError, NewPassword, PasswordInputSettings, ResetPasswordResult, SecureCloud};
use crate::element::EmailAddress;
use crate::passport::recovery::must_be_address;
use crate::passport::{
    AcceptLoss, MailedCode, PasswordError, Recovery, RecoveryEmail, Reset, convert, judge_new_password,
};
use crate::vault::{Password, derive_verifier};

impl<C: SecureCloud> Recovery for Vaulted<C> {
    async fn remove_password(&self, current: Password, _: AcceptLoss) -> Result<(), PasswordError> {
        let settings = PasswordInputSettings {
            new_password: Some(NewPassword::removal()),
            email: Some(Zeroizing::default()),
            new_secure_settings: None,
        };
        self.update(Some(&current.into()), settings).await?;
        self.session.lock();
        Ok(())
    }

    async fn set_recovery_email(
        &self,
        current: Password,
        email: &EmailAddress,
    ) -> Result<RecoveryEmail, PasswordError> {
        must_be_address(email)?;
        let settings =
            PasswordInputSettings { email: Some(Zeroizing::new(email.0.clone())), ..Default::default() };
        match self.update(Some(&current.into()), settings).await {
            Ok(()) => Ok(RecoveryEmail::Confirmed),
            Err(PasswordError::EmailUnconfirmed { code_length }) => {
                // The address is named by now; how Telegram writes it is a courtesy.
                let account = self.cloud.account_password().await.ok();
                let email_pattern =
                    account.and_then(|account| account.email_unconfirmed_pattern).unwrap_or_default();
                Ok(RecoveryEmail::Mailed(MailedCode { email_pattern, length: code_length }))
            }
            Err(other) => Err(other),
        }
    }

    async fn remove_recovery_email(&self, current: Password) -> Result<(), PasswordError> {
        let current = current.into();
        let (_, settings) = self.password_settings(&current).await?;
        if settings.email.is_none() {
            return Err(PasswordError::NoRecoveryEmail);
        }
        let removal = PasswordInputSettings { email: Some(Zeroizing::default()), ..Default::default() };
        self.update(Some(&current), removal).await
    }

    async fn confirm_recovery_email(&self, code: &str) -> Result<(), PasswordError> {
        Ok(self.cloud.confirm_password_email(code).await?)
    }

    async fn resend_recovery_email_code(&self) -> Result<(), PasswordError> {
        Ok(self.cloud.resend_password_email().await?)
    }

    async fn cancel_recovery_email(&self) -> Result<(), PasswordError> {
        Ok(self.cloud.cancel_password_email().await?)
    }

    async fn request_recovery(&self) -> Result<MailedCode, PasswordError> {
        let sent = self.cloud.request_password_recovery().await?;
        Ok(MailedCode { email_pattern: sent.email_pattern, length: None })
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
        self.cloud.check_recovery_password(code).await?;
        let settings = match new {
            None => None,
            Some((new, hint)) => {
                let algorithm = convert::password_algorithm(&self.cloud.account_password().await?.new_algo)?;
                let verifier =
                    spawn_blocking(move || derive_verifier(&new, &algorithm)).await.expect(NO_PANIC)?;
                let new_password = Some(convert::new_password(verifier, hint));
                Some(PasswordInputSettings { new_password, ..Default::default() })
            }
        };
        self.cloud.recover_password(code, settings).await?;
        self.session.lock();
        Ok(())
    }

    async fn reset_password(&self, _: AcceptLoss) -> Result<Reset, PasswordError> {
        Ok(match self.cloud.reset_password().await? {
            ResetPasswordResult::Ok => {
                self.session.lock();
                Reset::Done
            }
            ResetPasswordResult::RequestedWait { until_date } => Reset::WaitsUntil(until_date),
            ResetPasswordResult::FailedWait { retry_date } => Reset::RefusedUntil(retry_date),
        })
    }

    async fn decline_reset(&self) -> Result<(), PasswordError> {
        match self.cloud.decline_password_reset().await {
            Err(CloudError::ResetRequestMissing) => Err(PasswordError::NothingPending),
            answer => Ok(answer?),
        }
    }
}
