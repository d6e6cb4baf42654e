use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::primitives;
use crate::state::refusal::ServerRefusal;
use telegram_passport::cloud::{CloudError, FileChunk, FileRange, SecureFile};
use telegram_passport::element::UnixTime;

/// The only data centre there is.
const DC_ID: i32 = 1;

/// Ranges lie within one aligned megabyte.
const WINDOW: u64 = 1024 * 1024;

/// A file's ciphertext and what the server knows of it.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::state) struct StoredFile {
    pub(in crate::state) file: SecureFile,
    /// What all bots call it, for ever.
    unique_id: String,
    #[serde(with = "crate::store::bytes")]
    bytes: Arc<[u8]>,
}

impl StoredFile {
    pub(in crate::state) fn new(bytes: Vec<u8>, file_hash: Vec<u8>, secret: Vec<u8>, date: UnixTime) -> Self {
        let file = SecureFile {
            id: primitives::random_id(),
            access_hash: primitives::random_id(),
            size: bytes.len() as u64,
            dc_id: DC_ID,
            date,
            file_hash,
            secret,
        };
        Self { file, unique_id: token::<12>(), bytes: bytes.into() }
    }

    /// The bytes in this range; past the end there are none.
    pub(in crate::state) fn chunk(&self, range: FileRange) -> FileChunk {
        chunk(&self.file, &self.bytes, range)
    }

    /// This file as one bot may read it.
    pub(in crate::state) fn for_bot(&self) -> BotFile {
        let mut file = self.file.clone();
        file.access_hash = primitives::random_id();
        let name = FileName::new(file.id, self.unique_id.clone());
        BotFile { name, file, ciphertext: Arc::clone(&self.bytes) }
    }
}

/// Random `[A-Za-z0-9_-]+` from so many bytes.
fn token<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(primitives::random::<N>())
}

/// What the Bot API calls a file; both are `[A-Za-z0-9_-]+`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileName {
    /// By which the bot it was shared with can fetch it.
    pub file_id: String,
    /// What every bot calls this file, at any time; nothing can be fetched by it.
    pub file_unique_id: String,
}

/// Bytes of a `file_id`: the file's number, and what nobody can guess.
const FILE_ID: usize = 36;

impl FileName {
    /// A name for the file of this number.
    fn new(number: i64, file_unique_id: String) -> Self {
        let mut file_id: [u8; FILE_ID] = primitives::random();
        file_id[..8].copy_from_slice(&number.to_le_bytes());
        Self { file_id: URL_SAFE_NO_PAD.encode(file_id), file_unique_id }
    }

    /// The number of the file with this name, which stands in its path too.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        Self::number_in(&self.file_id)
    }

    /// A name for a file that has no number yet.
    pub(in crate::state) fn random() -> Self {
        Self::new(primitives::random_id(), token::<12>())
    }

    /// The number of the file with this `file_id`, if it can be one.
    pub(in crate::state) fn number_in(file_id: &str) -> Option<i64> {
        let bytes = URL_SAFE_NO_PAD.decode(file_id).ok().filter(|bytes| bytes.len() == FILE_ID)?;
        Some(i64::from_le_bytes(bytes[..8].try_into().ok()?))
    }
}

/// A file that was shared with a bot. It stays there, whatever the person does later.
#[derive(Clone, Serialize, Deserialize)]
pub struct BotFile {
    /// Its names in the Bot API.
    pub name: FileName,
    /// Its constructor in MTProto, with an access hash for this bot.
    pub file: SecureFile,
    /// What is in it.
    #[serde(with = "crate::store::bytes")]
    pub ciphertext: Arc<[u8]>,
}

impl fmt::Debug for BotFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BotFile").field("name", &self.name).field("file", &self.file).finish_non_exhaustive()
    }
}

impl BotFile {
    /// The bytes in this range; past the end there are none.
    pub(in crate::state) fn chunk(&self, range: FileRange) -> FileChunk {
        chunk(&self.file, &self.ciphertext, range)
    }
}

fn chunk(file: &SecureFile, bytes: &[u8], range: FileRange) -> FileChunk {
    let start = usize::try_from(range.offset).unwrap_or(usize::MAX).min(bytes.len());
    let end = start.saturating_add(range.limit as usize).min(bytes.len());
    FileChunk { modified: file.date, bytes: bytes[start..end].to_vec() }
}

/// Whether a file may be read in this range.
pub(in crate::state) fn check_range(range: FileRange) -> Result<(), CloudError> {
    let FileRange { offset, limit, precise } = range;
    let unit = if precise { 1024 } else { 4096 };
    let limit = u64::from(limit);
    let divides = precise || (limit != 0 && WINDOW.is_multiple_of(limit));
    if limit == 0 || limit > WINDOW || !limit.is_multiple_of(unit) || !divides {
        return Err(ServerRefusal::LimitInvalid.into());
    }
    let last = offset.checked_add(limit - 1).ok_or(ServerRefusal::OffsetInvalid)?;
    if !offset.is_multiple_of(unit) || offset / WINDOW != last / WINDOW {
        return Err(ServerRefusal::OffsetInvalid.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(offset: u64, limit: u32, precise: bool) -> String {
        let outcome = check_range(FileRange { offset, limit, precise });
        outcome.err().and_then(|error| error.to_rpc()).map(|(_, message)| message).unwrap_or_default()
    }

    #[test]
    fn ranges_follow_the_rules() {
        const MIB: u64 = 1024 * 1024;
        for (offset, limit, precise, expected) in [
            (0, 4096, false, ""),
            (0, 1 << 20, false, ""),
            (MIB - 65_536, 65_536, false, ""),
            (1024, 1024, true, ""),
            (1024, 3 * 1024, true, ""),
            (0, 0, false, "LIMIT_INVALID"),
            (0, 1024, false, "LIMIT_INVALID"),
            (0, 12_288, false, "LIMIT_INVALID"),
            (0, 1000, true, "LIMIT_INVALID"),
            (0, (1 << 20) + 1024, true, "LIMIT_INVALID"),
            (0, u32::MAX, false, "LIMIT_INVALID"),
            (1024, 4096, false, "OFFSET_INVALID"),
            (MIB - 4096, 8192, false, "OFFSET_INVALID"),
            (MIB - 1024, 2048, true, "OFFSET_INVALID"),
            (u64::MAX, 4096, false, "OFFSET_INVALID"),
        ] {
            assert_eq!(check(offset, limit, precise), expected, "{offset} {limit} {precise}");
        }
    }

    #[test]
    fn each_bot_has_its_own_name_for_a_file() {
        let stored =
            StoredFile::new(vec![1; 64], vec![2; 32], vec![3; 32], UnixTime::from_seconds(1_700_000_000));
        let (one, two) = (stored.for_bot(), stored.for_bot());
        assert_ne!(one.name.file_id, two.name.file_id);
        assert_ne!(one.file.access_hash, two.file.access_hash);
        assert_eq!(one.name.file_unique_id, two.name.file_unique_id);
        assert_eq!(one.file.size, 64);
        let fit = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        assert!(one.name.file_id.chars().chain(one.name.file_unique_id.chars()).all(fit));
    }
}
