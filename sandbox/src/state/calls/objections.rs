use crate::state::contact;
use crate::state::shared::State;
use telegram_passport::cloud::{CloudError, SecureValueError};

impl State {
    /// `users.setSecureValueErrors#90c894b5`, by a bot about a person who shared something with it.
    ///
    /// What the person has changed since is resolved already and passed over.
    ///
    /// # Errors
    ///
    /// [`UserBotRequired`](CloudError::UserBotRequired) unless the caller is a bot,
    /// [`UserIdInvalid`](CloudError::UserIdInvalid) for who has shared nothing with it,
    /// [`DataHashSizeInvalid`](CloudError::DataHashSizeInvalid) and
    /// [`HashSizeInvalid`](CloudError::HashSizeInvalid), `SECURE_VALUE_ERROR_INVALID` for a source that the
    /// kind of element has not. Nothing has changed then.
    pub fn set_secure_value_errors(
        &self,
        bot_id: i64,
        user_id: i64,
        errors: Vec<SecureValueError>,
    ) -> Result<(), CloudError> {
        let mut world = self.world();
        let bot = world.bots.get(&bot_id).ok_or(CloudError::UserBotRequired)?;
        contact::may_object(bot, user_id)?;
        let account = world.accounts.get_mut(&user_id).ok_or(CloudError::UserIdInvalid)?;
        account.objections.replace(bot_id, errors, &account.values)
    }

    /// What a bot objects to in a person's elements, and is not resolved; nothing for who is unknown.
    #[must_use]
    pub fn objections(&self, bot_id: i64, user_id: i64) -> Vec<SecureValueError> {
        let world = self.world();
        let account = world.accounts.get(&user_id);
        account.map(|account| account.objections.by(bot_id).cloned().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::state::tests::{
        BOT_ID, KEY, credentials, data, passport, register, save_details, upload, with_secret,
    };
    use ErrorSource as Source;
    use telegram_passport::cloud::{
        InputSecureFile, InputSecureValue, SecureFile, SecureValue, SecureValueHash,
    };
    use telegram_passport::element::{ElementType, Parts};
    use telegram_passport::request::ErrorSource;

    const SCOPE: &str = r#"{"v":1,"d":["pp"]}"#;

    /// A person who has shared a passport with the bot.
    fn shared() -> (State, i64, SecureValue) {
        let (state, user_id) = with_secret();
        register(&state);
        let saved = state.save_secure_value(user_id, passport(&state, user_id), 77).expect("a sound value");
        let hash = SecureValueHash { kind: saved.kind, hash: saved.hash.clone() };
        state.accept_authorization(user_id, BOT_ID, SCOPE, KEY, &[hash], credentials()).expect("complete");
        (state, user_id, saved)
    }

    fn about(source: Source) -> SecureValueError {
        SecureValueError { kind: ElementType::Passport, source, text: "Please repeat".to_owned() }
    }

    fn open(state: &State, user_id: i64) -> Vec<SecureValueError> {
        state.authorization_form(user_id, BOT_ID, SCOPE, KEY).expect("a sound request").errors
    }

    /// The saved passport again, as it is.
    fn unchanged(saved: &SecureValue) -> InputSecureValue {
        let keep = |file: &SecureFile| InputSecureFile::Stored { id: file.id, access_hash: file.access_hash };
        InputSecureValue {
            data: saved.data.clone(),
            parts: Parts {
                front_side: saved.parts.front_side.as_ref().map(keep),
                selfie: saved.parts.selfie.as_ref().map(keep),
                translation: saved.parts.translation.iter().map(keep).collect(),
                ..Parts::default()
            },
            ..InputSecureValue::empty(ElementType::Passport)
        }
    }

    #[test]
    fn each_objection_is_resolved_by_the_part_it_is_about() {
        type Change = fn(&State, i64, &mut InputSecureValue);
        let new_data: Change = |_, _, value| value.data = Some(data(99));
        let new_front: Change =
            |state, user, value| value.parts.front_side = Some(upload(state, user, 60, 64));
        let new_selfie: Change = |state, user, value| value.parts.selfie = Some(upload(state, user, 61, 64));
        let more: Change = |state, user, value| value.parts.translation.push(upload(state, user, 62, 64));
        let fewer: Change = |_, _, value| drop(value.parts.translation.remove(0));
        let nothing: Change = |_, _, _| {};
        let list = || Source::TranslationFiles { file_hashes: vec![vec![4; 32], vec![5; 32]] };
        let field = || Source::DataField { data_hash: vec![1; 32], field: "document_no".to_owned() };
        for (case, (source, change, resolved)) in [
            (field(), new_data, true),
            (field(), new_front, false),
            (Source::FrontSide { file_hash: vec![2; 32] }, new_front, true),
            (Source::FrontSide { file_hash: vec![2; 32] }, new_data, false),
            (Source::Selfie { file_hash: vec![3; 32] }, new_selfie, true),
            (Source::Selfie { file_hash: vec![3; 32] }, nothing, false),
            (Source::TranslationFile { file_hash: vec![4; 32] }, fewer, true),
            (Source::TranslationFile { file_hash: vec![5; 32] }, fewer, false),
            (list(), more, true),
            (list(), fewer, true),
            (list(), new_selfie, false),
        ]
        .into_iter()
        .enumerate()
        {
            let (state, user_id, saved) = shared();
            state.set_secure_value_errors(BOT_ID, user_id, vec![about(source)]).expect("sound");
            assert_eq!(open(&state, user_id).len(), 1, "{case}");
            let mut value = unchanged(&saved);
            change(&state, user_id, &mut value);
            state.save_secure_value(user_id, value, 77).expect("a sound value");
            assert_eq!(open(&state, user_id).is_empty(), resolved, "{case}");
        }
    }

    #[test]
    fn an_objection_to_the_whole_is_resolved_by_any_save() {
        for decoded in [false, true] {
            let (state, user_id, saved) = shared();
            let hash =
                if decoded { STANDARD.decode(&saved.hash).expect("base64") } else { saved.hash.clone() };
            state
                .set_secure_value_errors(
                    BOT_ID,
                    user_id,
                    vec![about(Source::Unspecified { element_hash: hash })],
                )
                .expect("sound");
            assert_eq!(open(&state, user_id).len(), 1);
            state.save_secure_value(user_id, unchanged(&saved), 77).expect("a sound value");
            assert!(open(&state, user_id).is_empty());
        }
    }

    #[test]
    fn nothing_is_shared_again_while_the_bot_objects() {
        let (state, user_id, saved) = shared();
        let error = about(Source::FrontSide { file_hash: vec![2; 32] });
        state.set_secure_value_errors(BOT_ID, user_id, vec![error]).expect("sound");
        let hash = SecureValueHash { kind: saved.kind, hash: saved.hash };
        let again = state.accept_authorization(user_id, BOT_ID, SCOPE, KEY, &[hash], credentials());
        let (_, message) = again.expect_err("unresolved").to_rpc().expect("an RPC error");
        assert_eq!(message, "SECURE_VALUE_ERRORS_UNRESOLVED");
        state.set_secure_value_errors(BOT_ID, user_id, vec![]).expect("sound");
        assert!(open(&state, user_id).is_empty());
    }

    #[test]
    fn objections_to_what_has_changed_are_passed_over() {
        let (state, user_id, _) = shared();
        let stale = vec![
            about(Source::FrontSide { file_hash: vec![77; 32] }),
            SecureValueError {
                kind: ElementType::Address,
                ..about(Source::DataField { data_hash: vec![1; 32], field: "city".to_owned() })
            },
        ];
        state.set_secure_value_errors(BOT_ID, user_id, stale).expect("sound");
        assert!(open(&state, user_id).is_empty());
        let current = about(Source::FrontSide { file_hash: vec![2; 32] });
        state.set_secure_value_errors(BOT_ID, user_id, vec![current]).expect("sound");
        state.delete_secure_values(user_id, &[ElementType::Passport]).expect("an account");
        assert!(open(&state, user_id).is_empty());
    }

    #[test]
    fn malformed_objections_are_refused() {
        let (state, user_id, _) = shared();
        save_details(&state, user_id);
        let set = |error| state.set_secure_value_errors(BOT_ID, user_id, vec![error]);
        let short = about(Source::DataField { data_hash: vec![1; 31], field: "document_no".to_owned() });
        assert!(matches!(set(short), Err(CloudError::DataHashSizeInvalid)));
        for source in [
            Source::FrontSide { file_hash: vec![] },
            Source::Unspecified { element_hash: vec![1; 31] },
            Source::TranslationFiles { file_hashes: vec![] },
        ] {
            assert!(matches!(set(about(source)), Err(CloudError::HashSizeInvalid)));
        }
        for source in [
            Source::ReverseSide { file_hash: vec![1; 32] },
            Source::Files { file_hashes: vec![vec![1; 32]] },
            Source::DataField { data_hash: vec![1; 32], field: String::new() },
        ] {
            assert!(matches!(set(about(source)), Err(CloudError::Other { code: 400, .. })));
        }
        let by = |bot_id, user_id| state.set_secure_value_errors(bot_id, user_id, vec![]);
        assert!(matches!(by(user_id, user_id), Err(CloudError::UserBotRequired)));
        assert!(matches!(by(BOT_ID, 1), Err(CloudError::UserIdInvalid)));
    }
}
