use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::values::Values;
use crate::state::refusal::ServerRefusal;
use telegram_passport::cloud::{CloudError, SecureValue, SecureValueError};
use telegram_passport::element::{ElementType, PartKind, Presence};
use telegram_passport::request::{ErrorSource, FilesAtFault};

/// What bots object to in the elements of one account.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::state) struct Objections {
    /// Those that are not resolved yet.
    by_bot: BTreeMap<i64, Vec<SecureValueError>>,
}

impl Objections {
    /// What this bot objects to.
    pub(in crate::state) fn by(&self, bot_id: i64) -> impl Iterator<Item = &SecureValueError> {
        self.by_bot.get(&bot_id).into_iter().flatten()
    }

    /// Puts these in place of all that this bot has objected to. Those about something that has changed are resolved
    /// already and passed over. Nothing has changed if one is refused.
    pub(in crate::state) fn replace(
        &mut self,
        bot_id: i64,
        errors: Vec<SecureValueError>,
        values: &Values,
    ) -> Result<(), CloudError> {
        errors.iter().try_for_each(check)?;
        let open = errors
            .into_iter()
            .filter(|error| values.get(error.kind).is_some_and(|value| stands(&error.source, value)))
            .collect();
        self.by_bot.insert(bot_id, open);
        Ok(())
    }

    /// Drops those that a newly saved value resolves.
    pub(in crate::state) fn resolve(&mut self, saved: &SecureValue) {
        for objections in self.by_bot.values_mut() {
            objections.retain(|objection| objection.kind != saved.kind || stands(&objection.source, saved));
        }
    }

    /// Drops those about elements of these kinds.
    pub(in crate::state) fn forget(&mut self, kinds: &[ElementType]) {
        for objections in self.by_bot.values_mut() {
            objections.retain(|objection| !kinds.contains(&objection.kind));
        }
    }

    pub(in crate::state) fn clear(&mut self) {
        self.by_bot.clear();
    }
}

/// Whether the value still is what the objection is about.
fn stands(source: &ErrorSource, value: &SecureValue) -> bool {
    match (source, source.files()) {
        (_, Some((part, FilesAtFault::One(hash)))) => {
            value.parts.of(part).iter().any(|file| file.file_hash == hash)
        }
        (_, Some((part, FilesAtFault::All(hashes)))) => {
            value.parts.of(part).iter().map(|file| &file.file_hash).eq(hashes)
        }
        (ErrorSource::Unspecified { element_hash }, None) => names(element_hash, &value.hash),
        (ErrorSource::DataField { data_hash, .. }, None) => {
            value.data.as_ref().is_some_and(|data| data.data_hash == *data_hash)
        }
        (_, None) => false,
    }
}

/// TDLib decodes the hash, which is base64 in letters, before it sends it back: both forms name the value.
fn names(hash: &[u8], current: &[u8]) -> bool {
    hash == current || STANDARD.encode(hash).as_bytes() == current
}

/// Whether an objection is about something that this kind of element has, with hashes that are some.
fn check(error: &SecureValueError) -> Result<(), CloudError> {
    let of_sha_256 = |hash: &[u8]| hash.len() == 32;
    match (&error.source, error.source.files()) {
        (_, Some((part, _))) if error.kind.presence(part) == Presence::MustNot => {
            Err(ServerRefusal::ErrorInvalid.into())
        }
        (_, Some((_, FilesAtFault::One(hash)))) if of_sha_256(hash) => Ok(()),
        (_, Some((_, FilesAtFault::All(hashes))))
            if !hashes.is_empty() && hashes.iter().all(|hash| of_sha_256(hash)) =>
        {
            Ok(())
        }
        (_, Some(_)) => Err(CloudError::HashSizeInvalid),
        (ErrorSource::Unspecified { element_hash: hash }, None) if hash.len() != 32 && hash.len() != 24 => {
            Err(CloudError::HashSizeInvalid)
        }
        (ErrorSource::DataField { field, .. }, None)
            if field.is_empty() || error.kind.presence(PartKind::Data) == Presence::MustNot =>
        {
            Err(ServerRefusal::ErrorInvalid.into())
        }
        (ErrorSource::DataField { data_hash, .. }, None) if !of_sha_256(data_hash) => {
            Err(CloudError::DataHashSizeInvalid)
        }
        (_, None) => Ok(()),
    }
}
