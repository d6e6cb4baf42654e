use std::sync::Arc;

use tokio::sync::watch;

use super::hosts::Hosts;
use super::log::{Log, LogEvent};
use super::memory::Memory;
use super::overrides::Overrides;
use super::polls::Polls;
use super::webhooks::Webhooks;
use crate::primitives;
use crate::state::{Bot, State};

/// What all calls share.
pub(super) struct Shared {
    pub(super) state: State,
    pub(super) log: Log,
    pub(super) overrides: Overrides,
    pub(super) polls: Polls,
    pub(super) webhooks: Webhooks,
    pub(super) hosts: Hosts,
    pub(super) memory: Memory,
    /// Whether a token that nobody has makes a bot.
    pub(super) any_token: bool,
    /// True from when the server ends.
    pub(super) ending: watch::Sender<bool>,
}

impl Shared {
    /// Adds to the log.
    pub(super) fn note(&self, bot_id: Option<i64>, event: LogEvent) -> u64 {
        self.log.add(self.state.clock().now(), bot_id, event)
    }

    /// Waits until the server ends.
    pub(super) async fn ends(&self) {
        let mut ending = self.ending.subscribe();
        // The sender lives as long as this.
        let _ = ending.wait_for(|ending| *ending).await;
    }

    /// The bot with this token; where any token will do, a new one.
    pub(super) fn bot_of_token(&self, token: &str) -> Option<Bot> {
        if let Some(bot_id) = self.state.bot_of_token(token) {
            return self.state.bot(bot_id);
        }
        let id: i64 = token.split(':').next()?.parse().ok()?;
        if !self.any_token {
            return None;
        }
        let bot = Bot {
            public_keys: Vec::new(),
            ..Bot::new(id, &format!("bot{id}_bot"), &format!("Bot {id}"), "")
        };
        self.state.register_bot_with_token(bot.clone(), token).ok()?;
        let notice = format!("a bot was made for a token that was not known: {id}, without a public key");
        self.note(Some(id), LogEvent::Noticed { notice });
        Some(bot)
    }
}

/// The server's parts are handed around by this.
pub(super) type Server = Arc<Shared>;

/// A number from 0 to below this.
pub(super) fn random_below(bound: u64) -> u64 {
    u64::from_le_bytes(primitives::random()) % bound.max(1)
}
