//! What a bot of the sandbox received, as its webhook and getFile would give it.

use std::sync::Arc;

use telegram_passport::vault::bot::PassportData;
use telegram_passport_sandbox::State;
use telegram_passport_sandbox::bot_api::{File, Update, download};
use telegram_passport_sandbox::state::Delivery;

use crate::failure::{Failure, sentence};
use crate::writing::{Batch, Folder};

/// One share.
pub(crate) struct Received {
    /// One Update object, as JSON.
    pub(crate) update: String,
    /// Ciphertexts by file_id.
    pub(crate) files: Vec<(String, Arc<[u8]>)>,
}

impl Received {
    /// What this bot got with a delivery.
    pub(crate) fn new(state: &State, bot_id: i64, delivery: &Delivery) -> Result<Self, Failure> {
        let update = serde_json::to_string_pretty(&Update::new(delivery))
            .map_err(|error| Failure::failed(sentence(&error)))?;
        let data = PassportData::parse(&update, &[]).map_err(|error| Failure::failed(sentence(&error)))?;
        let mut files = Vec::new();
        for (_, file) in data.elements.iter().flat_map(|element| element.parts.iter_by_name()) {
            let ciphertext = File::by_id(state, bot_id, &file.file_id)
                .and_then(|served| download(state, bot_id, &served.file_path))
                .ok_or_else(|| Failure::failed(format!("the bot cannot fetch its file {}", file.file_id)))?;
            files.push((file.file_id.clone(), ciphertext));
        }
        Ok(Self { update, files })
    }

    /// `update.json` and `files/<file_id>`.
    pub(crate) fn write(&self, place: &Folder) -> Result<(), Failure> {
        let folder = place.folder("files")?;
        let mut batch = Batch::default();
        for (file_id, ciphertext) in &self.files {
            batch.add(&folder, file_id, ciphertext)?;
        }
        // Last, so that whoever waits for the update finds its files.
        batch.add(place, "update.json", self.update.as_bytes())?;
        batch.place()
    }
}
