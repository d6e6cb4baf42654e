use crate::state::model::address::normalised_phone;
use crate::state::model::message::{CodePurpose, SentMessage};
use crate::state::shared::State;

impl State {
    /// Every code that was sent for this account, oldest first.
    #[must_use]
    pub fn sent_messages(&self, user_id: i64) -> Vec<SentMessage> {
        self.world().messages.of(user_id)
    }

    /// Every code that was sent after the one of this number, for whomever, with its own; they count from 1.
    #[must_use]
    pub fn messages_after(&self, number: u64) -> Vec<(u64, SentMessage)> {
        self.world().messages.after(number)
    }

    /// The code that was last sent for this account and purpose.
    #[must_use]
    pub fn last_code(&self, user_id: i64, purpose: CodePurpose) -> Option<String> {
        self.world().messages.last_code(user_id, purpose)
    }

    /// The login code that was last sent to this number, however it is written: what only its owner sees in the
    /// real world.
    #[must_use]
    pub fn last_login_code(&self, phone_number: &str) -> Option<String> {
        self.world().logins.code(&normalised_phone(phone_number)?)
    }
}
