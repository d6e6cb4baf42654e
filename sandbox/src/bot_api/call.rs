use super::answer::BotApiError;
use super::log::LogEvent;
use super::message::{Message, View};
use super::parameters::Parameters;
use super::shared::Shared;
use crate::state::{Bot, Chat, ChatMessage, ChatRefusal, State};

/// A call of a method, by a bot that is who it says.
pub(super) struct Call<'a> {
    pub(super) shared: &'a Shared,
    pub(super) bot: Bot,
    /// In lower case.
    pub(super) method: String,
    pub(super) parameters: Parameters,
}

impl Call<'_> {
    pub(super) fn state(&self) -> &State {
        &self.shared.state
    }

    /// Tells the tester something that the bot is not told.
    pub(super) fn notice(&self, notice: impl Into<String>) {
        self.shared.note(Some(self.bot.id), LogEvent::Noticed { notice: notice.into() });
    }

    /// The person of `chat_id`, with whom the bot has a chat.
    pub(super) fn chat(&self) -> Result<Chat, BotApiError> {
        if self.parameters.text("chat_id").is_empty() {
            return Err(BotApiError::bad_request("chat_id is empty"));
        }
        let chat = self.state().chat(self.bot.id, self.parameters.id("chat_id"));
        chat.ok_or_else(|| ChatRefusal::ChatNotFound.into())
    }

    /// The number of `message_id`.
    pub(super) fn message_id(&self) -> i32 {
        i32::try_from(self.parameters.number("message_id", 0, 0, i32::MAX.into())).unwrap_or_default()
    }

    /// A message as the bot sees it.
    pub(super) fn shown(&self, chat: &Chat, message: &ChatMessage) -> Message {
        let answered =
            message.reply_to.and_then(|id| self.state().chat_message(self.bot.id, chat.person.id, id));
        View { state: self.state(), bot: &self.bot }.message(chat, message, answered.as_ref())
    }
}
