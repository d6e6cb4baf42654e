//! `secret check|upgrade|reset`.

use std::fmt;

use serde::Serialize;
use telegram_passport::passport::{Passport, PasswordError, SecretState};
use telegram_passport::vault::Password;
use zeroize::Zeroizing;

use super::password::Loss;
use crate::account::{ChannelVault, SignedIn, channel_vault, stored_kinds, with_password};
use crate::answer::{Answer, Warnings};
use crate::arguments::SecretCommand;
use crate::arguments::secret::SecretOptions;
use crate::asking::{Answered, Asker};
use crate::deed::Deed;
use crate::failure::Failure;
use crate::progress::Progress;

/// How it is with the passport secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Wrapping {
    /// PBKDF2, as Telegram does it now.
    Current,
    /// SHA-512, as it was done once.
    Legacy,
    /// There is none.
    None,
}

#[derive(Serialize)]
struct Secret {
    wrapping: Wrapping,
    /// Whether this command has changed it.
    changed: bool,
    /// Whether everything stored was lost with the one before.
    lost: bool,
}

pub(crate) async fn run(command: &SecretCommand) -> Result<Box<dyn Answer>, Failure> {
    match command {
        SecretCommand::Check(options) => check(options).await,
        SecretCommand::Upgrade(options) => upgrade(options).await,
        SecretCommand::Reset(options) => reset(options).await,
    }
}

async fn check(options: &SecretOptions) -> Result<Box<dyn Answer>, Failure> {
    let opened = Opened::new(options).await?;
    let wrapping = opened.unlocked()?.into();
    Ok(opened.close().await.beside(Secret { wrapping, changed: false, lost: false }))
}

async fn upgrade(options: &SecretOptions) -> Result<Box<dyn Answer>, Failure> {
    let opened = Opened::new(options).await?;
    let before = opened.unlocked()?;
    if before == SecretState::UnlockedLegacy {
        let _progress = Progress::start("wrapping the secret anew");
        Deed::secret().run(opened.vault.upgrade_secret(&opened.password()), |error| error.into()).await?;
    }
    let changed = before == SecretState::UnlockedLegacy;
    let wrapping = if changed { Wrapping::Current } else { before.into() };
    Ok(opened.close().await.beside(Secret { wrapping, changed, lost: false }))
}

async fn reset(options: &SecretOptions) -> Result<Box<dyn Answer>, Failure> {
    let opened = Opened::new(options).await?;
    match opened.secret {
        // What allows it. The engine looks once more, at what it is about to give up.
        Looked::DoesNotOpen | Looked::Opens(SecretState::Missing) => {}
        Looked::Opens(SecretState::Unlocked | SecretState::UnlockedLegacy) => {
            opened.close().await;
            return Err(Failure::from(&PasswordError::SecretOpens));
        }
    }
    let loss = stored_kinds(&opened.signed_in).await?.map_or(Loss::Unknown, Loss::Elements);
    let word = loss.accept(opened.asker).await?;
    Deed::secret().run(opened.vault.reset_secret(&opened.password(), word), |error| error.into()).await?;
    let lost = loss.is_any();
    Ok(opened.close().await.beside(Secret { wrapping: Wrapping::Current, changed: true, lost }))
}

/// An account with the vault's session, whose password was proved, and what the secret had to say to it.
struct Opened {
    signed_in: SignedIn,
    vault: ChannelVault,
    secret: Looked,
    password: Zeroizing<String>,
    asker: Asker,
}

/// What was seen with the right password.
#[derive(Clone, Copy, Debug)]
enum Looked {
    /// It opens, or there is none to open.
    Opens(SecretState),
    /// It is there, and does not open.
    DoesNotOpen,
}

impl Opened {
    async fn new(options: &SecretOptions) -> Result<Self, Failure> {
        let asker = Asker::new(options.account.password_stdin);
        let signed_in = SignedIn::open(&options.account, asker).await?;
        let (vault, known) = channel_vault(&signed_in, asker).await?;
        let unlock = async |password: &str| {
            let _progress = Progress::start("trying the secret");
            match vault.unlock(&Password::from(password)).await {
                Ok(state) => Ok(Answered::Well(Looked::Opens(state))),
                Err(PasswordError::SecretUnreadable) => Ok(Answered::Well(Looked::DoesNotOpen)),
                Err(error @ PasswordError::WrongPassword) => Ok(Answered::Wrong(Failure::from(error))),
                // Nobody knows then, neither of the password nor of the secret.
                Err(error) => Err(Failure::from(error)),
            }
        };
        let (secret, password) = match known {
            Some(password) => match unlock(&password).await? {
                Answered::Well(secret) => (secret, password),
                Answered::Wrong(failure) => return Err(failure),
                Answered::Again => return Err(Failure::from(&PasswordError::WrongPassword)),
            },
            None => with_password(&signed_in, asker, unlock).await?,
        };
        Ok(Self { signed_in, vault, secret, password, asker })
    }

    fn password(&self) -> Password {
        Password::from(self.password.as_str())
    }

    /// The secret's state, where it opens.
    fn unlocked(&self) -> Result<SecretState, Failure> {
        match self.secret {
            Looked::Opens(state) => Ok(state),
            Looked::DoesNotOpen => Err(Failure::from(&PasswordError::SecretUnreadable)),
        }
    }

    async fn close(self) -> Warnings {
        self.vault.lock();
        self.signed_in.close().await
    }
}

impl From<SecretState> for Wrapping {
    fn from(state: SecretState) -> Self {
        match state {
            SecretState::Unlocked => Self::Current,
            SecretState::UnlockedLegacy => Self::Legacy,
            SecretState::Missing => Self::None,
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.wrapping, self.changed) {
            (Wrapping::Current, false) => {
                writeln!(f, "The passport secret opens, and is wrapped as it should be.")
            }
            (Wrapping::Current, true) if self.lost => {
                writeln!(
                    f,
                    "The account has a new passport secret. What was stored under the old one is lost."
                )
            }
            (Wrapping::Current, true) => {
                writeln!(f, "The passport secret is wrapped anew; what is stored stays.")
            }
            (Wrapping::Legacy, _) => writeln!(
                f,
                "The passport secret opens, but is wrapped in the old form, which is fast to guess:\n\
                 `tgpassport secret upgrade` wraps it anew."
            ),
            (Wrapping::None, _) => writeln!(f, "The account has no passport secret yet: nothing is stored."),
        }
    }
}
