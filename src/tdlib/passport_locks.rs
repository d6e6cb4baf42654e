//! Who may call TDLib about Passport at a time: locks that all engines over one client share.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use crate::element::ElementType;
use crate::passport::changes::{Busy, in_turn};

/// The turns of one client. Whoever has one of a kind may wait for the memory, never the other way round.
pub(super) struct PassportLocks {
    /// TDLib's memory of Passport: whoever reads or saves an element changes it, and shares it with the others; who
    /// relies on it has it alone.
    memory: Arc<RwLock<()>>,
    /// Saves and deletions of one kind go one after the other: of two saves at once TDLib drops the first, and one that
    /// is still under way would bring back what was deleted.
    kinds: BTreeMap<ElementType, Kind>,
}

#[derive(Clone, Default)]
struct Kind {
    /// Those of whom somebody waits for the outcome.
    line: Arc<Mutex<()>>,
    /// The one that TDLib is at.
    element: Arc<Mutex<()>>,
}

/// A turn with the elements of one kind.
pub(super) struct KindLock {
    /// As long as somebody waits for the outcome.
    pub(super) line: OwnedMutexGuard<()>,
    /// Until TDLib has answered.
    pub(super) element: OwnedMutexGuard<()>,
}

impl Default for PassportLocks {
    fn default() -> Self {
        let kinds = ElementType::ALL.into_iter().map(|kind| (kind, Kind::default())).collect();
        Self { memory: Arc::default(), kinds }
    }
}

impl PassportLocks {
    pub(super) async fn shared(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.memory).read_owned().await
    }

    pub(super) async fn alone(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.memory).write_owned().await
    }

    /// Waits for those before it as long as somebody waits for them, and a bounded time for what TDLib still is at.
    pub(super) async fn to_save(&self, kind: ElementType) -> Result<KindLock, Busy> {
        let Kind { line, element } = self.kind(kind);
        let line = line.lock_owned().await;
        Ok(KindLock { line, element: in_turn(element.lock_owned()).await? })
    }

    /// Waits a bounded time.
    pub(super) async fn to_delete(&self, kind: ElementType) -> Result<KindLock, Busy> {
        let Kind { line, element } = self.kind(kind);
        in_turn(async { KindLock { line: line.lock_owned().await, element: element.lock_owned().await } })
            .await
    }

    fn kind(&self, kind: ElementType) -> Kind {
        self.kinds.get(&kind).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::time::Instant;

    use super::*;
    use crate::passport::TURN_TIME_OUT;

    const KIND: ElementType = ElementType::Passport;

    #[tokio::test(start_paused = true)]
    async fn a_save_waits_as_long_as_somebody_waits_for_the_one_before_it() {
        let turns = PassportLocks::default();
        let first = turns.to_save(KIND).await.unwrap();
        let begun = Instant::now();
        let ending = async {
            tokio::time::sleep(10 * TURN_TIME_OUT).await;
            drop(first);
        };
        let (second, ()) = tokio::join!(turns.to_save(KIND), ending);
        assert!(second.is_ok());
        assert_eq!(begun.elapsed(), 10 * TURN_TIME_OUT);
        assert!(turns.to_save(ElementType::Address).now_or_never().is_some(), "other kinds do not wait");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_waits_without_end_for_what_tdlib_is_still_at() {
        let turns = PassportLocks::default();
        let KindLock { line, element } = turns.to_save(KIND).await.unwrap();
        // Its caller was told, and TDLib goes on.
        drop(line);
        let begun = Instant::now();
        assert!(turns.to_save(KIND).await.is_err());
        assert!(turns.to_delete(KIND).await.is_err());
        assert_eq!(begun.elapsed(), 2 * TURN_TIME_OUT);
        drop(element);
        assert!(turns.to_delete(KIND).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_deletion_does_not_wait_without_end_for_a_save_either() {
        let turns = PassportLocks::default();
        let _saving = turns.to_save(KIND).await.unwrap();
        assert!(turns.to_delete(KIND).await.is_err());
    }
}
