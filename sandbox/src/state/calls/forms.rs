use std::collections::BTreeMap;

use crate::primitives::equal;
use crate::state::model::delivery::sound_credentials;
use crate::state::model::form::{kinds_of, satisfied, withheld};
use crate::state::refusal::ServerRefusal;
use crate::state::shared::State;
use telegram_passport::cloud::{
    CloudError, SecureCredentialsEncrypted, SecureForm, SecureValue, SecureValueHash,
};
use telegram_passport::element::ElementType;

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
    ) -> Result<SecureForm, CloudError> {
        let world = self.world();
        let account = world.account(user_id)?;
        let bot = world.bots.get(&bot_id).ok_or(CloudError::BotInvalid)?;
        let required_types = bot.requested(scope, public_key)?;
        let requested: Vec<_> = required_types.iter().flat_map(kinds_of).collect();
        let values = account.values.of(&requested);
        if !values.is_empty() && account.two_factor.secure_settings().is_none() {
            return Err(CloudError::SecureSecretRequired);
        }
        let objections = account.objections.by(bot_id);
        let errors = objections.filter(|objection| requested.contains(&objection.kind)).cloned().collect();
        Ok(SecureForm {
            required_types,
            values,
            errors,
            users: vec![bot.bot.user()],
            privacy_policy_url: bot.bot.privacy_policy_url.clone(),
        })
    }

    /// `account.acceptAuthorization#f3ed4c73`: hands the elements and their sealed secrets to the bot.
    ///
    /// The server cannot see whether the credentials fit; it checks sizes only. Selfies and translations that
    /// were not asked for stay here.
    ///
    /// # Errors
    ///
    /// As [`SecureCloud::accept_authorization`](telegram_passport::cloud::SecureCloud::accept_authorization) says, in that
    /// order; besides `SECURE_VALUE_NOT_REQUESTED` for an element no row names or one given twice,
    /// `SECURE_VALUE_REQUIRED` for a row that nothing given satisfies, `SECURE_VALUE_ERRORS_UNRESOLVED` while
    /// the bot objects to one of them, `SECURE_CREDENTIALS_INVALID`.
    pub fn accept_authorization(
        &self,
        user_id: i64,
        bot_id: i64,
        scope: &str,
        public_key: &str,
        value_hashes: &[SecureValueHash],
        credentials: SecureCredentialsEncrypted,
    ) -> Result<(), CloudError> {
        let date = self.now();
        let mut world = self.world();
        let account = world.account(user_id)?;
        let bot = world.bots.get(&bot_id).ok_or(CloudError::BotInvalid)?;
        let rows = bot.requested(scope, public_key)?;
        account.two_factor.check_complete()?;
        let mut shared: BTreeMap<ElementType, &SecureValue> = BTreeMap::new();
        for SecureValueHash { kind, hash } in value_hashes {
            if !rows.iter().flat_map(kinds_of).any(|requested| requested == *kind) {
                return Err(ServerRefusal::ValueNotRequested.into());
            }
            let value = account.values.get(*kind).ok_or(CloudError::SecureValueEmpty)?;
            if !equal(&value.hash, hash) {
                return Err(CloudError::SecureValueHashInvalid);
            }
            if shared.insert(*kind, value).is_some() {
                return Err(ServerRefusal::ValueNotRequested.into());
            }
        }
        if !rows.iter().all(|row| satisfied(row, &shared)) {
            return Err(ServerRefusal::ValueRequired.into());
        }
        if account.objections.by(bot_id).any(|objection| shared.contains_key(&objection.kind)) {
            return Err(ServerRefusal::ErrorsUnresolved.into());
        }
        if !sound_credentials(&credentials) {
            return Err(ServerRefusal::CredentialsInvalid.into());
        }

        let from = account.sender(user_id);
        // In the order given, which is the client's to choose.
        let values: Vec<SecureValue> = value_hashes
            .iter()
            .filter_map(|given| shared.get(&given.kind))
            .map(|value| withheld(value, &rows))
            .collect();
        let files = account.values.files_for_bot(&values);
        let bot = world.bots.get_mut(&bot_id).ok_or(CloudError::BotInvalid)?;
        bot.deliver(date, from, values, credentials, files);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::{
        BOT_ID, KEY, credentials, message, passport, register, save_details, with_secret,
    };
    use telegram_passport::cloud::{FileLocation, FileRange, SignedOut};

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

    fn named(value: &SecureValue) -> SecureValueHash {
        SecureValueHash { kind: value.kind, hash: value.hash.clone() }
    }

    /// An account with personal details and a passport (with selfie and translations), and a bot.
    fn ready() -> (State, i64, SecureValue, SecureValue) {
        let (state, user_id) = with_secret();
        register(&state);
        let details = save_details(&state, user_id);
        let passport =
            state.save_secure_value(user_id, passport(&state, user_id), 77).expect("a sound value");
        (state, user_id, details, passport)
    }

    #[test]
    fn only_what_was_asked_for_is_delivered() {
        let (state, user_id, details, passport) = ready();
        let accept = |scope, values: &[&SecureValue]| {
            let hashes: Vec<_> = values.iter().map(|value| named(value)).collect();
            state.accept_authorization(user_id, BOT_ID, scope, KEY, &hashes, credentials())
        };
        accept(r#"{"v":1,"d":["pd",{"_":"pp","t":1}]}"#, &[&details, &passport]).expect("complete");
        accept(r#"{"v":1,"d":[{"_":["pp","ic"],"s":1}]}"#, &[&passport]).expect("complete");
        let inbox = state.inbox(BOT_ID);
        let [first, second] = &inbox[..] else { panic!("two shares") };
        assert_eq!((first.share.number, second.share.number, second.message_id), (1, 2, 2));
        assert_eq!(second.share.update_id, first.share.update_id.map(|id| id + 1));
        assert_eq!(first.from.first_name, "Anna");
        let (first, second) = (&first.share, &second.share);
        let [_, shared] = &first.values[..] else { panic!("two elements") };
        assert_eq!((shared.parts.selfie.is_some(), shared.parts.translation.len()), (false, 2));
        assert_eq!(first.file_names.len(), 3);
        let shared = &second.values[0];
        assert_eq!((shared.parts.selfie.is_some(), shared.parts.translation.len()), (true, 0));
        let front = shared.parts.front_side.as_ref().expect("it was shared");
        assert_eq!(first.file_names[&front.id], second.file_names[&front.id]);
    }

    #[test]
    fn a_bot_reads_what_it_was_given_and_keeps_it() {
        let (state, user_id, _, passport) = ready();
        let scope = r#"{"v":1,"d":["pp"]}"#;
        state
            .accept_authorization(user_id, BOT_ID, scope, KEY, &[named(&passport)], credentials())
            .expect("complete");
        state.delete_secure_values(user_id, &[ElementType::Passport]).expect("an account");
        let delivery = &state.inbox(BOT_ID)[0].share;
        let front = delivery.values[0].parts.front_side.as_ref().expect("it was shared");
        let own = passport.parts.front_side.as_ref().expect("it was saved");
        assert_ne!(front.access_hash, own.access_hash);
        let range = FileRange { offset: 0, limit: 4096, precise: false };
        let location = |access_hash| FileLocation { id: front.id, access_hash, dc_id: front.dc_id };
        assert_eq!(
            state.file_part(BOT_ID, location(front.access_hash), range).expect("shared").bytes,
            [2; 4096]
        );
        assert!(state.file_part(BOT_ID, location(own.access_hash), range).is_err());
        let file = state.bot_file(BOT_ID, &delivery.file_names[&front.id].file_id).expect("shared");
        assert_eq!(file.ciphertext[..], [2; 4096]);
        assert!(state.bot_file(BOT_ID, "other").is_none());
        let selfie = passport.parts.selfie.expect("it was saved");
        assert!(!delivery.file_names.contains_key(&selfie.id));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (state, user_id, details, passport) = ready();
        let accept = |scope: &str, hashes: &[SecureValueHash], credentials| {
            message(state.accept_authorization(user_id, BOT_ID, scope, KEY, hashes, credentials))
        };
        let pp = r#"{"v":1,"d":["pp"]}"#;
        let stale = SecureValueHash { kind: ElementType::Passport, hash: details.hash.clone() };
        let absent = SecureValueHash { kind: ElementType::Email, hash: details.hash.clone() };
        assert_eq!(accept(pp, &[stale], credentials()), "SECURE_VALUE_HASH_INVALID");
        assert_eq!(accept(r#"["email"]"#, &[absent], credentials()), "SECURE_VALUE_EMPTY");
        assert_eq!(accept(pp, &[named(&details)], credentials()), "SECURE_VALUE_NOT_REQUESTED");
        let twice = [named(&passport), named(&passport)];
        assert_eq!(accept(pp, &twice, credentials()), "SECURE_VALUE_NOT_REQUESTED");
        assert_eq!(accept(pp, &[], credentials()), "SECURE_VALUE_REQUIRED");
        let both = r#"{"v":1,"d":["pp","em"]}"#;
        assert_eq!(accept(both, &[named(&passport)], credentials()), "SECURE_VALUE_REQUIRED");
        for spoil in [
            |credentials: &mut SecureCredentialsEncrypted| credentials.data.truncate(63),
            |credentials: &mut SecureCredentialsEncrypted| credentials.hash.truncate(31),
            |credentials: &mut SecureCredentialsEncrypted| credentials.secret.truncate(32),
        ] {
            let mut bad = credentials();
            spoil(&mut bad);
            assert_eq!(accept(pp, &[named(&passport)], bad), "SECURE_CREDENTIALS_INVALID");
        }
        assert!(state.inbox(BOT_ID).is_empty());
    }

    #[test]
    fn a_selfie_that_is_asked_for_must_be_there() {
        let (state, user_id, ..) = ready();
        let mut value = passport(&state, user_id);
        value.parts.selfie = None;
        let saved = state.save_secure_value(user_id, value, 77).expect("a sound value");
        let scope = r#"{"v":1,"d":[{"_":"pp","s":1}]}"#;
        let outcome =
            state.accept_authorization(user_id, BOT_ID, scope, KEY, &[named(&saved)], credentials());
        assert_eq!(message(outcome), "SECURE_VALUE_REQUIRED");
    }
}
