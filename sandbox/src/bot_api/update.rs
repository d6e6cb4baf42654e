use std::fmt;

use serde::Serialize;

use super::PassportDataJson;
use crate::state::State;
use crate::state::{Delivery, Sender};
use telegram_passport::element::UnixTime;

/// `Update`, as a webhook's body carries one.
#[derive(Clone, Debug, Serialize)]
pub struct Update {
    /// Counts the bot's updates.
    pub update_id: u32,
    /// The message that carries the share.
    pub message: Message,
}

/// `Message` with `passport_data`.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Its number in the chat.
    pub message_id: u32,
    /// Who shared.
    pub from: UserJson,
    /// The private chat with them.
    pub chat: Chat,
    /// When.
    pub date: UnixTime,
    /// What.
    pub passport_data: PassportDataJson,
}

/// `User`
#[derive(Clone, Serialize)]
pub struct UserJson {
    /// The user's id.
    pub id: i64,
    /// Never: people share.
    pub is_bot: bool,
    /// The displayed first name.
    pub first_name: String,
    /// The displayed last name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_name: String,
}

/// `Chat`, always private.
#[derive(Clone, Serialize)]
pub struct Chat {
    /// The user's id.
    pub id: i64,
    /// The displayed first name.
    pub first_name: String,
    /// The displayed last name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_name: String,
    /// `private`
    #[serde(rename = "type")]
    pub kind: &'static str,
}

impl fmt::Debug for UserJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserJson").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chat").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Update {
    /// The update that tells a bot of this share.
    #[must_use]
    pub fn new(delivery: &Delivery) -> Self {
        let Sender { id, first_name, last_name } = delivery.from.clone();
        Self {
            update_id: delivery.update_id,
            message: Message {
                message_id: delivery.message_id,
                from: UserJson {
                    id,
                    is_bot: false,
                    first_name: first_name.clone(),
                    last_name: last_name.clone(),
                },
                chat: Chat { id, first_name, last_name, kind: "private" },
                date: delivery.date,
                passport_data: PassportDataJson::new(delivery),
            },
        }
    }
}

/// Every update of a bot, oldest first.
#[must_use]
pub fn updates(state: &State, bot_id: i64) -> Vec<Update> {
    state.inbox(bot_id).iter().map(Update::new).collect()
}
