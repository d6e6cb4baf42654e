use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::State;
use super::file::{BotFile, FileName};
use super::scope::kinds_of;
use super::shape::sound_ciphertext;
use super::value::files_of;
use super::world::bad_request;
use crate::primitives::equal;
use telegram_passport::cloud::{
    CloudError, SecureCredentialsEncrypted, SecureRequiredType, SecureValue, SecureValueHash,
};
use telegram_passport::element::ElementType;

/// The largest `data` of credentials, in bytes.
const LARGEST_CREDENTIALS: usize = 1024 * 1024;

/// RSA moduli in bytes: the least that carries a secret under OAEP, and the most that is sensible.
const MODULUS: std::ops::RangeInclusive<usize> = 74..=1024;

/// Who shared something, as the bot sees them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The person's user id.
    pub id: i64,
    /// The displayed first name.
    pub first_name: String,
    /// The displayed last name, possibly empty.
    pub last_name: String,
}

/// One share in a bot's inbox: `messageActionSecureValuesSentMe#1b287353` and the message around it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// Counts what the bot was sent, from 1.
    pub update_id: u32,
    /// The message's number in the chat with this person.
    pub message_id: u32,
    /// When it was shared, Unix time.
    pub date: i64,
    /// Who shared it.
    pub from: Sender,
    /// The shared elements, without parts that were not asked for; files carry the bot's access hash.
    pub values: Vec<SecureValue>,
    /// The secrets, sealed to the bot.
    pub credentials: SecureCredentialsEncrypted,
    /// The Bot API's names of those files, by [`SecureFile::id`](telegram_passport::cloud::SecureFile::id).
    pub file_names: BTreeMap<i64, FileName>,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("update_id", &self.update_id)
            .field("message_id", &self.message_id)
            .field("from", &self.from)
            .field("values", &self.values)
            .finish_non_exhaustive()
    }
}

impl State {
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
        let rows = world.requested(bot_id, scope, public_key)?;
        if account.two_factor.password.is_none() {
            return Err(CloudError::PasswordRequired);
        }
        if account.two_factor.secure_settings.is_none() {
            return Err(CloudError::SecureSecretRequired);
        }
        let mut shared: BTreeMap<ElementType, &SecureValue> = BTreeMap::new();
        for SecureValueHash { kind, hash } in value_hashes {
            if !rows.iter().flat_map(kinds_of).any(|requested| requested == *kind) {
                return Err(bad_request("SECURE_VALUE_NOT_REQUESTED"));
            }
            let value = account.values.get(kind).ok_or(CloudError::SecureValueEmpty)?;
            if !equal(&value.hash, hash) {
                return Err(CloudError::SecureValueHashInvalid);
            }
            if shared.insert(*kind, value).is_some() {
                return Err(bad_request("SECURE_VALUE_NOT_REQUESTED"));
            }
        }
        if !rows.iter().all(|row| satisfied(row, &shared)) {
            return Err(bad_request("SECURE_VALUE_REQUIRED"));
        }
        let mut objections = account.objections.get(&bot_id).into_iter().flatten();
        if objections.any(|objection| shared.contains_key(&objection.kind)) {
            return Err(bad_request("SECURE_VALUE_ERRORS_UNRESOLVED"));
        }
        if !sound_credentials(&credentials) {
            return Err(bad_request("SECURE_CREDENTIALS_INVALID"));
        }

        let from = Sender {
            id: user_id,
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
        };
        // In the order given, which is the client's to choose.
        let values: Vec<SecureValue> = value_hashes
            .iter()
            .filter_map(|given| shared.get(&given.kind))
            .map(|value| withheld(value, &rows))
            .collect();
        let files: Vec<BotFile> = values
            .iter()
            .flat_map(files_of)
            .filter_map(|file| account.files.get(&file.id))
            .map(|stored| stored.for_bot())
            .collect();
        let bot = world.bots.get_mut(&bot_id).ok_or(CloudError::BotInvalid)?;
        bot.deliver(date, from, values, credentials, files);
        Ok(())
    }
}

impl super::bot::BotState {
    fn deliver(
        &mut self,
        date: i64,
        from: Sender,
        mut values: Vec<SecureValue>,
        credentials: SecureCredentialsEncrypted,
        files: Vec<BotFile>,
    ) {
        let mut file_names = BTreeMap::new();
        for file in files {
            let held = self.files.get_or_insert_with(file.file.id, || file);
            file_names.insert(held.file.id, held.name.clone());
        }
        for value in &mut values {
            value.parts = std::mem::take(&mut value.parts).map(|_, mut file| {
                if let Some(held) = self.files.get(&file.id) {
                    file.access_hash = held.file.access_hash;
                }
                file
            });
        }
        let before = self.inbox.values().filter(|delivery| delivery.from.id == from.id).count();
        let update_id = number(self.inbox.len());
        let delivery =
            Delivery { update_id, message_id: number(before), date, from, values, credentials, file_names };
        self.inbox.insert(update_id, delivery);
    }
}

/// Counted from 1.
fn number(before: usize) -> u32 {
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

/// Whether an element is given that this row names, with the parts it asks for.
fn satisfied(row: &SecureRequiredType, shared: &BTreeMap<ElementType, &SecureValue>) -> bool {
    match row {
        SecureRequiredType::Type { kind, selfie_required, translation_required, .. } => {
            shared.get(kind).is_some_and(|value| {
                (!selfie_required || value.parts.selfie.is_some())
                    && (!translation_required || !value.parts.translation.is_empty())
            })
        }
        SecureRequiredType::OneOf(types) => types.iter().any(|row| satisfied(row, shared)),
    }
}

/// The value without the parts that no row asks for.
fn withheld(value: &SecureValue, rows: &[SecureRequiredType]) -> SecureValue {
    let (selfie, translation) = asked_for(value.kind, rows).unwrap_or_default();
    let mut value = value.clone();
    if !selfie {
        value.parts.selfie = None;
    }
    if !translation {
        value.parts.translation.clear();
    }
    value
}

/// Whether this kind's selfie and its translation are asked for; a kind stands in one row only.
fn asked_for(kind: ElementType, rows: &[SecureRequiredType]) -> Option<(bool, bool)> {
    rows.iter().find_map(|row| match row {
        SecureRequiredType::Type { kind: named, selfie_required, translation_required, .. } => {
            (*named == kind).then_some((*selfie_required, *translation_required))
        }
        SecureRequiredType::OneOf(types) => asked_for(kind, types),
    })
}

fn sound_credentials(credentials: &SecureCredentialsEncrypted) -> bool {
    sound_ciphertext(&credentials.data, LARGEST_CREDENTIALS)
        && credentials.hash.len() == 32
        && MODULUS.contains(&credentials.secret.len())
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::bot::tests::{BOT_ID, KEY, register};
    use super::super::password::tests::with_secret;
    use super::super::value::tests::{passport, save_details};
    use super::*;
    use telegram_passport::cloud::{FileLocation, FileRange};

    pub(in super::super) fn credentials() -> SecureCredentialsEncrypted {
        SecureCredentialsEncrypted { data: vec![1; 64], hash: vec![2; 32], secret: vec![3; 256] }
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

    fn message(outcome: Result<(), CloudError>) -> String {
        outcome.err().and_then(|error| error.to_rpc()).map(|(_, message)| message).unwrap_or_default()
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
        assert_eq!((first.update_id, second.update_id, second.message_id), (1, 2, 2));
        assert_eq!(first.from.first_name, "Anna");
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
        let delivery = &state.inbox(BOT_ID)[0];
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
