use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::file::FileName;

/// A file that a bot uploaded, to send it to people.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedFile {
    /// What the Bot API calls it.
    pub name: FileName,
    /// The name that the bot gave it: `form.pdf`.
    pub file_name: String,
    /// What is in it, as the bot says: `application/pdf`.
    pub mime_type: Option<String>,
    /// Width and height in pixels, if it is a picture.
    pub dimensions: Option<(u32, u32)>,
    /// The bytes.
    #[serde(with = "crate::store::bytes")]
    pub bytes: Arc<[u8]>,
}

impl UploadedFile {
    /// A file under new names.
    #[must_use]
    pub fn new(
        file_name: &str,
        mime_type: Option<String>,
        dimensions: Option<(u32, u32)>,
        bytes: Vec<u8>,
    ) -> Self {
        Self {
            name: FileName::random(),
            file_name: file_name.to_owned(),
            mime_type,
            dimensions,
            bytes: bytes.into(),
        }
    }
}

impl fmt::Debug for UploadedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadedFile")
            .field("name", &self.name)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
