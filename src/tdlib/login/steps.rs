//! What a login wants, answered through TDLib.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tdlib_rs::{enums, types};

use super::{Login, functions, step};
use crate::cloud::CloudError;
use crate::login::{LoginError, LoginSteps, Step};
use crate::passport::sealed::Sealed;
use crate::passport::{AcceptLoss, Alteration, PasswordError, Refusal, judge_new_password};
use crate::tdlib::client::REQUEST_TIME_OUT;
use crate::tdlib::function::Function;
use crate::vault::Password;

impl Login {
    /// Calls a function of the login, and says what comes after.
    pub(super) async fn answer<F: Function>(&self, function: &F) -> Result<Step, LoginError> {
        self.client.call(function).await?;
        self.step().await.map_err(|why| match why {
            // It was done, whatever keeps the next step from being seen.
            LoginError::Refused(Refusal::Offline(why)) if F::CHANGES => Refusal::OutcomeUnknown(why).into(),
            LoginError::Refused(Refusal::Server(CloudError::Other { code, message }))
                if F::CHANGES && CloudError::is_trouble(code, &message) =>
            {
                Refusal::OutcomeUnknown(Arc::new(CloudError::Other { code, message })).into()
            }
            why => why,
        })
    }
}

impl Sealed for Login {}

impl LoginSteps for Login {
    fn step(&self) -> BoxFuture<'_, Result<Step, LoginError>> {
        Box::pin(async move {
            self.settled().await?.ok_or(LoginError::NothingHappened { after: REQUEST_TIME_OUT })
        })
    }

    fn changed<'a>(&'a self, from: &'a Step, time_out: Duration) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            let mut authorization = self.client.authorization();
            let other = |state: &Value| step::read(state).filter(|now| now != from);
            let changed = authorization.wait_for(|now| other(&now.state).is_some());
            match tokio::time::timeout(time_out, changed).await {
                Ok(Ok(now)) => Ok(other(&now.state).unwrap_or(Step::Closed)),
                Ok(Err(_)) => Ok(Step::Closed),
                Err(_) => Err(LoginError::NothingHappened { after: time_out }),
            }
        })
    }

    fn set_phone_number<'a>(&'a self, phone_number: &'a str) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move { self.answer(&functions::SetAuthenticationPhoneNumber { phone_number }).await })
    }

    fn resend_code(&self) -> BoxFuture<'_, Result<Step, LoginError>> {
        Box::pin(async move { self.answer(&functions::ResendAuthenticationCode {}).await })
    }

    fn check_code<'a>(&'a self, code: &'a str) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move { self.answer(&functions::CheckAuthenticationCode { code }).await })
    }

    fn set_email_address<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            self.answer(&functions::SetAuthenticationEmailAddress { email_address: address }).await
        })
    }

    fn check_email_code<'a>(&'a self, code: &'a str) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            let code = types::EmailAddressAuthenticationCode { code: code.to_owned() };
            let code = enums::EmailAddressAuthentication::Code(code);
            self.answer(&functions::CheckAuthenticationEmailCode { code }).await
        })
    }

    fn register<'a>(
        &'a self,
        first_name: &'a str,
        last_name: &'a str,
    ) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            let register = functions::RegisterUser { first_name, last_name, disable_notification: true };
            self.answer(&register).await
        })
    }

    fn check_password<'a>(&'a self, password: &'a Password) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            let password = password.as_str();
            if let Some(alteration) = Alteration::of(password) {
                return Err(LoginError::Unfit(PasswordError::PasswordAltered(alteration)));
            }
            self.answer(&functions::CheckAuthenticationPassword { password }).await
        })
    }

    fn request_password_recovery(&self) -> BoxFuture<'_, Result<Step, LoginError>> {
        Box::pin(async move { self.answer(&functions::RequestAuthenticationPasswordRecovery {}).await })
    }

    fn recover_password<'a>(
        &'a self,
        code: &'a str,
        new: Option<(&'a Password, &'a str)>,
        _: AcceptLoss,
    ) -> BoxFuture<'a, Result<Step, LoginError>> {
        Box::pin(async move {
            if let Some((new, hint)) = new {
                judge_new_password(new, hint).map_err(LoginError::Unfit)?;
            }
            self.answer(&functions::CheckAuthenticationPasswordRecoveryCode { recovery_code: code }).await?;
            let (new_password, new_hint) = new.map_or(("", ""), |(new, hint)| (new.as_str(), hint));
            let recover =
                functions::RecoverAuthenticationPassword { recovery_code: code, new_password, new_hint };
            self.answer(&recover).await
        })
    }

    fn request_link(&self) -> BoxFuture<'_, Result<Step, LoginError>> {
        Box::pin(
            async move { self.answer(&functions::RequestQrCodeAuthentication { other_user_ids: &[] }).await },
        )
    }
}
