use std::fmt;
use std::sync::Arc;

use crate::element::Part;

/// How far the transfer of an element's files is, in bytes: of ciphertext, but over TDLib of the new files themselves, which
/// are up to 255 bytes shorter.
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

impl Transferred {
    /// How much of all files of this operation has arrived, 0 to 100, rounded down; `None` while nobody has told how much
    /// that is.
    ///
    /// ```
    /// use telegram_passport::passport::Transferred;
    ///
    /// let moved = Transferred { part: None, part_done: 2, part_total: Some(3), done: 2, total: Some(3) };
    /// assert_eq!(moved.percent(), Some(66));
    /// assert_eq!(Transferred { total: None, ..moved }.percent(), None);
    /// ```
    #[must_use]
    pub fn percent(&self) -> Option<u8> {
        let total = self.total?;
        let hundredths = (u128::from(self.done) * 100).checked_div(total.into()).unwrap_or(100);
        Some(u8::try_from(hundredths).map_or(100, |percent| percent.min(100)))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_told_where_the_total_is() {
        let percent = |done, total| {
            Transferred { part: None, part_done: done, part_total: total, done, total }.percent()
        };
        assert_eq!(percent(5, None), None);
        assert_eq!(percent(0, Some(0)), Some(100), "nothing is left");
        assert_eq!(percent(999, Some(1_000)), Some(99), "not all of it");
        assert_eq!(percent(u64::MAX, Some(u64::MAX)), Some(100));
        assert_eq!(percent(7, Some(3)), Some(100), "more than was told");
    }
}
