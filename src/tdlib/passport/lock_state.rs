//! Whether Passport is unlocked: TDLib wants the password with every call, and takes a wrong one as long as it
//! remembers the secret, so the password is proved here and wiped here.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::two_clocks::Moment;
use crate::passport::Refusal;
use crate::vault::Password;

/// TDLib forgets the passport secret an hour after it loaded it; from then on it would load, or replace, it anew.
const SECRET_KEPT: Duration = Duration::from_secs(50 * 60);

/// After this time TDLib has forgotten any secret.
const FORGOTTEN: Duration = Duration::from_secs(61 * 60);

/// The password while it is in use.
pub(super) struct LockState {
    held: Arc<Mutex<Held>>,
    idle_time: Option<Duration>,
}

#[derive(Default)]
struct Held {
    password: Option<Arc<Password>>,
    /// When TDLib loaded the passport secret, as far as this engine had it do so.
    loaded: Option<Moment>,
    used: Option<Moment>,
    /// When the secret that TDLib holds was lost: it does not notice before the next save, or the secret's hour is over.
    stale: Option<Moment>,
}

/// Passport is locked.
pub(super) struct Locked;

impl From<Locked> for Refusal {
    fn from(_: Locked) -> Self {
        Self::Locked
    }
}

/// A use of an unlocked Passport.
pub(super) struct Unlocked {
    pub(super) password: Arc<Password>,
    /// Whether TDLib holds a passport secret. If not, none may be stored under: TDLib would make one up.
    pub(super) has_secret: bool,
}

impl LockState {
    pub(super) fn new(idle_time: Option<Duration>) -> Self {
        Self { held: Arc::default(), idle_time }
    }

    /// Keeps a password that was proved just now.
    pub(super) fn open(&self, password: &Password) {
        {
            let mut held = self.held();
            held.password = Some(Arc::new(password.copy()));
            held.used = Some(Moment::now());
        }
        let Some(idle_time) = self.idle_time else { return };
        let watched = Arc::downgrade(&self.held);
        tokio::spawn(async move {
            while let Some(left) =
                watched.upgrade().and_then(|held| time_left(&mut held_by(&held), idle_time))
            {
                tokio::time::sleep(left).await;
            }
        });
    }

    /// TDLib has loaded the secret.
    pub(super) fn secret_loaded(&self) {
        self.held().loaded = Some(Moment::now());
    }

    /// Whether TDLib holds the secret that it loaded earlier.
    pub(super) fn holds_secret(&self) -> bool {
        self.held().loaded.is_some_and(is_kept)
    }

    /// What can be used now. When TDLib is about to load the secret anew, only a new unlocking can say whether it may.
    pub(super) fn unlocked(&self) -> Result<Unlocked, Locked> {
        let mut held = self.held();
        if held.loaded.is_some_and(|loaded| !is_kept(loaded)) {
            *held = Held::default();
        }
        if let Some(idle_time) = self.idle_time {
            time_left(&mut held, idle_time);
        }
        let password = held.password.clone().ok_or(Locked)?;
        held.used = Some(Moment::now());
        Ok(Unlocked { password, has_secret: held.loaded.is_some() })
    }

    pub(super) fn lock(&self) {
        self.held().password = None;
    }

    /// The secret that TDLib holds is not the account's any more.
    pub(super) fn secret_gone(&self) {
        let mut held = self.held();
        let stale = held.loaded.map(|_| Moment::now()).or(held.stale);
        *held = Held { stale, ..Held::default() };
    }

    /// Whether TDLib may still hold a secret that is lost.
    pub(super) fn holds_stale_secret(&self) -> bool {
        self.held().stale.is_some_and(|lost| lost.at_least() < FORGOTTEN)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        held_by(&self.held)
    }
}

/// Whether TDLib certainly still holds the secret that it loaded then. Who cannot tell, for the clock was set back, lets
/// the password be proved anew.
fn is_kept(loaded: Moment) -> bool {
    loaded.at_most().is_some_and(|ago| ago < SECRET_KEPT)
}

/// Every write leaves it as it may be left, so a panic elsewhere cannot have broken it.
fn held_by(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long the password may still lie idle; wipes it if that time is over.
fn time_left(held: &mut Held, idle_time: Duration) -> Option<Duration> {
    held.password.as_ref()?;
    let left =
        held.used?.at_most().and_then(|idle| idle_time.checked_sub(idle)).filter(|left| !left.is_zero());
    if left.is_none() {
        held.password = None;
    }
    left
}

impl fmt::Debug for LockState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockState").field("open", &self.held().password.is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_idle_password_is_wiped() {
        let lock_state = LockState::new(Some(Duration::from_nanos(1)));
        lock_state.open(&"secret".into());
        assert!(lock_state.unlocked().is_err());
        assert!(lock_state.held().password.is_none());
    }

    /// The machine slept for an hour, in which the steady clock stood still.
    #[tokio::test]
    async fn after_an_hour_of_sleep_tdlib_is_not_taken_to_hold_the_secret() {
        let slept = Moment::ago(Duration::from_secs(1), Duration::from_secs(3600));
        let set_back = Moment::after_the_clock_was_set_back(Duration::from_secs(3600));
        for loaded in [slept, set_back] {
            let lock_state = LockState::new(None);
            lock_state.open(&"secret".into());
            lock_state.secret_loaded();
            assert!(lock_state.holds_secret());
            lock_state.held().loaded = Some(loaded);
            assert!(!lock_state.holds_secret(), "{loaded:?}");
            assert!(lock_state.unlocked().is_err(), "{loaded:?}: it must be unlocked anew");
        }
        // A clock that was set forward ends nothing early that may still be.
        let lock_state = LockState::new(None);
        lock_state.held().stale = Some(Moment::ago(Duration::from_secs(1), Duration::from_secs(7200)));
        assert!(lock_state.holds_stale_secret());
    }

    #[tokio::test]
    async fn a_password_that_slept_too_long_is_wiped() {
        for used in [
            Moment::ago(Duration::from_secs(1), Duration::from_secs(3600)),
            Moment::after_the_clock_was_set_back(Duration::from_secs(3600)),
        ] {
            let lock_state = LockState::new(Some(Duration::from_secs(1800)));
            lock_state.open(&"secret".into());
            lock_state.held().used = Some(used);
            assert!(lock_state.unlocked().is_err(), "{used:?}");
            assert!(lock_state.held().password.is_none());
        }
    }

    #[tokio::test]
    async fn the_secret_outlives_the_password() {
        let lock_state = LockState::new(None);
        assert!(lock_state.unlocked().is_err());
        lock_state.open(&"secret".into());
        assert!(!lock_state.unlocked().is_ok_and(|unlocked| unlocked.has_secret));
        lock_state.secret_loaded();
        assert!(lock_state.unlocked().is_ok_and(|unlocked| unlocked.has_secret));
        lock_state.lock();
        assert!(lock_state.unlocked().is_err() && lock_state.holds_secret());
    }
}
