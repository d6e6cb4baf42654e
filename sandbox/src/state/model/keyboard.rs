use serde::{Deserialize, Serialize};

/// What a bot puts below a message: `reply_markup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplyMarkup {
    /// Buttons that belong to the message: `InlineKeyboardMarkup`.
    Inline(Vec<Vec<InlineButton>>),
    /// Buttons in place of the keyboard: `ReplyKeyboardMarkup`.
    Keyboard {
        /// The buttons, row by row.
        rows: Vec<Vec<ReplyButton>>,
        /// Smaller than a keyboard, if that is enough.
        resize: bool,
        /// Gone after one press.
        one_time: bool,
        /// Always shown.
        persistent: bool,
        /// Shown in the empty input field.
        placeholder: Option<String>,
    },
    /// Takes such a keyboard away: `ReplyKeyboardRemove`.
    Remove,
    /// Asks for a reply: `ForceReply`.
    ForceReply {
        /// Shown in the empty input field.
        placeholder: Option<String>,
    },
}

/// `InlineKeyboardButton`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlineButton {
    /// What it says.
    pub text: String,
    /// What a press does.
    pub action: ButtonAction,
}

/// What a press on a button does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ButtonAction {
    /// Sends this to the bot, as a callback query.
    Callback(String),
    /// Opens an address.
    Url(String),
    /// Something that is kept as the bot gave it, and does nothing here.
    Other {
        /// The field that says so: `web_app`, `switch_inline_query`, `copy_text`, ….
        field: String,
        /// Its value, as JSON.
        value: String,
    },
}

/// `KeyboardButton`: a press says its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyButton {
    /// What it says, and lets the person say.
    pub text: String,
    /// What else it asks for, if anything, by its field: `request_contact`, `web_app`, ….
    pub request: Option<String>,
}

impl ReplyMarkup {
    /// Whether one of its inline buttons sends this.
    #[must_use]
    pub fn has_callback(&self, data: &str) -> bool {
        let Self::Inline(rows) = self else { return false };
        rows.iter()
            .flatten()
            .any(|button| matches!(&button.action, ButtonAction::Callback(own) if own == data))
    }
}
