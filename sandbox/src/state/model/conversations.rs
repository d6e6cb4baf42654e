use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::callback::{ANSWERABLE, CallbackAnswer, CallbackQuery};
use super::chat::{Author, Chat, ChatMessage, Content, Edit, Outgoing};
use super::delivery::Sender;
use super::keyboard::ReplyMarkup;
use super::text::{FormattedText, LONGEST_CAPTION, LONGEST_TEXT};
use crate::primitives;
use crate::state::refusal::ChatRefusal;
use crate::store::{Changes, DamagedRecord, Records, Table};
use telegram_passport::element::UnixTime;

/// For how long a bot may delete what was said.
const DELETABLE: Duration = Duration::from_secs(48 * 60 * 60);

/// All private chats of one bot: who is there, what was said, what was pressed.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::state) struct Conversations {
    /// How many messages there have ever been.
    so_far: i32,
    /// By the person's id.
    #[serde(skip)]
    chats: Table<i64, Chat>,
    /// By number.
    #[serde(skip)]
    messages: Table<i32, ChatMessage>,
    /// By id.
    #[serde(skip)]
    callbacks: Table<i64, CallbackQuery>,
}

impl Conversations {
    /// The chat with this person, if there is one.
    pub(in crate::state) fn chat(&self, user_id: i64) -> Option<&Chat> {
        self.chats.get(&user_id)
    }

    /// The chats, by the person's id.
    pub(in crate::state) fn chats(&self) -> impl Iterator<Item = &Chat> {
        self.chats.values()
    }

    /// A message that was not deleted.
    pub(in crate::state) fn message(&self, user_id: i64, id: i32) -> Option<&ChatMessage> {
        self.messages.get(&id).filter(|message| message.user_id == user_id && !message.deleted)
    }

    /// A message, deleted or not.
    pub(in crate::state) fn message_ever(&self, id: i32) -> Option<&ChatMessage> {
        self.messages.get(&id)
    }

    /// Every message that ever was, oldest first.
    pub(in crate::state) fn messages(&self) -> impl DoubleEndedIterator<Item = &ChatMessage> {
        self.messages.values()
    }

    /// A press on a button.
    pub(in crate::state) fn callback(&self, id: i64) -> Option<&CallbackQuery> {
        self.callbacks.get(&id)
    }

    /// A person writes: the message's number. Where there was no chat, there is one now.
    pub(in crate::state) fn hear(
        &mut self,
        person: Sender,
        content: Content,
        reply_to: Option<i32>,
        now: UnixTime,
    ) -> i32 {
        let user_id = person.id;
        let chat = Chat { person: person.clone(), blocked: false, action: None };
        self.chats.get_or_insert_with(user_id, || chat).person = person;
        let reply_to = reply_to.filter(|id| self.message(user_id, *id).is_some());
        self.add(user_id, Author::Person, content, None, reply_to, now)
    }

    /// Notes which update told of a share.
    pub(in crate::state) fn note_update(&mut self, id: i32, update_id: Option<i32>) {
        if let Some(ChatMessage { content: Content::Share(share), .. }) = self.messages.get_mut(&id) {
            share.update_id = update_id;
        }
    }

    /// A person stops the bot, or starts it again.
    pub(in crate::state) fn block(&mut self, user_id: i64, blocked: bool) {
        if let Some(chat) = self.chats.get_mut(&user_id) {
            chat.blocked = blocked;
        }
    }

    /// The bot writes: the message's number.
    pub(in crate::state) fn say(
        &mut self,
        user_id: i64,
        outgoing: Outgoing,
        now: UnixTime,
    ) -> Result<i32, ChatRefusal> {
        self.check_writable(user_id)?;
        let content = trimmed(outgoing.content)?;
        if let Some(id) = outgoing.reply_to {
            self.message(user_id, id).ok_or(ChatRefusal::RepliedMessageNotFound)?;
        }
        if let Some(chat) = self.chats.get_mut(&user_id) {
            chat.action = None;
        }
        Ok(self.add(user_id, Author::Bot, content, outgoing.markup, outgoing.reply_to, now))
    }

    /// The bot says that it is busy.
    pub(in crate::state) fn act(
        &mut self,
        user_id: i64,
        action: &str,
        now: UnixTime,
    ) -> Result<(), ChatRefusal> {
        self.check_writable(user_id)?;
        if let Some(chat) = self.chats.get_mut(&user_id) {
            chat.action = (action != "cancel").then(|| (action.to_owned(), now));
        }
        Ok(())
    }

    /// The bot changes a message of its own.
    pub(in crate::state) fn edit(
        &mut self,
        user_id: i64,
        id: i32,
        edit: Edit,
        markup: Option<ReplyMarkup>,
        now: UnixTime,
    ) -> Result<ChatMessage, ChatRefusal> {
        self.check_writable(user_id)?;
        let before = self.message(user_id, id).ok_or(ChatRefusal::EditedMessageNotFound)?;
        if before.author != Author::Bot {
            return Err(ChatRefusal::CannotBeEdited);
        }
        let content = match (before.content.clone(), edit) {
            (content, Edit::Keyboard) => content,
            (Content::Text(_), Edit::Text(text)) => trimmed(Content::Text(text))?,
            (_, Edit::Text(_)) => return Err(ChatRefusal::NoText),
            (Content::Photo { file_id, .. }, Edit::Caption(caption)) => {
                trimmed(Content::Photo { file_id, caption })?
            }
            (Content::Document { file_id, .. }, Edit::Caption(caption)) => {
                trimmed(Content::Document { file_id, caption })?
            }
            (_, Edit::Caption(_)) => return Err(ChatRefusal::NoCaption),
        };
        let after = ChatMessage { content, markup, edited: Some(now), ..before.clone() };
        if after.content == before.content && after.markup == before.markup {
            return Err(ChatRefusal::NotModified);
        }
        self.messages.insert(id, after.clone());
        Ok(after)
    }

    /// The bot deletes a message, its own or the person's.
    pub(in crate::state) fn delete(
        &mut self,
        user_id: i64,
        id: i32,
        now: UnixTime,
    ) -> Result<(), ChatRefusal> {
        let message = self.message(user_id, id).ok_or(ChatRefusal::DeletedMessageNotFound)?;
        if message.date + DELETABLE < now {
            return Err(ChatRefusal::CannotBeDeleted);
        }
        if let Some(message) = self.messages.get_mut(&id) {
            message.deleted = true;
        }
        Ok(())
    }

    /// A person presses the button of a message that sends this: the press's id.
    pub(in crate::state) fn press(
        &mut self,
        user_id: i64,
        id: i32,
        data: &str,
        now: UnixTime,
    ) -> Result<i64, ChatRefusal> {
        let message = self.message(user_id, id).ok_or(ChatRefusal::EditedMessageNotFound)?.clone();
        if !message.markup.as_ref().is_some_and(|markup| markup.has_callback(data)) {
            return Err(ChatRefusal::NoSuchButton);
        }
        let data = data.to_owned();
        let query =
            CallbackQuery { id: primitives::random_id(), user_id, message, data, date: now, answer: None };
        let id = query.id;
        self.callbacks.insert(id, query);
        Ok(id)
    }

    /// The bot answers a press.
    pub(in crate::state) fn answer(
        &mut self,
        query_id: i64,
        answer: CallbackAnswer,
        now: UnixTime,
    ) -> Result<(), ChatRefusal> {
        let answerable = |query: &CallbackQuery| query.answer.is_none() && query.date + ANSWERABLE >= now;
        if !self.callbacks.get(&query_id).is_some_and(answerable) {
            return Err(ChatRefusal::QueryTooOld);
        }
        if let Some(query) = self.callbacks.get_mut(&query_id) {
            query.answer = Some(answer);
        }
        Ok(())
    }

    /// Forgets everything, but not how far the numbers went.
    pub(in crate::state) fn clear(&mut self) {
        self.chats.clear();
        self.messages.clear();
        self.callbacks.clear();
    }

    fn check_writable(&self, user_id: i64) -> Result<(), ChatRefusal> {
        match self.chats.get(&user_id) {
            None => Err(ChatRefusal::ChatNotFound),
            Some(chat) if chat.blocked => Err(ChatRefusal::BotBlocked),
            Some(_) => Ok(()),
        }
    }

    fn add(
        &mut self,
        user_id: i64,
        author: Author,
        content: Content,
        markup: Option<ReplyMarkup>,
        reply_to: Option<i32>,
        date: UnixTime,
    ) -> i32 {
        self.so_far = self.so_far.saturating_add(1);
        let id = self.so_far;
        let message = ChatMessage {
            id,
            user_id,
            author,
            date,
            edited: None,
            reply_to,
            content,
            markup,
            deleted: false,
        };
        self.messages.insert(id, message);
        id
    }

    pub(in crate::state) fn load_tables(
        &mut self,
        records: &Records,
        place: &str,
    ) -> Result<(), DamagedRecord> {
        self.chats = Table::load(records, &format!("{place}/chat"))?;
        self.messages = Table::load(records, &format!("{place}/message"))?;
        self.callbacks = Table::load(records, &format!("{place}/callback"))?;
        Ok(())
    }

    pub(in crate::state) fn collect_tables(&mut self, place: &str, changes: &mut Changes) {
        self.chats.collect(&format!("{place}/chat"), changes);
        self.messages.collect(&format!("{place}/message"), changes);
        self.callbacks.collect(&format!("{place}/callback"), changes);
    }
}

/// A content without outer white space, if it is not too long; a text is not empty either.
pub(in crate::state) fn trimmed(content: Content) -> Result<Content, ChatRefusal> {
    Ok(match content {
        Content::Text(text) => {
            let text = without_outer_space(text);
            if text.text.is_empty() {
                return Err(ChatRefusal::TextEmpty);
            }
            if text.units() > LONGEST_TEXT {
                return Err(ChatRefusal::TextTooLong);
            }
            Content::Text(text)
        }
        Content::Photo { file_id, caption } => Content::Photo { file_id, caption: short_caption(caption)? },
        Content::Document { file_id, caption } => {
            Content::Document { file_id, caption: short_caption(caption)? }
        }
        share @ Content::Share(_) => share,
    })
}

fn short_caption(caption: FormattedText) -> Result<FormattedText, ChatRefusal> {
    let caption = without_outer_space(caption);
    if caption.units() > LONGEST_CAPTION { Err(ChatRefusal::CaptionTooLong) } else { Ok(caption) }
}

/// The text without white space around it; what is special in it stays where it is.
fn without_outer_space(text: FormattedText) -> FormattedText {
    let kept = text.text.trim();
    if kept.len() == text.text.len() {
        return text;
    }
    let before = text.text.len() - text.text.trim_start().len();
    let shift = u32::try_from(text.text[..before].encode_utf16().count()).unwrap_or(u32::MAX);
    let end = u32::try_from(kept.encode_utf16().count()).unwrap_or(u32::MAX);
    let entities = text.entities.into_iter().filter_map(|mut entity| {
        let last = (entity.offset + entity.length).saturating_sub(shift).min(end);
        entity.offset = entity.offset.saturating_sub(shift);
        entity.length = last.saturating_sub(entity.offset);
        (entity.length > 0).then_some(entity)
    });
    FormattedText { entities: entities.collect(), text: kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::text::Entity;
    use super::*;

    #[test]
    fn outer_space_goes_and_marks_stay_in_place() {
        let bold = |offset, length| Entity { offset, length, kind: "bold".to_owned(), value: None };
        let text = FormattedText::new("  ab cd \n", vec![bold(2, 2), bold(5, 4), bold(8, 1)]);
        let Content::Text(text) = trimmed(Content::Text(text)).expect("something is left") else {
            panic!("still a text");
        };
        assert_eq!(text.text, "ab cd");
        assert_eq!(text.entities, [bold(0, 2), bold(3, 2)]);
    }

    #[test]
    fn texts_have_bounds() {
        let text = |text: &str| trimmed(Content::Text(FormattedText::from(text)));
        assert_eq!(text(" \n ").expect_err("empty"), ChatRefusal::TextEmpty);
        text(&"🦀".repeat(2048)).expect("as long as may be");
        assert_eq!(text(&"🦀".repeat(2049)).expect_err("longer"), ChatRefusal::TextTooLong);
    }
}
