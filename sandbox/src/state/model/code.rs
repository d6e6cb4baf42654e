use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::primitives;
use telegram_passport::cloud::CloudError;
use telegram_passport::element::UnixTime;

/// Digits of a code to a phone.
pub(in crate::state) const PHONE_CODE: u32 = 5;

/// Digits of a code to a mailbox.
pub(in crate::state) const EMAIL_CODE: u32 = 6;

/// After how many seconds another code may be asked for; told to clients, not enforced.
pub(in crate::state) const RESEND_AFTER: Duration = Duration::from_secs(60);

/// For how long a code is good, in seconds.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// How many wrong codes use it up.
const ATTEMPTS: u8 = 5;

/// A code that waits to be entered.
#[derive(Serialize, Deserialize)]
pub(in crate::state) struct Code {
    digits: String,
    expires: UnixTime,
    attempts_left: u8,
}

/// How entering a code went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::state) enum Entered {
    Right,
    Wrong,
    Expired,
}

impl Entered {
    /// Nothing for the right code; else the one error or the other.
    pub(in crate::state) fn or(self, wrong: CloudError, expired: CloudError) -> Result<(), CloudError> {
        match self {
            Self::Right => Ok(()),
            Self::Wrong => Err(wrong),
            Self::Expired => Err(expired),
        }
    }
}

impl Code {
    pub(in crate::state) fn new(length: u32, now: UnixTime) -> Self {
        Self {
            digits: primitives::random_digits(length as usize),
            expires: now + LIFETIME,
            attempts_left: ATTEMPTS,
        }
    }

    pub(in crate::state) fn digits(&self) -> &str {
        &self.digits
    }

    /// A right code stays good until its time is over: who accepts it drops it.
    pub(in crate::state) fn enter(&mut self, entered: &str, now: UnixTime) -> Entered {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_expires_by_time_and_by_attempts() {
        let now = UnixTime::from_seconds(1_000);
        let mut code = Code::new(6, now);
        let digits = code.digits().to_owned();
        assert_eq!(code.enter(&digits, now), Entered::Right);
        assert_eq!(code.enter(&digits, now + LIFETIME), Entered::Expired);
        for _ in 0..ATTEMPTS {
            assert_eq!(code.enter("no", now), Entered::Wrong);
        }
        assert_eq!(code.enter(&digits, now), Entered::Expired);
    }
}
