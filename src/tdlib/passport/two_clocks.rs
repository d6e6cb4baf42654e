//! When something was, by two clocks: one that may stop while the machine sleeps, and one that may be set.

use std::time::{Duration, Instant, SystemTime};

/// A moment, to be asked later how long ago it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Never runs fast, and on Linux stands still while the machine sleeps.
    steady: Instant,
    /// Goes on while the machine sleeps, and goes where it is set.
    wall: SystemTime,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// So much has passed at least.
    pub(super) fn at_least(&self) -> Duration {
        self.steady.elapsed()
    }

    /// So much has passed at most; `None` if nobody can tell, because the clock was set back.
    pub(super) fn at_most(&self) -> Option<Duration> {
        Some(self.wall.elapsed().ok()?.max(self.steady.elapsed()))
    }
}

#[cfg(test)]
impl Moment {
    /// A moment of which the two clocks say this much: what sleep and a clock that is set make of it.
    pub(super) fn ago(steady: Duration, wall: Duration) -> Self {
        Self { steady: Instant::now() - steady, wall: SystemTime::now() - wall }
    }

    /// A moment that lies in the future of a clock which was set back.
    pub(super) fn after_the_clock_was_set_back(by: Duration) -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() + by }
    }
}
