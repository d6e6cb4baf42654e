use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::Vaulted;
use crate::cloud::{
    AccountPassword, CloudError, InputCheckPassword, PasswordInputSettings, PasswordSettings, SecureCloud,
    SecureSecretSettings,
};
use crate::element::EmailAddress;
use crate::passport::changes::alone;
use crate::passport::{
    AcceptLoss, AccountDefaults, PasswordError, PasswordState, Refusal, SecretState, convert,
    judge_new_password,
};
use crate::vault::{
    LockedVault, NewPasswordError, PassportSecret, Password, UnlockError, Vault, WrappedSecret,
    derive_verifier, prove,
};

/// A password shared with the blocking thread that works on it; both let go of it when that is done.
pub(super) type SharedPassword = Arc<Password>;

/// What an engine works with of a password that it was lent.
pub(super) fn shared(password: &Password) -> SharedPassword {
    Arc::new(password.copy())
}

/// What allows a passport secret to be given up. Nothing else does: what could not be looked at may open.
enum Lost {
    /// There is none.
    Missing,
    /// It was tried, with the account's password and a derivation that is known, and is none.
    SeenNotToOpen(WrappedSecret),
}

impl<C: SecureCloud> Vaulted<C> {
    /// Gives the present passport secret up for a new one: everything stored under it can never be read again,
    /// and is still listed, as unreadable, until it is saved anew or deleted.
    ///
    /// For an account whose secret was seen not to open, which is looked at here anew, or which has none.
    ///
    /// # Errors
    ///
    /// [`PasswordError::SecretOpens`] if it opens, and those of [`unlock`](crate::passport::Passport::unlock) if that
    /// cannot be told: nothing is changed then. [`PasswordError::ChangedMeanwhile`].
    pub async fn reset_secret(&self, password: &Password, _: AcceptLoss) -> Result<(), PasswordError> {
        let password = shared(password);
        let (_, settings) = self.password_settings(&password).await?;
        match Lost::seen_in(&settings, &password).await? {
            Lost::Missing => self.store_new_secret(&password).await,
            Lost::SeenNotToOpen(seen) => {
                let reset = secret_only(SecureSecretSettings::reset());
                self.replace(&password, Some(&seen), reset).await?;
                self.session.has_no_secret();
                self.store_new_secret(&password)
                    .await
                    .map_err(|error| error.after("the old passport secret is given up"))
            }
        }
    }

    pub(super) async fn read_password_state(&self) -> Result<PasswordState, PasswordError> {
        let account = self.cloud.account_password().await?;
        Ok(PasswordState {
            has_password: account.current.is_some(),
            has_passport_data: account.has_secure_values,
            has_recovery_email: account.has_recovery,
            hint: account.hint.filter(|hint| !hint.is_empty()),
            unconfirmed_email: account.email_unconfirmed_pattern,
            pending_reset: account.pending_reset_date,
        })
    }

    pub(super) async fn unlock_session(
        &self,
        password: &SharedPassword,
    ) -> Result<SecretState, PasswordError> {
        let (_, settings) = self.password_settings(password).await?;
        let Some(wrapped) = convert::wrapped_secret(&settings) else {
            self.session.has_no_secret();
            return Ok(SecretState::Missing);
        };
        self.session.open(open_vault(&wrapped, password).await?);
        Ok(if wrapped.kdf.is_legacy() { SecretState::UnlockedLegacy } else { SecretState::Unlocked })
    }

    pub(super) async fn create_first_secret(&self, password: &SharedPassword) -> Result<(), PasswordError> {
        let (_, settings) = self.password_settings(password).await?;
        if convert::wrapped_secret(&settings).is_some() {
            return Err(PasswordError::SecretExists);
        }
        self.store_new_secret(password).await
    }

    pub(super) async fn rewrap_secret(&self, password: &SharedPassword) -> Result<(), PasswordError> {
        let (account, settings) = self.password_settings(password).await?;
        let seen = convert::wrapped_secret(&settings).ok_or(PasswordError::Refused(Refusal::NoSecret))?;
        if !seen.kdf.is_legacy() {
            return Ok(());
        }
        let vault = open_vault(&seen, password).await?;
        let salt = convert::secret_salt(&account)?;
        let (vault, wrapped) =
            blocking(vault, password.clone(), move |vault, password| vault.wrap_secret(password, &salt))
                .await;
        let wrapped = wrapped.map_err(|_| PasswordError::SecretUnreadable)?;
        self.replace(password, Some(&seen), secret_only(convert::secret_settings(wrapped))).await?;
        self.session.open(vault);
        Ok(())
    }

    pub(super) async fn change_password(
        &self,
        current: Option<SharedPassword>,
        new: SharedPassword,
        hint: &str,
    ) -> Result<(), PasswordError> {
        judge_new_password(&new, hint)?;
        let (account, seen, vault) = match &current {
            None => (self.cloud.account_password().await?, None, None),
            Some(current) => {
                let (account, settings) = self.password_settings(current).await?;
                let seen = convert::wrapped_secret(&settings);
                let vault = match &seen {
                    Some(wrapped) => Some(open_vault(wrapped, current).await?),
                    None => None,
                };
                (account, seen, vault)
            }
        };
        let algorithm = convert::password_algorithm(&account.new_algo)?;
        let settings = match vault {
            None => {
                let verifier =
                    spawn_blocking(move || derive_verifier(&new, &algorithm)).await.expect(NO_PANIC)?;
                PasswordInputSettings {
                    new_password: Some(convert::new_password(verifier, hint)),
                    ..PasswordInputSettings::default()
                }
            }
            Some(vault) => {
                let salt = convert::secret_salt(&account)?;
                let (_, settings) = blocking(vault, new, move |vault, new| {
                    vault.new_password_settings(new, &algorithm, &salt)
                })
                .await;
                let settings = settings.map_err(|error| match error {
                    NewPasswordError::Srp(error) => PasswordError::Srp(error),
                    _ => PasswordError::SecretUnreadable,
                })?;
                PasswordInputSettings {
                    new_password: Some(convert::new_password(settings.password, hint)),
                    email: None,
                    new_secure_settings: Some(convert::secret_settings(settings.secret)),
                }
            }
        };
        match &current {
            // Who has no password has no passport secret.
            None => self.update(None, settings).await,
            Some(current) => self.replace(current, seen.as_ref(), settings).await,
        }
    }

    pub(super) async fn read_defaults(
        &self,
        password: &SharedPassword,
    ) -> Result<AccountDefaults, PasswordError> {
        let (_, settings) = self.password_settings(password).await?;
        let phone_number = self.cloud.own_phone_number().await?;
        Ok(AccountDefaults {
            phone_number,
            email: settings.email.map(|email| EmailAddress(email.as_str().to_owned())),
        })
    }

    async fn store_new_secret(&self, password: &SharedPassword) -> Result<(), PasswordError> {
        let salt = convert::secret_salt(&self.cloud.account_password().await?)?;
        let vault = Vault::new(PassportSecret::generate());
        let (vault, wrapped) =
            blocking(vault, password.clone(), move |vault, password| vault.wrap_secret(password, &salt))
                .await;
        let wrapped = wrapped.map_err(|_| PasswordError::SecretUnreadable)?;
        let settings = secret_only(convert::secret_settings(wrapped));
        self.replace(password, None, settings).await.map_err(|error| match error {
            PasswordError::ChangedMeanwhile => PasswordError::SecretExists,
            error => error,
        })?;
        self.session.open(vault);
        Ok(())
    }

    /// Writes what is right for the passport secret that was `seen`, if it is still that one: what was written took a
    /// while to make, and another task or device may have come first.
    async fn replace(
        &self,
        password: &SharedPassword,
        seen: Option<&WrappedSecret>,
        settings: PasswordInputSettings,
    ) -> Result<(), PasswordError> {
        let _alone = alone().await?;
        let (_, now) = self.password_settings(password).await?;
        if convert::wrapped_secret(&now).as_ref() != seen {
            return Err(PasswordError::ChangedMeanwhile);
        }
        self.update(Some(password), settings).await
    }

    /// `account.getPasswordSettings`; a used or expired challenge is fetched anew, once.
    pub(super) async fn password_settings(
        &self,
        password: &SharedPassword,
    ) -> Result<(AccountPassword, PasswordSettings), PasswordError> {
        let (account, proof) = self.prove(password).await?;
        match self.cloud.password_settings(proof).await {
            Err(CloudError::SrpIdInvalid) => {
                let (account, proof) = self.prove(password).await?;
                Ok((account, self.cloud.password_settings(proof).await?))
            }
            answer => Ok((account, answer?)),
        }
    }

    /// `account.updatePasswordSettings` under a new proof; the same settings again if the challenge was stale.
    pub(super) async fn update(
        &self,
        password: Option<&SharedPassword>,
        settings: PasswordInputSettings,
    ) -> Result<(), PasswordError> {
        let Some(password) = password else {
            return Ok(self.cloud.update_password_settings(InputCheckPassword::Empty, settings).await?);
        };
        let (_, proof) = self.prove(password).await?;
        match self.cloud.update_password_settings(proof, settings.clone()).await {
            Err(CloudError::SrpIdInvalid) => {
                let (_, proof) = self.prove(password).await?;
                Ok(self.cloud.update_password_settings(proof, settings).await?)
            }
            answer => Ok(answer?),
        }
    }

    /// Answers a new challenge: each is good for one proof.
    async fn prove(
        &self,
        password: &SharedPassword,
    ) -> Result<(AccountPassword, InputCheckPassword), PasswordError> {
        let account = self.cloud.account_password().await?;
        let current = account.current.as_ref().ok_or(PasswordError::PasswordRequired)?;
        if password.is_empty() {
            return Err(PasswordError::WrongPassword);
        }
        let challenge = convert::srp_challenge(current)?;
        let password = password.clone();
        let proof = spawn_blocking(move || prove(&password, &challenge)).await.expect(NO_PANIC)?;
        Ok((account, convert::check_password(proof)))
    }
}

/// A join error is a panic of the vault's, which does not panic.
pub(super) const NO_PANIC: &str = "the vault does not panic";

async fn open_vault(wrapped: &WrappedSecret, password: &SharedPassword) -> Result<Vault, PasswordError> {
    Ok(try_vault(wrapped, password).await?)
}

async fn try_vault(wrapped: &WrappedSecret, password: &SharedPassword) -> Result<Vault, UnlockError> {
    let locked = LockedVault::new(wrapped.clone());
    let password = password.clone();
    spawn_blocking(move || locked.unlock(&password)).await.expect(NO_PANIC)
}

impl Lost {
    /// Looks at what the server handed out for a proof of this very password.
    async fn seen_in(settings: &PasswordSettings, password: &SharedPassword) -> Result<Self, PasswordError> {
        let Some(wrapped) = convert::wrapped_secret(settings) else { return Ok(Self::Missing) };
        match try_vault(&wrapped, password).await {
            Err(UnlockError::Length { .. } | UnlockError::Checksum | UnlockError::Id) => {
                Ok(Self::SeenNotToOpen(wrapped))
            }
            Err(error @ UnlockError::UnknownKdf) => Err(error.into()),
            Ok(_) => Err(PasswordError::SecretOpens),
        }
    }
}

/// Runs slow work on a vault that nobody else has yet.
async fn blocking<T: Send + 'static>(
    vault: Vault,
    password: SharedPassword,
    work: impl FnOnce(&Vault, &Password) -> T + Send + 'static,
) -> (Vault, T) {
    spawn_blocking(move || {
        let result = work(&vault, &password);
        (vault, result)
    })
    .await
    .expect(NO_PANIC)
}

fn secret_only(settings: SecureSecretSettings) -> PasswordInputSettings {
    PasswordInputSettings { new_secure_settings: Some(settings), ..PasswordInputSettings::default() }
}
