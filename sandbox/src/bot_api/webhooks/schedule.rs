use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::bot_api::shared::random_below;
use telegram_passport::element::UnixTime;

/// The longest wait grows to between once and twice this, in seconds.
const LONGEST_WAIT: u64 = 60;

/// The longest wait that a webhook may ask for.
const LONGEST_ASKED_FOR: Duration = Duration::from_secs(3600);

/// When updates that could not be delivered are tried again.
#[derive(Default)]
pub(super) struct Schedule {
    failed: BTreeMap<i32, Failure>,
}

struct Failure {
    times: u32,
    /// The last wait.
    wait: Duration,
    /// When the next attempt is due.
    due: UnixTime,
}

impl Schedule {
    /// Whether an update may be tried now.
    pub(super) fn is_due(&self, update_id: i32, now: UnixTime) -> bool {
        self.failed.get(&update_id).is_none_or(|failure| failure.due <= now)
    }

    /// How often it has failed.
    pub(super) fn failures(&self, update_id: i32) -> u32 {
        self.failed.get(&update_id).map_or(0, |failure| failure.times)
    }

    /// Whether anything is to be tried again.
    pub(super) fn waits(&self) -> bool {
        !self.failed.is_empty()
    }

    /// An update has failed: the first time it is tried again at once, then after twice the last wait each time, unless
    /// the webhook asked for another wait.
    pub(super) fn fail(&mut self, update_id: i32, now: UnixTime, retry_after: Option<Duration>) {
        let failure = self.failed.entry(update_id).or_insert(Failure {
            times: 0,
            wait: Duration::from_secs(1),
            due: now,
        });
        let asked_for = retry_after.unwrap_or_default().min(LONGEST_ASKED_FOR);
        failure.due = now + asked_for;
        if asked_for.is_zero() && failure.times > 0 {
            let longest = Duration::from_secs(LONGEST_WAIT + random_below(LONGEST_WAIT + 1));
            failure.wait = longest.min(failure.wait * 2);
            failure.due = now + failure.wait;
        }
        failure.times += 1;
    }

    /// Forgets updates that are not queued any more.
    pub(super) fn forget_all_but(&mut self, queued: impl Iterator<Item = i32>) {
        if !self.failed.is_empty() {
            let queued: BTreeSet<i32> = queued.collect();
            self.failed.retain(|update_id, _| queued.contains(update_id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_double_up_to_a_minute_or_two() {
        let mut schedule = Schedule::default();
        let mut now = UnixTime::from_seconds(1_000);
        assert!(schedule.is_due(7, now) && !schedule.waits());
        let mut waits = Vec::new();
        for _ in 0..9 {
            schedule.fail(7, now, None);
            let due = schedule.failed[&7].due;
            assert!(due == now || !schedule.is_due(7, now));
            waits.push(now.duration_until(due).as_secs());
            now = due;
        }
        assert_eq!(waits[..7], [0, 2, 4, 8, 16, 32, waits[6]]);
        assert!(waits[6..].iter().all(|wait| (60..=128).contains(wait)), "{waits:?}");
        assert_eq!(schedule.failures(7), 9);
        schedule.forget_all_but([8].into_iter());
        assert!(!schedule.waits());
    }

    #[test]
    fn what_the_webhook_asks_for_is_kept_to() {
        let mut schedule = Schedule::default();
        let now = UnixTime::from_seconds(1_000);
        for (asked_for, wait) in [(Some(30), 30), (Some(99_999), 3600), (Some(0), 2), (None, 4)] {
            schedule.fail(7, now, asked_for.map(Duration::from_secs));
            assert_eq!(now.duration_until(schedule.failed[&7].due).as_secs(), wait, "{asked_for:?}");
        }
    }
}
