use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use telegram_passport::element::UnixTime;

/// The state's clock. Clones share it.
#[derive(Clone)]
pub struct Clock {
    /// Where it stands still, if it does.
    fixed: Option<UnixTime>,
    /// By how many seconds it was moved.
    ahead: Arc<AtomicU64>,
}

impl Clock {
    /// The computer's clock.
    #[must_use]
    pub fn system() -> Self {
        Self { fixed: None, ahead: Arc::default() }
    }

    /// A clock that stands at this moment until it is moved.
    #[must_use]
    pub fn standing_at(moment: UnixTime) -> Self {
        Self { fixed: Some(moment), ahead: Arc::default() }
    }

    /// Moves the clock on, by whole seconds.
    pub fn advance(&self, time: Duration) {
        self.ahead.fetch_add(time.as_secs(), Ordering::Relaxed);
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.fixed.unwrap_or_else(UnixTime::now) + Duration::from_secs(self.ahead.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now().seconds()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_only_when_told_and_for_all_clones() {
        let clock = Clock::standing_at(UnixTime::from_seconds(1_700_000_000));
        let clone = clock.clone();
        clock.advance(Duration::from_secs(60));
        assert_eq!(clone.now(), UnixTime::from_seconds(1_700_000_060));
    }

    #[test]
    fn the_system_clock_can_be_moved_too() {
        let clock = Clock::system();
        let before = clock.now();
        clock.advance(Duration::from_secs(1_000));
        assert!(clock.now() >= before + Duration::from_secs(1_000));
    }
}
