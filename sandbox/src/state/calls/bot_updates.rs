//! A bot's queue of updates, and where they are sent.

use std::collections::BTreeSet;

use crate::state::model::update::PendingUpdate;
use crate::state::model::webhook::{FailedDelivery, Webhook};
use crate::state::refusal::ChatRefusal;
use crate::state::shared::State;

impl State {
    /// What waits for a bot, oldest first, at most so many; nothing for an unknown bot.
    #[must_use]
    pub fn pending_updates(&self, bot_id: i64, limit: usize) -> Vec<PendingUpdate> {
        let now = self.now();
        let world = self.world();
        let Some(bot) = world.bots.get(&bot_id) else { return Vec::new() };
        bot.pending(now).take(limit).collect()
    }

    /// What waits for a bot, oldest first, at most so many: its number, and the person whose chat it is about.
    #[must_use]
    pub fn queued_updates(&self, bot_id: i64, limit: usize) -> Vec<(i32, i64)> {
        let now = self.now();
        let world = self.world();
        let Some(bot) = world.bots.get(&bot_id) else { return Vec::new() };
        bot.updates.waiting(now).map(|(id, queued)| (id, queued.user_id)).take(limit).collect()
    }

    /// The update of this number, if it waits.
    #[must_use]
    pub fn pending_update(&self, bot_id: i64, update_id: i32) -> Option<PendingUpdate> {
        let now = self.now();
        self.world().bots.get(&bot_id)?.pending_update(update_id, now)
    }

    /// How much waits for a bot.
    #[must_use]
    pub fn pending_update_count(&self, bot_id: i64) -> usize {
        let now = self.now();
        self.world().bots.get(&bot_id).map_or(0, |bot| bot.updates.waiting(now).count())
    }

    /// Takes updates out of a bot's queue: those before this number. One that is negative counts from the end: -1 leaves
    /// the last. 0 takes out nothing.
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn confirm_updates(&self, bot_id: i64, offset: i32) -> Result<(), ChatRefusal> {
        self.world().bot_mut(bot_id)?.updates.confirm(offset);
        Ok(())
    }

    /// Takes one update out of a bot's queue: it was delivered, or never will be.
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn drop_update(&self, bot_id: i64, update_id: i32) -> Result<(), ChatRefusal> {
        self.world().bot_mut(bot_id)?.updates.remove(update_id);
        Ok(())
    }

    /// Takes every update out of a bot's queue.
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn drop_updates(&self, bot_id: i64) -> Result<(), ChatRefusal> {
        self.world().bot_mut(bot_id)?.updates.clear();
        Ok(())
    }

    /// The kinds of updates that a bot asked for, by the Bot API's names; `None` for the usual ones.
    #[must_use]
    pub fn allowed_updates(&self, bot_id: i64) -> Option<BTreeSet<String>> {
        self.world().bots.get(&bot_id)?.updates.allowed().cloned()
    }

    /// From now on a bot is told of these kinds only.
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn allow_updates(&self, bot_id: i64, kinds: Option<BTreeSet<String>>) -> Result<(), ChatRefusal> {
        self.world().bot_mut(bot_id)?.updates.allow(kinds);
        Ok(())
    }

    /// Where a bot's updates are sent.
    #[must_use]
    pub fn webhook(&self, bot_id: i64) -> Option<Webhook> {
        self.world().bots.get(&bot_id)?.webhook.clone()
    }

    /// From now on a bot's updates are sent there, or nowhere. What failed before is forgotten.
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn set_webhook(&self, bot_id: i64, webhook: Option<Webhook>) -> Result<(), ChatRefusal> {
        let mut world = self.world();
        let bot = world.bot_mut(bot_id)?;
        bot.webhook = webhook;
        bot.failed_delivery = None;
        Ok(())
    }

    /// The last delivery to a bot's webhook that failed.
    #[must_use]
    pub fn failed_delivery(&self, bot_id: i64) -> Option<FailedDelivery> {
        self.world().bots.get(&bot_id)?.failed_delivery.clone()
    }

    /// Notes that a delivery failed, now.
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn note_failed_delivery(&self, bot_id: i64, message: &str) -> Result<(), ChatRefusal> {
        let date = self.now();
        self.world().bot_mut(bot_id)?.failed_delivery =
            Some(FailedDelivery { date, message: message.to_owned() });
        Ok(())
    }
}
