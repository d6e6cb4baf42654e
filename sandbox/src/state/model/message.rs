use std::fmt;

use serde::{Deserialize, Serialize};

use super::code::Code;
use crate::store::{Changes, DamagedRecord, Durable, Records, Table};
use telegram_passport::element::{EmailAddress, PhoneNumber, UnixTime};

/// To whom a code was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    /// A phone, by SMS or call.
    Phone(PhoneNumber),
    /// A mailbox.
    Email(EmailAddress),
}

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// To sign in.
    LogIn,
    /// To prove a phone number for Passport.
    VerifyPhone,
    /// To prove an e-mail address for Passport.
    VerifyEmail,
    /// To confirm a new recovery e-mail.
    ConfirmRecoveryEmail,
    /// To recover the password.
    RecoverPassword,
    /// To prove a new login e-mail address.
    SetUpLoginEmail,
}

/// A code on its way, which only its recipient sees in the real world. The tester sees them all.
#[derive(Clone, Serialize, Deserialize)]
pub struct SentMessage {
    /// The account that asked for it.
    pub user_id: i64,
    /// To whom it went.
    pub recipient: Recipient,
    /// What it is for.
    pub purpose: CodePurpose,
    /// The code.
    pub code: String,
    /// When it was sent.
    pub date: UnixTime,
}

impl fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentMessage")
            .field("user_id", &self.user_id)
            .field("purpose", &self.purpose)
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

/// The codes that were sent: what is on its way to phones and mailboxes.
#[derive(Default)]
pub(in crate::state) struct Messages {
    /// By number, in the order in which they were sent.
    sent: Table<u64, SentMessage>,
}

impl Messages {
    /// Sends a new code of so many digits and leaves it with the caller, to be compared later.
    pub(in crate::state) fn send(
        &mut self,
        user_id: i64,
        recipient: Recipient,
        purpose: CodePurpose,
        length: u32,
        now: UnixTime,
    ) -> Code {
        let code = Code::new(length, now);
        let digits = code.digits().to_owned();
        let number = self.sent.last_key_value().map_or(1, |(last, _)| last + 1);
        self.sent.insert(number, SentMessage { user_id, recipient, purpose, code: digits, date: now });
        code
    }

    /// Those for one account, oldest first.
    pub(in crate::state) fn of(&self, user_id: i64) -> Vec<SentMessage> {
        self.sent.values().filter(|message| message.user_id == user_id).cloned().collect()
    }

    /// Those after the one of this number, each with its own; they count from 1.
    pub(in crate::state) fn after(&self, number: u64) -> Vec<(u64, SentMessage)> {
        let after = self.sent.range(number.saturating_add(1)..);
        after.map(|(number, message)| (*number, message.clone())).collect()
    }

    /// The code that was last sent for an account and a purpose.
    pub(in crate::state) fn last_code(&self, user_id: i64, purpose: CodePurpose) -> Option<String> {
        let mut newest_first = self.sent.values().rev();
        newest_first
            .find(|message| message.user_id == user_id && message.purpose == purpose)
            .map(|message| message.code.clone())
    }
}

impl Durable for Messages {
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        Ok(Self { sent: Table::load(records, place)? })
    }

    fn collect(&mut self, place: &str, changes: &mut Changes) {
        self.sent.collect(place, changes);
    }
}
