use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::error::StoreError;
use super::handle::Store;
use super::holding::Holding;
use super::record::{Changes, DamagedRecord, Records};

/// What can be written as records, and made from them again.
pub(crate) trait Durable: Default {
    /// The value in the records at this place.
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord>;

    /// Collects the records that were touched since it was called last, and notes that they are.
    fn collect(&mut self, place: &str, changes: &mut Changes);
}

/// A value behind a lock: what is changed under it is on the disk before the lock is free again.
pub(crate) struct Kept<T> {
    value: Mutex<T>,
    store: Store,
    place: String,
    changed: watch::Sender<()>,
}

/// What is kept, whatever its type: its records, and what is in them.
pub(crate) trait Inspect {
    /// Every record, as it would be written.
    fn records(&self) -> Records;

    /// Every text and every string of bytes in those records.
    fn holdings(&self) -> Vec<Holding>;
}

impl<T: Durable> Inspect for Kept<T> {
    fn records(&self) -> Records {
        let mut all = Changes::of_all();
        self.lock().collect(&self.place, &mut all);
        all.into_records()
    }

    fn holdings(&self) -> Vec<Holding> {
        let mut all = Changes::of_holdings();
        self.lock().collect(&self.place, &mut all);
        all.into_holdings()
    }
}

/// A notice that something changed.
#[derive(Debug)]
pub struct Watch(watch::Receiver<()>);

impl Watch {
    /// Waits for a change since the last that was waited for; for ever once there can be none.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}

impl<T: Durable> Kept<T> {
    /// The value whose records are at this place of a store.
    pub(crate) fn open(store: &Store, place: impl Into<String>) -> Result<Self, StoreError> {
        let place = place.into();
        let value = Mutex::new(T::load(&store.records(&place)?, &place)?);
        Ok(Self { value, store: store.clone(), place, changed: watch::Sender::new(()) })
    }

    /// Takes the lock. A panic elsewhere leaves the value consistent: changes are made whole, at the end.
    pub(crate) fn lock(&self) -> KeptGuard<'_, T> {
        KeptGuard { value: self.value.lock().unwrap_or_else(PoisonError::into_inner), kept: self }
    }

    /// Gives notice of changes from now on.
    pub(crate) fn watch(&self) -> Watch {
        Watch(self.changed.subscribe())
    }

    /// Where it is kept.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }
}

impl<T: Durable> Kept<T> {
    /// A value in memory, whose records would be at this place of a store.
    pub(crate) fn in_memory(place: impl Into<String>) -> Self {
        Self {
            value: Mutex::default(),
            store: Store::in_memory(),
            place: place.into(),
            changed: watch::Sender::new(()),
        }
    }
}

impl<T: Durable> Default for Kept<T> {
    fn default() -> Self {
        Self::in_memory("")
    }
}

impl<T> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("place", &self.place).finish_non_exhaustive()
    }
}

/// The lock, taken.
pub(crate) struct KeptGuard<'a, T: Durable> {
    value: MutexGuard<'a, T>,
    kept: &'a Kept<T>,
}

impl<T: Durable> Deref for KeptGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Durable> DerefMut for KeptGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Durable> Drop for KeptGuard<'_, T> {
    fn drop(&mut self) {
        let mut changes = self.kept.store.changes();
        self.value.collect(&self.kept.place, &mut changes);
        let touched = changes.any_touched();
        self.kept.store.commit(changes);
        if touched {
            self.kept.changed.send_replace(());
        }
    }
}
