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

use super::{Account, SignedIn};
use crate::asking::{Answered, Asker};
use crate::deed::Deed;
use crate::failure::{Failure, sentence, signed_out};
use crate::progress::Progress;

/// The sealed session, in the account's directory.
const FILE: &str = "channel.session";

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
pub(crate) async fn saved(signed_in: &SignedIn) -> Result<Option<Cloud>, Failure> {
    let path = file(&signed_in.account);
    if !path.is_file() {
        return Ok(None);
    }
    let key = signed_in.keys.session_key().await?;
    let network = signed_in.server.network()?;
    let cloud = match Cloud::open_from(network, application(signed_in), &path, &key).await {
        Ok(cloud) => cloud,
        Err(SavedSessionError::OtherServer) => {
            return Err(Failure::refused(sentence(&SavedSessionError::OtherServer)));
        }
        // Damaged, or sealed under a key that is gone: another is signed in, and this one ends with the others.
        Err(error) => {
            return Err(Failure::failed(sentence(&error))
                .remedy(format!("Remove {}; another session is signed in then.", path.display())));
        }
    };
    match cloud.active_sessions().await {
        Ok(_) => Ok(Some(cloud)),
        Err(CloudError::SignedOut(reason)) if reason.is_certain() => {
            remove(&signed_in.account)?;
            Ok(None)
        }
        Err(error) => Err(failure(&error)),
    }
}

/// The vault over the account's channel, which is signed in now if it is not yet: TDLib's session approves it, and the
/// password proves whose it is.
pub(crate) async fn vault(
    signed_in: &SignedIn,
    password: Option<&str>,
    asker: Asker,
) -> Result<Answered<ChannelVault>, Failure> {
    if let Some(cloud) = saved(signed_in).await? {
        return Ok(Answered::Well(Arc::new(Vaulted::new(cloud))));
    }
    asker.tell(
        "The vault signs in a session of its own, approved by this one. Among your devices it is called\n\
         \"telegram-passport vault\"; `tgpassport sessions` lists and ends it.",
    );
    let _progress = Progress::start("signing in the vault's own session");
    let mut sign_in = SignIn::begin(signed_in.server.network()?, application(signed_in));
    let session = &signed_in.session;
    let step = sign_in.by_approval(|link| approve(session, link.as_str().to_owned())).await;
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
    let key = signed_in.keys.session_key().await?;
    if let Err(error) = cloud.save_to(&file(&signed_in.account), &key).await {
        // A session that cannot be found again must not stay behind.
        let _ = cloud.log_out().await;
        return Err(Failure::failed(format!("the vault's own session cannot be kept: {error}")));
    }
    Ok(Answered::Well(Arc::new(Vaulted::new(cloud))))
}

/// Which elements are stored, if the account has a channel: it needs no password to see that.
pub(crate) async fn stored_kinds(signed_in: &SignedIn) -> Result<Option<Vec<ElementType>>, Failure> {
    let Some(cloud) = saved(signed_in).await? else { return Ok(None) };
    let values = cloud.all_secure_values().await.map_err(|error| failure(&error))?;
    Ok(Some(values.iter().map(|value| value.kind).collect()))
}

/// Ends the account's channel, here and on the server; false if there is none.
pub(crate) async fn end(signed_in: &SignedIn) -> Result<bool, Failure> {
    let there = is_there(&signed_in.account);
    if let Some(cloud) = saved(signed_in).await? {
        Deed::end_session().run(cloud.log_out(), |error| failure(error)).await?;
    }
    remove(&signed_in.account)?;
    Ok(there)
}

fn remove(account: &Account) -> Result<(), Failure> {
    let path = file(account);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::failed(format!("{} cannot be removed: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Telegram knows the channel by the person's own credentials, like TDLib's session.
fn application(signed_in: &SignedIn) -> Application {
    let api = signed_in.server.api();
    Application::new(api.id, api.hash)
}

async fn approve(session: &Session, link: String) -> Result<(), Box<dyn Error + Send + Sync>> {
    let link = LoginLink::parse(&link)?;
    session.confirm_login(&link).await?;
    Ok(())
}

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
