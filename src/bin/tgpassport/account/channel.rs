//! The vault's own channel of an account: a session of its own, let in by TDLib's, and kept sealed beside it.
//!
//! It sees what TDLib hides, and looks at the passport secret before TDLib may load it. Among the account's devices it
//! is called "telegram-passport vault".

use std::error::Error;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use telegram_passport::cloud::{CloudError, SecureCloud};
use telegram_passport::element::ElementType;
use telegram_passport::mtproto::{Application, Cloud, SavedSessionError, SignIn, SignInError, Step};
use telegram_passport::passport::Vaulted;
use telegram_passport::tdlib::{LoginLink, Session};
use telegram_passport::vault::Password;
use tokio::sync::oneshot;

use super::aside::Aside;
use super::{Account, Place, Server, SignedIn, login_failure};
use crate::asking::{Answered, Asker};
use crate::deed::Deed;
use crate::failure::{Failure, sentence, signed_out};
use crate::progress::Progress;
use crate::running;
use crate::writing::Folder;

/// The sealed session, in the account's directory.
const FILE: &str = "channel.session";

/// What names it among the account's sessions.
const NUMBER_FILE: &str = "channel.number";

/// The vault over the account's channel.
pub(crate) type ChannelVault = Arc<Vaulted<Cloud>>;

fn file(account: &Account) -> PathBuf {
    account.directory().join(FILE)
}

/// Whether the account has a channel.
pub(crate) fn is_there(account: &Account) -> bool {
    file(account).is_file()
}

/// The channel that was signed in earlier; `None` if there is none, or if somebody has ended it.
pub(crate) async fn saved(place: Place<'_>) -> Result<Option<Cloud>, Failure> {
    let Some(cloud) = found(place).await? else { return Ok(None) };
    match cloud.active_sessions().await {
        Ok(_) => Ok(Some(cloud)),
        Err(CloudError::SignedOut(reason)) if reason.is_certain() => {
            remove(place.account)?;
            Ok(None)
        }
        Err(error) => Err(failure(&error)),
    }
}

/// Sets the channel aside if the server says not to know it: another is signed in when it is wanted.
pub(crate) async fn set_aside_if_unknown(place: Place<'_>) -> Result<(), Failure> {
    let Some(cloud) = found(place).await? else { return Ok(()) };
    match cloud.active_sessions().await {
        Err(CloudError::SignedOut(reason)) if !reason.is_certain() => {
            Aside::put(&file(place.account))?;
            let number = number_file(place.account);
            if number.is_file() {
                Aside::put(&number)?;
            }
            Ok(())
        }
        // Whoever wants it sees what else there is.
        _ => Ok(()),
    }
}

/// The channel that was signed in earlier, whatever became of it.
async fn found(place: Place<'_>) -> Result<Option<Cloud>, Failure> {
    let path = file(place.account);
    if !path.is_file() {
        return Ok(None);
    }
    let key = place.keys.session_key().await?;
    let network = place.server.network()?;
    match Cloud::open_from(network, application(place.server), &path, &key).await {
        Ok(cloud) => Ok(Some(cloud)),
        Err(SavedSessionError::OtherServer) => {
            Err(Failure::refused(sentence(&SavedSessionError::OtherServer)))
        }
        // Damaged, or sealed under a key that is gone: another is signed in, and this one ends with the others.
        Err(error) => Err(Failure::failed(sentence(&error))
            .remedy(format!("Remove {}; another session is signed in then.", path.display()))),
    }
}

/// The vault over the account's channel, which is signed in now if it is not yet: TDLib's session approves it, and the
/// password proves whose it is.
pub(crate) async fn vault(
    signed_in: &SignedIn,
    password: Option<&str>,
    asker: Asker,
) -> Result<Answered<ChannelVault>, Failure> {
    if let Some(cloud) = saved(signed_in.place()).await? {
        return Ok(Answered::Well(Arc::new(Vaulted::new(cloud))));
    }
    asker.tell(
        "The vault signs in a session of its own, approved by this one. Among your devices it is called\n\
         \"telegram-passport vault\"; `tgpassport sessions` lists and ends it.",
    );
    // What could not be kept would stay behind on the server: that it can comes first, and a signal comes last.
    let key = signed_in.keys.session_key().await?;
    let under_way = Deed::vault_session().begin();
    let _progress = Progress::start("signing in the vault's own session");
    let mut sign_in = SignIn::begin(signed_in.server.network()?, application(&signed_in.server));
    let (step, number) = let_in(&mut sign_in, &signed_in.session).await;
    let step = match (step.map_err(|error| failure(&error))?, password) {
        (Step::Password { .. }, Some(password)) => {
            match sign_in.check_password(Password::from(password)).await {
                Ok(step) => step,
                Err(error @ SignInError::Cloud(CloudError::PasswordHashInvalid)) => {
                    return Ok(Answered::Wrong(Failure::denied(sentence(&error))));
                }
                Err(error) => return Err(failure(&error)),
            }
        }
        (step, _) => step,
    };
    let Step::Ready(cloud) = step else {
        return Err(Failure::failed("the vault's own session wants the account's password"));
    };
    if let Err(error) = cloud.save_to(&file(&signed_in.account), &key).await {
        // A session that cannot be found again must not stay behind.
        let _ = cloud.log_out().await;
        return Err(Failure::failed(format!("the vault's own session cannot be kept: {error}")));
    }
    if let Some(number) = number
        && let Err(failure) =
            Folder::create(signed_in.account.directory())?.write(NUMBER_FILE, number.to_string().as_bytes())
    {
        // It ends itself all the same, as long as it can.
        asker.tell(&failure.to_string());
    }
    drop(under_way);
    if running::is_interrupted() {
        return Err(Failure::declined("interrupted"));
    }
    Ok(Answered::Well(Arc::new(Vaulted::new(cloud))))
}

/// Which elements are stored, if the account has a channel: it needs no password to see that.
pub(crate) async fn stored_kinds(signed_in: &SignedIn) -> Result<Option<Vec<ElementType>>, Failure> {
    let Some(cloud) = saved(signed_in.place()).await? else { return Ok(None) };
    let values = cloud.all_secure_values().await.map_err(|error| failure(&error))?;
    Ok(Some(values.iter().map(|value| value.kind).collect()))
}

/// Ends the account's channel, here and on the server; false if there is none. Where it cannot end itself, the session
/// that let it in does.
pub(crate) async fn end(place: Place<'_>, by: Option<&Session>) -> Result<bool, Failure> {
    if !is_there(place.account) {
        return Ok(false);
    }
    match (end_itself(place).await, by, number(place.account)) {
        (Ok(()), ..) => {}
        (Err(_), Some(session), Some(number)) => {
            Deed::end_session().run(session.end_other(number), login_failure).await?;
        }
        (Err(failure), ..) => return Err(failure),
    }
    remove(place.account)?;
    Ok(true)
}

async fn end_itself(place: Place<'_>) -> Result<(), Failure> {
    if let Some(cloud) = saved(place).await? {
        Deed::end_session().run(cloud.log_out(), |error| failure(error)).await?;
    }
    Ok(())
}

/// What names the channel among the account's sessions, if that was kept.
fn number(account: &Account) -> Option<i64> {
    fs::read_to_string(number_file(account)).ok()?.trim().parse().ok().filter(|number| *number != 0)
}

fn number_file(account: &Account) -> PathBuf {
    account.directory().join(NUMBER_FILE)
}

fn remove(account: &Account) -> Result<(), Failure> {
    for path in [file(account), number_file(account)] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Failure::failed(format!("{} cannot be removed: {error}", path.display())));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Telegram knows the channel by the person's own credentials, like TDLib's session.
fn application(server: &Server) -> Application {
    let api = server.api();
    Application::new(api.id, api.hash)
}

/// Has a session let in by the one that is signed in; gives what names it among the account's sessions, too.
///
/// The new one may hear of its approval before the other one is answered, whose answer is waited for all the same.
async fn let_in(sign_in: &mut SignIn, session: &Session) -> (Result<Step, SignInError>, Option<i64>) {
    let (show, shown) = oneshot::channel();
    let (tell, told) = oneshot::channel();
    let signing_in = sign_in.by_approval(|link| async move {
        // Who approves waits for nothing else.
        let _ = show.send(link.as_str().to_owned());
        told.await.unwrap_or_else(|gone| Err(gone.into()))
    });
    let approving = async {
        let (outcome, number) = match approve(session, &shown.await.ok()?).await {
            Ok(number) => (Ok(()), Some(number)),
            Err(why) => (Err(why), None),
        };
        // Who is signed in already does not mind.
        let _ = tell.send(outcome);
        number
    };
    tokio::join!(signing_in, approving)
}

async fn approve(session: &Session, link: &str) -> Result<i64, BoxedError> {
    Ok(session.confirm_login(&LoginLink::parse(link)?).await?.id)
}

type BoxedError = Box<dyn Error + Send + Sync>;

fn failure(error: &(dyn Error + 'static)) -> Failure {
    if let Some(failure) = signed_out(error) {
        return failure;
    }
    let text = sentence(error);
    let cloud = error.downcast_ref::<CloudError>().or_else(|| match error.downcast_ref::<SignInError>() {
        Some(SignInError::Cloud(cloud)) => Some(cloud),
        _ => None,
    });
    match cloud {
        Some(CloudError::OutcomeUnknown(_)) => Deed::sign_in().unknown(error),
        Some(CloudError::Transport(_)) | None => Failure::failed(text),
        Some(_) => Failure::denied(text),
    }
}
