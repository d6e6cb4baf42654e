//! An account's Passport over the engine that was asked for: locked, or unlocked with the password, and nothing risked
//! without the person's word.

use std::sync::Arc;

use telegram_passport::passport::{Passport, PasswordError, PasswordState, SecretState};
use telegram_passport::vault::Password;
use zeroize::Zeroizing;

use super::channel::{self, ChannelVault};
use super::session::SignedIn;
use crate::answer::Warnings;
use crate::arguments::{EngineOptions, UnlockOptions};
use crate::asking::{Answered, Asker};
use crate::deed::Deed;
use crate::engine::{self, EngineKind, Unlocking};
use crate::failure::Failure;
use crate::progress::Progress;

/// An account whose Passport can be read and written.
pub(crate) struct Unlocked {
    pub(crate) signed_in: SignedIn,
    pub(crate) passport: Arc<dyn Passport>,
    /// Whether the account has a passport secret: without one nothing is stored.
    pub(crate) secret: SecretState,
    password: Zeroizing<String>,
}

impl Unlocked {
    /// The password, once more.
    pub(crate) fn password(&self) -> Password {
        Password::from(self.password.as_str())
    }

    /// The password is another one from now on, if there is one: what is kept of it follows.
    pub(crate) async fn password_is_now(&self, new: Option<&str>) {
        match new {
            Some(new) => self.signed_in.kept.is_now(new).await,
            None => self.signed_in.kept.is_not_it().await,
        }
    }

    /// Makes the account's passport secret if it has none, which a first element needs.
    pub(crate) async fn with_secret(&mut self) -> Result<(), Failure> {
        if self.secret == SecretState::Missing {
            let password = self.password();
            let made = self.passport.create_secret(&password);
            Deed::new_secret().run(made, |error| error.into()).await?;
            self.secret = SecretState::Unlocked;
        }
        Ok(())
    }

    /// Wipes the secret and closes the session.
    pub(crate) async fn close(self) -> Warnings {
        self.passport.lock();
        self.signed_in.close().await
    }
}

/// Opens an account and its Passport, locked: for what needs no password.
pub(crate) async fn locked(
    options: &EngineOptions,
    asker: Asker,
) -> Result<(SignedIn, Arc<dyn Passport>), Failure> {
    let signed_in = SignedIn::open(&options.account, asker).await?;
    let tdlib = engine::over_tdlib(&signed_in.session, false);
    let passport = match options.engine {
        EngineKind::Tdlib => tdlib,
        EngineKind::Vault if state(&tdlib).await?.has_password => {
            let (vault, _) = channel_vault(&signed_in, asker).await?;
            vault
        }
        EngineKind::Vault => match channel::vault(&signed_in, None, asker).await? {
            Answered::Well(vault) => vault,
            _ => return Err(Failure::from(&PasswordError::WrongPassword)),
        },
    };
    Ok((signed_in, passport))
}

/// The vault over the account's own channel, locked, and the password if it was needed to sign it in.
pub(crate) async fn channel_vault(
    signed_in: &SignedIn,
    asker: Asker,
) -> Result<(ChannelVault, Option<Zeroizing<String>>), Failure> {
    if channel::is_there(&signed_in.account)
        && let Answered::Well(vault) = channel::vault(signed_in, None, asker).await?
    {
        return Ok((vault, None));
    }
    let (vault, password) = with_password(signed_in, asker, async |password| {
        channel::vault(signed_in, Some(password), asker).await
    })
    .await?;
    Ok((vault, Some(password)))
}

/// Opens an account and unlocks its Passport.
pub(crate) async fn unlock(options: &UnlockOptions, asker: Asker) -> Result<Unlocked, Failure> {
    let signed_in = SignedIn::open(&options.engine.account, asker).await?;
    let stored = state(&engine::over_tdlib(&signed_in.session, false)).await?.has_passport_data;
    let ((passport, secret), password) = with_password(&signed_in, asker, async |password| {
        open(&signed_in, options, stored, password, asker).await
    })
    .await?;
    Ok(Unlocked { signed_in, passport, secret, password })
}

/// Opens an account and unlocks its Passport with a password that is asked for, even where one is kept: the answer after it must not be taken for it.
pub(crate) async fn unlock_by_hand(options: &UnlockOptions, asker: Asker) -> Result<Unlocked, Failure> {
    let signed_in = SignedIn::open(&options.engine.account, asker).await?;
    let state = state_with_password(&signed_in).await?;
    let ((passport, secret), password) = typed(&signed_in, &state, asker, async |password| {
        open(&signed_in, options, state.has_passport_data, password, asker).await
    })
    .await?;
    Ok(Unlocked { signed_in, passport, secret, password })
}

/// Asks for the password until it is right, if it is not kept. One that is kept is proved once: refused, it is forgotten,
/// and the right one takes its place.
pub(crate) async fn with_password<T>(
    signed_in: &SignedIn,
    asker: Asker,
    mut check: impl AsyncFnMut(&str) -> Result<Answered<T>, Failure>,
) -> Result<(T, Zeroizing<String>), Failure> {
    let state = state_with_password(signed_in).await?;
    if let Some(password) = signed_in.kept.get().await? {
        match check(&password).await? {
            Answered::Well(value) => return Ok((value, password)),
            Answered::Again => {}
            Answered::Wrong(_) => {
                signed_in.kept.is_not_it().await;
                asker.tell("The password in the keyring is not the account's any more, and is forgotten.");
            }
        }
    }
    typed(signed_in, &state, asker, check).await
}

/// What Telegram says of an account that has a password; what is kept for one that has none is forgotten.
async fn state_with_password(signed_in: &SignedIn) -> Result<PasswordState, Failure> {
    let state = state(&engine::over_tdlib(&signed_in.session, false)).await?;
    if state.has_password {
        return Ok(state);
    }
    signed_in.kept.is_not_it().await;
    Err(Failure::from(&PasswordError::PasswordRequired))
}

/// Asks for the password until it is right.
async fn typed<T>(
    signed_in: &SignedIn,
    state: &PasswordState,
    asker: Asker,
    mut check: impl AsyncFnMut(&str) -> Result<Answered<T>, Failure>,
) -> Result<(T, Zeroizing<String>), Failure> {
    let what = match &state.hint {
        None => "Password".to_owned(),
        Some(hint) => format!("Password (hint: {})", crate::printable::line(hint)),
    };
    let (value, password) = asker
        .until(&what, true, async |password| {
            Ok(match check(&password).await? {
                Answered::Well(value) => Answered::Well((value, password)),
                Answered::Again => Answered::Again,
                Answered::Wrong(failure) => Answered::Wrong(failure),
            })
        })
        .await?;
    signed_in.kept.is_now(&password).await;
    Ok((value, password))
}

async fn state(passport: &dyn Passport) -> Result<PasswordState, Failure> {
    passport.password_state().await.map_err(Failure::from)
}

/// Unlocks with this password. Where elements are stored, TDLib gets the vault's channel beside it, unless the person
/// takes the risk.
async fn open(
    signed_in: &SignedIn,
    options: &UnlockOptions,
    stored: bool,
    password: &str,
    asker: Asker,
) -> Result<Answered<(Arc<dyn Passport>, SecretState)>, Failure> {
    let tdlib = engine::over_tdlib(&signed_in.session, options.accept_risk);
    let has_channel = channel::is_there(&signed_in.account);
    let unlocking = options.engine.engine.unlocking(options.accept_risk, stored, has_channel);
    let of_vault = unlocking == Unlocking::Vault;
    let passport = if unlocking == Unlocking::Tdlib {
        tdlib
    } else {
        // A wrong password is found before another session is signed in with it. One that TDLib would not send as it
        // is, the vault proves by itself.
        match tdlib.defaults(&Password::from(password)).await {
            Ok(_) => {}
            Err(PasswordError::PasswordAltered(_)) if of_vault => {}
            Err(error) => return wrong_or_failed(&error),
        }
        match channel::vault(signed_in, Some(password), asker).await? {
            Answered::Well(vault) if of_vault => vault,
            Answered::Well(vault) => engine::beside(&signed_in.session, vault),
            Answered::Again => return Ok(Answered::Again),
            Answered::Wrong(failure) => return Ok(Answered::Wrong(failure)),
        }
    };
    let _progress = Progress::start("proving the password");
    match passport.unlock(&Password::from(password)).await {
        Ok(secret) => Ok(Answered::Well((passport, secret))),
        Err(error) => wrong_or_failed(&error),
    }
}

fn wrong_or_failed<T>(error: &PasswordError) -> Result<Answered<T>, Failure> {
    match error {
        PasswordError::WrongPassword => Ok(Answered::Wrong(Failure::from(error))),
        _ => Err(Failure::from(error)),
    }
}
