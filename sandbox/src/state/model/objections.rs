use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::values::Values;
use crate::state::refusal::ServerRefusal;
use telegram_passport::cloud::{CloudError, SecureFile, SecureValue, SecureValueError};
use telegram_passport::element::{ElementType, PartKind, Presence};
use telegram_passport::request::ErrorSource;

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
    use ErrorSource as Source;
    let has = |files: &[SecureFile], hash: &[u8]| files.iter().any(|file| file.file_hash == hash);
    let same = |files: &[SecureFile], hashes: &[Vec<u8>]| files.iter().map(|file| &file.file_hash).eq(hashes);
    match source {
        Source::Unspecified { element_hash: hash } => names(hash, &value.hash),
        Source::DataField { data_hash, .. } => {
            value.data.as_ref().is_some_and(|data| data.data_hash == *data_hash)
        }
        Source::FrontSide { file_hash } => has(value.parts.front_side.as_slice(), file_hash),
        Source::ReverseSide { file_hash } => has(value.parts.reverse_side.as_slice(), file_hash),
        Source::Selfie { file_hash } => has(value.parts.selfie.as_slice(), file_hash),
        Source::File { file_hash } => has(&value.parts.files, file_hash),
        Source::Files { file_hashes } => same(&value.parts.files, file_hashes),
        Source::TranslationFile { file_hash } => has(&value.parts.translation, file_hash),
        Source::TranslationFiles { file_hashes } => same(&value.parts.translation, file_hashes),
    }
}

/// TDLib decodes the hash, which is base64 in letters, before it sends it back: both forms name the value.
fn names(hash: &[u8], current: &[u8]) -> bool {
    hash == current || STANDARD.encode(hash).as_bytes() == current
}

/// Whether an objection is about something that this kind of element has, with hashes that are some.
fn check(error: &SecureValueError) -> Result<(), CloudError> {
    use ErrorSource as Source;
    let file = |part, hashes: &[Vec<u8>]| {
        if error.kind.presence(part) == Presence::MustNot {
            Err(ServerRefusal::ErrorInvalid.into())
        } else if hashes.is_empty() || hashes.iter().any(|hash| hash.len() != 32) {
            Err(CloudError::HashSizeInvalid)
        } else {
            Ok(())
        }
    };
    let one = std::slice::from_ref::<Vec<u8>>;
    match &error.source {
        Source::Unspecified { element_hash: hash } if hash.len() != 32 && hash.len() != 24 => {
            Err(CloudError::HashSizeInvalid)
        }
        Source::Unspecified { .. } => Ok(()),
        Source::DataField { field, .. }
            if field.is_empty() || error.kind.presence(PartKind::Data) == Presence::MustNot =>
        {
            Err(ServerRefusal::ErrorInvalid.into())
        }
        Source::DataField { data_hash, .. } if data_hash.len() != 32 => Err(CloudError::DataHashSizeInvalid),
        Source::DataField { .. } => Ok(()),
        Source::FrontSide { file_hash } => file(PartKind::FrontSide, one(file_hash)),
        Source::ReverseSide { file_hash } => file(PartKind::ReverseSide, one(file_hash)),
        Source::Selfie { file_hash } => file(PartKind::Selfie, one(file_hash)),
        Source::File { file_hash } => file(PartKind::Files, one(file_hash)),
        Source::Files { file_hashes } => file(PartKind::Files, file_hashes),
        Source::TranslationFile { file_hash } => file(PartKind::Translation, one(file_hash)),
        Source::TranslationFiles { file_hashes } => file(PartKind::Translation, file_hashes),
    }
}
