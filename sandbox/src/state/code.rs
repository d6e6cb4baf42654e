use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Held, Holdings, State};
use crate::primitives;
use telegram_passport::element::{EmailAddress, PhoneNumber};

/// For how long a code is good.
const LIFETIME: i64 = 10 * 60;

/// How many wrong codes use it up.
const ATTEMPTS: u8 = 5;

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
pub enum Purpose {
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
    pub purpose: Purpose,
    /// The code.
    pub code: String,
    /// When it was sent, Unix time.
    pub date: i64,
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

impl State {
    /// Every code that was sent for this account, oldest first.
    #[must_use]
    pub fn sent_messages(&self, user_id: i64) -> Vec<SentMessage> {
        let world = self.world();
        world.messages.values().filter(|message| message.user_id == user_id).cloned().collect()
    }

    /// Every code that was sent after the one of this number, for whomever, with its own; they count from 1.
    #[must_use]
    pub fn messages_after(&self, number: u64) -> Vec<(u64, SentMessage)> {
        let world = self.world();
        world
            .messages
            .range(number.saturating_add(1)..)
            .map(|(number, sent)| (*number, sent.clone()))
            .collect()
    }

    /// The code that was last sent for this account and purpose.
    #[must_use]
    pub fn last_code(&self, user_id: i64, purpose: Purpose) -> Option<String> {
        let world = self.world();
        let mut newest_first = world.messages.values().rev();
        newest_first
            .find(|message| message.user_id == user_id && message.purpose == purpose)
            .map(|message| message.code.clone())
    }
}

/// A code that waits to be entered.
#[derive(Serialize, Deserialize)]
pub(super) struct Code {
    digits: String,
    expires: i64,
    attempts_left: u8,
}

/// How entering a code went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entered {
    Right,
    Wrong,
    Expired,
}

impl Code {
    pub(super) fn new(length: usize, now: i64) -> Self {
        Self {
            digits: primitives::random_digits(length),
            expires: now.saturating_add(LIFETIME),
            attempts_left: ATTEMPTS,
        }
    }

    pub(super) fn digits(&self) -> &str {
        &self.digits
    }

    /// A right code stays good until its time is over: who accepts it drops it.
    pub(super) fn enter(&mut self, entered: &str, now: i64) -> Entered {
        if now >= self.expires || self.attempts_left == 0 {
            return Entered::Expired;
        }
        if primitives::equal(entered.trim().as_bytes(), self.digits.as_bytes()) {
            return Entered::Right;
        }
        self.attempts_left -= 1;
        Entered::Wrong
    }
}

/// `anna@example.com` as `a***@example.com`.
pub(super) fn masked(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}***@{domain}")
}

impl Held for Code {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { digits, expires: _, attempts_left: _ } = self;
        holdings.add("code", digits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_expires_by_time_and_by_attempts() {
        let mut code = Code::new(6, 1_000);
        let digits = code.digits().to_owned();
        assert_eq!(code.enter(&digits, 1_000), Entered::Right);
        assert_eq!(code.enter(&digits, 1_000 + LIFETIME), Entered::Expired);
        for _ in 0..ATTEMPTS {
            assert_eq!(code.enter("no", 1_000), Entered::Wrong);
        }
        assert_eq!(code.enter(&digits, 1_000), Entered::Expired);
    }

    #[test]
    fn addresses_are_masked() {
        assert_eq!(masked("anna@example.com"), "a***@example.com");
        assert_eq!(masked("älv@example.com"), "ä***@example.com");
    }
}
