//! What a sandbox knows, on the disk: it outlives the process, whenever and however that ends.
//!
//! Everything that has to last is a record: a name like `account/5000000001/file/77`, and bytes. Records are kept in
//! `Table`s, maps that note which of their entries were touched. The tables of a room are behind one lock,
//! `Kept`, and that lock is the one seam: before it is free again, the records touched under it are written in one
//! transaction, so nobody sees, and nobody is told of, what a kill could take back. Without a directory the same code
//! runs and nothing is written.
//!
//! What is written is what the servers hold in memory, and as blind: this room never uses the vault. Every record
//! carries a checksum; a directory that is damaged is refused and left as it is.

pub(crate) mod bytes;
mod disk;
mod holding;
mod kept;
mod record;
mod table;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

pub use self::holding::Holding;
pub(crate) use self::holding::gather;
pub use self::kept::Watch;
pub(crate) use self::kept::{Durable, Inspect, Kept, KeptGuard};
pub use self::record::DamagedRecord;
pub(crate) use self::record::{Changes, Records};
pub(crate) use self::table::Table;

use self::disk::Disk;

/// Where a sandbox's records are: in a directory, or nowhere but in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Store(Option<Arc<OnDisk>>);

#[derive(Debug)]
struct OnDisk {
    disk: Disk,
    failed: watch::Sender<bool>,
    failure: Mutex<Option<StoreError>>,
}

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
    /// A write failed: what the sandbox holds in memory is ahead of the disk, and nobody is told of it any more.
    #[error("the sandbox's state cannot be written to {}", path.display())]
    NotWritten {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Store {
    /// Keeps nothing.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// The store in this directory, which is made if it is not there: mode 0700, its files 0600. It is this process's
    /// alone until the last clone is dropped.
    ///
    /// # Errors
    /// [`StoreError`]; and nothing that was there has changed.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let disk = Disk::open(directory)?;
        let (failed, _) = watch::channel(false);
        Ok(Self(Some(Arc::new(OnDisk { disk, failed, failure: Mutex::default() }))))
    }

    /// Waits until a write fails; for ever in memory. From then on the data centres answer nothing.
    pub async fn failed(&self) -> StoreError {
        let Some(on_disk) = &self.0 else { return std::future::pending().await };
        let mut failed = on_disk.failed.subscribe();
        loop {
            let failure = on_disk.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(failure) = failure {
                return failure;
            }
            // The sender lives as long as `on_disk`.
            let _ = failed.changed().await;
        }
    }

    /// Whether a write has failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.0.as_ref().is_some_and(|on_disk| *on_disk.failed.borrow())
    }

    /// Every record whose name is this one, or begins with it and a slash.
    pub(crate) fn records(&self, place: &str) -> Result<Records, StoreError> {
        self.0.as_ref().map_or(Ok(Records::new()), |on_disk| on_disk.disk.records(place))
    }

    /// Changes that nobody has been told of yet.
    fn changes(&self) -> Changes {
        if self.0.is_some() { Changes::of_touched() } else { Changes::of_nothing() }
    }

    /// Writes changes, all or none.
    fn commit(&self, changes: Changes) {
        let Some(on_disk) = &self.0 else { return };
        if changes.is_empty() || self.has_failed() {
            return;
        }
        if let Err(failure) = on_disk.disk.commit(changes) {
            tracing::error!(%failure, "the sandbox's state is not kept any more");
            *on_disk.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
            on_disk.failed.send_replace(true);
        }
    }
}
