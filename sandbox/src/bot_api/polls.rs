//! `getUpdates`: who waits, and who has to make room.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::answer::{Answer, BotApiError, Outcome};
use super::call::Call;
use super::log::LogEvent;
use super::message::View;
use super::shared::Shared;
use super::update::Update;
use crate::state::{Bot, PendingUpdate};

/// The longest that a poll is held, in seconds.
const LONGEST: i64 = 50;

/// For how long the same offset again is no hurry.
const HASTE: Duration = Duration::from_secs(3);

/// For how long the same offset again is a bot that cannot cope: it gets one update.
const TROUBLE: Duration = Duration::from_millis(500);

/// Two conflicts come no closer to each other.
const BETWEEN_CONFLICTS: Duration = Duration::from_secs(3);

/// The largest update that is delivered, in bytes of JSON.
pub(super) const LARGEST_UPDATE: usize = 512 * 1024;

/// How many bytes of updates go into one answer.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// What `getUpdates` remembers of each bot.
#[derive(Default)]
pub(super) struct Polls(Mutex<HashMap<i64, Poll>>);

#[derive(Default)]
struct Poll {
    /// Ends the poll that is held.
    held: Option<oneshot::Sender<Ended>>,
    previous: Option<(i64, Instant)>,
    next_conflict: Option<Instant>,
}

/// Why a poll is held no longer.
#[derive(Clone, Copy)]
enum Ended {
    ByPoll,
    ByWebhook,
}

impl Ended {
    fn message(self) -> &'static str {
        match self {
            Self::ByPoll => {
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            }
            Self::ByWebhook => "Conflict: terminated by setWebhook request",
        }
    }
}

impl Polls {
    /// Ends the poll of this bot that is held, because its updates go elsewhere.
    pub(super) fn end_for_webhook(&self, bot_id: i64) {
        self.end(bot_id, Ended::ByWebhook);
    }

    fn end(&self, bot_id: i64, why: Ended) {
        if let Some(held) = self.of(&mut self.lock(), bot_id).held.take() {
            // Its caller may have gone.
            let _ = held.send(why);
        }
    }

    /// Holds a poll in place of the one that is held.
    fn hold(&self, bot_id: i64) -> oneshot::Receiver<Ended> {
        self.end(bot_id, Ended::ByPoll);
        let (held, ends) = oneshot::channel();
        self.of(&mut self.lock(), bot_id).held = Some(held);
        ends
    }

    /// How long a poll is held, and how much it gets, by how hurried the bot is.
    fn tempered(&self, bot_id: i64, offset: i64, limit: usize, seconds: u64) -> (usize, u64) {
        let now = Instant::now();
        let mut polls = self.lock();
        let previous = self.of(&mut polls, bot_id).previous.replace((offset, now));
        let since = previous.filter(|(before, _)| *before == offset).map(|(_, at)| now.duration_since(at));
        let seconds =
            if since.is_some_and(|since| since < HASTE) { seconds.max(HASTE.as_secs()) } else { seconds };
        (if since.is_some_and(|since| since < TROUBLE) { 1 } else { limit }, seconds)
    }

    /// Waits until this bot may have a conflict.
    async fn conflict(&self, bot_id: i64) {
        let now = Instant::now();
        let at_once = {
            let mut polls = self.lock();
            let poll = self.of(&mut polls, bot_id);
            let at_once = poll.next_conflict.is_none_or(|next| now >= next);
            if at_once {
                poll.next_conflict = Some(now + BETWEEN_CONFLICTS);
            }
            at_once
        };
        if !at_once {
            tokio::time::sleep(BETWEEN_CONFLICTS).await;
        }
    }

    fn of<'a>(&self, polls: &'a mut HashMap<i64, Poll>, bot_id: i64) -> &'a mut Poll {
        polls.entry(bot_id).or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Poll>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `getUpdates`
pub(super) async fn get_updates(call: &Call<'_>) -> Outcome {
    let (shared, bot_id) = (call.shared, call.bot.id);
    if call.state().webhook(bot_id).is_some() {
        let why = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
                   webhook first";
        return conflict(shared, bot_id, why).await;
    }
    let offset = call.parameters.number("offset", 0, i32::MIN.into(), i32::MAX.into());
    let limit = usize::try_from(call.parameters.number("limit", 100, 1, 100)).unwrap_or(1);
    let timeout = u64::try_from(call.parameters.number("timeout", 0, 0, LONGEST)).unwrap_or_default();
    super::methods::allow_updates(call)?;
    let (limit, seconds) = shared.polls.tempered(bot_id, offset, limit, timeout);
    call.state().confirm_updates(bot_id, i32::try_from(offset).unwrap_or_default())?;

    // Before the first look, so that nothing comes unseen in between.
    let mut watch = call.state().watch();
    let updates = waiting(shared, &call.bot, limit);
    if !updates.is_empty() || seconds == 0 {
        return Ok(Answer::of(updates));
    }
    let mut ends = shared.polls.hold(bot_id);
    let end = tokio::time::sleep(Duration::from_secs(seconds));
    tokio::pin!(end);
    loop {
        tokio::select! {
            ended = &mut ends => {
                let why = ended.map_or(Ended::ByPoll.message(), Ended::message);
                return conflict(shared, bot_id, why).await;
            }
            () = &mut end => return Ok(Answer::of(Vec::<Value>::new())),
            () = shared.ends() => return Ok(Answer::of(Vec::<Value>::new())),
            () = watch.changed() => {
                let updates = waiting(shared, &call.bot, limit);
                if !updates.is_empty() {
                    return Ok(Answer::of(updates));
                }
            }
        }
    }
}

async fn conflict(shared: &Shared, bot_id: i64, why: &str) -> Outcome {
    shared.polls.conflict(bot_id).await;
    Err(BotApiError::new(409, why))
}

/// What waits for a bot, as much as one answer takes.
fn waiting(shared: &Shared, bot: &Bot, limit: usize) -> Vec<Value> {
    let mut updates = Vec::new();
    let mut room = LARGEST_ANSWER;
    for pending in shared.state.pending_updates(bot.id, limit) {
        let Some((update, bytes)) = rendered(shared, bot, &pending) else { continue };
        let Some(rest) = room.checked_sub(bytes) else { break };
        room = rest;
        updates.push(update);
    }
    updates
}

/// An update as JSON, and its size; one that is too large is dropped for good, which only the tester is told.
pub(super) fn rendered(shared: &Shared, bot: &Bot, pending: &PendingUpdate) -> Option<(Value, usize)> {
    let view = View { state: &shared.state, bot };
    let update = serde_json::to_value(Update::of_pending(&view, pending)).ok()?;
    let bytes = update.to_string().len();
    if bytes <= LARGEST_UPDATE {
        return Some((update, bytes));
    }
    let notice = format!(
        "update {} was dropped: it has {bytes} bytes, and Telegram delivers none above {LARGEST_UPDATE}",
        pending.id
    );
    shared.note(Some(bot.id), LogEvent::Noticed { notice });
    // The bot was there a moment ago.
    let _ = shared.state.drop_update(bot.id, pending.id);
    None
}
