//! Where the account is signed in, and signing it out: here, and there.

use grammers_tl_types as tl;
use tl::{enums, functions, types};

use super::Cloud;
use super::client::Client;
use super::session::Repeat;
use crate::cloud::CloudError;
use crate::element::UnixTime;

/// A session of the account: `authorization#ad01d61d`. What it says of itself it says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveSession {
    /// What names it for [`Cloud::end_session`]; 0 for the current one.
    pub hash: i64,
    /// Whether it is this one.
    pub current: bool,
    /// What runs it.
    pub device_model: String,
    /// The operating system.
    pub system_version: String,
    /// The application, as Telegram knows it.
    pub application: String,
    /// The application's version.
    pub application_version: String,
    /// When it signed in.
    pub created: UnixTime,
    /// When it was last active.
    pub active: UnixTime,
    /// From which address, as Telegram saw it, if it says so.
    pub ip: Option<String>,
    /// Where that address is, if Telegram says so.
    pub country: Option<String>,
}

impl Cloud {
    /// Every session of the account, this one among them: `account.getAuthorizations#e320c158`.
    ///
    /// # Errors
    ///
    /// Any [`CloudError`].
    pub async fn active_sessions(&self) -> Result<Vec<ActiveSession>, CloudError> {
        let request = functions::account::GetAuthorizations {};
        let enums::account::Authorizations::Authorizations(listed) =
            self.client.ask(&request, Repeat::Harmless).await?;
        let sessions = listed.authorizations.into_iter().map(|session| {
            let enums::Authorization::Authorization(session) = session;
            active_session(session)
        });
        Ok(sessions.collect())
    }

    /// Ends another session: `account.resetAuthorization#df77f3bc`. A session that is a day young may not end others.
    ///
    /// # Errors
    ///
    /// [`CloudError::SessionTooFresh`]; [`CloudError::HashInvalid`] if there is none; any other [`CloudError`].
    pub async fn end_session(&self, hash: i64) -> Result<(), CloudError> {
        let ended = self.client.ask(&functions::account::ResetAuthorization { hash }, Repeat::Never).await?;
        if ended {
            Ok(())
        } else {
            Err(CloudError::UnexpectedAnswer { method: "account.resetAuthorization" }.of_change())
        }
    }

    /// Ends this session: `auth.logOut#3e72ba19`. A saved one is of no use any more, and is for the caller to remove.
    ///
    /// # Errors
    ///
    /// Any [`CloudError`]; the session may not have ended, then. That it had ended before is none.
    pub async fn log_out(&self) -> Result<(), CloudError> {
        log_out(&self.client).await
    }
}

/// Ends a session, whether it is signed in, is about to be, or never was.
pub(super) async fn log_out(client: &Client) -> Result<(), CloudError> {
    match client.ask(&functions::auth::LogOut {}, Repeat::Same).await {
        Ok(_) => {}
        Err(CloudError::SignedOut(reason)) if reason.is_certain() => {}
        Err(why) => return Err(why),
    }
    client.close().await;
    Ok(())
}

/// An empty text is how the schema leaves out what it must have.
fn told(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn active_session(session: types::Authorization) -> ActiveSession {
    ActiveSession {
        hash: session.hash,
        current: session.current,
        device_model: session.device_model,
        system_version: session.system_version,
        application: session.app_name,
        application_version: session.app_version,
        created: session.date_created.into(),
        active: session.date_active.into(),
        ip: told(session.ip),
        country: told(session.country),
    }
}
