//! An account that is signed in.

use std::fmt;
use std::io;

#[cfg(feature = "mtproto")]
use tokio::sync::Mutex as AsyncMutex;

use super::functions;
use crate::disk::PlainFolder;
use crate::element::UnixTime;
use crate::login::{LoginError, LoginLink};
#[cfg(feature = "mtproto")]
use crate::tdlib::channel::VaultChannel;
use crate::tdlib::client::{Client, RequestError, after_sending};

/// An account that is signed in, over TDLib.
#[derive(Debug)]
pub struct Session {
    client: Client,
    /// Held while something is done about it.
    #[cfg(feature = "mtproto")]
    pub(in crate::tdlib) channel: AsyncMutex<VaultChannel>,
}

/// Who is signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Me {
    /// The account's number.
    pub id: i64,
    /// Its owner's first name.
    pub first_name: String,
    /// Its owner's last name; may be empty.
    pub last_name: String,
    /// Its phone number without `+`; empty for a bot.
    pub phone_number: String,
    /// Whether it is a bot.
    pub is_bot: bool,
}

impl fmt::Debug for Me {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Me").field("id", &self.id).field("is_bot", &self.is_bot).finish_non_exhaustive()
    }
}

/// This session, as the account's list of devices has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    /// What runs it.
    pub device_model: String,
    /// When it signed in.
    pub created: UnixTime,
}

/// Another device that was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherSession {
    /// What names it for [`Session::end_other`].
    pub id: i64,
    /// What runs it.
    pub device_model: String,
    /// Which application.
    pub application_name: String,
    /// Where it seems to be.
    pub location: String,
    /// Whether it still has to prove the password.
    pub is_password_pending: bool,
}

impl Session {
    pub(super) fn new(client: Client, #[cfg(feature = "mtproto")] channel: VaultChannel) -> Self {
        Self {
            client,
            #[cfg(feature = "mtproto")]
            channel: AsyncMutex::new(channel),
        }
    }

    /// The client, for calls of one's own.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A private folder in the account's directory, for files in the clear that a program outside of this process has to
    /// see, or that are to take their place together.
    ///
    /// # Errors
    ///
    /// Whatever the disk says.
    pub fn plain_folder(&self) -> io::Result<PlainFolder> {
        self.client.plain_folder()
    }

    /// Who is signed in.
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`].
    pub async fn me(&self) -> Result<Me, LoginError> {
        let user = self.client.call(&functions::GetMe {}).await?;
        Ok(Me {
            id: user.id,
            first_name: user.first_name,
            last_name: user.last_name,
            phone_number: user.phone_number,
            is_bot: matches!(user.r#type, tdlib_rs::enums::UserType::Bot(_)),
        })
    }

    /// Lets the device that shows this link in. The person has been asked.
    ///
    /// # Errors
    ///
    /// [`LoginError::LinkInvalid`], [`LoginError::LinkExpired`].
    pub async fn confirm_login(&self, link: &LoginLink) -> Result<OtherSession, LoginError> {
        let confirm = functions::ConfirmQrCodeAuthentication { link: link.as_str() };
        let tdlib_rs::enums::Session::Session(session) = self.client.call(&confirm).await?;
        Ok(OtherSession {
            id: session.id,
            device_model: session.device_model,
            application_name: session.application_name,
            location: session.location,
            is_password_pending: session.is_password_pending,
        })
    }

    /// Makes sure that the server still knows the session, by a call that it answers itself and that changes nothing
    /// (`account.getPassword`). That it refuses the call is an answer, too.
    ///
    /// # Errors
    ///
    /// [`Refusal::SignedOut`](crate::passport::Refusal::SignedOut) if it does not; [`LoginError::Refused`] if it does not answer. TDLib tells nobody that
    /// a server does not know its key: that is no answer.
    pub async fn check(&self) -> Result<(), LoginError> {
        match self.client.call(&functions::GetPasswordState {}).await {
            Ok(_) | Err(RequestError::Refused { .. }) => Ok(()),
            Err(why) => Err(why.into()),
        }
    }

    /// How this session shows up in the account's list of devices; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// [`Refusal::SignedOut`](crate::passport::Refusal::SignedOut), [`LoginError::Refused`].
    pub async fn own(&self) -> Result<Option<OwnSession>, LoginError> {
        let listed = self.client.call(&functions::GetActiveSessions {}).await?;
        let sessions = listed["sessions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let own = sessions.iter().find(|session| session["is_current"].as_bool() == Some(true));
        Ok(own.and_then(|own| {
            let device_model = own["device_model"].as_str()?.to_owned();
            Some(OwnSession { device_model, created: UnixTime::from_seconds(own["log_in_date"].as_i64()?) })
        }))
    }

    /// Ends another session of the account. A session that is a day young may not end others.
    ///
    /// # Errors
    ///
    /// [`Refusal::SignedOut`](crate::passport::Refusal::SignedOut), [`LoginError::Refused`].
    pub async fn end_other(&self, id: i64) -> Result<(), LoginError> {
        self.client.call(&functions::TerminateSession { session_id: id }).await?;
        Ok(())
    }

    /// Signs out: the server forgets the session, TDLib deletes the database. The vault's channel, if there is one, stays
    /// signed in: `log_out_with_channel` (feature `mtproto`) ends both.
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`] if that does not end in time. That the session had ended before is none.
    pub async fn log_out(self) -> Result<(), LoginError> {
        let ended =
            |why: &RequestError| matches!(why, RequestError::SignedOut { .. } | RequestError::Closed { .. });
        match self.client.call(&functions::LogOut {}).await {
            Ok(_) => {}
            // It had ended before.
            Err(why) if ended(&why) => {}
            Err(RequestError::OutcomeUnknown { why, .. }) if ended(&why) => {}
            Err(why) => return Err(why.into()),
        }
        // It has ended by now, or nobody can tell.
        let closed = self.client.wait_until_closed().await;
        Ok(closed.map_err(after_sending::<functions::LogOut>)?)
    }

    /// Closes the session; the next login from its directory is [`Step::Ready`](crate::login::Step::Ready) at once.
    ///
    /// # Errors
    ///
    /// [`LoginError::Refused`] if TDLib does not close in time.
    pub async fn close(self) -> Result<(), LoginError> {
        Ok(self.client.close().await?)
    }
}
