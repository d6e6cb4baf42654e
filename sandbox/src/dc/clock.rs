//! The computer's clock, by which messages are numbered: clients drop messages from other times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
pub(super) fn unix_time() -> i64 {
    i64::try_from(since_1970().as_secs()).unwrap_or(0)
}

/// The same in units of 2⁻³² s, which is how a message is numbered (`msg_id`): the seconds in the upper half, their
/// fraction in the lower.
pub(super) fn number_of_now() -> i64 {
    let now = since_1970();
    let fraction = (u64::from(now.subsec_nanos()) << 32) / 1_000_000_000;
    ((now.as_secs() << 32) | fraction).cast_signed()
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
