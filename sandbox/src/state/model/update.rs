use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::callback::CallbackQuery;
use super::chat::{Chat, ChatMessage};
use crate::primitives;
use crate::store::{Changes, DamagedRecord, Records, Table};
use telegram_passport::element::UnixTime;

/// For how long an update waits for its bot.
const LASTS: Duration = Duration::from_secs(24 * 60 * 60);

/// Where update ids begin, below this.
const FIRST: i32 = 1_000_000_000;

/// A number that is further than this above the next is nobody's.
const FAR_AHEAD: i32 = 10;

/// What a bot is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::state) enum News {
    /// A message came, of this number.
    Message(i32),
    /// A button was pressed: this callback query.
    CallbackQuery(i64),
}

impl News {
    /// The update's name in the Bot API.
    pub(in crate::state) fn kind(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::CallbackQuery(_) => "callback_query",
        }
    }
}

/// An update that waits.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::state) struct Queued {
    /// When it came.
    pub(in crate::state) date: UnixTime,
    pub(in crate::state) news: News,
    /// Updates of one chat are delivered one after the other.
    pub(in crate::state) user_id: i64,
}

/// An update that a bot has not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingUpdate {
    /// Its number, which rises by one.
    pub id: i32,
    /// When it came.
    pub date: UnixTime,
    /// The chat that it is about: the person's id.
    pub user_id: i64,
    /// What it tells.
    pub content: UpdateContent,
}

/// What an update tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateContent {
    /// A message came.
    Message {
        /// The chat that it came in.
        chat: Chat,
        /// The message.
        message: Box<ChatMessage>,
        /// The message that it answers, if it does.
        reply_to: Option<Box<ChatMessage>>,
    },
    /// A button was pressed.
    CallbackQuery {
        /// The chat with the button.
        chat: Chat,
        /// The press.
        query: Box<CallbackQuery>,
    },
}

/// A bot's queue of updates.
///
/// It has numbers of its own, that begin anywhere, rise by one, and never go back.
#[derive(Serialize, Deserialize)]
pub(in crate::state) struct UpdateQueue {
    next_id: i32,
    /// The kinds that the bot wants, by the Bot API's names; `None` for those that everybody gets.
    allowed: Option<BTreeSet<String>>,
    #[serde(skip)]
    waiting: Table<i32, Queued>,
}

impl UpdateQueue {
    /// An empty queue.
    pub(in crate::state) fn new() -> Self {
        let first = i32::from_le_bytes(primitives::random()).rem_euclid(FIRST).max(1);
        Self { next_id: first, allowed: None, waiting: Table::default() }
    }

    /// Puts an update at the end; its number, unless the bot does not want this kind.
    pub(in crate::state) fn push(&mut self, news: News, user_id: i64, now: UnixTime) -> Option<i32> {
        self.forget_old(now);
        if self.allowed.as_ref().is_some_and(|allowed| !allowed.contains(news.kind())) {
            return None;
        }
        let id = self.next_id;
        self.next_id = self.next_id.checked_add(1).unwrap_or(1);
        self.waiting.insert(id, Queued { date: now, news, user_id });
        Some(id)
    }

    /// Drops what has waited too long.
    fn forget_old(&mut self, now: UnixTime) {
        // The oldest come first.
        while let Some((&id, _)) = self.waiting.first_key_value().filter(|(_, queued)| is_old(queued, now)) {
            self.waiting.remove(&id);
        }
    }

    /// Those that wait, oldest first.
    pub(in crate::state) fn waiting(&self, now: UnixTime) -> impl DoubleEndedIterator<Item = (i32, &Queued)> {
        let fresh = self.waiting.iter().filter(move |(_, queued)| !is_old(queued, now));
        fresh.map(|(id, queued)| (*id, queued))
    }

    /// The one of this number.
    pub(in crate::state) fn find(&self, id: i32, now: UnixTime) -> Option<&Queued> {
        self.waiting.get(&id).filter(|queued| !is_old(queued, now))
    }

    /// Takes out those before this number; one that is negative counts from the end, and 0 takes out nothing.
    pub(in crate::state) fn confirm(&mut self, offset: i32) {
        let first_to_stay = match offset {
            0 => return,
            // As Telegram does with what is far ahead of everything that it has sent.
            1.. if offset > self.next_id.saturating_add(FAR_AHEAD) => return,
            1.. => offset,
            _ => {
                let from_end = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
                let mut last = self.waiting.keys().rev().take(from_end);
                match last.next_back() {
                    Some(id) => *id,
                    None => return,
                }
            }
        };
        self.waiting.retain(|id, _| *id >= first_to_stay);
    }

    /// Takes out one.
    pub(in crate::state) fn remove(&mut self, id: i32) {
        self.waiting.remove(&id);
    }

    /// Takes out all.
    pub(in crate::state) fn clear(&mut self) {
        self.waiting.clear();
    }

    pub(in crate::state) fn allowed(&self) -> Option<&BTreeSet<String>> {
        self.allowed.as_ref()
    }

    /// From now on the bot wants these kinds.
    pub(in crate::state) fn allow(&mut self, kinds: Option<BTreeSet<String>>) {
        self.allowed = kinds;
    }

    pub(in crate::state) fn load_table(
        &mut self,
        records: &Records,
        place: &str,
    ) -> Result<(), DamagedRecord> {
        self.waiting = Table::load(records, &format!("{place}/update"))?;
        Ok(())
    }

    pub(in crate::state) fn collect_table(&mut self, place: &str, changes: &mut Changes) {
        self.waiting.collect(&format!("{place}/update"), changes);
    }
}

fn is_old(queued: &Queued, now: UnixTime) -> bool {
    queued.date + LASTS < now
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(1_000);

    fn queue(updates: i32) -> (UpdateQueue, i32) {
        let mut queue = UpdateQueue::new();
        let first = queue.next_id;
        for message in 0..updates {
            assert_eq!(queue.push(News::Message(message), 1, NOW), Some(first + message));
        }
        (queue, first)
    }

    fn ids(queue: &UpdateQueue, now: UnixTime) -> Vec<i32> {
        queue.waiting(now).map(|(id, _)| id).collect()
    }

    #[test]
    fn what_is_confirmed_is_gone_and_numbers_go_on() {
        let (mut queue, first) = queue(4);
        queue.confirm(0);
        assert_eq!(ids(&queue, NOW).len(), 4);
        queue.confirm(first + 2);
        assert_eq!(ids(&queue, NOW), [first + 2, first + 3]);
        queue.confirm(-1);
        assert_eq!(ids(&queue, NOW), [first + 3]);
        queue.confirm(-9);
        queue.confirm(first + 1_000);
        assert_eq!(ids(&queue, NOW), [first + 3]);
        queue.clear();
        assert_eq!(queue.push(News::Message(9), 1, NOW), Some(first + 4));
    }

    #[test]
    fn what_waits_for_a_day_is_dropped() {
        let (queue, first) = queue(1);
        assert_eq!(ids(&queue, NOW + LASTS), [first]);
        assert!(ids(&queue, NOW + LASTS + Duration::from_secs(1)).is_empty());
    }

    #[test]
    fn what_is_not_wanted_takes_no_number() {
        let (mut queue, first) = queue(0);
        queue.allow(Some(BTreeSet::from(["callback_query".to_owned()])));
        assert_eq!(queue.push(News::Message(1), 1, NOW), None);
        assert_eq!(queue.push(News::CallbackQuery(1), 1, NOW), Some(first));
        queue.allow(None);
        assert_eq!(queue.push(News::Message(1), 1, NOW), Some(first + 1));
    }
}
