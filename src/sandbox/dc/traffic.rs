//! How often each method was called.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Calls by method, of everybody who is served, signed in or not.
#[derive(Debug, Default)]
pub(super) struct Traffic(Mutex<BTreeMap<&'static str, u64>>);

impl Traffic {
    pub(super) fn count(&self, method: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(method).or_default() += 1;
    }

    pub(super) fn calls(&self) -> BTreeMap<&'static str, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
