use std::sync::Arc;

use serde::Serialize;

use crate::state::State;

/// Where files of Passports are served below the bot's token.
const FOLDER: &str = "passport/";

/// `File`, the answer of `getFile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct File {
    /// By which it was asked for.
    pub file_id: String,
    /// What every bot calls this file, at any time.
    pub file_unique_id: String,
    /// Size of the ciphertext in bytes.
    pub file_size: u64,
    /// What [`download`] takes: `https://…/file/bot<token>/<file_path>` on Telegram.
    pub file_path: String,
}

impl File {
    /// `getFile`; `None` for what was not shared with this bot.
    #[must_use]
    pub fn by_id(state: &State, bot_id: i64, file_id: &str) -> Option<Self> {
        let held = state.bot_file(bot_id, file_id)?;
        Some(Self {
            file_path: format!("{FOLDER}{}", held.name.file_id),
            file_id: held.name.file_id,
            file_unique_id: held.name.file_unique_id,
            file_size: held.file.size,
        })
    }
}

/// The ciphertext at a `file_path`; `None` for what was not shared with this bot.
#[must_use]
pub fn download(state: &State, bot_id: i64, file_path: &str) -> Option<Arc<[u8]>> {
    state.bot_file(bot_id, file_path.strip_prefix(FOLDER)?).map(|held| held.ciphertext)
}
