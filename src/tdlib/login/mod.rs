//! Logging in: from a directory to a [`Session`].
//!
//! [`Login::begin`] opens or creates an account's directory and gives the first [`Step`], [`LoginSteps`] answers each, or
//! a bot's token the first one. At [`Step::Ready`], [`Login::finish`] gives the session.
//!
//! A directory belongs to one account on one server: made for a sandbox it never meets Telegram, nor the other way
//! round, and another sandbox is another server. Its database is encrypted with a key that the caller keeps.

mod error;
mod functions;
mod home;
mod options;
mod session;
mod step;
mod steps;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

#[cfg(feature = "mtproto")]
use super::channel::VaultChannel;
use super::client::{Client, REQUEST_TIME_OUT, RequestError};
use super::library::Library;
use super::plain_files;
use crate::cloud::SignedOut;
use crate::login::{LoginError, LoginSteps, Step};
use crate::passport::Refusal;

pub use error::OpenError;
#[cfg(test)]
pub(super) use functions::SIGNATURES;
pub use options::{Proxy, ProxyKind, SessionOptions};
pub use session::{Me, OtherSession, OwnSession, Session};

/// A login under way, over TDLib. [`LoginSteps`] answers what it wants.
#[derive(Debug)]
pub struct Login {
    client: Client,
    #[cfg(feature = "mtproto")]
    channel: VaultChannel,
}

impl Login {
    /// Opens an account's directory, or creates it, and says what comes next: [`Step::Ready`] if it is signed in.
    ///
    /// What a killed process left there in the clear is removed.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; [`OpenError::WrongServer`] before TDLib has seen the directory.
    pub async fn begin(
        library: &'static Library,
        options: &SessionOptions,
    ) -> Result<(Self, Step), OpenError> {
        #[cfg(feature = "mtproto")]
        let channel = VaultChannel::beside(library.server(), options)?;
        let places = home::open(&options.directory, library.server())?;
        let client = Client::start(library).map_err(OpenError::Thread)?;
        // Sent before the parameters, a proxy is in use from the first packet on; its answer comes after theirs only.
        let proxy = match &options.proxy {
            Some(proxy) => Some(client.send(&functions::AddProxy { proxy: proxy.to_tdlib(), enable: true })?),
            None => None,
        };
        let database_key = Zeroizing::new(BASE64_STANDARD.encode(options.database_key.as_bytes()));
        client.send(&options.parameters(&places, &database_key))?.answer(REQUEST_TIME_OUT).await?;
        client.opened(&options.directory);
        // The directory is this client's alone now.
        if let Err(error) = plain_files::sweep(&options.directory, &[&places.database, &places.files]) {
            tracing::warn!(kind = ?error.kind(), "what an ended process left in the clear cannot be removed");
        }
        if let Some(proxy) = proxy {
            proxy.answer(REQUEST_TIME_OUT).await?;
        }
        let login = Self {
            client,
            #[cfg(feature = "mtproto")]
            channel,
        };
        let step = login.settled().await?.ok_or(OpenError::Starting)?;
        Ok((login, step))
    }

    /// The client, for calls of one's own.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
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
            Ok(Step::Ready) => Ok(Session::new(
                self.client,
                #[cfg(feature = "mtproto")]
                self.channel,
            )),
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

    /// What the person has to do something about; nothing yet if TDLib has not started in the time that it has. It tells of
    /// a state before it answers what led to it, but it passes through some.
    async fn settled(&self) -> Result<Option<Step>, RequestError> {
        let state = self.client.call(&functions::GetAuthorizationState {}).await?;
        if let Some(step) = step::read(&state) {
            return Ok(Some(step));
        }
        let mut authorization = self.client.authorization();
        let started = authorization.wait_for(|now| step::read(&now.state).is_some());
        match tokio::time::timeout(REQUEST_TIME_OUT, started).await {
            Ok(Ok(now)) => Ok(step::read(&now.state)),
            Ok(Err(_)) => Ok(Some(Step::Closed)),
            Err(_) => Ok(None),
        }
    }
}
