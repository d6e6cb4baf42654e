//! Files: what was shared with the bot, and what it uploaded.

use std::sync::Arc;

use crate::bot_api::answer::{Answer, BotApiError, Outcome};
use crate::bot_api::call::Call;
use crate::bot_api::file::File;
use crate::state::State;

/// The largest file that a bot may fetch, in bytes.
const LARGEST: u64 = 20 * 1024 * 1024;

pub(super) fn get_file(call: &Call<'_>) -> Outcome {
    let file_id = call.parameters.text("file_id");
    if file_id.is_empty() {
        return Err(BotApiError::bad_request("file_id not specified"));
    }
    let file = File::by_id(call.state(), call.bot.id, file_id);
    let file = file.ok_or_else(|| BotApiError::bad_request("invalid file_id"))?;
    if file.file_size > LARGEST {
        return Err(BotApiError::bad_request("file is too big"));
    }
    Ok(Answer::of(file))
}

/// The bytes at a `file_path`.
pub(in crate::bot_api) fn download(
    state: &State,
    bot_id: i64,
    file_path: &str,
) -> Result<Arc<[u8]>, BotApiError> {
    crate::bot_api::download(state, bot_id, file_path).ok_or_else(|| BotApiError::new(404, "Not Found"))
}
