use serde::Serialize;

use super::PassportDataJson;
use super::message::{Message, UserJson, View};
use crate::state::{CallbackQuery, Chat, Delivery, PendingUpdate, State, UpdateContent};

/// `Update`, as a webhook's body carries one.
#[derive(Clone, Debug, Serialize)]
pub struct Update {
    /// Its number, which rises by one.
    pub update_id: i32,
    /// What it tells.
    #[serde(flatten)]
    pub content: UpdateJson,
}

/// What an update tells.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateJson {
    /// A message came.
    Message(Box<Message>),
    /// A button was pressed.
    CallbackQuery(Box<CallbackQueryJson>),
}

/// `CallbackQuery`
#[derive(Clone, Debug, Serialize)]
pub struct CallbackQueryJson {
    /// By which it is answered.
    pub id: String,
    /// Who pressed.
    pub from: UserJson,
    /// The message with the button.
    pub message: Message,
    /// The same for all presses in one chat.
    pub chat_instance: String,
    /// What the button sends.
    pub data: String,
}

impl Update {
    /// The update that tells a bot of this share. One that the bot was not told of has no number: 0.
    #[must_use]
    pub fn new(delivery: &Delivery) -> Self {
        Self {
            update_id: delivery.share.update_id.unwrap_or_default(),
            content: UpdateJson::Message(Box::new(Message::of_delivery(delivery))),
        }
    }

    /// An update that waits for a bot.
    pub(super) fn of_pending(view: &View<'_>, update: &PendingUpdate) -> Self {
        let content = match &update.content {
            UpdateContent::Message { chat, message, reply_to } => {
                UpdateJson::Message(Box::new(view.message(chat, message, reply_to.as_deref())))
            }
            UpdateContent::CallbackQuery { chat, query } => {
                UpdateJson::CallbackQuery(Box::new(CallbackQueryJson::new(view, chat, query)))
            }
        };
        Self { update_id: update.id, content }
    }

    /// What was shared in the message that it tells of, if anything was.
    #[must_use]
    pub fn passport_data(&self) -> Option<&PassportDataJson> {
        self.message()?.body.passport_data.as_ref()
    }

    /// The message that it tells of, if it does.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        match &self.content {
            UpdateJson::Message(message) => Some(message),
            UpdateJson::CallbackQuery(_) => None,
        }
    }
}

impl CallbackQueryJson {
    fn new(view: &View<'_>, chat: &Chat, query: &CallbackQuery) -> Self {
        Self {
            id: query.id.to_string(),
            from: UserJson::of_person(&chat.person),
            message: view.message(chat, &query.message, None),
            chat_instance: view.chat_instance(chat.person.id).to_string(),
            data: query.data.clone(),
        }
    }
}

/// An update for everything that was ever shared with a bot, oldest first, as it was told then.
#[must_use]
pub fn updates(state: &State, bot_id: i64) -> Vec<Update> {
    state.inbox(bot_id).iter().map(Update::new).collect()
}
