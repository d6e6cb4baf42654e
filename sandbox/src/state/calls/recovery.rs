use crate::state::shared::State;
use telegram_passport::cloud::{CloudError, PasswordInputSettings, PasswordRecovery, ResetPasswordResult};

impl State {
    /// `auth.requestPasswordRecovery#d897bc66`
    ///
    /// # Errors
    ///
    /// [`PasswordEmpty`](CloudError::PasswordEmpty), [`PasswordRecoveryNa`](CloudError::PasswordRecoveryNa)
    /// without a confirmed recovery e-mail.
    pub fn request_password_recovery(&self, user_id: i64) -> Result<PasswordRecovery, CloudError> {
        let now = self.now();
        let mut world = self.world();
        let (account, messages) = world.account_and_messages(user_id)?;
        account.two_factor.request_recovery(user_id, messages, now)
    }

    /// `auth.checkRecoveryPassword#0d36bf79`
    ///
    /// # Errors
    ///
    /// [`CodeInvalid`](CloudError::CodeInvalid),
    /// [`PasswordRecoveryExpired`](CloudError::PasswordRecoveryExpired).
    pub fn check_recovery_password(&self, user_id: i64, code: &str) -> Result<(), CloudError> {
        let now = self.now();
        self.world().account_mut(user_id)?.two_factor.check_recovery(code, now)
    }

    /// `auth.recoverPassword#37096c70`. Every stored value is deleted, with the passport secret.
    ///
    /// # Errors
    ///
    /// As for a check of the code, and as for new settings; settings that carry a passport secret or a
    /// recovery e-mail are [`NewSettingsInvalid`](CloudError::NewSettingsInvalid).
    pub fn recover_password(
        &self,
        user_id: i64,
        code: &str,
        new_settings: Option<PasswordInputSettings>,
    ) -> Result<(), CloudError> {
        let now = self.now();
        let mut world = self.world();
        let account = world.account_mut(user_id)?;
        let outcome = account.two_factor.recover(code, new_settings, now)?;
        account.forget_passport_if_removed(outcome);
        Ok(())
    }

    /// `account.resetPassword#9308ce1b`: asks, and after seven days carries it out.
    ///
    /// # Errors
    ///
    /// [`PasswordEmpty`](CloudError::PasswordEmpty).
    pub fn reset_password(&self, user_id: i64) -> Result<ResetPasswordResult, CloudError> {
        let now = self.now();
        let mut world = self.world();
        let account = world.account_mut(user_id)?;
        let (result, outcome) = account.two_factor.reset(now)?;
        account.forget_passport_if_removed(outcome);
        Ok(result)
    }

    /// `account.declinePasswordReset#4c9409f6`
    ///
    /// # Errors
    ///
    /// [`ResetRequestMissing`](CloudError::ResetRequestMissing).
    pub fn decline_password_reset(&self, user_id: i64) -> Result<(), CloudError> {
        let now = self.now();
        self.world().account_mut(user_id)?.two_factor.decline_reset(now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use zeroize::Zeroizing;

    use super::*;
    use crate::state::CodePurpose;
    use crate::state::model::two_factor::{RESET_PAUSE, RESET_WAIT};
    use crate::state::tests::{save_details, set_password, with_account, with_secret, wrapped_secret};
    use telegram_passport::cloud::InputCheckPassword;

    /// An account with a password, a confirmed recovery address, and a stored value.
    fn recoverable() -> (State, i64) {
        let (state, user_id) = with_account();
        let mut settings = set_password(&state, user_id);
        settings.email = Some(Zeroizing::new("anna@example.com".to_owned()));
        settings.new_secure_settings = Some(wrapped_secret(&state, user_id, 77));
        assert!(state.update_password_settings(user_id, &InputCheckPassword::Empty, settings).is_err());
        let code = state.last_code(user_id, CodePurpose::ConfirmRecoveryEmail).expect("a code was sent");
        state.confirm_password_email(user_id, &code).expect("the right code");
        save_details(&state, user_id);
        (state, user_id)
    }

    #[test]
    fn recovery_sets_a_new_password_and_loses_the_passport() {
        let (state, user_id) = recoverable();
        let sent = state.request_password_recovery(user_id).expect("there is an address");
        assert_eq!(sent.email_pattern, "a***@example.com");
        let code = state.last_code(user_id, CodePurpose::RecoverPassword).expect("a code was sent");
        assert!(matches!(state.check_recovery_password(user_id, ""), Err(CloudError::CodeInvalid)));
        state.check_recovery_password(user_id, &code).expect("the right code");
        let settings = set_password(&state, user_id);
        state.recover_password(user_id, &code, Some(settings)).expect("sound settings");
        let password = state.account_password(user_id).expect("an account");
        assert!(password.current.is_some() && password.has_recovery && !password.has_secure_values);
        assert!(state.all_secure_values(user_id).expect("readable").is_empty());
        let again = state.recover_password(user_id, &code, None);
        assert!(matches!(again, Err(CloudError::PasswordRecoveryExpired)));
    }

    #[test]
    fn recovery_without_settings_removes_the_password() {
        let (state, user_id) = recoverable();
        state.request_password_recovery(user_id).expect("there is an address");
        let code = state.last_code(user_id, CodePurpose::RecoverPassword).expect("a code was sent");
        let with_email = PasswordInputSettings {
            email: Some(Zeroizing::new("eve@example.com".to_owned())),
            ..set_password(&state, user_id)
        };
        let refused = state.recover_password(user_id, &code, Some(with_email));
        assert!(matches!(refused, Err(CloudError::NewSettingsInvalid)));
        state.recover_password(user_id, &code, None).expect("the right code");
        let password = state.account_password(user_id).expect("an account");
        assert!(password.current.is_none() && !password.has_recovery);
        assert!(matches!(state.request_password_recovery(user_id), Err(CloudError::PasswordEmpty)));
    }

    #[test]
    fn recovery_needs_an_address() {
        let (state, user_id) = with_secret();
        assert!(matches!(state.request_password_recovery(user_id), Err(CloudError::PasswordRecoveryNa)));
    }

    #[test]
    fn a_reset_waits_seven_days() {
        let (state, user_id) = with_secret();
        save_details(&state, user_id);
        let until_date = state.clock().now() + RESET_WAIT;
        let waiting = ResetPasswordResult::RequestedWait { until_date };
        assert_eq!(state.reset_password(user_id).expect("a password"), waiting);
        state.clock().advance(Duration::from_secs(3_600));
        assert_eq!(state.reset_password(user_id).expect("a password"), waiting);
        assert_eq!(state.account_password(user_id).expect("an account").pending_reset_date, Some(until_date));
        state.clock().advance(Duration::from_secs(7 * 24 * 3_600));
        assert_eq!(state.reset_password(user_id).expect("a password"), ResetPasswordResult::Ok);
        let password = state.account_password(user_id).expect("an account");
        assert!(password.current.is_none() && !password.has_secure_values);
    }

    #[test]
    fn a_declined_reset_cannot_be_asked_for_at_once() {
        let (state, user_id) = with_secret();
        assert!(matches!(state.decline_password_reset(user_id), Err(CloudError::ResetRequestMissing)));
        state.reset_password(user_id).expect("a password");
        state.decline_password_reset(user_id).expect("one waits");
        let retry_date = state.clock().now() + RESET_PAUSE;
        let blocked = ResetPasswordResult::FailedWait { retry_date };
        assert_eq!(state.reset_password(user_id).expect("a password"), blocked);
    }
}
