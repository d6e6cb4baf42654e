use std::fmt;

use serde::Serialize;

use super::PassportDataJson;
use super::keyboard::inline_keyboard;
use crate::state::{Author, Bot, Chat, ChatMessage, Content, Delivery, Entity, FormattedText, Sender, State};
use telegram_passport::element::UnixTime;

/// `Message`, of a private chat.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Its number among all messages of the bot.
    pub message_id: i32,
    /// Who wrote it.
    pub from: UserJson,
    /// The private chat with the person.
    pub chat: ChatJson,
    /// When.
    pub date: UnixTime,
    /// When it was last edited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit_date: Option<UnixTime>,
    /// The message that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to_message: Option<Box<Message>>,
    /// What it says.
    #[serde(flatten)]
    pub body: Body,
    /// The buttons that belong to it: `InlineKeyboardMarkup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_markup: Option<serde_json::Value>,
}

/// What a message says: the fields that belong to that.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Body {
    /// A text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What is special in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<EntityJson>,
    /// A picture, in the sizes that there are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photo: Vec<FileJson>,
    /// A file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<FileJson>,
    /// The words below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// What is special in them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub caption_entities: Vec<EntityJson>,
    /// A share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passport_data: Option<PassportDataJson>,
}

/// `User`
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct UserJson {
    /// The user's id.
    pub id: i64,
    /// Whether it is a bot.
    pub is_bot: bool,
    /// The displayed first name.
    pub first_name: String,
    /// The displayed last name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub last_name: String,
    /// The name without `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// `Chat`, always private.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ChatJson {
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

/// `MessageEntity`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntityJson {
    /// Where it begins, in UTF-16 code units.
    pub offset: u32,
    /// How long it is, in UTF-16 code units.
    pub length: u32,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The address of a `text_link`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The language of a `pre`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The picture of a `custom_emoji`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_emoji_id: Option<String>,
}

/// `Document`, or one `PhotoSize`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileJson {
    /// The name that the bot gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// What the bot says is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// By which this bot can fetch it.
    pub file_id: String,
    /// What every bot calls this file.
    pub file_unique_id: String,
    /// In bytes.
    pub file_size: usize,
    /// In pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// In pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

impl fmt::Debug for UserJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserJson").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for ChatJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatJson").field("id", &self.id).finish_non_exhaustive()
    }
}

impl UserJson {
    /// A person.
    #[must_use]
    pub fn of_person(person: &Sender) -> Self {
        let Sender { id, first_name, last_name } = person.clone();
        Self { id, is_bot: false, first_name, last_name, username: None }
    }

    /// A bot.
    #[must_use]
    pub fn of_bot(bot: &Bot) -> Self {
        Self {
            id: bot.id,
            is_bot: true,
            first_name: bot.name.clone(),
            last_name: String::new(),
            username: Some(bot.username.clone()),
        }
    }
}

impl ChatJson {
    /// The private chat with a person.
    #[must_use]
    pub fn with(person: &Sender) -> Self {
        let Sender { id, first_name, last_name } = person.clone();
        Self { id, first_name, last_name, kind: "private" }
    }
}

impl EntityJson {
    fn new(entity: &Entity) -> Self {
        let value = |kinds: &[&str]| entity.value.clone().filter(|_| kinds.contains(&entity.kind.as_str()));
        Self {
            offset: entity.offset,
            length: entity.length,
            kind: entity.kind.clone(),
            url: value(&["text_link"]),
            language: value(&["pre"]),
            custom_emoji_id: value(&["custom_emoji"]),
        }
    }

    fn all(text: &FormattedText) -> Vec<Self> {
        text.entities.iter().map(Self::new).collect()
    }
}

impl Message {
    /// The message that carries a share.
    pub(super) fn of_delivery(delivery: &Delivery) -> Self {
        Self {
            message_id: delivery.message_id,
            from: UserJson::of_person(&delivery.from),
            chat: ChatJson::with(&delivery.from),
            date: delivery.date,
            edit_date: None,
            reply_to_message: None,
            body: Body { passport_data: Some(PassportDataJson::new(&delivery.share)), ..Body::default() },
            reply_markup: None,
        }
    }
}

/// What one bot sees.
pub(super) struct View<'a> {
    pub(super) state: &'a State,
    pub(super) bot: &'a Bot,
}

impl View<'_> {
    /// A message, with the one that it answers.
    pub(super) fn message(
        &self,
        chat: &Chat,
        message: &ChatMessage,
        reply_to: Option<&ChatMessage>,
    ) -> Message {
        Message {
            message_id: message.id,
            from: match message.author {
                Author::Person => UserJson::of_person(&chat.person),
                Author::Bot => UserJson::of_bot(self.bot),
            },
            chat: ChatJson::with(&chat.person),
            date: message.date,
            edit_date: message.edited,
            reply_to_message: reply_to.map(|answered| Box::new(self.message(chat, answered, None))),
            body: self.body(&message.content),
            reply_markup: message.markup.as_ref().and_then(inline_keyboard),
        }
    }

    /// What presses in one chat have in common.
    pub(super) fn chat_instance(&self, user_id: i64) -> i64 {
        self.bot.id.wrapping_mul(0x5851_f42d_4c95_7f2d) ^ user_id.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn body(&self, content: &Content) -> Body {
        match content {
            Content::Text(text) => {
                Body { text: Some(text.text.clone()), entities: EntityJson::all(text), ..Body::default() }
            }
            Content::Photo { file_id, caption } => Body { photo: self.photo(file_id), ..captioned(caption) },
            Content::Document { file_id, caption } => {
                Body { document: self.document(file_id), ..captioned(caption) }
            }
            Content::Share(share) => {
                Body { passport_data: Some(PassportDataJson::new(share)), ..Body::default() }
            }
        }
    }

    fn photo(&self, file_id: &str) -> Vec<FileJson> {
        let file = self.state.uploaded_file(self.bot.id, file_id);
        let size = file.map(|file| FileJson {
            file_name: None,
            mime_type: None,
            file_id: file.name.file_id,
            file_unique_id: file.name.file_unique_id,
            file_size: file.bytes.len(),
            width: file.dimensions.map(|(width, _)| width),
            height: file.dimensions.map(|(_, height)| height),
        });
        size.into_iter().collect()
    }

    fn document(&self, file_id: &str) -> Option<FileJson> {
        let file = self.state.uploaded_file(self.bot.id, file_id)?;
        Some(FileJson {
            file_name: Some(file.file_name),
            mime_type: file.mime_type,
            file_id: file.name.file_id,
            file_unique_id: file.name.file_unique_id,
            file_size: file.bytes.len(),
            width: None,
            height: None,
        })
    }
}

fn captioned(caption: &FormattedText) -> Body {
    Body {
        caption: (!caption.text.is_empty()).then(|| caption.text.clone()),
        caption_entities: EntityJson::all(caption),
        ..Body::default()
    }
}
