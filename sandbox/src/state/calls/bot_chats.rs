//! The bot's side of its chats with people.

use crate::state::model::callback::CallbackAnswer;
use crate::state::model::chat::{ChatMessage, Content, Edit, Outgoing};
use crate::state::model::keyboard::ReplyMarkup;
use crate::state::model::uploaded_file::UploadedFile;
use crate::state::refusal::ChatRefusal;
use crate::state::shared::State;

impl State {
    /// A bot writes to a person: the message.
    ///
    /// # Errors
    ///
    /// [`ChatNotFound`](ChatRefusal::ChatNotFound) for who has never written to the bot nor shared anything with it,
    /// [`BotBlocked`](ChatRefusal::BotBlocked), [`FileNotFound`](ChatRefusal::FileNotFound),
    /// [`RepliedMessageNotFound`](ChatRefusal::RepliedMessageNotFound), and what is wrong with the text.
    pub fn send_message(
        &self,
        bot_id: i64,
        user_id: i64,
        outgoing: Outgoing,
    ) -> Result<ChatMessage, ChatRefusal> {
        let now = self.now();
        let mut world = self.world();
        let bot = world.bot_mut(bot_id)?;
        if let Content::Photo { file_id, .. } | Content::Document { file_id, .. } = &outgoing.content {
            bot.uploaded(file_id).ok_or(ChatRefusal::FileNotFound)?;
        }
        let id = bot.conversations.say(user_id, outgoing, now)?;
        bot.conversations.message(user_id, id).cloned().ok_or(ChatRefusal::EditedMessageNotFound)
    }

    /// A bot changes a message of its own, and the keyboard below it: the message as it is then.
    ///
    /// # Errors
    ///
    /// As [`send_message`](Self::send_message), and [`EditedMessageNotFound`](ChatRefusal::EditedMessageNotFound),
    /// [`CannotBeEdited`](ChatRefusal::CannotBeEdited), [`NotModified`](ChatRefusal::NotModified),
    /// [`NoText`](ChatRefusal::NoText), [`NoCaption`](ChatRefusal::NoCaption).
    pub fn edit_message(
        &self,
        bot_id: i64,
        user_id: i64,
        message_id: i32,
        edit: Edit,
        markup: Option<ReplyMarkup>,
    ) -> Result<ChatMessage, ChatRefusal> {
        let now = self.now();
        self.world().bot_mut(bot_id)?.conversations.edit(user_id, message_id, edit, markup, now)
    }

    /// A bot deletes a message, its own or the person's.
    ///
    /// # Errors
    ///
    /// [`DeletedMessageNotFound`](ChatRefusal::DeletedMessageNotFound), and
    /// [`CannotBeDeleted`](ChatRefusal::CannotBeDeleted) after two days.
    pub fn delete_message(&self, bot_id: i64, user_id: i64, message_id: i32) -> Result<(), ChatRefusal> {
        let now = self.now();
        self.world().bot_mut(bot_id)?.conversations.delete(user_id, message_id, now)
    }

    /// A message of a bot's chat with a person, if it is there and was not deleted.
    #[must_use]
    pub fn chat_message(&self, bot_id: i64, user_id: i64, message_id: i32) -> Option<ChatMessage> {
        self.world().bots.get(&bot_id)?.conversations.message(user_id, message_id).cloned()
    }

    /// A bot says that it is busy: `typing`; `cancel` says that it is not any more.
    ///
    /// # Errors
    ///
    /// [`ChatNotFound`](ChatRefusal::ChatNotFound), [`BotBlocked`](ChatRefusal::BotBlocked).
    pub fn send_chat_action(&self, bot_id: i64, user_id: i64, action: &str) -> Result<(), ChatRefusal> {
        let now = self.now();
        self.world().bot_mut(bot_id)?.conversations.act(user_id, action, now)
    }

    /// A bot answers a press on one of its buttons.
    ///
    /// # Errors
    ///
    /// [`QueryTooOld`](ChatRefusal::QueryTooOld), also for one that was answered before or never was.
    pub fn answer_callback_query(
        &self,
        bot_id: i64,
        query_id: i64,
        answer: CallbackAnswer,
    ) -> Result<(), ChatRefusal> {
        let now = self.now();
        self.world().bot_mut(bot_id)?.conversations.answer(query_id, answer, now)
    }

    /// Keeps a file that a bot uploaded.
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn upload_file(&self, bot_id: i64, file: UploadedFile) -> Result<(), ChatRefusal> {
        self.world().bot_mut(bot_id)?.upload(file);
        Ok(())
    }

    /// A file that a bot uploaded, by the [number](crate::state::FileName::number) in its name.
    #[must_use]
    pub fn uploaded_file_numbered(&self, bot_id: i64, number: i64) -> Option<UploadedFile> {
        self.world().bots.get(&bot_id)?.uploaded_numbered(number).cloned()
    }

    /// A file that a bot uploaded, by its `file_id`.
    #[must_use]
    pub fn uploaded_file(&self, bot_id: i64, file_id: &str) -> Option<UploadedFile> {
        self.world().bots.get(&bot_id)?.uploaded(file_id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::state::model::text::FormattedText;
    use crate::state::model::update::UpdateContent;
    use crate::state::tests::{BOT_ID, register, with_account};
    use crate::state::{ButtonAction, InlineButton};
    use telegram_passport::element::UnixTime;

    fn text(text: &str) -> Content {
        Content::Text(FormattedText::from(text))
    }

    fn outgoing(content: Content) -> Outgoing {
        let button =
            InlineButton { text: "Yes".to_owned(), action: ButtonAction::Callback("yes".to_owned()) };
        Outgoing { content, markup: Some(ReplyMarkup::Inline(vec![vec![button]])), reply_to: None }
    }

    fn with_bot() -> (State, i64) {
        let (state, user_id) = with_account();
        register(&state);
        (state, user_id)
    }

    #[test]
    fn a_bot_writes_to_nobody_who_has_not_written_to_it() {
        let (state, user_id) = with_bot();
        let send = |user_id| state.send_message(BOT_ID, user_id, outgoing(text("Hello")));
        assert_eq!(send(user_id), Err(ChatRefusal::ChatNotFound));
        let started = state.start_bot(user_id, BOT_ID, "from-a-link").expect("a chat");
        assert_eq!(started.content, text("/start from-a-link"));
        assert_eq!((started.id, send(user_id).expect("a chat").id), (1, 2));
        state.block_bot(user_id, BOT_ID, true).expect("a bot");
        assert_eq!(send(user_id), Err(ChatRefusal::BotBlocked));
        assert_eq!(state.say(user_id, BOT_ID, "Hello", None), Err(ChatRefusal::BotBlocked));
        let again = state.start_bot(user_id, BOT_ID, "").expect("a chat");
        assert_eq!(again.content, text("/start"));
        send(user_id).expect("a chat");
        assert_eq!(state.chat_messages(BOT_ID, user_id).len(), 4);
    }

    #[test]
    fn a_press_is_told_and_answered_once() {
        let (state, user_id) = with_bot();
        state.say(user_id, BOT_ID, "Hello", None).expect("a chat");
        let sent = state.send_message(BOT_ID, user_id, outgoing(text("Sure?"))).expect("a chat");
        let press = |data| state.press_button(user_id, BOT_ID, sent.id, data);
        assert_eq!(press("no"), Err(ChatRefusal::NoSuchButton));
        let id = press("yes").expect("a button");
        state.edit_message(BOT_ID, user_id, sent.id, Edit::Keyboard, None).expect("its own");
        let updates = state.pending_updates(BOT_ID, 10);
        let UpdateContent::CallbackQuery { query, .. } = &updates[1].content else { panic!("a press") };
        assert_eq!((query.id, query.message.markup.is_some()), (id, true), "as it was then");
        let answer = CallbackAnswer { text: "Thank you".to_owned(), ..CallbackAnswer::default() };
        state.answer_callback_query(BOT_ID, id, answer.clone()).expect("in time");
        assert_eq!(state.callback_query(BOT_ID, id).expect("it is there").answer, Some(answer.clone()));
        let again = state.answer_callback_query(BOT_ID, id, answer);
        assert_eq!(again, Err(ChatRefusal::QueryTooOld));
        assert_eq!(press("yes"), Err(ChatRefusal::NoSuchButton));
    }

    #[test]
    fn what_is_edited_differs_and_is_the_bots_own() {
        let (state, user_id) = with_bot();
        let heard = state.say(user_id, BOT_ID, "Hello", None).expect("a chat").id;
        let sent = state.send_message(BOT_ID, user_id, outgoing(text("Hi"))).expect("a chat");
        let edit = |id, edit| state.edit_message(BOT_ID, user_id, id, edit, sent.markup.clone());
        assert_eq!(edit(heard, Edit::Keyboard), Err(ChatRefusal::CannotBeEdited));
        assert_eq!(edit(99, Edit::Keyboard), Err(ChatRefusal::EditedMessageNotFound));
        let same = Edit::Text(FormattedText::from("Hi "));
        assert_eq!(edit(sent.id, same), Err(ChatRefusal::NotModified));
        assert_eq!(edit(sent.id, Edit::Caption(FormattedText::from("x"))), Err(ChatRefusal::NoCaption));
        let edited = edit(sent.id, Edit::Text(FormattedText::from("Ho"))).expect("its own");
        assert_eq!(
            (edited.content, edited.edited),
            (text("Ho"), Some(UnixTime::from_seconds(1_700_000_000)))
        );
    }

    #[test]
    fn a_deleted_message_is_gone_but_not_from_the_queue() {
        let (state, user_id) = with_bot();
        let heard = state.say(user_id, BOT_ID, "Hello", None).expect("a chat").id;
        let delete = |id| state.delete_message(BOT_ID, user_id, id);
        delete(heard).expect("it is there");
        assert_eq!(delete(heard), Err(ChatRefusal::DeletedMessageNotFound));
        assert!(state.chat_messages(BOT_ID, user_id).is_empty());
        assert_eq!(state.pending_updates(BOT_ID, 10).len(), 1);
        let old = state.say(user_id, BOT_ID, "Hello", None).expect("a chat").id;
        state.clock().advance(Duration::from_secs(48 * 60 * 60 + 1));
        assert_eq!(delete(old), Err(ChatRefusal::CannotBeDeleted));
    }

    #[test]
    fn a_reset_takes_everything_but_the_numbers() {
        let (state, user_id) = with_bot();
        state.say(user_id, BOT_ID, "Hello", None).expect("a chat");
        let before = state.pending_updates(BOT_ID, 10)[0].id;
        let token = state.bot_token(BOT_ID);
        state.reset_bot(BOT_ID).expect("a bot");
        assert!(state.pending_updates(BOT_ID, 10).is_empty() && state.chats(BOT_ID).is_empty());
        let next = state.say(user_id, BOT_ID, "Hello", None).expect("a chat");
        assert_eq!((next.id, state.pending_updates(BOT_ID, 10)[0].id), (2, before + 1));
        assert_eq!(state.bot_token(BOT_ID), token);
    }
}
