//! The end of a password, and the address it can be recovered by.

use futures_util::future::BoxFuture;
use zeroize::Zeroizing;

use super::Vaulted;
use super::account::shared;
use crate::cloud::{
    CloudError, MailedCode, NewPassword, PasswordInputSettings, ResetPasswordResult, SecureCloud,
};
use crate::element::EmailAddress;
use crate::passport::recovery::{must_be_address, recovery_settings};
use crate::passport::{AcceptLoss, PasswordError, Recovery, RecoveryEmail, Reset, judge_new_password};
use crate::vault::Password;

impl<C: SecureCloud> Recovery for Vaulted<C> {
    fn remove_password<'a>(
        &'a self,
        current: &'a Password,
        _: AcceptLoss,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(async move {
            let settings = PasswordInputSettings {
                new_password: Some(NewPassword::removal()),
                email: Some(Zeroizing::default()),
                new_secure_settings: None,
            };
            self.update(Some(&shared(current)), settings).await?;
            self.session.lock();
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
            let settings =
                PasswordInputSettings { email: Some(Zeroizing::new(email.0.clone())), ..Default::default() };
            match self.update(Some(&shared(current)), settings).await {
                Ok(()) => Ok(RecoveryEmail::Confirmed),
                Err(PasswordError::EmailUnconfirmed { code_length }) => {
                    // The address is named by now; how Telegram writes it is a courtesy.
                    let account = self.cloud.account_password().await.ok();
                    let email_pattern = account.and_then(|account| account.email_unconfirmed_pattern);
                    Ok(RecoveryEmail::Mailed(MailedCode { email_pattern, length: code_length }))
                }
                Err(other) => Err(other),
            }
        })
    }

    fn remove_recovery_email<'a>(
        &'a self,
        current: &'a Password,
    ) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(async move {
            let current = shared(current);
            let (_, settings) = self.password_settings(&current).await?;
            if settings.email.is_none() {
                return Err(PasswordError::NoRecoveryEmail);
            }
            let removal = PasswordInputSettings { email: Some(Zeroizing::default()), ..Default::default() };
            self.update(Some(&current), removal).await
        })
    }

    fn confirm_recovery_email<'a>(&'a self, code: &'a str) -> BoxFuture<'a, Result<(), PasswordError>> {
        Box::pin(async move { Ok(self.cloud.confirm_password_email(code).await?) })
    }

    fn resend_recovery_email_code(&self) -> BoxFuture<'_, Result<(), PasswordError>> {
        Box::pin(async move { Ok(self.cloud.resend_password_email().await?) })
    }

    fn cancel_recovery_email(&self) -> BoxFuture<'_, Result<(), PasswordError>> {
        Box::pin(async move { Ok(self.cloud.cancel_password_email().await?) })
    }

    fn request_recovery(&self) -> BoxFuture<'_, Result<MailedCode, PasswordError>> {
        Box::pin(async move {
            let sent = self.cloud.request_password_recovery().await?;
            let email_pattern = Some(sent.email_pattern).filter(|pattern| !pattern.is_empty());
            Ok(MailedCode { email_pattern, length: None })
        })
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
            self.cloud.check_recovery_password(code).await?;
            let settings = match new {
                None => None,
                Some(new) => {
                    let offered = self.cloud.account_password().await?.new_algo;
                    Some(recovery_settings(new, &offered).await?)
                }
            };
            self.cloud.recover_password(code, settings).await?;
            self.session.lock();
            Ok(())
        })
    }

    fn reset_password(&self, _: AcceptLoss) -> BoxFuture<'_, Result<Reset, PasswordError>> {
        Box::pin(async move {
            Ok(match self.cloud.reset_password().await? {
                ResetPasswordResult::Ok => {
                    self.session.lock();
                    Reset::Done
                }
                ResetPasswordResult::RequestedWait { until_date } => Reset::WaitsUntil(until_date),
                ResetPasswordResult::FailedWait { retry_date } => Reset::RefusedUntil(retry_date),
            })
        })
    }

    fn decline_reset(&self) -> BoxFuture<'_, Result<(), PasswordError>> {
        Box::pin(async move {
            match self.cloud.decline_password_reset().await {
                Err(CloudError::ResetRequestMissing) => Err(PasswordError::NothingPending),
                answer => Ok(answer?),
            }
        })
    }
}
