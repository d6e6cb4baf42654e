//! The vault's own channel of an account: a session of its own, let in by TDLib's, and kept sealed beside it.
//!
//! It sees what TDLib hides, and looks at the passport secret before TDLib may load it. Among the account's devices it
//! is called "telegram-passport vault".

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use telegram_passport::cloud::{CloudError, SecureCloud};
use telegram_passport::element::ElementType;
use telegram_passport::login::{Application, Device, LoginError, LoginLink, LoginSteps as _, Step};
use telegram_passport::mtproto::{Cloud, Login, SavedSessionError};
use telegram_passport::passport::Vaulted;
use telegram_passport::tdlib::Session;
use telegram_passport::vault::Password;
use telegram_passport::vault::at_rest::StorageKey;
use tokio::sync::oneshot;

use super::set_aside::SetAside;
use super::{Account, Place, Server, SignedIn};
use crate::asking::{Answered, Asker};
use crate::deed::Deed;
use crate::failure::{Failure, sentence};
use crate::interrupt;
use crate::progress::Progress;
use crate::writing::Folder;

/// The sealed session, in the account's directory.
const FILE: &str = "channel.session";

/// The session's file while it is being signed in: whoever is cut short then is found by it.
const DRAFT_FILE: &str = "channel.begun";

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
        Err(error) => Err(Failure::from(error)),
    }
}

/// Sets the channel aside if the server says not to know it: another is signed in when it is wanted.
pub(crate) async fn set_aside_if_unknown(place: Place<'_>) -> Result<(), Failure> {
    let Some(cloud) = found(place).await? else { return Ok(()) };
    match cloud.active_sessions().await {
        Err(CloudError::SignedOut(reason)) if !reason.is_certain() => {
            SetAside::put(&file(place.account))?;
            let number = number_file(place.account);
            if number.is_file() {
                SetAside::put(&number)?;
            }
            Ok(())
        }
        // Whoever wants it sees what else there is.
        _ => Ok(()),
    }
}

/// The channel that was signed in earlier, whatever became of it.
async fn found(place: Place<'_>) -> Result<Option<Cloud>, Failure> {
    opened(place, &file(place.account)).await
}

/// The session in this file, whatever became of it.
async fn opened(place: Place<'_>, path: &Path) -> Result<Option<Cloud>, Failure> {
    if !path.is_file() {
        return Ok(None);
    }
    let key = place.keys.session_key().await?;
    let network = place.server.network()?;
    match Cloud::open_from(network, application(place.server), path, &key).await {
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
    end_begun(signed_in.place()).await?;
    // What could not be kept would stay behind on the server: that it can comes first, and a signal comes last.
    let key = signed_in.keys.session_key().await?;
    let draft = draft(&signed_in.account);
    let _progress = Progress::start("signing in the vault's own session");
    let (mut sign_in, _) = Login::begin(signed_in.server.network()?, application(&signed_in.server));
    sign_in.keep_in(&draft, &key).await?;
    let under_way = Deed::vault_session().begin();
    let mut approval = Approval::Unasked;
    let cloud = match signed_in_and_kept(signed_in, sign_in, &mut approval, password, &key).await {
        Ok(cloud) => cloud,
        Err((unended, unmade)) => return let_go(signed_in, &unended, &approval, unmade).await,
    };
    if let Approval::Given(number) = approval
        && let Err(failure) =
            Folder::create(signed_in.account.directory())?.write(NUMBER_FILE, number.to_string().as_bytes())
    {
        // It ends itself all the same, as long as it can.
        asker.tell(&failure.to_string());
    }
    // It stands elsewhere now.
    let _ = fs::remove_file(&draft);
    drop(under_way);
    if interrupt::is_interrupted() {
        return Err(Failure::interrupted());
    }
    Ok(Answered::Well(Arc::new(Vaulted::new(cloud))))
}

/// How far a session was let in.
enum Approval {
    /// Nobody was asked.
    Unasked,
    /// Nobody has said so yet.
    Asked,
    /// It was, and this is what names it among the account's sessions.
    Given(i64),
}

/// Why there is no session.
enum Unmade {
    /// The password is wrong.
    Wrong(Failure),
    /// Anything else.
    Failed(Failure),
}

/// What ends a session that is not kept.
enum Unended {
    Login(Box<Login>),
    Cloud(Cloud),
}

/// Signs the session in, and keeps it.
async fn signed_in_and_kept(
    signed_in: &SignedIn,
    login: Login,
    approval: &mut Approval,
    password: Option<&str>,
    key: &StorageKey,
) -> Result<Cloud, (Unended, Unmade)> {
    if let Err(unmade) = proved(signed_in, &login, approval, password).await {
        return Err((Unended::Login(Box::new(login)), unmade));
    }
    let cloud = match login.finish().await {
        Ok(cloud) => cloud,
        Err((_, login)) => {
            let wanted = Failure::failed("the vault's own session wants the account's password");
            return Err((Unended::Login(Box::new(login)), Unmade::Failed(wanted)));
        }
    };
    match cloud.save_to(&file(&signed_in.account), key).await {
        Ok(()) => Ok(cloud),
        Err(error) => {
            let unkept = format!("the vault's own session cannot be kept: {error}");
            Err((Unended::Cloud(cloud), Unmade::Failed(Failure::failed(unkept))))
        }
    }
}

/// Has the session let in, and proves the password if it is asked for and there is one.
async fn proved(
    signed_in: &SignedIn,
    login: &Login,
    approval: &mut Approval,
    password: Option<&str>,
) -> Result<(), Unmade> {
    let failed = |error: LoginError| Unmade::Failed(Failure::from(error));
    let step = let_in(login, &signed_in.session, approval).await.map_err(failed)?;
    if let (Step::Password { .. }, Some(password)) = (step, password) {
        match login.check_password(&Password::from(password)).await {
            Err(error @ LoginError::PasswordInvalid) => {
                return Err(Unmade::Wrong(Failure::denied(sentence(&error))));
            }
            checked => checked.map_err(failed)?,
        };
    }
    Ok(())
}

/// Ends a session that was not signed in, or cannot be kept: it must not stay behind. Where it does, that is told, and
/// what ends it later is kept.
async fn let_go<T>(
    signed_in: &SignedIn,
    session: &Unended,
    approval: &Approval,
    unmade: Unmade,
) -> Result<Answered<T>, Failure> {
    let is_ended = match (approval, ended(session, approval).await) {
        (_, Ok(())) => Ok(()),
        (Approval::Given(number), Err(_)) => {
            signed_in.session.end_other(*number).await.map_err(Failure::from)
        }
        (_, Err(error)) => Err(Failure::from(error)),
    };
    if let Err(why) = is_ended {
        let (Unmade::Wrong(first) | Unmade::Failed(first)) = unmade;
        return Err(Deed::vault_session().left(&format!("{first}; it is not ended: {why}")));
    }
    // What is left there ends nothing any more.
    let _ = fs::remove_file(draft(&signed_in.account));
    match unmade {
        Unmade::Wrong(wrong) => Ok(Answered::Wrong(wrong)),
        Unmade::Failed(failure) if failure.is_unknown() => Err(Failure::failed(
            "Telegram did not answer while the vault signed in its own session, of which nothing is left",
        )
        .remedy("Try again.")),
        Unmade::Failed(failure) => Err(failure),
    }
}

async fn ended(session: &Unended, approval: &Approval) -> Result<(), CloudError> {
    match (approval, session) {
        (Approval::Unasked, _) => Ok(()),
        (_, Unended::Login(login)) => login.log_out().await,
        (_, Unended::Cloud(cloud)) => cloud.log_out().await,
    }
}

/// Ends a session that was being signed in when a command was cut short.
async fn end_begun(place: Place<'_>) -> Result<(), Failure> {
    let draft = draft(place.account);
    let Some(cloud) = opened(place, &draft).await? else { return Ok(()) };
    let mut unknown = false;
    let ended = Deed::end_vault_session().run_if(
        cloud.log_out(),
        |()| false,
        |error| {
            unknown = matches!(error, CloudError::SignedOut(_));
            Failure::from(error)
        },
    );
    match ended.await {
        // The server says not to know it, or somebody else does.
        Err(_) if unknown => SetAside::put(&draft).map(drop),
        Err(failure) => Err(failure),
        Ok(()) => removed(&draft),
    }
}

fn draft(account: &Account) -> PathBuf {
    account.directory().join(DRAFT_FILE)
}

/// Which elements are stored, if the account has a channel: it needs no password to see that.
pub(crate) async fn stored_kinds(signed_in: &SignedIn) -> Result<Option<Vec<ElementType>>, Failure> {
    let Some(cloud) = saved(signed_in.place()).await? else { return Ok(None) };
    let values = cloud.all_secure_values().await?;
    Ok(Some(values.iter().map(|value| value.kind).collect()))
}

/// Ends the account's channel, here and on the server; false if there is none. Where it cannot end itself, the session
/// that let it in does.
pub(crate) async fn end(place: Place<'_>, by: Option<&Session>) -> Result<bool, Failure> {
    let begun = end_begun(place).await;
    if !is_there(place.account) {
        return begun.map(|()| false);
    }
    match (end_itself(place).await, by, number(place.account)) {
        (Ok(()), ..) => {}
        (Err(_), Some(session), Some(number)) => {
            Deed::end_vault_session().run(session.end_other(number), |error| error.into()).await?;
        }
        (Err(failure), ..) => return Err(failure),
    }
    remove(place.account)?;
    begun.map(|()| true)
}

async fn end_itself(place: Place<'_>) -> Result<(), Failure> {
    if let Some(cloud) = saved(place).await? {
        Deed::end_vault_session().run(cloud.log_out(), |error| Failure::from(error)).await?;
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
    removed(&file(account))?;
    removed(&number_file(account))
}

fn removed(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::failed(format!("{} cannot be removed: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Telegram knows the channel by the person's own credentials, like TDLib's session.
fn application(server: &Server) -> Application {
    server.application().on(Device::named("telegram-passport vault"))
}

/// Has a session let in by the one that is signed in, and notes how far that has come.
///
/// The new one may hear of its approval before the other one is answered, whose answer is waited for all the same.
async fn let_in(sign_in: &Login, session: &Session, approval: &mut Approval) -> Result<Step, LoginError> {
    let (show, shown) = oneshot::channel();
    let (tell, told) = oneshot::channel();
    let signing_in = sign_in.by_approval(|link| async move {
        // Who approves waits for nothing else.
        let _ = show.send(link.as_str().to_owned());
        told.await.unwrap_or_else(|gone| Err(gone.into()))
    });
    let approving = async {
        let Ok(link) = shown.await else { return };
        *approval = Approval::Asked;
        let outcome = match approve(session, &link).await {
            Ok(number) => {
                *approval = Approval::Given(number);
                Ok(())
            }
            Err(why) => Err(why),
        };
        // Who is signed in already does not mind.
        let _ = tell.send(outcome);
    };
    tokio::join!(signing_in, approving).0
}

async fn approve(session: &Session, link: &str) -> Result<i64, BoxedError> {
    Ok(session.confirm_login(&LoginLink::parse(link)?).await?.id)
}

type BoxedError = Box<dyn Error + Send + Sync>;
