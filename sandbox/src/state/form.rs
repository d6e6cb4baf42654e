use super::State;
use super::scope::{kinds_of, required_types};
use super::world::World;
use telegram_passport::cloud::{AuthorizationForm, CloudError, SecureRequiredType};

impl World {
    /// The rows of a request, after every check that both calls about it make.
    pub(super) fn requested(
        &self,
        bot_id: i64,
        scope: &str,
        public_key: &str,
    ) -> Result<Vec<SecureRequiredType>, CloudError> {
        let bot = self.bots.get(&bot_id).ok_or(CloudError::BotInvalid)?;
        bot.check_key(public_key)?;
        required_types(scope)
    }
}

impl State {
    /// `account.getAuthorizationForm#a929597a`: the rows come from the scope, which no client has to understand.
    ///
    /// # Errors
    ///
    /// As [`SecureCloud::authorization_form`](telegram_passport::cloud::SecureCloud::authorization_form) says, besides
    /// `SCOPE_INVALID`, and [`SecureSecretRequired`](CloudError::SecureSecretRequired) if values are stored
    /// that no secret opens.
    pub fn authorization_form(
        &self,
        user_id: i64,
        bot_id: i64,
        scope: &str,
        public_key: &str,
    ) -> Result<AuthorizationForm, CloudError> {
        let world = self.world();
        let account = world.account(user_id)?;
        let required_types = world.requested(bot_id, scope, public_key)?;
        let bot = &world.bots.get(&bot_id).ok_or(CloudError::BotInvalid)?.bot;
        let requested: Vec<_> = required_types.iter().flat_map(kinds_of).collect();
        let stored = account.values.values();
        let values: Vec<_> = stored.filter(|value| requested.contains(&value.kind)).cloned().collect();
        if !values.is_empty() && account.two_factor.secure_settings.is_none() {
            return Err(CloudError::SecureSecretRequired);
        }
        let objections = account.objections.get(&bot_id).into_iter().flatten();
        let errors = objections.filter(|objection| requested.contains(&objection.kind)).cloned().collect();
        Ok(AuthorizationForm {
            required_types,
            values,
            errors,
            users: vec![bot.user()],
            privacy_policy_url: bot.privacy_policy_url.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::bot::tests::{BOT_ID, KEY, register};
    use super::super::password::tests::with_secret;
    use super::super::value::tests::{passport, save_details};
    use super::*;
    use telegram_passport::cloud::SignedOut;
    use telegram_passport::element::ElementType;

    #[test]
    fn a_form_holds_what_is_stored_of_what_is_asked_for() {
        let (state, user_id) = with_secret();
        register(&state);
        save_details(&state, user_id);
        state.save_secure_value(user_id, passport(&state, user_id), 77).expect("a sound value");
        let scope = r#"{"v":1,"d":[{"_":"pp"},"em"]}"#;
        let form = state.authorization_form(user_id, BOT_ID, scope, KEY).expect("a sound request");
        assert_eq!(form.required_types.len(), 2);
        let kinds: Vec<_> = form.values.iter().map(|value| value.kind).collect();
        assert_eq!(kinds, [ElementType::Passport]);
        assert_eq!(form.users[0].username.as_deref(), Some("example_bot"));
        assert_eq!(form.privacy_policy_url.as_deref(), Some("https://example.com/privacy"));
        assert!(form.errors.is_empty());
    }

    #[test]
    fn a_bad_request_is_named() {
        let (state, user_id) = with_secret();
        register(&state);
        let form = |bot_id, scope, key| state.authorization_form(user_id, bot_id, scope, key);
        let scope = r#"{"v":1,"d":["pd"]}"#;
        assert!(matches!(form(1, scope, KEY), Err(CloudError::BotInvalid)));
        assert!(matches!(form(BOT_ID, scope, ""), Err(CloudError::PublicKeyRequired)));
        assert!(matches!(form(BOT_ID, scope, "another"), Err(CloudError::PublicKeyInvalid)));
        assert!(matches!(form(BOT_ID, "", KEY), Err(CloudError::ScopeEmpty)));
        assert!(matches!(form(BOT_ID, "{", KEY), Err(CloudError::Other { code: 400, .. })));
        let unknown = state.authorization_form(1, BOT_ID, scope, KEY);
        assert!(matches!(unknown, Err(CloudError::SignedOut(SignedOut::KeyUnregistered))));
    }
}
