use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::file::{BotFile, StoredFile};
use super::shape::{LARGEST_FILE, sound_ciphertext};
use super::upload::Uploads;
use crate::primitives;
use crate::state::refusal::{PartFault, ServerRefusal};
use crate::store::{Changes, DamagedRecord, Durable as _, Records, Table};
use telegram_passport::cloud::{
    CloudError, FileLocation, InputSecureFile, InputSecureValue, SecureFile, SecurePlainData, SecureValue,
};
use telegram_passport::element::{ElementType, PartKind, UnixTime};

/// The elements of one account, their files, and files on their way.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::state) struct Values {
    by_kind: BTreeMap<ElementType, SecureValue>,
    /// The files of those values, by id.
    #[serde(skip)]
    files: Table<i64, StoredFile>,
    #[serde(skip)]
    pub(in crate::state) uploads: Uploads,
}

impl Values {
    pub(in crate::state) fn is_empty(&self) -> bool {
        self.by_kind.is_empty()
    }

    /// Every element, in the schema's order.
    pub(in crate::state) fn all(&self) -> impl Iterator<Item = &SecureValue> {
        self.by_kind.values()
    }

    /// The elements of these kinds that are stored.
    pub(in crate::state) fn of(&self, kinds: &[ElementType]) -> Vec<SecureValue> {
        self.all().filter(|value| kinds.contains(&value.kind)).cloned().collect()
    }

    pub(in crate::state) fn get(&self, kind: ElementType) -> Option<&SecureValue> {
        self.by_kind.get(&kind)
    }

    /// The file at this location.
    pub(in crate::state) fn file(&self, location: FileLocation) -> Option<&StoredFile> {
        self.files.get(&location.id).filter(|stored| stored.file.access_hash == location.access_hash)
    }

    /// The files of these values, as one bot may read them.
    pub(in crate::state) fn files_for_bot(&self, values: &[SecureValue]) -> Vec<BotFile> {
        let files = values.iter().flat_map(files_of).filter_map(|file| self.files.get(&file.id));
        files.map(StoredFile::for_bot).collect()
    }

    /// Replaces an element whole; its parts and its plain data are checked already. Nothing has changed if its files
    /// are refused.
    pub(in crate::state) fn save(
        &mut self,
        value: InputSecureValue,
        plain_data: Option<SecurePlainData>,
        now: UnixTime,
    ) -> Result<SecureValue, CloudError> {
        let mut taken = Taken { values: self, now, files: Vec::new(), uploads: Vec::new() };
        let parts = value.parts.try_map(|part, file| taken.take(part.kind(), file))?;
        let Taken { files: stored, uploads, .. } = taken;

        let saved = SecureValue {
            kind: value.kind,
            data: value.data.filter(|data| !data.is_empty()),
            parts,
            plain_data,
            hash: new_hash(),
        };
        for id in uploads {
            self.uploads.forget(id);
        }
        for stored in stored {
            self.files.insert(stored.file.id, stored);
        }
        self.by_kind.insert(saved.kind, saved.clone());
        self.forget_unused_files();
        Ok(saved)
    }

    pub(in crate::state) fn delete(&mut self, kinds: &[ElementType]) {
        self.by_kind.retain(|kind, _| !kinds.contains(kind));
        self.forget_unused_files();
    }

    /// Deletes every element. Files on their way stay on it.
    pub(in crate::state) fn clear(&mut self) {
        self.by_kind.clear();
        self.files.clear();
    }

    pub(super) fn load_tables(&mut self, records: &Records, place: &str) -> Result<(), DamagedRecord> {
        self.files = Table::load(records, &format!("{place}/file"))?;
        self.uploads = Uploads::load(records, &format!("{place}/upload"))?;
        Ok(())
    }

    pub(super) fn collect_tables(&mut self, place: &str, changes: &mut Changes) {
        self.files.collect(&format!("{place}/file"), changes);
        self.uploads.collect(&format!("{place}/upload"), changes);
    }

    fn forget_unused_files(&mut self) {
        let used: Vec<i64> = self.by_kind.values().flat_map(files_of).map(|file| file.id).collect();
        self.files.retain(|id, _| used.contains(id));
    }
}

/// Every file of a value.
fn files_of(value: &SecureValue) -> impl Iterator<Item = &SecureFile> {
    value.parts.iter().map(|(_, file)| file)
}

/// The files of a value that is being saved, before anything is changed.
struct Taken<'a> {
    values: &'a Values,
    now: UnixTime,
    files: Vec<StoredFile>,
    uploads: Vec<i64>,
}

impl Taken<'_> {
    fn take(&mut self, part: PartKind, file: InputSecureFile) -> Result<SecureFile, CloudError> {
        match file {
            InputSecureFile::Uploaded { id, parts, md5_checksum, file_hash, secret } => {
                let bytes = self.values.uploads.assembled(id, parts, &md5_checksum)?;
                if !sound_ciphertext(&bytes, LARGEST_FILE) {
                    return Err(ServerRefusal::Part(part, PartFault::Invalid).into());
                }
                let stored = StoredFile::new(bytes, file_hash, secret, self.now);
                let file = stored.file.clone();
                self.files.push(stored);
                self.uploads.push(id);
                Ok(file)
            }
            InputSecureFile::Stored { id, access_hash } => {
                let stored =
                    self.values.files.get(&id).filter(|stored| stored.file.access_hash == access_hash);
                stored.map(|stored| stored.file.clone()).ok_or_else(|| ServerRefusal::FileIdInvalid.into())
            }
        }
    }
}

/// Names a version of a value: 32 printable ASCII characters, because td_api shows it to bots as text.
fn new_hash() -> Vec<u8> {
    STANDARD.encode(primitives::random::<24>()).into_bytes()
}
