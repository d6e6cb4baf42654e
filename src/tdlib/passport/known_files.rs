use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tdlib_rs::enums;

use super::saved::shown;
use crate::passport::SavedElement;

/// What this client of TDLib calls the files it has seen: other clients call them otherwise.
#[derive(Default)]
pub(super) struct KnownFiles(Mutex<HashMap<String, i32>>);

impl KnownFiles {
    /// Reads an element that TDLib shows, and remembers its files.
    pub(super) fn learn(&self, element: enums::PassportElement) -> SavedElement {
        let shown = shown(element);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(shown.files);
        shown.element
    }

    pub(super) fn number(&self, unique_id: &str) -> Option<i32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(unique_id).copied()
    }
}
