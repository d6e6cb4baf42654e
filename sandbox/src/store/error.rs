use std::path::PathBuf;

use super::record::DamagedRecord;

/// Why a sandbox's directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process runs a sandbox on it.
    #[error("another sandbox runs on {}", directory.display())]
    InUse {
        /// Which.
        directory: PathBuf,
    },
    /// A file or a directory cannot be made, read or written.
    #[error("{} cannot be used", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no store, or was damaged. It was left as it is.
    #[error("{} is damaged, or no sandbox's state", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What was noticed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// One record was damaged. It was left as it is.
    #[error(transparent)]
    Record(#[from] DamagedRecord),
    /// Another version of this program wrote it.
    #[error("{} is in format {format}, which this version does not know", path.display())]
    Format {
        /// Which.
        path: PathBuf,
        /// What stands there.
        format: u32,
    },
    /// A write failed: what the sandbox holds in memory is ahead of the disk, and nobody is answered any more.
    #[error("the sandbox's state cannot be written to {}", path.display())]
    NotWritten {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
