use std::fmt;
use std::ops::Add;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A moment as Telegram tells it: whole seconds since the beginning of 1970, UTC.
///
/// In JSON it is that number. `Display` is a date and a time of day, in UTC.
///
/// ```
/// use telegram_passport::element::UnixTime;
///
/// let moment = UnixTime::from_seconds(1_700_000_000);
/// assert_eq!(moment.to_string(), "2023-11-14 22:13 UTC");
/// assert_eq!(moment.seconds(), 1_700_000_000);
/// assert!(moment < UnixTime::now());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(i64);

impl UnixTime {
    /// So many seconds after the beginning of 1970.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// How many seconds it is after the beginning of 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The present moment, by this computer's clock; the beginning of 1970 if that is before it.
    #[must_use]
    pub fn now() -> Self {
        Self(0) + SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// How long it is from this moment to a later one; nothing if that is not later.
    #[must_use]
    pub fn duration_until(self, later: Self) -> Duration {
        let seconds = i128::from(later.0) - i128::from(self.0);
        Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
    }
}

/// So much later, in whole seconds; what lies beyond all numbers is the last of them.
impl Add<Duration> for UnixTime {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self(self.0.saturating_add_unsigned(time.as_secs()))
    }
}

/// Telegram's schema and TDLib tell moments as 32-bit numbers.
impl From<i32> for UnixTime {
    fn from(seconds: i32) -> Self {
        Self(seconds.into())
    }
}

/// `2023-11-14 22:13 UTC`; outside the calendar's years, `an unknown date`.
impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(moment) => moment.strftime("%Y-%m-%d %H:%M UTC").fmt(f),
            Err(_) => f.write_str("an unknown date"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_json_it_is_the_number() {
        let moment = UnixTime::from_seconds(1_700_000_000);
        assert_eq!(serde_json::to_string(&moment).unwrap(), "1700000000");
        assert_eq!(serde_json::from_str::<UnixTime>("1700000000").unwrap(), moment);
    }

    #[test]
    fn no_number_is_too_large() {
        let last = UnixTime::from_seconds(i64::MAX);
        assert_eq!(last + Duration::MAX, last);
        assert_eq!(last.to_string(), "an unknown date");
        assert_eq!(UnixTime::from_seconds(i64::MIN).duration_until(last), Duration::from_secs(u64::MAX));
        assert_eq!(last.duration_until(UnixTime::from(7)), Duration::ZERO);
        assert_eq!(UnixTime::from(7) + Duration::from_millis(1_900), UnixTime::from_seconds(8));
    }
}
