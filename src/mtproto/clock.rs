//! Clocks: this computer's, as messages are numbered by it, and a server's, as far as ours can tell.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// No server's time is later: its messages could soon not be numbered any more. A day before a number's seconds are
/// used up, in 2038.
const LATEST: i64 = i32::MAX as i64 - 24 * 60 * 60;

/// Seconds since 1970.
pub(super) fn unix_time() -> i64 {
    Clock::system().unix_time()
}

/// The time now in units of 2⁻³² s, which is how a message is numbered (`msg_id`): the seconds in the upper half, their
/// fraction in the lower.
pub(super) fn number_of_now() -> i64 {
    Clock::system().number()
}

/// By how many seconds a server is ahead of a clock that shows `now`; `None` for a time by which no message could be
/// numbered.
pub(super) fn offset(server_time: i64, now: i64) -> Option<i64> {
    (1..=LATEST).contains(&server_time).then(|| server_time.saturating_sub(now))
}

/// A computer's two clocks: the one on the wall, which may be put forward and back, and the one that only goes on, and
/// stops while the computer sleeps.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// Where both stand still, if they do.
    stands: Option<(Instant, Duration)>,
    /// How many milliseconds both have been moved on.
    passed: Arc<AtomicU64>,
    /// By how many seconds the wall's was put forward.
    put: Arc<AtomicI64>,
}

impl Clock {
    /// This computer's.
    pub(super) fn system() -> Self {
        Self { stands: None, passed: Arc::default(), put: Arc::default() }
    }

    /// The one that only goes on.
    pub(super) fn instant(&self) -> Instant {
        let now = self.stands.map_or_else(Instant::now, |(instant, _)| instant);
        now + Duration::from_millis(self.passed.load(Ordering::Relaxed))
    }

    /// Seconds since 1970, by the wall's.
    pub(super) fn unix_time(&self) -> i64 {
        self.number() >> 32
    }

    /// This point in time as a message's number.
    pub(super) fn number(&self) -> i64 {
        let since_1970 = self.stands.map_or_else(since_1970, |(_, since_1970)| since_1970);
        let since_1970 = since_1970 + Duration::from_millis(self.passed.load(Ordering::Relaxed));
        let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
        let number = ((since_1970.as_secs() << 32) | fraction).cast_signed();
        number.saturating_add(self.put.load(Ordering::Relaxed) << 32)
    }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
impl Clock {
    /// A clock that stands still until it is moved.
    pub(super) fn standing() -> Self {
        Self { stands: Some((Instant::now(), since_1970())), ..Self::system() }
    }

    /// Time goes by.
    pub(super) fn pass(&self, time: Duration) {
        let milliseconds = u64::try_from(time.as_millis()).unwrap();
        self.passed.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Somebody puts the wall's clock forward, or back; or the computer slept, which only that one shows.
    pub(super) fn put(&self, seconds: i64) {
        self.put.fetch_add(seconds, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_time_that_overflows_is_none() {
        let now = unix_time();
        for time in [i64::MIN, -1, 0, LATEST + 1, i64::from(i32::MAX), i64::MAX] {
            assert_eq!(offset(time, now), None, "{time}");
        }
        for time in [1, now, LATEST] {
            assert_eq!(offset(time, now), Some(time - now));
        }
    }
}
