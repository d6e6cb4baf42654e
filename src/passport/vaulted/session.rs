use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::passport::Refusal;
use crate::vault::Vault;

/// What the engine holds between two calls: the open vault, or that there is none to open.
pub(super) struct Session {
    state: Mutex<State>,
    idle_time: Option<Duration>,
}

enum State {
    Locked,
    /// Unlocked, but the account has no passport secret.
    NoSecret,
    Open(Arc<Vault>),
}

/// A use of an unlocked session.
pub(super) enum Unlocked {
    NoSecret,
    Open(Arc<Vault>),
}

impl Unlocked {
    pub(super) fn vault(&self) -> Option<&Vault> {
        match self {
            Self::NoSecret => None,
            Self::Open(vault) => Some(vault),
        }
    }
}

/// The session is locked.
pub(super) struct Locked;

impl From<Locked> for Refusal {
    fn from(_: Locked) -> Self {
        Self::Locked
    }
}

impl Session {
    pub(super) fn new(idle_time: Option<Duration>) -> Self {
        Self { state: Mutex::new(State::Locked), idle_time }
    }

    /// What can be used now.
    pub(super) fn unlocked(&self) -> Result<Unlocked, Locked> {
        let mut state = self.state();
        match &*state {
            State::Locked => Err(Locked),
            State::NoSecret => Ok(Unlocked::NoSecret),
            State::Open(vault) if vault.is_locked() => {
                *state = State::Locked;
                Err(Locked)
            }
            State::Open(vault) => Ok(Unlocked::Open(Arc::clone(vault))),
        }
    }

    pub(super) fn is_locked(&self) -> bool {
        self.unlocked().is_err()
    }

    /// Takes over an open vault and sees to it that it does not stay open when nobody uses it.
    pub(super) fn open(&self, vault: Vault) -> Arc<Vault> {
        vault.set_idle_time(self.idle_time);
        let vault = Arc::new(vault);
        *self.state() = State::Open(Arc::clone(&vault));
        let watched = Arc::downgrade(&vault);
        tokio::spawn(async move {
            while let Some(remaining) = watched.upgrade().and_then(|vault| vault.lock_if_idle()) {
                tokio::time::sleep(remaining).await;
            }
        });
        vault
    }

    pub(super) fn has_no_secret(&self) {
        *self.state() = State::NoSecret;
    }

    pub(super) fn lock(&self) {
        *self.state() = State::Locked;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every write replaces the whole state, so a panic elsewhere cannot have broken it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &*self.state() {
            State::Locked => "Locked",
            State::NoSecret => "NoSecret",
            State::Open(_) => "Open",
        })
    }
}
