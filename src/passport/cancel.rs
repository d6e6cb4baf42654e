use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::watch;

/// How long a cancelled save waits for the answer to what it has sent already, and how long for each look at what is
/// stored.
pub(crate) const LAST_WORD: Duration = Duration::from_secs(5);

/// The word that a save is not wanted any more. Clones are the same word.
///
/// Unlike dropping the future, it brings an answer within seconds: the save ends in
/// [`SaveError::Cancelled`](super::SaveError::Cancelled) if nothing is stored, in the stored element if that was quicker,
/// and in [`Refusal::OutcomeUnknown`](super::Refusal::OutcomeUnknown) if nobody can tell.
#[derive(Clone)]
pub struct Cancel(Arc<watch::Sender<bool>>);

impl Cancel {
    /// A word that is not given yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Gives it, for good.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether it is given.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is given.
    pub(crate) async fn cancelled(&self) {
        // The sender lives as long as this does.
        let _ = self.0.subscribe().wait_for(|cancelled| *cancelled).await;
    }

    /// Goes on until it is given; `None` then.
    pub(crate) async fn unless<T>(cancel: Option<&Self>, work: impl Future<Output = T>) -> Option<T> {
        let Some(cancel) = cancel else { return Some(work.await) };
        match select(pin!(cancel.cancelled()), pin!(work)).await {
            Either::Left(_) => None,
            Either::Right((value, _)) => Some(value),
        }
    }

    /// Goes on until it is given, and a little longer for the answer that may be on its way; `None` then.
    pub(crate) async fn last_word<T>(cancel: Option<&Self>, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        match Self::unless(cancel, &mut work).await {
            Some(value) => Some(value),
            None => tokio::time::timeout(LAST_WORD, work).await.ok(),
        }
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel").field("cancelled", &self.is_cancelled()).finish()
    }
}
