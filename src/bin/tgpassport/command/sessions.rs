//! `sessions [--end SESSION]`.

use std::fmt;

use serde::Serialize;
use telegram_passport::cloud::CloudError;
use telegram_passport::mtproto::ActiveSession;

use crate::account::{SignedIn, channel_vault, end_channel};
use crate::answer::Answer;
use crate::arguments;
use crate::arguments::secret::SessionName;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::{Failure, sentence, signed_out};
use crate::printable;

#[derive(Serialize)]
struct Listed {
    sessions: Vec<ListedSession>,
}

#[derive(Serialize)]
struct ListedSession {
    /// What `--end` takes.
    session: String,
    /// Whether it is the vault's own.
    vault: bool,
    device: String,
    application: String,
    /// Unix time, in seconds.
    created: i64,
    /// Unix time, in seconds.
    active: i64,
    country: String,
}

#[derive(Serialize)]
struct Ended {
    ended: bool,
}

pub(crate) async fn run(options: &arguments::Sessions) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.account.password_stdin);
    let signed_in = SignedIn::open(&options.account, asker).await?;
    match options.end {
        Some(SessionName::Vault) => {
            let ended = end_channel(&signed_in).await?;
            Ok(signed_in.close().await.beside(Ended { ended }))
        }
        Some(SessionName::Other(hash)) => {
            let (vault, _) = channel_vault(&signed_in, asker).await?;
            Deed::end_session().run(vault.cloud().end_session(hash), failure).await?;
            Ok(signed_in.close().await.beside(Ended { ended: true }))
        }
        None => {
            let (vault, _) = channel_vault(&signed_in, asker).await?;
            let sessions = vault.cloud().active_sessions().await.map_err(|error| failure(&error))?;
            let sessions = sessions.into_iter().map(ListedSession::new).collect();
            Ok(signed_in.close().await.beside(Listed { sessions }))
        }
    }
}

fn failure(error: &CloudError) -> Failure {
    if let Some(failure) = signed_out(error) {
        return failure;
    }
    match error {
        CloudError::Transport(_) => Failure::failed(sentence(error)),
        _ => Failure::denied(sentence(error)),
    }
}

impl ListedSession {
    fn new(session: ActiveSession) -> Self {
        let line = |text: &str| printable::line(text);
        Self {
            session: if session.current { "vault".to_owned() } else { session.hash.to_string() },
            vault: session.current,
            device: line(&session.device_model),
            application: line(format!("{} {}", session.application, session.application_version).trim()),
            created: session.created,
            active: session.active,
            country: line(&session.country),
        }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for session in &self.sessions {
            writeln!(f, "{:<22} {}", session.session, session.device)?;
            writeln!(f, "{:<22} {}, active {}", "", session.application, printable::moment(session.active))?;
        }
        Ok(())
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ended {
            writeln!(f, "The session has ended.")
        } else {
            writeln!(f, "The vault has no session of its own.")
        }
    }
}
