use std::sync::Arc;

use serde::Serialize;

use crate::state::{BotFile, State, UploadedFile};

/// Where files are served below the bot's token, each kind in its folder and under its number.
const PASSPORT: (&str, &str) = ("passport/file_", ".jpg");
const UPLOADED: &str = "documents/file_";

/// `File`, the answer of `getFile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct File {
    /// By which it was asked for.
    pub file_id: String,
    /// What every bot calls this file, at any time.
    pub file_unique_id: String,
    /// In bytes; of what was shared, the size of the ciphertext.
    pub file_size: u64,
    /// What [`download`] takes: `https://…/file/bot<token>/<file_path>` on Telegram.
    pub file_path: String,
}

impl File {
    /// `getFile`; `None` for what this bot has not uploaded, and was not given.
    #[must_use]
    pub fn by_id(state: &State, bot_id: i64, file_id: &str) -> Option<Self> {
        let shared = state.bot_file(bot_id, file_id).map(Self::of_passport);
        shared.or_else(|| state.uploaded_file(bot_id, file_id).map(Self::of_bot))
    }

    fn of_passport(held: BotFile) -> Self {
        let (folder, ending) = PASSPORT;
        Self {
            file_path: format!("{folder}{}{ending}", held.file.id),
            file_id: held.name.file_id,
            file_unique_id: held.name.file_unique_id,
            file_size: held.file.size,
        }
    }

    fn of_bot(held: UploadedFile) -> Self {
        let number = held.name.number().unwrap_or_default();
        let ending = held.file_name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let ending = if ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) { ending } else { "" };
        let dot = if ending.is_empty() { "" } else { "." };
        Self {
            file_path: format!("{UPLOADED}{number}{dot}{ending}"),
            file_id: held.name.file_id,
            file_unique_id: held.name.file_unique_id,
            file_size: held.bytes.len() as u64,
        }
    }
}

/// What is at a `file_path`: the ciphertext of what was shared, or what the bot uploaded; `None` for what is not its
/// own.
#[must_use]
pub fn download(state: &State, bot_id: i64, file_path: &str) -> Option<Arc<[u8]>> {
    let (folder, ending) = PASSPORT;
    if let Some(number) = file_path.strip_prefix(folder).and_then(|rest| rest.strip_suffix(ending)) {
        return state.bot_file_numbered(bot_id, number.parse().ok()?).map(|held| held.ciphertext);
    }
    let number = file_path.strip_prefix(UPLOADED)?.split('.').next()?.parse().ok()?;
    state.uploaded_file_numbered(bot_id, number).map(|held| held.bytes)
}
