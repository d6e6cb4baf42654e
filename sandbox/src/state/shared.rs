use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::model::clock::Clock;
use super::world::World;
use crate::store::{Holding, Inspect as _, Kept, KeptGuard, Store, StoreError, Watch};
use telegram_passport::element::UnixTime;

/// Where a store has the world.
const PLACE: &str = "state";

/// What Telegram's servers hold; see the [module](super). Clones share everything.
#[derive(Clone)]
pub struct State {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    countries_langs: String,
    world: Kept<World>,
}

impl State {
    /// An empty world in memory. `countries_langs` is a JSON object from upper-case country code to language code,
    /// as `help.passportConfig` carries it.
    #[must_use]
    pub fn new(clock: Clock, countries_langs: &str) -> Self {
        Self::of(clock, countries_langs, Kept::in_memory(PLACE))
    }

    /// The world in this store, as it was left: every change is on the disk before anybody is told of it.
    ///
    /// # Errors
    /// [`StoreError`] for records that cannot be read; they stay as they are.
    pub fn open(clock: Clock, countries_langs: &str, store: &Store) -> Result<Self, StoreError> {
        Ok(Self::of(clock, countries_langs, Kept::open(store, PLACE)?))
    }

    fn of(clock: Clock, countries_langs: &str, world: Kept<World>) -> Self {
        Self { shared: Arc::new(Shared { clock, countries_langs: countries_langs.to_owned(), world }) }
    }

    /// Gives notice when something here may have changed, from now on.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.shared.world.watch()
    }

    /// Where this world is kept.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.shared.world.store()
    }

    /// Everything that is held here, by name, as it would be written: every byte that these servers know of people,
    /// bots, files and shares. Texts in it are UTF-8, and bytes stand as they came.
    #[must_use]
    pub fn records(&self) -> BTreeMap<String, Vec<u8>> {
        self.shared.world.records()
    }

    /// Every text and every string of bytes in the [records](Self::records): whatever comes to be written is among
    /// them. Numbers are left out, as the server draws or counts them itself.
    ///
    /// For tests that look for plaintext.
    #[must_use]
    pub fn holdings(&self) -> Vec<Holding> {
        self.shared.world.holdings()
    }

    /// The clock that everything here goes by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(super) fn countries_langs(&self) -> &str {
        &self.shared.countries_langs
    }

    /// Takes the lock; what is changed under it is kept when it is free again.
    pub(super) fn world(&self) -> KeptGuard<'_, World> {
        self.shared.world.lock()
    }

    /// The present moment, by the state's clock.
    pub(super) fn now(&self) -> UnixTime {
        self.shared.clock.now()
    }
}

impl Default for State {
    /// A world on the computer's clock that knows no country's language.
    fn default() -> Self {
        Self::new(Clock::system(), "{}")
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.world();
        f.debug_struct("State")
            .field("clock", &self.shared.clock)
            .field("accounts", &world.accounts.len())
            .field("bots", &world.bots.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::with_account;

    #[test]
    fn debug_shows_counts_only() {
        let (state, _) = with_account();
        assert_eq!(
            format!("{state:?}"),
            "State { clock: Clock { now: 1700000000 }, accounts: 1, bots: 0, .. }"
        );
    }
}
