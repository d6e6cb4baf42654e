//! The password that is kept, where the person wished it: proved while it is right, forgotten when it is refused, and
//! followed through every change.
//!
//! Nothing here ends a command: what it is about has happened by then. What goes wrong is told beside the answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use zeroize::Zeroizing;

use super::{Account, Keys, Record};
use crate::answer::Warnings;
use crate::failure::Failure;

/// An account's password in its keyring, if it is there.
pub(crate) struct KeptPassword {
    account: Account,
    keys: Keys,
    state: Mutex<State>,
}

struct State {
    record: Record,
    warnings: Warnings,
}

impl KeptPassword {
    pub(crate) fn new(account: &Account, keys: &Keys, record: &Record) -> Self {
        let (account, keys) = (account.clone(), keys.clone());
        let state = Mutex::new(State { record: record.clone(), warnings: Warnings::default() });
        Self { account, keys, state }
    }

    /// The password, if one is kept.
    pub(crate) async fn get(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        if self.state().record.password_kept { self.keys.password().await } else { Ok(None) }
    }

    /// Whether one is kept.
    pub(crate) fn is_there(&self) -> bool {
        self.state().record.password_kept
    }

    /// The person wishes that it is kept.
    pub(crate) fn wished(&self) {
        let mut state = self.state();
        if !state.record.remember_password {
            state.record.remember_password = true;
            self.remember(&mut state);
        }
    }

    /// The account's password was seen to be this one: it is kept, if that is the wish.
    pub(crate) async fn is_now(&self, password: &str) {
        let wished = {
            let state = self.state();
            state.record.remember_password || state.record.password_kept
        };
        if !wished {
            return;
        }
        match self.keys.keep_password(password).await {
            Ok(()) => {
                let mut state = self.state();
                (state.record.password_kept, state.record.remember_password) = (true, true);
                self.remember(&mut state);
            }
            Err(failure) => {
                let why = format!("the password is not kept: {failure}");
                self.state().warnings.note(Err(Failure::failed(why)));
                self.is_not_it().await;
            }
        }
    }

    /// What is kept, if anything, is not the account's password, or not any more: it is never proved again.
    pub(crate) async fn is_not_it(&self) {
        {
            let mut state = self.state();
            if !state.record.password_kept {
                return;
            }
            // Written down first: a keyring that is locked does not bring it back.
            (state.record.password_kept, state.record.remember_password) = (false, true);
            self.remember(&mut state);
        }
        let forgotten = self.keys.forget_password().await;
        self.state().warnings.note(forgotten);
    }

    /// What went wrong so far.
    pub(crate) fn warnings(self) -> Warnings {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).warnings
    }

    fn remember(&self, state: &mut State) {
        let remembered = self.account.remember(&state.record);
        state.warnings.note(remembered);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every write is whole, so a panic elsewhere cannot have broken it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
