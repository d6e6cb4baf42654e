use crate::state::model::file::{BotFile, check_range};
use crate::state::refusal::ServerRefusal;
use crate::state::shared::State;
use telegram_passport::cloud::{CloudError, FileChunk, FileLocation, FileRange};

impl State {
    /// `upload.saveFilePart#b304a621`
    ///
    /// # Errors
    ///
    /// `FILE_PART_INVALID`, `FILE_PART_EMPTY`, `FILE_PART_TOO_BIG`; what only the whole shows is answered when
    /// a value uses it.
    pub fn save_file_part(
        &self,
        user_id: i64,
        file_id: i64,
        file_part: u32,
        bytes: Vec<u8>,
    ) -> Result<(), CloudError> {
        self.world().account_mut(user_id)?.values.uploads.keep(file_id, file_part, None, bytes)
    }

    /// `upload.saveBigFilePart#de7b673d`
    ///
    /// # Errors
    ///
    /// As for [`save_file_part`](Self::save_file_part), and `FILE_PARTS_INVALID` if the total changes.
    pub fn save_big_file_part(
        &self,
        user_id: i64,
        file_id: i64,
        file_part: u32,
        file_total_parts: u32,
        bytes: Vec<u8>,
    ) -> Result<(), CloudError> {
        let total = Some(file_total_parts);
        self.world().account_mut(user_id)?.values.uploads.keep(file_id, file_part, total, bytes)
    }

    /// `upload.getFile#be5335be` for a person or a bot. Past the end there are no bytes, and no error.
    ///
    /// # Errors
    ///
    /// `FILE_ID_INVALID` for what the caller may not read, `OFFSET_INVALID` and `LIMIT_INVALID` for what
    /// [`FileRange`] does not allow.
    pub fn file_part(
        &self,
        caller_id: i64,
        location: FileLocation,
        range: FileRange,
    ) -> Result<FileChunk, CloudError> {
        check_range(range)?;
        let world = self.world();
        let chunk = match world.bots.get(&caller_id) {
            Some(bot) => bot.file(location).map(|file| file.chunk(range)),
            None => world.account(caller_id)?.values.file(location).map(|file| file.chunk(range)),
        };
        chunk.ok_or_else(|| ServerRefusal::FileIdInvalid.into())
    }

    /// A file that was shared with a bot, by its [number](telegram_passport::cloud::SecureFile::id).
    #[must_use]
    pub fn bot_file_numbered(&self, bot_id: i64, number: i64) -> Option<BotFile> {
        self.world().bots.get(&bot_id)?.file_numbered(number).cloned()
    }

    /// A file that was shared with a bot, by the Bot API's `file_id`.
    #[must_use]
    pub fn bot_file(&self, bot_id: i64, file_id: &str) -> Option<BotFile> {
        self.world().bots.get(&bot_id)?.file_named(file_id).cloned()
    }
}
