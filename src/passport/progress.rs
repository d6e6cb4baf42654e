use std::fmt;
use std::sync::Arc;

use crate::element::Part;

/// How far the transfer of an element's files is; counted in bytes of ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transferred {
    /// The file of which a piece has just arrived; `None` when a single stored file is downloaded.
    pub part: Option<Part>,
    /// Bytes of that file that have arrived.
    pub part_done: u64,
    /// Bytes of that file; `None` while nobody has told.
    pub part_total: Option<u64>,
    /// Bytes of all files of this operation that have arrived.
    pub done: u64,
    /// Bytes of all files of this operation; `None` while nobody has told.
    pub total: Option<u64>,
}

/// Whoever wants to know how far a transfer is: a callback, or nobody (the default).
///
/// The callback runs on the engine's task between two pieces, so it must not block. It sees sizes and names
/// of parts, never contents.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<dyn Fn(Transferred) + Send + Sync>>);

impl Progress {
    /// Reports to this callback.
    pub fn new(report: impl Fn(Transferred) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(report)))
    }

    /// Reports to nobody.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    pub(crate) fn report(&self, transferred: Transferred) {
        if let Some(report) = &self.0 {
            report(transferred);
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress").field("wanted", &self.0.is_some()).finish()
    }
}
