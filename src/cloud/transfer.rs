use std::fmt;

use crate::element::UnixTime;

/// Where a stored file is: `inputSecureFileLocation#cbc7ee28`. No file reference, ever.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FileLocation {
    /// The file's id.
    pub id: i64,
    /// The file's access hash.
    pub access_hash: i64,
    /// The data centre that serves it, as its [`SecureFile`](super::SecureFile) says. No part of the request itself.
    pub dc_id: i32,
}

impl fmt::Debug for FileLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLocation")
            .field("id", &self.id)
            .field("dc_id", &self.dc_id)
            .finish_non_exhaustive()
    }
}

/// Which bytes of it: `offset`, `limit` and `precise` of `upload.getFile#be5335be`.
///
/// Without `precise`, both are multiples of 4 KiB and `limit` divides 1 MiB; with it, both are multiples of
/// 1 KiB and `limit` is at most 1 MiB. Either way the range lies within one aligned megabyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileRange {
    /// The first byte.
    pub offset: u64,
    /// At most so many bytes.
    pub limit: u32,
    /// Whether the finer rule holds.
    pub precise: bool,
}

/// A piece of a file's ciphertext: `upload.file#096a18d5`. Fewer bytes than asked for is the end.
#[derive(Clone, PartialEq, Eq)]
pub struct FileChunk {
    /// When the file was stored (`mtime`).
    pub modified: UnixTime,
    /// The ciphertext.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for FileChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileChunk").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}
