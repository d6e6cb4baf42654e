//! The password, the secret behind it, and what the account offers by itself.

use std::sync::Arc;

use super::answer::fact;
use super::engine::Engine;
use super::functions::{
    GetAllPassportElements, GetMe, GetPasswordState, GetRecoveryEmailAddress, SetPassword,
};
use super::turns::Turn;
use crate::cloud::CloudError;
use crate::element::{EmailAddress, PhoneNumber, UnixTime};
use crate::passport::changes::{alone, in_turn};
use crate::passport::{
    AccountDefaults, Alteration, PasswordError, PasswordState, Refusal, SecretState, judge_new_password,
};
use crate::vault::Password;

impl Engine {
    pub(super) async fn read_password_state(&self) -> Result<PasswordState, PasswordError> {
        let state = self.client.call(&GetPasswordState {}).await.map_err(fact)?;
        Ok(PasswordState {
            has_password: state.has_password,
            has_passport_data: state.has_passport_data,
            has_recovery_email: state.has_recovery_email_address,
            hint: Some(state.password_hint).filter(|hint| !hint.is_empty()),
            unconfirmed_email: state.recovery_email_address_code_info.map(|info| info.email_address_pattern),
            pending_reset: Some(state.pending_reset_date).filter(|date| *date != 0).map(UnixTime::from),
        })
    }

    pub(super) async fn prove_and_open(&self, password: &Password) -> Result<SecretState, PasswordError> {
        let (state, _) = self.prove(password).await?;
        if let Some(channel) = &self.channel {
            // Whatever the channel cannot open, TDLib would replace: it is not even asked then.
            let secret = channel.0.unlock(password).await?;
            if secret != SecretState::Missing && self.lock_state.holds_stale_secret() {
                return Err(PasswordError::SecretStale);
            }
            match secret {
                SecretState::Missing => self.lock_state.open(password),
                SecretState::Unlocked | SecretState::UnlockedLegacy if self.lock_state.holds_secret() => {
                    self.lock_state.open(password);
                }
                SecretState::Unlocked | SecretState::UnlockedLegacy => {
                    let turn = in_turn(self.shared()).await?;
                    self.load_secret(password, &turn).await?;
                }
            }
            return Ok(secret);
        }
        if self.lock_state.holds_secret() {
            self.lock_state.open(password);
            return Ok(SecretState::Unlocked);
        }
        if !state.has_passport_data {
            // Whether there is a secret that nothing is stored under, TDLib does not say; it would make one up.
            self.lock_state.open(password);
            return Ok(SecretState::Missing);
        }
        if self.lock_state.holds_stale_secret() {
            return Err(PasswordError::SecretStale);
        }
        if self.risk.is_none() {
            return Err(PasswordError::SecretUnproven);
        }
        let turn = in_turn(self.shared()).await?;
        self.load_secret(password, &turn).await?;
        Ok(SecretState::Unlocked)
    }

    /// Nothing is stored, so nothing can be lost: TDLib loads the secret, or makes one up.
    pub(super) async fn have_secret_created(&self, password: &Password) -> Result<(), PasswordError> {
        // A TDLib that holds a lost secret takes notice of its own next one only.
        if let Some(channel) = self.channel.as_ref().filter(|_| !self.lock_state.holds_stale_secret()) {
            self.prove(password).await?;
            let turn = in_turn(self.shared()).await?;
            channel.0.create_secret(password).await?;
            let loaded = self.load_secret(password, &turn).await;
            return loaded.map_err(|error| error.after("the passport secret is made"));
        }
        // Two at once, and TDLib would make up two: until it has answered, nobody else looks.
        let turn = in_turn(self.shared()).await?.and(alone().await?);
        let (state, _) = self.prove(password).await?;
        if state.has_passport_data || self.lock_state.holds_secret() {
            return Err(PasswordError::SecretExists);
        }
        // Loading it makes it here.
        self.load_secret(password, &turn).await.map_err(|error| match error {
            PasswordError::Refused(Refusal::Offline(why)) => Refusal::OutcomeUnknown(why).into(),
            PasswordError::Refused(Refusal::Server(why)) if is_trouble(&why) => {
                Refusal::OutcomeUnknown(Arc::new(why)).into()
            }
            other => other,
        })
    }

    /// TDLib goes on with the secret it holds: it stays the same.
    pub(super) async fn have_secret_upgraded(&self, password: &Password) -> Result<(), PasswordError> {
        let channel = self.channel.as_ref().ok_or(PasswordError::VaultRequired)?;
        channel.0.upgrade_secret(password).await
    }

    pub(super) async fn change_password(
        &self,
        current: Option<&Password>,
        new: &Password,
        hint: &str,
    ) -> Result<(), PasswordError> {
        judge_new_password(new, hint)?;
        if let Some(channel) = &self.channel {
            channel.0.set_password(current, new, hint).await?;
            self.keep_open_with(new);
            return Ok(());
        }
        match current {
            Some(current) => {
                let (state, _) = self.prove(current).await?;
                // A secret that TDLib cannot open, it would leave behind under the old password.
                if state.has_passport_data && !self.lock_state.holds_secret() && self.risk.is_none() {
                    return Err(PasswordError::SecretUnproven);
                }
            }
            None if self.read_password_state().await?.has_password => {
                return Err(PasswordError::WrongPassword);
            }
            None => {}
        }
        let change = SetPassword {
            old_password: current.map_or("", Password::as_str),
            new_password: new.as_str(),
            new_hint: hint,
            set_recovery_email_address: false,
            new_recovery_email_address: "",
        };
        self.client.call(&change).await.map_err(fact)?;
        self.keep_open_with(new);
        Ok(())
    }

    /// What was unlocked stays so, and goes on with the new password.
    fn keep_open_with(&self, new: &Password) {
        if self.lock_state.unlocked().is_ok() {
            self.lock_state.open(new);
        }
    }

    pub(super) async fn read_defaults(&self, password: &Password) -> Result<AccountDefaults, PasswordError> {
        let (_, email) = self.prove(password).await?;
        let me = self.client.call(&GetMe {}).await.map_err(fact)?;
        Ok(AccountDefaults {
            phone_number: Some(me.phone_number).filter(|number| !number.is_empty()).map(PhoneNumber),
            email: Some(email).filter(|email| !email.is_empty()).map(EmailAddress),
        })
    }

    /// Has the server check the password, by a call that changes nothing and answers with the recovery address.
    /// TDLib alone would take a wrong one as long as it remembers the secret.
    pub(super) async fn prove(&self, password: &Password) -> Result<(PasswordState, String), PasswordError> {
        let state = self.read_password_state().await?;
        if !state.has_password {
            return Err(PasswordError::PasswordRequired);
        }
        if password.is_empty() {
            return Err(PasswordError::WrongPassword);
        }
        if let Some(alteration) = Alteration::of(password.as_str()) {
            return Err(PasswordError::PasswordAltered(alteration));
        }
        let check = GetRecoveryEmailAddress { password: password.as_str() };
        let recovery = self.client.call(&check).await.map_err(fact)?;
        Ok((state, recovery.recovery_email_address))
    }

    /// Lets TDLib at the secret, and at its memory of what is stored; whoever calls this has made sure that it may.
    async fn load_secret(&self, password: &Password, turn: &Turn) -> Result<(), PasswordError> {
        let all = GetAllPassportElements { password: password.as_str() };
        let elements = turn.call(&all).await.map_err(fact)?;
        for element in elements.elements {
            self.files.learn(element);
        }
        self.lock_state.secret_loaded();
        self.lock_state.open(password);
        Ok(())
    }
}

/// Whether nobody says what came of a call that makes the secret, which for TDLib is none that changes anything.
fn is_trouble(why: &CloudError) -> bool {
    matches!(why, CloudError::Other { code, message } if CloudError::is_trouble(*code, message))
}
