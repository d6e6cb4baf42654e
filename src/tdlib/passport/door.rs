//! Whether Passport is unlocked: TDLib wants the password with every call, and takes a wrong one as long as it
//! remembers the secret, so the password is proved here and wiped here.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::moment::Moment;
use crate::vault::Password;

/// TDLib forgets the passport secret an hour after it loaded it; from then on it would load, or replace, it anew.
const SECRET_KEPT: Duration = Duration::from_secs(50 * 60);

/// After this time TDLib has forgotten any secret.
const FORGOTTEN: Duration = Duration::from_secs(61 * 60);

/// The password while it is in use.
pub(super) struct Door {
    room: Arc<Mutex<Room>>,
    idle_time: Option<Duration>,
}

#[derive(Default)]
struct Room {
    password: Option<Arc<Password>>,
    /// When TDLib loaded the passport secret, as far as this engine had it do so.
    loaded: Option<Moment>,
    used: Option<Moment>,
    /// When the secret that TDLib holds was lost: it does not notice before the next save, or the secret's hour is over.
    stale: Option<Moment>,
}

/// Passport is locked.
pub(super) struct Locked;

/// A use of an unlocked Passport.
pub(super) struct Unlocked {
    pub(super) password: Arc<Password>,
    /// Whether TDLib holds a passport secret. If not, none may be stored under: TDLib would make one up.
    pub(super) has_secret: bool,
}

impl Door {
    pub(super) fn new(idle_time: Option<Duration>) -> Self {
        Self { room: Arc::default(), idle_time }
    }

    /// Keeps a password that was proved just now.
    pub(super) fn open(&self, password: &Password) {
        {
            let mut room = self.room();
            room.password = Some(Arc::new(password.copy()));
            room.used = Some(Moment::now());
        }
        let Some(idle_time) = self.idle_time else { return };
        let watched = Arc::downgrade(&self.room);
        tokio::spawn(async move {
            while let Some(left) = watched.upgrade().and_then(|room| time_left(&mut enter(&room), idle_time))
            {
                tokio::time::sleep(left).await;
            }
        });
    }

    /// TDLib has loaded the secret.
    pub(super) fn secret_loaded(&self) {
        self.room().loaded = Some(Moment::now());
    }

    /// Whether TDLib holds the secret that it loaded earlier.
    pub(super) fn holds_secret(&self) -> bool {
        self.room().loaded.is_some_and(is_kept)
    }

    /// What can be used now. When TDLib is about to load the secret anew, only a new unlocking can say whether it may.
    pub(super) fn unlocked(&self) -> Result<Unlocked, Locked> {
        let mut room = self.room();
        if room.loaded.is_some_and(|loaded| !is_kept(loaded)) {
            *room = Room::default();
        }
        if let Some(idle_time) = self.idle_time {
            time_left(&mut room, idle_time);
        }
        let password = room.password.clone().ok_or(Locked)?;
        room.used = Some(Moment::now());
        Ok(Unlocked { password, has_secret: room.loaded.is_some() })
    }

    pub(super) fn lock(&self) {
        self.room().password = None;
    }

    /// The secret that TDLib holds is not the account's any more.
    pub(super) fn secret_gone(&self) {
        let mut room = self.room();
        let stale = room.loaded.map(|_| Moment::now()).or(room.stale);
        *room = Room { stale, ..Room::default() };
    }

    /// Whether TDLib may still hold a secret that is lost.
    pub(super) fn holds_stale_secret(&self) -> bool {
        self.room().stale.is_some_and(|lost| lost.at_least() < FORGOTTEN)
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        enter(&self.room)
    }
}

/// Whether TDLib certainly still holds the secret that it loaded then. Who cannot tell, for the clock was set back, lets
/// the password be proved anew.
fn is_kept(loaded: Moment) -> bool {
    loaded.at_most().is_some_and(|ago| ago < SECRET_KEPT)
}

/// Every write leaves the room as it may be left, so a panic elsewhere cannot have broken it.
fn enter(room: &Mutex<Room>) -> MutexGuard<'_, Room> {
    room.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long the password may still lie idle; wipes it if that time is over.
fn time_left(room: &mut Room, idle_time: Duration) -> Option<Duration> {
    room.password.as_ref()?;
    let left =
        room.used?.at_most().and_then(|idle| idle_time.checked_sub(idle)).filter(|left| !left.is_zero());
    if left.is_none() {
        room.password = None;
    }
    left
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("open", &self.room().password.is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_idle_password_is_wiped() {
        let door = Door::new(Some(Duration::from_nanos(1)));
        door.open(&"secret".into());
        assert!(door.unlocked().is_err());
        assert!(door.room().password.is_none());
    }

    /// The machine slept for an hour, in which the steady clock stood still.
    #[tokio::test]
    async fn after_an_hour_of_sleep_tdlib_is_not_taken_to_hold_the_secret() {
        let slept = Moment::ago(Duration::from_secs(1), Duration::from_secs(3600));
        let set_back = Moment::after_the_clock_was_set_back(Duration::from_secs(3600));
        for loaded in [slept, set_back] {
            let door = Door::new(None);
            door.open(&"secret".into());
            door.secret_loaded();
            assert!(door.holds_secret());
            door.room().loaded = Some(loaded);
            assert!(!door.holds_secret(), "{loaded:?}");
            assert!(door.unlocked().is_err(), "{loaded:?}: it must be unlocked anew");
        }
        // A clock that was set forward ends nothing early that may still be.
        let door = Door::new(None);
        door.room().stale = Some(Moment::ago(Duration::from_secs(1), Duration::from_secs(7200)));
        assert!(door.holds_stale_secret());
    }

    #[tokio::test]
    async fn a_password_that_slept_too_long_is_wiped() {
        for used in [
            Moment::ago(Duration::from_secs(1), Duration::from_secs(3600)),
            Moment::after_the_clock_was_set_back(Duration::from_secs(3600)),
        ] {
            let door = Door::new(Some(Duration::from_secs(1800)));
            door.open(&"secret".into());
            door.room().used = Some(used);
            assert!(door.unlocked().is_err(), "{used:?}");
            assert!(door.room().password.is_none());
        }
    }

    #[tokio::test]
    async fn the_secret_outlives_the_password() {
        let door = Door::new(None);
        assert!(door.unlocked().is_err());
        door.open(&"secret".into());
        assert!(!door.unlocked().is_ok_and(|unlocked| unlocked.has_secret));
        door.secret_loaded();
        assert!(door.unlocked().is_ok_and(|unlocked| unlocked.has_secret));
        door.lock();
        assert!(door.unlocked().is_err() && door.holds_secret());
    }
}
