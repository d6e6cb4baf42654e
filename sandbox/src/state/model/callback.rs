use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::chat::ChatMessage;
use telegram_passport::element::UnixTime;

/// For how long a press on a button can be answered.
pub(in crate::state) const ANSWERABLE: Duration = Duration::from_secs(15 * 60);

/// A press on an inline button.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackQuery {
    /// Its id.
    pub id: i64,
    /// Who pressed.
    pub user_id: i64,
    /// The message with the button, as it was then.
    pub message: ChatMessage,
    /// What the button sends.
    pub data: String,
    /// When.
    pub date: UnixTime,
    /// What the bot answered, if it has.
    pub answer: Option<CallbackAnswer>,
}

/// What a bot answers a press with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackAnswer {
    /// What the person is shown, possibly nothing.
    pub text: String,
    /// Whether in a window that they have to close.
    pub alert: bool,
    /// An address to open.
    pub url: Option<String>,
}

impl fmt::Debug for CallbackQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackQuery")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("answered", &self.answer.is_some())
            .finish_non_exhaustive()
    }
}
