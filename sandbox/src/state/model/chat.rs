use std::fmt;

use serde::{Deserialize, Serialize};

use super::delivery::{Sender, Share};
use super::keyboard::ReplyMarkup;
use super::text::FormattedText;
use telegram_passport::element::UnixTime;

/// A private chat between a bot and a person, from the bot's side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    /// The person, as the bot last saw them.
    pub person: Sender,
    /// Whether the person has stopped the bot, which then cannot write to them.
    pub blocked: bool,
    /// What the bot last said it was doing, and when: `typing`.
    pub action: Option<(String, UnixTime)>,
}

/// Who wrote a message of a private chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Author {
    /// The person.
    Person,
    /// The bot.
    Bot,
}

/// One message of a private chat between a bot and a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Its number among all messages of the bot, from 1.
    pub id: i32,
    /// The person whose chat with the bot it is in.
    pub user_id: i64,
    /// Who wrote it.
    pub author: Author,
    /// When.
    pub date: UnixTime,
    /// When it was last edited.
    pub edited: Option<UnixTime>,
    /// The message that it answers, by number.
    pub reply_to: Option<i32>,
    /// What it says.
    pub content: Content,
    /// The keyboard below it.
    pub markup: Option<ReplyMarkup>,
    /// Whether it was deleted: nobody sees it any more, but for what was queued before.
    pub deleted: bool,
}

/// What a message says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A text.
    Text(FormattedText),
    /// A picture of the bot's.
    Photo {
        /// Which of the bot's [`UploadedFile`](super::uploaded_file::UploadedFile)s.
        file_id: String,
        /// The words below it.
        caption: FormattedText,
    },
    /// A file of the bot's.
    Document {
        /// Which of the bot's [`UploadedFile`](super::uploaded_file::UploadedFile)s.
        file_id: String,
        /// The words below it.
        caption: FormattedText,
    },
    /// A share of the person's Passport.
    Share(Box<Share>),
}

impl Content {
    /// What it is called: `text`, `photo`, `document`, `passport_data`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Photo { .. } => "photo",
            Self::Document { .. } => "document",
            Self::Share(_) => "passport_data",
        }
    }

    /// The share, if it is one.
    #[must_use]
    pub fn share(&self) -> Option<&Share> {
        match self {
            Self::Share(share) => Some(share),
            _ => None,
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(self.name()).finish_non_exhaustive()
    }
}

/// A message that a bot wants to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// What it says; never a share, which are people's.
    pub content: Content,
    /// The keyboard below it.
    pub markup: Option<ReplyMarkup>,
    /// The message that it answers, by number.
    pub reply_to: Option<i32>,
}

/// What a bot wants to change in a message of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The text, and the keyboard with it.
    Text(FormattedText),
    /// The words below a file, and the keyboard with them.
    Caption(FormattedText),
    /// The keyboard alone.
    Keyboard,
}
