//! The computer's clock, by which messages are numbered (clients drop messages from other times), and times as TL has
//! them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
pub(super) fn unix_time() -> i64 {
    i64::try_from(since_1970().as_secs()).unwrap_or(0)
}

/// The time in units of 2⁻³² s since 1970, as a message is numbered (`msg_id`): the seconds in the upper half, their
/// fraction in the lower.
pub(super) fn number_of_now() -> i64 {
    let now = since_1970();
    let fraction = (u64::from(now.subsec_nanos()) << 32) / 1_000_000_000;
    ((now.as_secs() << 32) | fraction).cast_signed()
}

/// `date:int` of a Unix time.
pub(super) fn date(seconds: i64) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
