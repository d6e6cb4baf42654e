use serde::{Deserialize, Serialize};

use crate::primitives::{equal, md5_hex};
use crate::state::refusal::ServerRefusal;
use crate::store::{Changes, DamagedRecord, Durable, Records, Table};
use telegram_passport::cloud::CloudError;

/// The largest part, in bytes; part sizes divide it.
const LARGEST_PART: usize = 512 * 1024;

/// Part sizes are multiples of this.
const PART_UNIT: usize = 1024;

/// One more than the highest part number.
const MOST_PARTS: u32 = 4_000;

/// What an account may have lying around in parts, in bytes; beyond it the oldest upload is dropped.
const OPEN_BYTES: usize = 512 * 1024 * 1024;

/// Files that arrive in parts and belong to no value yet.
#[derive(Default)]
pub(in crate::state) struct Uploads {
    by_id: Table<i64, Upload>,
    /// Of all parts.
    bytes: usize,
    /// The number of the next upload.
    next: u64,
}

#[derive(Default, Serialize, Deserialize)]
struct Upload {
    #[serde(skip)]
    parts: Table<u32, Part>,
    /// Counts the account's uploads.
    number: u64,
    /// As `saveBigFilePart` states it.
    total: Option<u32>,
}

/// One part, as it came.
#[derive(Serialize, Deserialize)]
struct Part {
    #[serde(with = "crate::store::bytes")]
    bytes: Vec<u8>,
}

impl Part {
    fn len(&self) -> usize {
        self.bytes.len()
    }
}

impl Upload {
    fn bytes(&self) -> usize {
        self.parts.values().map(Part::len).sum()
    }
}

impl Uploads {
    /// Keeps a part. Parts come in any order and more than once: transports repeat themselves.
    pub(in crate::state) fn keep(
        &mut self,
        id: i64,
        part: u32,
        total: Option<u32>,
        bytes: Vec<u8>,
    ) -> Result<(), CloudError> {
        if part >= total.unwrap_or(MOST_PARTS).min(MOST_PARTS) {
            return Err(ServerRefusal::FilePartInvalid.into());
        }
        if bytes.is_empty() {
            return Err(ServerRefusal::FilePartEmpty.into());
        }
        if bytes.len() > LARGEST_PART {
            return Err(ServerRefusal::FilePartTooBig.into());
        }
        if self.by_id.get(&id).is_some_and(|upload| upload.total != total) {
            return Err(ServerRefusal::FilePartsInvalid.into());
        }
        let Self { by_id, next, .. } = self;
        let upload = by_id.get_or_insert_with(id, || {
            *next += 1;
            Upload { number: *next, total, parts: Table::default() }
        });
        self.bytes += bytes.len();
        if let Some(before) = upload.parts.insert(part, Part { bytes }) {
            self.bytes -= before.len();
        }
        while self.bytes > OPEN_BYTES && self.by_id.len() > 1 {
            let oldest = self.by_id.iter().min_by_key(|(_, upload)| upload.number).map(|(id, _)| *id);
            oldest.into_iter().for_each(|oldest| self.forget(oldest));
        }
        Ok(())
    }

    /// The file these parts make up. They stay until they are forgotten, since the call may yet fail.
    pub(in crate::state) fn assembled(
        &self,
        id: i64,
        parts: u32,
        md5_checksum: &str,
    ) -> Result<Vec<u8>, CloudError> {
        if parts == 0 || parts > MOST_PARTS {
            return Err(ServerRefusal::FilePartsInvalid.into());
        }
        let upload = self.by_id.get(&id).ok_or(CloudError::FilePartMissing { part: 0 })?;
        if let Some(part) = (0..parts).find(|part| !upload.parts.contains_key(part)) {
            return Err(CloudError::FilePartMissing { part });
        }
        let more = upload.parts.len() != parts as usize;
        if more || upload.total.is_some_and(|total| total != parts) {
            return Err(ServerRefusal::FilePartsInvalid.into());
        }
        let sizes: Vec<usize> = upload.parts.values().map(Part::len).collect();
        if let [first, rest @ .., last] = &sizes[..] {
            if !first.is_multiple_of(PART_UNIT) || !LARGEST_PART.is_multiple_of(*first) {
                return Err(ServerRefusal::FilePartSizeInvalid.into());
            }
            if rest.iter().any(|size| size != first) || last > first {
                return Err(ServerRefusal::FilePartSizeChanged.into());
            }
        }
        let whole: Vec<u8> = upload.parts.values().flat_map(|part| &part.bytes).copied().collect();
        let stated = md5_checksum.to_ascii_lowercase();
        if !stated.is_empty() && !equal(stated.as_bytes(), md5_hex(&whole).as_bytes()) {
            return Err(ServerRefusal::Md5ChecksumInvalid.into());
        }
        Ok(whole)
    }

    /// Drops the parts of a file that has been stored.
    pub(in crate::state) fn forget(&mut self, id: i64) {
        if let Some(upload) = self.by_id.remove(&id) {
            self.bytes -= upload.bytes();
        }
    }
}

impl Durable for Uploads {
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        let parts = |upload: &mut Upload, place: &str| {
            upload.parts = Table::load(records, &format!("{place}/part"))?;
            Ok(())
        };
        let by_id: Table<i64, Upload> = Table::load_with(records, place, parts)?;
        let bytes = by_id.values().map(Upload::bytes).sum();
        let next = by_id.values().map(|upload| upload.number).max().unwrap_or_default();
        Ok(Self { by_id, bytes, next })
    }

    fn collect(&mut self, place: &str, changes: &mut Changes) {
        self.by_id.collect_with(place, changes, |upload, place, changes| {
            upload.parts.collect(&format!("{place}/part"), changes);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(outcome: Result<impl Sized, CloudError>) -> String {
        outcome.err().and_then(|error| error.to_rpc()).map(|(_, message)| message).unwrap_or_default()
    }

    fn uploaded(sizes: &[usize]) -> Uploads {
        let mut uploads = Uploads::default();
        for (part, &size) in (0..).zip(sizes) {
            uploads.keep(1, part, None, vec![part as u8; size]).expect("a sound part");
        }
        uploads
    }

    #[test]
    fn parts_come_in_any_order_and_more_than_once() {
        let mut uploads = Uploads::default();
        uploads.keep(1, 1, None, vec![2; 16]).expect("a sound part");
        assert_eq!(message(uploads.assembled(1, 2, "")), "FILE_PART_0_MISSING");
        uploads.keep(1, 0, None, vec![0; 1024]).expect("a sound part");
        uploads.keep(1, 0, None, vec![1; 1024]).expect("the same part again");
        let whole = uploads.assembled(1, 2, "").expect("complete");
        assert_eq!((whole.len(), whole[0], whole[1024]), (1040, 1, 2));
        assert_eq!(uploads.bytes, 1040);
        uploads.forget(1);
        assert_eq!(uploads.bytes, 0);
        assert_eq!(message(uploads.assembled(1, 2, "")), "FILE_PART_0_MISSING");
    }

    #[test]
    fn sizes_follow_the_rules() {
        for (sizes, expected) in [
            (&[1024, 1024, 16][..], ""),
            (&[1024, 1024][..], ""),
            (&[333][..], ""),
            (&[1000, 1000][..], "FILE_PART_SIZE_INVALID"),
            (&[3 * 1024, 16][..], "FILE_PART_SIZE_INVALID"),
            (&[1024, 2048, 16][..], "FILE_PART_SIZE_CHANGED"),
            (&[1024, 2048][..], "FILE_PART_SIZE_CHANGED"),
        ] {
            let parts = u32::try_from(sizes.len()).expect("few");
            assert_eq!(message(uploaded(sizes).assembled(1, parts, "")), expected, "{sizes:?}");
        }
    }

    #[test]
    fn counts_and_checksums_are_checked() {
        let uploads = uploaded(&[1024, 16]);
        assert_eq!(message(uploads.assembled(1, 0, "")), "FILE_PARTS_INVALID");
        assert_eq!(message(uploads.assembled(1, 1, "")), "FILE_PARTS_INVALID");
        assert_eq!(message(uploads.assembled(1, 3, "")), "FILE_PART_2_MISSING");
        assert_eq!(message(uploads.assembled(1, u32::MAX, "")), "FILE_PARTS_INVALID");
        assert_eq!(message(uploads.assembled(2, 1, "")), "FILE_PART_0_MISSING");
        assert_eq!(message(uploads.assembled(1, 2, "abc")), "MD5_CHECKSUM_INVALID");
        let whole = uploads.assembled(1, 2, "").expect("complete");
        uploads.assembled(1, 2, &md5_hex(&whole).to_uppercase()).expect("the right checksum");
    }

    #[test]
    fn parts_are_checked_as_they_come() {
        let mut uploads = Uploads::default();
        assert_eq!(message(uploads.keep(1, MOST_PARTS, None, vec![0])), "FILE_PART_INVALID");
        assert_eq!(message(uploads.keep(1, 2, Some(2), vec![0])), "FILE_PART_INVALID");
        assert_eq!(message(uploads.keep(1, 0, None, vec![])), "FILE_PART_EMPTY");
        assert_eq!(message(uploads.keep(1, 0, None, vec![0; LARGEST_PART + 1])), "FILE_PART_TOO_BIG");
        uploads.keep(1, 0, Some(2), vec![0; 1024]).expect("a sound part");
        assert_eq!(message(uploads.keep(1, 1, Some(3), vec![0])), "FILE_PARTS_INVALID");
        assert_eq!(message(uploads.assembled(1, 1, "")), "FILE_PARTS_INVALID");
    }

    #[test]
    fn the_oldest_upload_is_dropped() {
        let mut uploads = Uploads::default();
        let parts = u32::try_from(OPEN_BYTES / LARGEST_PART).expect("few");
        uploads.keep(1, 0, None, vec![0; LARGEST_PART]).expect("a sound part");
        for part in 0..parts {
            uploads.keep(2, part, None, vec![0; LARGEST_PART]).expect("a sound part");
        }
        assert_eq!(message(uploads.assembled(1, 1, "")), "FILE_PART_0_MISSING");
        assert!(uploads.by_id.contains_key(&2));
    }
}
