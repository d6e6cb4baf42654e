//! The vault's own channel of an account, as commands want it: what it changes is told, and a signal waits for it.
//!
//! How it is made, kept, found again and ended is the library's ([`VaultChannel`]); here are the deeds.

use std::sync::Arc;

use telegram_passport::cloud::SecureCloud;
use telegram_passport::element::ElementType;
use telegram_passport::mtproto::Cloud;
use telegram_passport::passport::Vaulted;
use telegram_passport::tdlib::{Session, VaultChannel, VaultChannelError};
use telegram_passport::vault::Password;

use super::session::options;
use super::{Account, Place, SignedIn};
use crate::asking::{Answered, Asker};
use crate::deed::Deed;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Progress;

/// The vault over the account's channel.
pub(crate) type ChannelVault = Arc<Vaulted<Cloud>>;

/// Whether the account has a channel.
pub(crate) fn is_there(account: &Account) -> bool {
    VaultChannel::is_kept_in(account.directory())
}

/// The vault over the account's channel, which is signed in now if it is not yet: TDLib's session approves it, and the
/// password proves whose it is.
pub(crate) async fn vault(
    signed_in: &SignedIn,
    password: Option<&str>,
    asker: Asker,
) -> Result<Answered<ChannelVault>, Failure> {
    let session = &signed_in.session;
    if let Some(vault) = session.saved_vault_channel().await? {
        return Ok(Answered::Well(vault));
    }
    asker.tell(
        "The vault signs in a session of its own, approved by this one. Among your devices it is called\n\
         \"telegram-passport vault\"; `tgpassport sessions` lists and ends it.",
    );
    let ending = session.end_begun_vault_channel();
    Deed::end_vault_session().run_if(ending, |()| false, |error| error.into()).await?;
    let password = password.map(Password::from);
    let _progress = Progress::start("signing in the vault's own session");
    let under_way = Deed::vault_session().begin();
    let vault = session.vault_channel(password.as_ref()).await;
    drop(under_way);
    match vault {
        Ok(_) if interrupt::is_interrupted() => Err(Failure::interrupted()),
        Ok(vault) => Ok(Answered::Well(vault)),
        Err(wrong @ VaultChannelError::PasswordInvalid) => Ok(Answered::Wrong(wrong.into())),
        Err(error) => Err(error.into()),
    }
}

/// Which elements are stored, if the account has a channel: it needs no password to see that.
pub(crate) async fn stored_kinds(signed_in: &SignedIn) -> Result<Option<Vec<ElementType>>, Failure> {
    let Some(vault) = signed_in.session.saved_vault_channel().await? else { return Ok(None) };
    let values = vault.cloud().all_secure_values().await?;
    Ok(Some(values.iter().map(|value| value.kind).collect()))
}

/// Ends the channel of an account that is signed in, here and on the server; false if there is none.
pub(crate) async fn end(session: &Session) -> Result<bool, Failure> {
    let ending = session.end_vault_channel();
    Deed::end_vault_session().run_if(ending, |ended| *ended, |error| error.into()).await
}

/// Ends the channel of an account whose session has ended.
pub(crate) async fn end_left(place: Place<'_>) -> Result<bool, Failure> {
    let channel = VaultChannel::new(&options(place).await?);
    Deed::end_vault_session().run_if(channel.end(None), |ended| *ended, |error| error.into()).await
}
