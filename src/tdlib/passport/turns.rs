//! Whose turn it is with what TDLib has of Passport.
//!
//! TDLib sends what it has in memory, which every call that reads or saves replaces, and goes on with what it was handed
//! when nobody waits for it any more. So a turn is not over before TDLib has answered all that was called in it, or the
//! client is closed, whatever became of who called. Others wait for it, and not without end.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use super::Engine;
use crate::element::ElementType;
use crate::passport::changes::{Busy, in_turn};
use crate::tdlib::client::{Client, REQUEST_TIME_OUT, RequestError, Sent};
use crate::tdlib::function::Function;
use crate::tdlib::hub::Kept;

/// The turns of one client. Whoever has one of a kind may wait for the memory, never the other way round.
pub(in crate::tdlib) struct Turns {
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
pub(super) struct Place {
    /// As long as somebody waits for the outcome.
    pub(super) line: OwnedMutexGuard<()>,
    /// Until TDLib has answered.
    pub(super) element: OwnedMutexGuard<()>,
}

impl Default for Turns {
    fn default() -> Self {
        let kinds = ElementType::ALL.into_iter().map(|kind| (kind, Kind::default())).collect();
        Self { memory: Arc::default(), kinds }
    }
}

impl Turns {
    async fn shared(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.memory).read_owned().await
    }

    async fn alone(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.memory).write_owned().await
    }

    /// Waits for those before it as long as somebody waits for them, and a bounded time for what TDLib still is at.
    pub(super) async fn to_save(&self, kind: ElementType) -> Result<Place, Busy> {
        let Kind { line, element } = self.kind(kind);
        let line = line.lock_owned().await;
        Ok(Place { line, element: in_turn(element.lock_owned()).await? })
    }

    /// Waits a bounded time.
    pub(super) async fn to_delete(&self, kind: ElementType) -> Result<Place, Busy> {
        let Kind { line, element } = self.kind(kind);
        in_turn(async { Place { line: line.lock_owned().await, element: element.lock_owned().await } }).await
    }

    fn kind(&self, kind: ElementType) -> Kind {
        self.kinds.get(&kind).cloned().unwrap_or_default()
    }
}

/// A turn with TDLib's memory. Clones are the same turn.
#[derive(Clone)]
pub(super) struct Turn {
    client: Client,
    held: Kept,
}

impl Turn {
    /// Calls TDLib and waits for the answer; the turn is not over before that has come, whoever waits.
    pub(super) async fn call<F: Function>(&self, function: &F) -> Result<F::Answer, RequestError> {
        self.send(function)?.answer(REQUEST_TIME_OUT).await
    }

    /// Hands TDLib a request; the turn is not over before it is answered.
    pub(super) fn send<F: Function>(&self, function: &F) -> Result<Sent<F>, RequestError> {
        self.client.send_keeping(function, Some(Arc::clone(&self.held)))
    }

    /// The same turn, with something else held as long.
    pub(super) fn and(self, more: impl Send + Sync + 'static) -> Self {
        Self { held: Arc::new((self.held, more)), ..self }
    }
}

impl Engine {
    /// A turn with TDLib's memory, for what may change it.
    pub(super) async fn shared(&self) -> Turn {
        Turn { client: self.client.clone(), held: Arc::new(self.client.passport().shared().await) }
    }

    /// A turn in which nobody else changes TDLib's memory.
    pub(super) async fn alone(&self) -> Turn {
        Turn { client: self.client.clone(), held: Arc::new(self.client.passport().alone().await) }
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
        let turns = Turns::default();
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
        let turns = Turns::default();
        let Place { line, element } = turns.to_save(KIND).await.unwrap();
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
        let turns = Turns::default();
        let _saving = turns.to_save(KIND).await.unwrap();
        assert!(turns.to_delete(KIND).await.is_err());
    }
}
