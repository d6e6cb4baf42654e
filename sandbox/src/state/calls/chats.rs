//! The person's side of the chats with bots.

use crate::state::model::callback::CallbackQuery;
use crate::state::model::chat::{Chat, ChatMessage, Content};
use crate::state::model::conversations::trimmed;
use crate::state::model::text::FormattedText;
use crate::state::refusal::ChatRefusal;
use crate::state::shared::State;

impl State {
    /// A person writes to a bot: the message, of which the bot is told.
    ///
    /// # Errors
    ///
    /// [`NoSuchPerson`](ChatRefusal::NoSuchPerson), [`NoSuchBot`](ChatRefusal::NoSuchBot),
    /// [`TextEmpty`](ChatRefusal::TextEmpty), [`TextTooLong`](ChatRefusal::TextTooLong), and
    /// [`BotBlocked`](ChatRefusal::BotBlocked) for who has stopped the bot and not started it again.
    pub fn say(
        &self,
        user_id: i64,
        bot_id: i64,
        text: &str,
        reply_to: Option<i32>,
    ) -> Result<ChatMessage, ChatRefusal> {
        let content = trimmed(Content::Text(FormattedText::from(text.trim())))?;
        let now = self.now();
        let mut world = self.world();
        let person = world.sender(user_id)?;
        let bot = world.bot_mut(bot_id)?;
        if bot.conversations.chat(user_id).is_some_and(|chat| chat.blocked) {
            return Err(ChatRefusal::BotBlocked);
        }
        let id = bot.hear(person, content, reply_to, now);
        bot.conversations.message(user_id, id).cloned().ok_or(ChatRefusal::EditedMessageNotFound)
    }

    /// A person starts a bot, also one that they have stopped: `/start`, or `/start payload` from a link.
    ///
    /// # Errors
    ///
    /// As [`say`](Self::say).
    pub fn start_bot(&self, user_id: i64, bot_id: i64, payload: &str) -> Result<ChatMessage, ChatRefusal> {
        self.block_bot(user_id, bot_id, false)?;
        self.say(user_id, bot_id, &format!("/start {payload}"), None)
    }

    /// A person stops a bot, which then cannot write to them, or lets it write again.
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn block_bot(&self, user_id: i64, bot_id: i64, blocked: bool) -> Result<(), ChatRefusal> {
        self.world().bot_mut(bot_id)?.conversations.block(user_id, blocked);
        Ok(())
    }

    /// A person presses the button of a bot's message that sends this: the press's id, by which its answer is
    /// [found](Self::callback_query).
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot), [`EditedMessageNotFound`](ChatRefusal::EditedMessageNotFound),
    /// [`NoSuchButton`](ChatRefusal::NoSuchButton).
    pub fn press_button(
        &self,
        user_id: i64,
        bot_id: i64,
        message_id: i32,
        data: &str,
    ) -> Result<i64, ChatRefusal> {
        let now = self.now();
        self.world().bot_mut(bot_id)?.press(user_id, message_id, data, now)
    }

    /// A press on a button, with its answer once the bot has given one.
    #[must_use]
    pub fn callback_query(&self, bot_id: i64, id: i64) -> Option<CallbackQuery> {
        self.world().bots.get(&bot_id)?.conversations.callback(id).cloned()
    }

    /// The chat of a bot and a person, if they have one.
    #[must_use]
    pub fn chat(&self, bot_id: i64, user_id: i64) -> Option<Chat> {
        self.world().bots.get(&bot_id)?.conversations.chat(user_id).cloned()
    }

    /// Every chat of a bot, by the person's id, ascending.
    #[must_use]
    pub fn chats(&self, bot_id: i64) -> Vec<Chat> {
        let world = self.world();
        world.bots.get(&bot_id).map(|bot| bot.conversations.chats().cloned().collect()).unwrap_or_default()
    }

    /// What was said in a chat and not deleted, oldest first.
    #[must_use]
    pub fn chat_messages(&self, bot_id: i64, user_id: i64) -> Vec<ChatMessage> {
        let world = self.world();
        let Some(bot) = world.bots.get(&bot_id) else { return Vec::new() };
        let of_chat = |message: &&ChatMessage| message.user_id == user_id && !message.deleted;
        bot.conversations.messages().filter(of_chat).cloned().collect()
    }
}
