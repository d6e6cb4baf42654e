//! Which data centre an account belongs to, and which keeps the files.

use crate::store::{
    Changes, DamagedRecord, Durable, Inspect, Kept, KeptGuard, Records, Store, StoreError, Table,
};

/// Where accounts and files are, as a tester sets it; what is not set is wherever it is asked for.
#[derive(Debug, Default)]
pub(super) struct Homes(Kept<Inner>);

#[derive(Debug, Default)]
struct Inner {
    accounts: Table<i64, i32>,
    /// One entry at most, [`FILES`].
    files: Table<u8, i32>,
}

/// The key of the one entry with the data centre of files.
const FILES: u8 = 0;

impl Homes {
    /// The homes in a store.
    pub(super) fn open(store: &Store) -> Result<Self, StoreError> {
        Kept::open(store, "dc/home").map(Self)
    }

    /// Every one, as it is written.
    pub(super) fn kept(&self) -> &dyn Inspect {
        &self.0
    }

    /// From now on this person or bot belongs to this data centre.
    pub(super) fn set(&self, account_id: i64, dc_id: i32) {
        self.lock().accounts.insert(account_id, dc_id);
    }

    /// From now on files are at this data centre.
    pub(super) fn set_files(&self, dc_id: i32) {
        self.lock().files.insert(FILES, dc_id);
    }

    /// The data centre that this one sends an account to; `None` if it may stay.
    pub(super) fn elsewhere(&self, account_id: i64, here: i32) -> Option<i32> {
        self.lock().accounts.get(&account_id).copied().filter(|home| *home != here)
    }

    /// The data centre that this one names for files.
    pub(super) fn of_files(&self, here: i32) -> i32 {
        self.lock().files.get(&FILES).copied().unwrap_or(here)
    }

    fn lock(&self) -> KeptGuard<'_, Inner> {
        self.0.lock()
    }
}

impl Durable for Inner {
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        Ok(Self {
            accounts: Table::load(records, &format!("{place}/account"))?,
            files: Table::load(records, &format!("{place}/files"))?,
        })
    }

    fn collect(&mut self, place: &str, changes: &mut Changes) {
        self.accounts.collect(&format!("{place}/account"), changes);
        self.files.collect(&format!("{place}/files"), changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_no_home_may_stay() {
        let homes = Homes::default();
        assert_eq!((homes.elsewhere(7, 1), homes.of_files(1)), (None, 1));
        homes.set(7, 2);
        homes.set_files(3);
        assert_eq!(
            (homes.elsewhere(7, 1), homes.elsewhere(7, 2), homes.elsewhere(8, 1)),
            (Some(2), None, None)
        );
        assert_eq!(homes.of_files(1), 3);
    }
}
