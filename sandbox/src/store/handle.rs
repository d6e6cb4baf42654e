use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::disk::Disk;
use super::error::StoreError;
use super::record::{Changes, Records};

/// Where a sandbox's records are: in a directory, or nowhere but in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Store(Option<Arc<OnDisk>>);

#[derive(Debug)]
struct OnDisk {
    disk: Disk,
    failed: watch::Sender<bool>,
    failure: Mutex<Option<StoreError>>,
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

    /// Changes that are not written yet.
    pub(super) fn changes(&self) -> Changes {
        if self.0.is_some() { Changes::of_touched() } else { Changes::of_nothing() }
    }

    /// Writes changes, all or none.
    pub(super) fn commit(&self, changes: Changes) {
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
