//! A channel that is signed in and kept, or not at all.

use std::error::Error;
use std::io::Write as _;

use tokio::sync::oneshot;

use super::{VaultChannel, VaultChannelError};
use crate::disk::Aside;
use crate::login::{LoginError, LoginLink, LoginSteps as _, Step};
use crate::mtproto::{Cloud, Login};
use crate::passport::Refusal;
use crate::tdlib::login::Session;
use crate::vault::Password;

/// How far a session was let in.
enum Approval {
    /// Nobody was asked.
    Unasked,
    /// Nobody has said so yet.
    Asked,
    /// It was, and this is what names it among the account's sessions.
    Given(i64),
}

impl VaultChannel {
    /// Signs a session in, approved by TDLib's, and keeps it.
    pub(super) async fn sign_in(
        &self,
        session: &Session,
        password: Option<&Password>,
    ) -> Result<Cloud, VaultChannelError> {
        self.end_begun().await?;
        let (mut login, _) = Login::begin(self.network()?, self.application.clone());
        // What could not be kept would stay behind on the server: that it can comes first.
        login.keep_in(&self.begun_file(), &self.key).await?;
        let mut approval = Approval::Unasked;
        match self.signed_in_and_kept(session, &login, &mut approval, password).await {
            Ok(cloud) => {
                if let Approval::Given(number) = approval
                    && let Err(why) = self.keep_number(number)
                {
                    // It ends itself all the same, as long as it can.
                    tracing::warn!(kind = ?why.kind(), "what names the vault's session is not kept");
                }
                // It stands elsewhere now. What cannot be removed is ended by nobody but its own session.
                let _ = super::ending::removed(&self.begun_file());
                Ok(cloud)
            }
            Err(reason) => Err(self.let_go(session, &login, &approval, reason).await),
        }
    }

    async fn signed_in_and_kept(
        &self,
        session: &Session,
        login: &Login,
        approval: &mut Approval,
        password: Option<&Password>,
    ) -> Result<Cloud, VaultChannelError> {
        let mut step = let_in(login, session, approval).await?;
        if let (Step::Password { .. }, Some(password)) = (&step, password) {
            step = login.check_password(password).await?;
        }
        let cloud = login.cloud().ok_or(match step {
            Step::Password { .. } => VaultChannelError::PasswordRequired,
            _ => VaultChannelError::Login(LoginError::NotReady),
        })?;
        if cloud.user_id() != session.me().await?.id {
            return Err(VaultChannelError::OtherAccount);
        }
        cloud.save_to(&self.file(), &self.key).await.map_err(VaultChannelError::Unkept)?;
        Ok(cloud)
    }

    /// Ends a session that was not signed in, or cannot be kept: it must not stay behind. Where it may, that is told, and
    /// what ends it later is kept.
    async fn let_go(
        &self,
        session: &Session,
        login: &Login,
        approval: &Approval,
        reason: VaultChannelError,
    ) -> VaultChannelError {
        let ended = match approval {
            Approval::Unasked => Ok(()),
            Approval::Asked => login.log_out().await.map_err(VaultChannelError::from),
            Approval::Given(number) => match login.log_out().await {
                Ok(()) => Ok(()),
                Err(_) => session.end_other(*number).await.map_err(VaultChannelError::from),
            },
        };
        if let Err(unended) = ended {
            return VaultChannelError::Left { reason: Box::new(reason), unended: Box::new(unended) };
        }
        // What is left there ends nothing any more.
        let _ = super::ending::removed(&self.begun_file());
        if is_outcome_unknown(&reason) { VaultChannelError::Unanswered } else { reason }
    }

    fn keep_number(&self, number: i64) -> std::io::Result<()> {
        let mut aside = Aside::in_folder(&self.directory)?;
        aside.write_all(number.to_string().as_bytes())?;
        Ok(aside.put(&self.number_file())?)
    }
}

/// Whether it leaves open what was done, for want of an answer to one or to the other session.
fn is_outcome_unknown(reason: &VaultChannelError) -> bool {
    let is_unknown = |why: &LoginError| matches!(why, LoginError::Refused(Refusal::OutcomeUnknown(_)));
    match reason {
        VaultChannelError::Refused(why) => why.is_outcome_unknown(),
        VaultChannelError::Login(LoginError::Approval(why)) => why.downcast_ref().is_some_and(is_unknown),
        _ => false,
    }
}

/// Has a session let in by the one that is signed in, and notes how far that has come.
///
/// The new one may hear of its approval before the other one is answered, whose answer is waited for all the same.
async fn let_in(login: &Login, session: &Session, approval: &mut Approval) -> Result<Step, LoginError> {
    let (show, shown) = oneshot::channel::<LoginLink>();
    let (tell, told) = oneshot::channel::<Result<(), Box<dyn Error + Send + Sync>>>();
    let signing_in = login.by_approval(|link| async move {
        // Who approves waits for nothing else.
        let _ = show.send(link);
        told.await.unwrap_or_else(|gone| Err(gone.into()))
    });
    let approving = async {
        let Ok(link) = shown.await else { return };
        *approval = Approval::Asked;
        let outcome = match session.confirm_login(&link).await {
            Ok(other) => {
                *approval = Approval::Given(other.id);
                Ok(())
            }
            Err(why) => Err(why.into()),
        };
        // Who is signed in already does not mind.
        let _ = tell.send(outcome);
    };
    tokio::join!(signing_in, approving).0
}
