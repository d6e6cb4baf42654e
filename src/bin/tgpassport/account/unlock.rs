//! A Passport unlocked: the password proved, and nothing risked without the person's word.

use telegram_passport::passport::{Passport, PasswordError, SecretState};
use telegram_passport::vault::Password;
use zeroize::Zeroizing;

use super::session::SignedIn;
use crate::arguments::UnlockOptions;
use crate::asking::{Answered, Asker};
use crate::engine::Engine;
use crate::failure::{Failure, sentence};
use crate::progress::Progress;

/// An account whose Passport can be read and written.
pub(crate) struct Unlocked {
    pub(crate) signed_in: SignedIn,
    pub(crate) passport: Engine,
    /// Whether the account has a passport secret: without one nothing is stored.
    pub(crate) secret: SecretState,
    password: Zeroizing<String>,
}

impl Unlocked {
    /// The password, once more.
    pub(crate) fn password(&self) -> Password {
        Password::from(self.password.as_str())
    }

    /// Makes the account's passport secret if it has none, which a first element needs.
    pub(crate) async fn with_secret(&mut self) -> Result<(), Failure> {
        if self.secret == SecretState::Missing {
            self.passport.create_secret(self.password()).await.map_err(|error| unlock_failure(&error))?;
            self.secret = SecretState::Unlocked;
        }
        Ok(())
    }

    /// Wipes the secret and closes the session.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.passport.lock();
        self.signed_in.close().await
    }
}

/// Opens an account and unlocks its Passport.
pub(crate) async fn unlock(options: &UnlockOptions, asker: Asker) -> Result<Unlocked, Failure> {
    let signed_in = SignedIn::open(&options.account, asker).await?;
    let passport = Engine::over_tdlib(&signed_in.session, options.accept_risk);
    let state = passport.password_state().await.map_err(|error| unlock_failure(&error))?;
    if !state.has_password {
        return Err(unlock_failure(&PasswordError::PasswordRequired));
    }
    if let Some(password) = signed_in.keys.password().await? {
        match prove(&passport, &password).await {
            Ok(secret) => return Ok(Unlocked { signed_in, passport, secret, password }),
            Err(PasswordError::WrongPassword) => {
                asker.tell("The password in the keyring is not the account's any more.");
            }
            Err(error) => return Err(unlock_failure(&error)),
        }
    }
    let what = match state.hint.as_str() {
        "" => "Password".to_owned(),
        hint => format!("Password (hint: {})", crate::printable::line(hint)),
    };
    let (secret, password) = asker
        .until(&what, true, async |password| match prove(&passport, &password).await {
            Ok(secret) => Ok(Answered::Well((secret, password))),
            Err(error @ PasswordError::WrongPassword) => Ok(Answered::Wrong(unlock_failure(&error))),
            Err(error) => Err(unlock_failure(&error)),
        })
        .await?;
    Ok(Unlocked { signed_in, passport, secret, password })
}

async fn prove(passport: &Engine, password: &str) -> Result<SecretState, PasswordError> {
    let _progress = Progress::start("proving the password");
    passport.unlock(Password::from(password)).await
}

/// Why Passport stays locked, and what would help.
pub(crate) fn unlock_failure(error: &PasswordError) -> Failure {
    let text = sentence(error);
    match error {
        PasswordError::PasswordRequired => {
            Failure::failed(text).remedy("`tgpassport password set` sets one.")
        }
        PasswordError::WrongPassword
        | PasswordError::FloodWait { .. }
        | PasswordError::Unacceptable
        | PasswordError::WrongCode
        | PasswordError::CodeExpired
        | PasswordError::NoRecoveryEmail
        | PasswordError::NothingPending => Failure::denied(text),
        PasswordError::SecretUnproven => Failure::refused(text).remedy(
            "Nothing was touched. --accept-risk goes on all the same: right on a sandbox, or when losing \
             everything stored would not matter.",
        ),
        PasswordError::SecretUnreadable | PasswordError::SecretExists | PasswordError::PasswordAltered => {
            Failure::refused(text)
        }
        _ => Failure::failed(text),
    }
}
