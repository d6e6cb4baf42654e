//! Which data centre an account belongs to, and which keeps the files.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where accounts and files are, as a tester sets it; what is not set is wherever it is asked for.
#[derive(Debug, Default)]
pub(super) struct Homes(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    accounts: HashMap<i64, i32>,
    files: Option<i32>,
}

impl Homes {
    /// From now on this person or bot belongs to this data centre.
    pub(super) fn set(&self, account_id: i64, dc_id: i32) {
        self.lock().accounts.insert(account_id, dc_id);
    }

    /// From now on files are at this data centre.
    pub(super) fn set_files(&self, dc_id: i32) {
        self.lock().files = Some(dc_id);
    }

    /// The data centre that this one sends an account to; `None` if it may stay.
    pub(super) fn elsewhere(&self, account_id: i64, here: i32) -> Option<i32> {
        self.lock().accounts.get(&account_id).copied().filter(|home| *home != here)
    }

    /// Where this data centre says that files are.
    pub(super) fn of_files(&self, here: i32) -> i32 {
        self.lock().files.unwrap_or(here)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
