use crate::state::model::summary::{AccountSummary, SecretSummary, ValueSummary};
use crate::state::shared::State;
use telegram_passport::cloud::{CloudError, SecureSecretSettings};

impl State {
    /// What the server holds of this account.
    ///
    /// # Errors
    ///
    /// [`SignedOut`](CloudError::SignedOut) for an unknown account.
    pub fn summary(&self, user_id: i64) -> Result<AccountSummary, CloudError> {
        let world = self.world();
        let account = world.account(user_id)?;
        Ok(AccountSummary {
            has_password: account.two_factor.has_password(),
            secret: account.two_factor.secure_settings().map(SecretSummary::new),
            values: account.values.all().map(ValueSummary::new).collect(),
            calls: world.traffic.get(&user_id).cloned().unwrap_or_default(),
        })
    }

    /// Lets the next call of this method by this account fail; several queue up.
    ///
    /// For tests of clients. The method is named as in the schema (`account.saveSecureValue`).
    pub fn fail_next(&self, user_id: i64, method: &'static str, error: CloudError) {
        self.world().failures.entry((user_id, method)).or_default().push(error);
    }

    /// Counts a call, and answers with the failure planned for it, if one is.
    ///
    /// Whoever plays the server calls this before the method itself.
    ///
    /// # Errors
    ///
    /// What [`fail_next`](Self::fail_next) was given.
    pub fn record_call(&self, user_id: i64, method: &'static str) -> Result<(), CloudError> {
        let mut world = self.world();
        *world.traffic.entry(user_id).or_default().entry(method).or_default() += 1;
        match world.failures.get_mut(&(user_id, method)) {
            Some(planned) if !planned.is_empty() => Err(planned.remove(0)),
            _ => Ok(()),
        }
    }

    /// Puts a wrapped secret in place of the account's, unchecked: an old form, a damaged one, or none.
    ///
    /// For tests of clients.
    ///
    /// # Errors
    ///
    /// [`SignedOut`](CloudError::SignedOut) for an unknown account.
    pub fn replace_secure_settings(
        &self,
        user_id: i64,
        settings: Option<SecureSecretSettings>,
    ) -> Result<(), CloudError> {
        self.world().account_mut(user_id)?.two_factor.replace_secure_settings(settings);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::state::tests::{passport, with_secret};
    use telegram_passport::element::Part;

    #[test]
    fn a_summary_names_kinds_sizes_and_hashes() {
        let (state, user_id) = with_secret();
        state.save_secure_value(user_id, passport(&state, user_id), 77).expect("a sound value");
        state.record_call(user_id, "account.saveSecureValue").expect("no failure planned");
        let summary = state.summary(user_id).expect("an account");
        let secret = summary.secret.expect("it was set");
        assert_eq!((secret.id, secret.bytes), (77, 32));
        assert_eq!(summary.calls["account.saveSecureValue"], 1);
        let [value] = &summary.values[..] else { panic!("one element") };
        let parts: Vec<_> = value.parts.iter().map(|part| (part.part, part.bytes)).collect();
        let expected = [
            (None, 48),
            (Some(Part::FrontSide), 4096),
            (Some(Part::Selfie), 2048),
            (Some(Part::Translation(0)), 16),
            (Some(Part::Translation(1)), 16),
        ];
        assert_eq!(parts, expected);
        assert_eq!(value.parts[1].hash, "02".repeat(32));
        assert!(!value.in_the_clear);
    }

    #[test]
    fn planned_failures_come_once_and_in_order() {
        let (state, user_id) = with_secret();
        state.fail_next(user_id, "help.getPassportConfig", CloudError::AppVersionOutdated);
        state.fail_next(user_id, "help.getPassportConfig", CloudError::FloodWait(Duration::from_secs(3)));
        let call = || state.record_call(user_id, "help.getPassportConfig");
        assert!(matches!(call(), Err(CloudError::AppVersionOutdated)));
        assert!(matches!(call(), Err(CloudError::FloodWait(wait)) if wait.as_secs() == 3));
        call().expect("none is left");
    }
}
