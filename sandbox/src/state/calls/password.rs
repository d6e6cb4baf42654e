use crate::state::shared::State;
use telegram_passport::cloud::{
    AccountPassword, CloudError, InputCheckPassword, PasswordInputSettings, PasswordSettings,
};

impl State {
    /// `account.getPassword#548a30f5`
    ///
    /// # Errors
    ///
    /// [`SignedOut`](CloudError::SignedOut) for an unknown account, as everywhere here.
    pub fn account_password(&self, user_id: i64) -> Result<AccountPassword, CloudError> {
        let now = self.now();
        let mut world = self.world();
        let account = world.account_mut(user_id)?;
        Ok(account.two_factor.account_password(!account.values.is_empty(), now))
    }

    /// Checks a proof and does nothing else, as `auth.checkPassword#d18b4d16` does in a login.
    ///
    /// # Errors
    ///
    /// Those of [`password_settings`](Self::password_settings).
    pub fn check_password(&self, user_id: i64, password: &InputCheckPassword) -> Result<(), CloudError> {
        let now = self.now();
        self.world().account_mut(user_id)?.two_factor.check(password, now)
    }

    /// `account.getPasswordSettings#9cd4eaf9`
    ///
    /// # Errors
    ///
    /// [`PasswordRequired`](CloudError::PasswordRequired) without a password;
    /// [`PasswordHashInvalid`](CloudError::PasswordHashInvalid), [`SrpIdInvalid`](CloudError::SrpIdInvalid),
    /// [`SrpPasswordChanged`](CloudError::SrpPasswordChanged), [`FloodWait`](CloudError::FloodWait) after ten
    /// wrong proofs within a minute.
    pub fn password_settings(
        &self,
        user_id: i64,
        password: &InputCheckPassword,
    ) -> Result<PasswordSettings, CloudError> {
        let now = self.now();
        self.world().account_mut(user_id)?.two_factor.settings(password, now)
    }

    /// `account.updatePasswordSettings#a59b102f`
    ///
    /// # Errors
    ///
    /// As [`SecureCloud::update_password_settings`](telegram_passport::cloud::SecureCloud::update_password_settings) says.
    /// A new recovery e-mail is answered with [`EmailUnconfirmed`](CloudError::EmailUnconfirmed), and the
    /// whole change waits.
    pub fn update_password_settings(
        &self,
        user_id: i64,
        password: &InputCheckPassword,
        new_settings: PasswordInputSettings,
    ) -> Result<(), CloudError> {
        let now = self.now();
        let mut world = self.world();
        let (account, messages) = world.account_and_messages(user_id)?;
        let outcome = account.two_factor.update(password, new_settings, user_id, messages, now)?;
        account.forget_passport_if_removed(outcome);
        Ok(())
    }

    /// `account.confirmPasswordEmail#8fdf1920`
    ///
    /// # Errors
    ///
    /// [`CodeInvalid`](CloudError::CodeInvalid), [`EmailHashExpired`](CloudError::EmailHashExpired).
    pub fn confirm_password_email(&self, user_id: i64, code: &str) -> Result<(), CloudError> {
        let now = self.now();
        let mut world = self.world();
        let account = world.account_mut(user_id)?;
        let outcome = account.two_factor.confirm_email(code, now)?;
        account.forget_passport_if_removed(outcome);
        Ok(())
    }

    /// `account.resendPasswordEmail#7a7f2a15`
    ///
    /// # Errors
    ///
    /// [`EmailHashExpired`](CloudError::EmailHashExpired) if none waits.
    pub fn resend_password_email(&self, user_id: i64) -> Result<(), CloudError> {
        let now = self.now();
        let mut world = self.world();
        let (account, messages) = world.account_and_messages(user_id)?;
        account.two_factor.resend_email(user_id, messages, now)
    }

    /// `account.cancelPasswordEmail#c1cbd5b6`
    ///
    /// # Errors
    ///
    /// [`EmailHashExpired`](CloudError::EmailHashExpired) if none waits.
    pub fn cancel_password_email(&self, user_id: i64) -> Result<(), CloudError> {
        self.world().account_mut(user_id)?.two_factor.cancel_email()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::state::CodePurpose;
    use crate::state::tests::{set_password, with_account, with_secret, wrapped_secret};
    use telegram_passport::cloud::{NewPassword, PasswordKdfAlgo, SecurePasswordKdfAlgo};
    use zeroize::Zeroizing;

    fn update(state: &State, user_id: i64, settings: PasswordInputSettings) -> Result<(), CloudError> {
        state.update_password_settings(user_id, &InputCheckPassword::Empty, settings)
    }

    #[test]
    fn a_password_and_its_secret_are_set_in_one_call() {
        let (state, user_id) = with_secret();
        let password = state.account_password(user_id).expect("an account");
        assert!(password.current.is_some());
        assert_eq!(password.hint.as_deref(), Some("nine"));
        let world = state.world();
        let settings = world.account(user_id).expect("an account").two_factor.secure_settings();
        assert_eq!(settings.map(|settings| settings.secure_secret_id), Some(77));
    }

    #[test]
    fn salts_must_extend_the_offer() {
        let (state, user_id) = with_account();
        let good = set_password(&state, user_id);
        for spoil in [
            |salt1: &mut Vec<u8>, _: &mut Vec<u8>| salt1[0] ^= 1,
            |salt1: &mut Vec<u8>, _: &mut Vec<u8>| salt1.truncate(39),
            |_: &mut Vec<u8>, salt2: &mut Vec<u8>| salt2.push(0),
        ] {
            let mut bad = good.clone();
            if let Some(NewPassword {
                new_algo:
                    PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, .. },
                ..
            }) = &mut bad.new_password
            {
                spoil(salt1, salt2);
            }
            assert!(matches!(update(&state, user_id, bad), Err(CloudError::NewSaltInvalid)));
        }
        let mut bad = good.clone();
        let mut secret = wrapped_secret(&state, user_id, 1);
        secret.secure_algo = SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt: vec![0; 40] };
        bad.new_secure_settings = Some(secret);
        assert!(matches!(update(&state, user_id, bad), Err(CloudError::NewSaltInvalid)));
        assert!(
            state.account_password(user_id).expect("an account").current.is_none(),
            "nothing has changed"
        );
        update(&state, user_id, good.clone()).expect("sound settings");
    }

    #[test]
    fn malformed_settings_are_named() {
        let (state, user_id) = with_account();
        let empty = PasswordInputSettings::default();
        assert!(matches!(update(&state, user_id, empty.clone()), Err(CloudError::NewSettingsEmpty)));
        let secret_only = PasswordInputSettings {
            new_secure_settings: Some(wrapped_secret(&state, user_id, 1)),
            ..empty.clone()
        };
        assert!(matches!(update(&state, user_id, secret_only), Err(CloudError::PasswordRequired)));
        let mut short = set_password(&state, user_id);
        if let Some(new) = &mut short.new_password {
            new.new_password_hash.pop();
        }
        assert!(matches!(update(&state, user_id, short), Err(CloudError::NewSettingsInvalid)));
        let mut legacy = set_password(&state, user_id);
        let mut secret = wrapped_secret(&state, user_id, 1);
        secret.secure_algo = SecurePasswordKdfAlgo::Sha512 { salt: vec![1; 40] };
        legacy.new_secure_settings = Some(secret);
        assert!(matches!(update(&state, user_id, legacy), Err(CloudError::NewSettingsInvalid)));
        let removal = PasswordInputSettings { new_password: Some(NewPassword::removal()), ..empty };
        assert!(matches!(update(&state, user_id, removal), Err(CloudError::NewSettingsInvalid)));
        let mut email = set_password(&state, user_id);
        email.email = Some(Zeroizing::new("nobody".to_owned()));
        assert!(matches!(update(&state, user_id, email), Err(CloudError::EmailInvalid)));
    }

    #[test]
    fn a_new_recovery_address_makes_the_whole_change_wait() {
        let (state, user_id) = with_account();
        let mut settings = set_password(&state, user_id);
        settings.email = Some(Zeroizing::new("anna@example.com".to_owned()));
        let outcome = update(&state, user_id, settings);
        assert!(matches!(outcome, Err(CloudError::EmailUnconfirmed { code_length: Some(6) })));
        let password = state.account_password(user_id).expect("an account");
        assert!(password.current.is_none() && !password.has_recovery);
        assert_eq!(password.email_unconfirmed_pattern.as_deref(), Some("a***@example.com"));

        let first = state.last_code(user_id, CodePurpose::ConfirmRecoveryEmail).expect("a code was sent");
        assert!(matches!(state.confirm_password_email(user_id, "x"), Err(CloudError::CodeInvalid)));
        state.resend_password_email(user_id).expect("one waits");
        let second = state.last_code(user_id, CodePurpose::ConfirmRecoveryEmail).expect("a code was sent");
        if first != second {
            assert!(matches!(state.confirm_password_email(user_id, &first), Err(CloudError::CodeInvalid)));
        }
        state.confirm_password_email(user_id, &second).expect("the right code");
        let password = state.account_password(user_id).expect("an account");
        assert!(password.current.is_some() && password.has_recovery);
        assert!(matches!(state.confirm_password_email(user_id, &second), Err(CloudError::EmailHashExpired)));
    }

    #[test]
    fn a_waiting_change_can_be_cancelled_and_expires() {
        let (state, user_id) = with_account();
        let mut settings = set_password(&state, user_id);
        settings.email = Some(Zeroizing::new("anna@example.com".to_owned()));
        assert!(update(&state, user_id, settings.clone()).is_err());
        state.cancel_password_email(user_id).expect("one waits");
        assert!(matches!(state.cancel_password_email(user_id), Err(CloudError::EmailHashExpired)));
        assert!(update(&state, user_id, settings).is_err());
        let code = state.last_code(user_id, CodePurpose::ConfirmRecoveryEmail).expect("a code was sent");
        state.clock().advance(Duration::from_secs(3_600));
        assert!(matches!(state.confirm_password_email(user_id, &code), Err(CloudError::EmailHashExpired)));
    }

    #[test]
    fn without_a_password_there_are_no_settings() {
        let (state, user_id) = with_account();
        let outcome = state.password_settings(user_id, &InputCheckPassword::Empty);
        assert!(matches!(outcome, Err(CloudError::PasswordRequired)));
        let (state, user_id) = with_secret();
        let outcome = state.password_settings(user_id, &InputCheckPassword::Empty);
        assert!(matches!(outcome, Err(CloudError::PasswordHashInvalid)));
    }
}
