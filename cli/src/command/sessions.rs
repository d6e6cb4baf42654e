//! `sessions [--end SESSION]`.

use std::fmt;

use serde::Serialize;
use telegram_passport::cloud::CloudError;
use telegram_passport::element::UnixTime;
use telegram_passport::mtproto::ActiveSession;
use telegram_passport::tdlib::OwnSession;

use crate::account::{SignedIn, channel_vault, end_channel, has_channel};
use crate::answer::Answer;
use crate::arguments;
use crate::arguments::secret::SessionName;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::Failure;
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
    /// Whether this program uses it, here: the vault's own, or the one that let it in.
    in_use: bool,
    device: String,
    application: String,
    created: UnixTime,
    active: UnixTime,
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
            if has_channel(&signed_in.account) {
                let what = "This is the vault's own session. Another is signed in when it is wanted, with the password.";
                may_end(what, options.yes, asker).await?;
            }
            let ended = end_channel(&signed_in.session).await?;
            Ok(signed_in.close().await.beside(Ended { ended }))
        }
        Some(SessionName::Other(hash)) => {
            let (vault, _) = channel_vault(&signed_in, asker).await?;
            let sessions = vault.cloud().active_sessions().await?;
            let Some(session) = sessions.iter().find(|session| !session.current && session.hash == hash)
            else {
                return Err(Failure::from(&CloudError::HashInvalid));
            };
            // Where that cannot be told it may be.
            let own = signed_in.session.own().await.unwrap_or_default();
            if own.is_none_or(|own| is_own(session, &own)) {
                let what =
                    "This is the session that this program is signed in with: it would have to sign in anew.";
                may_end(what, options.yes, asker).await?;
            }
            Deed::end_session().run(vault.cloud().end_session(hash), |error| error.into()).await?;
            Ok(signed_in.close().await.beside(Ended { ended: true }))
        }
        None => {
            let (vault, _) = channel_vault(&signed_in, asker).await?;
            let sessions = vault.cloud().active_sessions().await?;
            let own = signed_in.session.own().await?;
            let listed = |session| ListedSession::new(session, own.as_ref());
            let sessions = sessions.into_iter().map(listed).collect();
            Ok(signed_in.close().await.beside(Listed { sessions }))
        }
    }
}

/// Whether a session that the vault sees is TDLib's own: the list has no better name for it.
fn is_own(session: &ActiveSession, own: &OwnSession) -> bool {
    (&session.device_model, session.created) == (&own.device_model, own.created)
}

/// Has the person agree that a session in use is ended.
async fn may_end(what: &str, yes: bool, asker: Asker) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !asker.is_terminal() {
        return Err(Failure::usage(
            "this session is in use here, and there is no terminal to ask on whether to end it",
        )
        .remedy("--yes ends it without being asked."));
    }
    asker.tell(what);
    if asker.agrees("End it?").await? { Ok(()) } else { Err(Failure::declined("no session was ended")) }
}

impl ListedSession {
    fn new(session: ActiveSession, own: Option<&OwnSession>) -> Self {
        let line = |text: &str| printable::line(text);
        Self {
            session: if session.current { "vault".to_owned() } else { session.hash.to_string() },
            vault: session.current,
            in_use: session.current || own.is_some_and(|own| is_own(&session, own)),
            device: line(&session.device_model),
            application: line(format!("{} {}", session.application, session.application_version).trim()),
            created: session.created,
            active: session.active,
            country: line(&session.country.unwrap_or_default()),
        }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for session in &self.sessions {
            let mark = if session.in_use { ", in use here" } else { "" };
            writeln!(f, "{:<22} {}{mark}", session.session, session.device)?;
            writeln!(f, "{:<22} {}, active {}", "", session.application, session.active)?;
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
