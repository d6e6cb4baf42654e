use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;

use telegram_passport::element::UnixTime;

/// How many entries are kept.
const MOST_ENTRIES: usize = 50_000;

/// How many bytes of text entries may have together.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// The longest value of a parameter that is kept whole, in bytes.
const LONGEST_VALUE: usize = 16 * 1024;

/// Everything that bots and the Bot API said to each other, for the tester; clones share it.
///
/// An entry is there as soon as it happens: a call that is held appears when it arrives, and again when it is
/// answered. Old entries go when there are too many.
#[derive(Clone, Default)]
pub struct Log {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    kept: Mutex<Kept>,
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct Kept {
    /// Ascending numbers without a gap.
    entries: VecDeque<LogEntry>,
    last: u64,
    bytes: usize,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogEntry {
    /// Counts from 1.
    pub number: u64,
    /// When, by the sandbox's clock.
    pub date: UnixTime,
    /// Which bot it was about; none, if nobody has the token.
    pub bot_id: Option<i64>,
    /// What.
    #[serde(flatten)]
    pub event: LogEvent,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum LogEvent {
    /// A call came. The number of this entry is the call's.
    Called {
        /// The method, as it was written.
        method: String,
        /// Its parameters. Of a file there is the size: `(1234 bytes)`.
        parameters: BTreeMap<String, String>,
    },
    /// A call was answered.
    Answered {
        /// The call's number.
        call: u64,
        /// The method, as it was written.
        method: String,
        /// The HTTP status.
        status: u16,
        /// The body.
        answer: serde_json::Value,
        /// How long that took, in milliseconds.
        milliseconds: u64,
        /// Whether the tester's [override](super::Overrides) decided.
        overridden: bool,
    },
    /// A call was given up: by the caller, or because the tester wanted it dropped.
    Dropped {
        /// The call's number.
        call: u64,
        /// The method, as it was written.
        method: String,
    },
    /// A file was fetched, or not.
    Downloaded {
        /// Which, by its path.
        file_path: String,
        /// The HTTP status.
        status: u16,
        /// How many bytes went out.
        bytes: usize,
    },
    /// A bot's webhook was given an update.
    Delivered {
        /// Which update.
        update_id: i32,
        /// How often it was tried before.
        attempt: u32,
        /// The HTTP status; none, if there was no answer.
        status: Option<u16>,
        /// The beginning of the answer's body, or why there is none.
        answer: String,
        /// How long that took, in milliseconds.
        milliseconds: u64,
    },
    /// Something that Telegram lets pass, or does not tell, and that a tester wants to know.
    Noticed {
        /// A sentence.
        notice: String,
    },
}

impl Log {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of the last entry; 0 before the first.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.lock().last
    }

    /// The entries after this number that are still kept, oldest first.
    #[must_use]
    pub fn after(&self, number: u64) -> Vec<LogEntry> {
        let kept = self.lock();
        let first = kept.entries.front().map_or(0, |entry| entry.number);
        let skipped = number.saturating_add(1).saturating_sub(first);
        kept.entries.iter().skip(usize::try_from(skipped).unwrap_or(usize::MAX)).cloned().collect()
    }

    /// Waits until there is an entry after this number.
    pub async fn reaches_past(&self, number: u64) {
        let mut last = self.shared.last.subscribe();
        // The sender lives as long as this.
        let _ = last.wait_for(|last| *last > number).await;
    }

    /// Adds an entry; gives its number.
    pub(super) fn add(&self, date: UnixTime, bot_id: Option<i64>, mut event: LogEvent) -> u64 {
        event.shorten();
        let number = {
            let mut kept = self.lock();
            kept.last += 1;
            let number = kept.last;
            let entry = LogEntry { number, date, bot_id, event };
            kept.bytes += entry.event.bytes();
            kept.entries.push_back(entry);
            while kept.entries.len() > MOST_ENTRIES || (kept.bytes > MOST_BYTES && kept.entries.len() > 1) {
                let gone = kept.entries.pop_front();
                kept.bytes -= gone.map_or(0, |entry| entry.event.bytes());
            }
            number
        };
        self.shared.last.send_replace(number);
        number
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("last", &self.last()).finish_non_exhaustive()
    }
}

impl LogEvent {
    /// Keeps long values in part.
    fn shorten(&mut self) {
        match self {
            Self::Called { parameters, .. } => parameters.values_mut().for_each(cut),
            Self::Delivered { answer, .. } => cut(answer),
            _ => {}
        }
    }

    /// About how much text it has.
    fn bytes(&self) -> usize {
        /// What an entry takes beside its text.
        const ENTRY: usize = 200;
        ENTRY
            + match self {
                Self::Called { method, parameters, .. } => {
                    method.len()
                        + parameters.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
                }
                Self::Answered { answer, .. } => bytes_of(answer),
                Self::Downloaded { file_path, .. } => file_path.len(),
                Self::Delivered { answer, .. } => answer.len(),
                Self::Noticed { notice } => notice.len(),
                Self::Dropped { .. } => 0,
            }
    }
}

fn cut(text: &mut String) {
    if text.len() > LONGEST_VALUE {
        let end = (0..=LONGEST_VALUE).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
}

fn bytes_of(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    /// What a value takes beside its text.
    const VALUE: usize = 32;
    VALUE
        + match value {
            Value::String(text) => text.len(),
            Value::Array(values) => values.iter().map(bytes_of).sum(),
            Value::Object(values) => values.iter().map(|(name, value)| name.len() + bytes_of(value)).sum(),
            _ => 0,
        }
}

/// A duration as the log has it.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(log: &Log, text: &str) -> u64 {
        log.add(UnixTime::from_seconds(1_700_000_000), None, LogEvent::Noticed { notice: text.to_owned() })
    }

    #[test]
    fn entries_are_numbered_and_found_again() {
        let log = Log::new();
        assert!(log.after(0).is_empty());
        assert_eq!((notice(&log, "one"), notice(&log, "two")), (1, 2));
        let numbers = |after| log.after(after).iter().map(|entry| entry.number).collect::<Vec<_>>();
        assert_eq!(numbers(0), [1, 2]);
        assert_eq!(numbers(1), [2]);
        assert!(numbers(2).is_empty() && numbers(u64::MAX).is_empty());
        let json = serde_json::to_value(&log.after(1)[0]).expect("JSON");
        assert_eq!((&json["event"], &json["notice"]), (&"noticed".into(), &"two".into()));
    }

    #[test]
    fn memory_is_bounded() {
        let log = Log::new();
        let long = "x".repeat(MOST_BYTES / 10);
        for _ in 0..30 {
            notice(&log, &long);
        }
        assert!(log.after(0).len() < 11, "{} entries", log.after(0).len());
        for _ in 0..MOST_ENTRIES + 1 {
            notice(&log, "");
        }
        assert_eq!(log.after(0).len(), MOST_ENTRIES);
        assert_eq!(log.after(0).last().map(|entry| entry.number), Some(log.last()));
    }

    #[tokio::test]
    async fn who_waits_is_told() {
        let log = Log::new();
        let waiting = tokio::spawn({
            let log = log.clone();
            async move {
                log.reaches_past(0).await;
                log.after(0).len()
            }
        });
        tokio::task::yield_now().await;
        notice(&log, "one");
        assert_eq!(waiting.await.expect("no panic"), 1);
    }
}
