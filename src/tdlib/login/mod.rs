//! Logging in: from a directory to a [`Session`].
//!
//! [`Login::begin`] opens or creates an account's directory and gives the first [`Step`]. Each step says what TDLib
//! wants next, each method answers one, and gives the next: phone number, code, registration or password; or a QR code
//! that a signed-in device approves; or a bot's token. At [`Step::Ready`], [`Login::finish`] gives the session.
//!
//! A directory belongs to one account on one server: made for a sandbox it never meets Telegram, nor the other way
//! round, and another sandbox is another server. Its database is encrypted with a key that the caller keeps.

mod error;
mod functions;
mod home;
mod link;
mod options;
mod session;
mod step;

use std::sync::Arc;
use std::time::Duration;

use tdlib_rs::{enums, types};

use super::client::{Client, REQUEST_TIME_OUT};
use super::function::Function;
use super::library::Library;
use super::plain_files;
use crate::cloud::{CloudError, SignedOut};
use crate::passport::{AcceptLoss, Alteration, PasswordError, Refusal, judge_new_password};
use crate::vault::Password;

pub use error::LoginError;
#[cfg(test)]
pub(super) use functions::SIGNATURES;
pub use link::{LinkError, LoginLink};
pub use options::{ApiCredentials, DatabaseKey, Device, Proxy, ProxyKind, SessionOptions};
pub use session::{Me, OtherSession, OwnSession, Session};
pub use step::{CodeWay, SentCode, Step};

/// A login under way.
#[derive(Debug)]
pub struct Login {
    client: Client,
}

impl Login {
    /// Opens an account's directory, or creates it, and says what comes next: [`Step::Ready`] if it is signed in.
    ///
    /// What a killed process left there in the clear is removed.
    ///
    /// # Errors
    ///
    /// [`LoginError`]; [`LoginError::WrongServer`] before TDLib has seen the directory.
    pub async fn begin(
        library: &'static Library,
        options: &SessionOptions,
    ) -> Result<(Self, Step), LoginError> {
        let places = home::open(&options.directory, library.server())?;
        let client = Client::start(library).map_err(LoginError::Thread)?;
        // Sent before the parameters, a proxy is in use from the first packet on; its answer comes after theirs only.
        let proxy = match &options.proxy {
            Some(proxy) => Some(client.send(&functions::AddProxy { proxy: proxy.to_tdlib(), enable: true })?),
            None => None,
        };
        let parameters = client.send(&options.parameters(&places))?.answer(REQUEST_TIME_OUT).await;
        parameters.map_err(LoginError::of_parameters)?;
        client.opened(&options.directory);
        // The directory is this client's alone now.
        if let Err(error) = plain_files::sweep(&options.directory, &[&places.database, &places.files]) {
            tracing::warn!(kind = ?error.kind(), "what an ended process left in the clear cannot be removed");
        }
        if let Some(proxy) = proxy {
            proxy.answer(REQUEST_TIME_OUT).await?;
        }
        let login = Self { client };
        let step = login.settled().await?;
        Ok((login, step))
    }

    /// The client, for calls of one's own.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What TDLib wants now.
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`].
    pub async fn step(&self) -> Result<Step, LoginError> {
        let state = self.client.call(&functions::GetAuthorizationState {}).await?;
        Ok(Step::read(&state))
    }

    /// Waits until TDLib wants something else, as it does when a QR code was approved.
    ///
    /// # Errors
    ///
    /// [`LoginError::NothingHappened`] if that takes longer than is said.
    pub async fn changed(&self, from: &Step, time_out: Duration) -> Result<Step, LoginError> {
        let mut authorization = self.client.authorization();
        let other = authorization.wait_for(|now| !now.state.is_null() && Step::read(&now.state) != *from);
        match tokio::time::timeout(time_out, other).await {
            Ok(Ok(now)) => Ok(Step::read(&now.state)),
            Ok(Err(_)) => Ok(Step::Closed),
            Err(_) => Err(LoginError::NothingHappened { after: time_out }),
        }
    }

    /// Names the account; Telegram sends a code. At [`Step::Code`] it starts anew with another number.
    ///
    /// # Errors
    ///
    /// [`LoginError::PhoneNumberInvalid`], [`Refusal::Wait`](crate::passport::Refusal::Wait), …
    pub async fn set_phone_number(&self, phone_number: &str) -> Result<Step, LoginError> {
        self.answer(&functions::SetAuthenticationPhoneNumber { phone_number }).await
    }

    /// Has the code sent again, the next way, when [`SentCode::resend_after`] has passed.
    ///
    /// # Errors
    ///
    /// [`LoginError::TooEarly`] if there is no next way, or it is not time yet.
    pub async fn resend_code(&self) -> Result<Step, LoginError> {
        self.answer(&functions::ResendAuthenticationCode {}).await
    }

    /// Proves the phone number with its code.
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeInvalid`] leaves the step as it is; [`LoginError::CodeExpired`] wants a new code.
    pub async fn check_code(&self, code: &str) -> Result<Step, LoginError> {
        self.answer(&functions::CheckAuthenticationCode { code }).await
    }

    /// Has a code sent to this address, at [`Step::EmailAddress`]: it becomes the account's login e-mail address.
    ///
    /// # Errors
    ///
    /// [`LoginError::EmailInvalid`] leaves the step as it is.
    pub async fn set_email_address(&self, address: &str) -> Result<Step, LoginError> {
        self.answer(&functions::SetAuthenticationEmailAddress { email_address: address }).await
    }

    /// Proves the login e-mail address with its code, at [`Step::EmailCode`].
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeInvalid`] leaves the step as it is; [`LoginError::CodeExpired`] wants a new code.
    pub async fn check_email_code(&self, code: &str) -> Result<Step, LoginError> {
        let code = types::EmailAddressAuthenticationCode { code: code.to_owned() };
        let code = enums::EmailAddressAuthentication::Code(code);
        self.answer(&functions::CheckAuthenticationEmailCode { code }).await
    }

    /// Signs up, at [`Step::Registration`]; the person has accepted Telegram's terms of service.
    ///
    /// # Errors
    ///
    /// [`LoginError::NameInvalid`] leaves the step as it is.
    pub async fn register(&self, first_name: &str, last_name: &str) -> Result<Step, LoginError> {
        self.answer(&functions::RegisterUser { first_name, last_name, disable_notification: true }).await
    }

    /// Proves the password of two-step verification, at [`Step::Password`].
    ///
    /// # Errors
    ///
    /// [`LoginError::PasswordInvalid`] leaves the step as it is, and so does [`LoginError::Unfit`]: a password that
    /// TDLib would not send as it is would be a wrong one.
    pub async fn check_password(&self, password: &Password) -> Result<Step, LoginError> {
        let password = password.as_str();
        if let Some(alteration) = Alteration::of(password) {
            return Err(LoginError::Unfit(PasswordError::PasswordAltered(alteration)));
        }
        self.answer(&functions::CheckAuthenticationPassword { password }).await
    }

    /// Has a recovery code sent to the recovery e-mail address, at [`Step::Password`], which then shows its pattern.
    ///
    /// # Errors
    ///
    /// [`LoginError::NoRecoveryEmail`].
    pub async fn request_password_recovery(&self) -> Result<Step, LoginError> {
        self.answer(&functions::RequestAuthenticationPasswordRecovery {}).await
    }

    /// Proves the recovery e-mail address with its code, and replaces the password by another, or by none.
    ///
    /// Whoever forgot the password loses their Passport: its secret was locked with it, hence the caller's word.
    /// [`Step::Password`] says whether there is one.
    ///
    /// # Errors
    ///
    /// [`LoginError::CodeInvalid`] leaves the step as it is; [`LoginError::Unfit`], before anybody is asked, if the new
    /// password or its hint would not do.
    pub async fn recover_password(
        &self,
        code: &str,
        new: Option<(&Password, &str)>,
        _: AcceptLoss,
    ) -> Result<Step, LoginError> {
        if let Some((new, hint)) = new {
            judge_new_password(new, hint).map_err(LoginError::Unfit)?;
        }
        self.answer(&functions::CheckAuthenticationPasswordRecoveryCode { recovery_code: code }).await?;
        let (new_password, new_hint) = new.map_or(("", ""), |(new, hint)| (new.as_str(), hint));
        let recover =
            functions::RecoverAuthenticationPassword { recovery_code: code, new_password, new_hint };
        self.answer(&recover).await
    }

    /// Asks for a QR code in place of a phone number: [`Step::OtherDevice`] brings the link in it.
    ///
    /// The link is renewed about every 30 seconds; [`changed`](Self::changed) gives the next, and what follows when a
    /// signed-in device has approved it ([`Session::confirm_login`]).
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`].
    pub async fn request_qr_code(&self) -> Result<Step, LoginError> {
        self.answer(&functions::RequestQrCodeAuthentication { other_user_ids: &[] }).await
    }

    /// Signs in as a bot.
    ///
    /// # Errors
    ///
    /// [`LoginError::BotTokenInvalid`].
    pub async fn check_bot_token(&self, token: &str) -> Result<Step, LoginError> {
        self.answer(&functions::CheckAuthenticationBotToken { token }).await
    }

    /// The session, at [`Step::Ready`].
    ///
    /// # Errors
    ///
    /// [`LoginError::NotReady`] otherwise, with the login to go on with; [`Refusal::SignedOut`](crate::passport::Refusal::SignedOut) if the session ended
    /// meanwhile.
    pub async fn finish(self) -> Result<Session, (LoginError, Self)> {
        match self.step().await {
            Ok(Step::Ready) => Ok(Session::new(self.client)),
            Ok(Step::LoggingOut | Step::Closed) => Err((Refusal::SignedOut(SignedOut::Untold).into(), self)),
            Ok(_) => Err((LoginError::NotReady, self)),
            Err(error) => Err((error, self)),
        }
    }

    /// Gives up for now: what was reached stays in the directory.
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`] if TDLib does not close in time.
    pub async fn close(self) -> Result<(), LoginError> {
        Ok(self.client.close().await?)
    }

    /// Calls a function of the login, and says what comes after.
    async fn answer<F: Function>(&self, function: &F) -> Result<Step, LoginError> {
        self.client.call(function).await.map_err(LoginError::from)?;
        self.settled().await.map_err(|why| match why {
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

    /// The next step that the person has to do something about. TDLib tells of a state before it answers what led to
    /// it, but it passes through some.
    async fn settled(&self) -> Result<Step, LoginError> {
        match self.step().await? {
            Step::Parameters => self.changed(&Step::Parameters, REQUEST_TIME_OUT).await,
            step => Ok(step),
        }
    }
}
