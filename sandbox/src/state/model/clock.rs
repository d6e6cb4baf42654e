use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The state's clock, in seconds of Unix time. Clones share it.
#[derive(Clone)]
pub struct Clock {
    /// Where it stands still, if it does.
    fixed: Option<i64>,
    /// How far it was moved.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The computer's clock.
    #[must_use]
    pub fn system() -> Self {
        Self { fixed: None, ahead: Arc::default() }
    }

    /// A clock that stands at this Unix time until it is moved.
    #[must_use]
    pub fn standing_at(unix_time: i64) -> Self {
        Self { fixed: Some(unix_time), ahead: Arc::default() }
    }

    /// Moves the clock on.
    pub fn advance(&self, seconds: u32) {
        self.ahead.fetch_add(seconds.into(), Ordering::Relaxed);
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> i64 {
        let base = self.fixed.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        });
        base.saturating_add(self.ahead.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_only_when_told_and_for_all_clones() {
        let clock = Clock::standing_at(1_700_000_000);
        let clone = clock.clone();
        clock.advance(60);
        assert_eq!(clone.now(), 1_700_000_060);
    }

    #[test]
    fn the_system_clock_can_be_moved_too() {
        let clock = Clock::system();
        let before = clock.now();
        clock.advance(1_000);
        assert!(clock.now() >= before + 1_000);
    }
}
