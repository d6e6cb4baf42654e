//! How often each part of an upload has come over the wire: what a tester counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use grammers_tl_types as tl;
use tl::{Cursor, Deserializable as _, Identifiable as _, functions};

/// The parts of a sandbox's uploads, by file and part.
#[derive(Debug, Default)]
pub(super) struct ReceivedParts(Mutex<BTreeMap<(i64, i32), u32>>);

impl ReceivedParts {
    /// Counts a query, if it brings a part.
    pub(super) fn note(&self, query: &[u8]) {
        let mut cursor = Cursor::from_slice(query);
        let (Ok(id), Ok(file_id), Ok(part)) =
            (u32::deserialize(&mut cursor), i64::deserialize(&mut cursor), i32::deserialize(&mut cursor))
        else {
            return;
        };
        // Both begin with the file and the part.
        let parts = [
            functions::upload::SaveFilePart::CONSTRUCTOR_ID,
            functions::upload::SaveBigFilePart::CONSTRUCTOR_ID,
        ];
        if parts.contains(&id) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((file_id, part)).or_default() += 1;
        }
    }

    pub(super) fn counts(&self) -> BTreeMap<(i64, i32), u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use tl::Serializable as _;

    use super::*;

    #[test]
    fn parts_are_counted_and_nothing_else() {
        let received = ReceivedParts::default();
        let part = functions::upload::SaveFilePart { file_id: 7, file_part: 2, bytes: vec![1; 8] };
        received.note(&part.to_bytes());
        received.note(&part.to_bytes());
        received.note(&functions::auth::LogOut {}.to_bytes());
        received.note(&[1, 2, 3]);
        assert_eq!(received.counts(), BTreeMap::from([((7, 2), 2)]));
    }
}
