/// How file sizes are told: the size of the ciphertext, or none.
///
/// TDLib takes the size for that of the decrypted file and fails a finished download over the difference; 0
/// makes it read to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileSizes {
    /// As stored: for bots.
    True,
    /// 0: for people.
    Untold,
}

/// How files are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileView {
    pub(super) sizes: FileSizes,
    /// The data centre that is named for them.
    pub(super) dc_id: i32,
}
