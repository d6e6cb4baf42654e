//! Whose turn it is with what TDLib has of Passport.
//!
//! TDLib sends what it has in memory, which every call that reads or saves replaces, and goes on with what it was handed
//! when nobody waits for it any more. So a turn is not over before TDLib has answered all that was called in it, or the
//! client is closed, whatever became of who called. Others wait for it, and not without end.

use std::sync::Arc;

use super::engine::Engine;
use crate::tdlib::client::{Client, REQUEST_TIME_OUT, RequestError, Sent};
use crate::tdlib::function::Function;
use crate::tdlib::hub::Kept;

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

    /// Holds something else as long as this turn.
    pub(super) fn and(self, more: impl Send + Sync + 'static) -> Self {
        Self { held: Arc::new((self.held, more)), ..self }
    }
}

impl Engine {
    /// A turn with TDLib's memory, for what may change it.
    pub(super) async fn shared(&self) -> Turn {
        Turn { client: self.client.clone(), held: Arc::new(self.client.passport_locks().shared().await) }
    }

    /// A turn in which nobody else changes TDLib's memory.
    pub(super) async fn alone(&self) -> Turn {
        Turn { client: self.client.clone(), held: Arc::new(self.client.passport_locks().alone().await) }
    }
}
