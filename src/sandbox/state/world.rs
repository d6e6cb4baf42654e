use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Clock;
use super::account::Account;
use super::bot::BotState;
use super::code::{Code, Purpose, Recipient, SentMessage};
use super::sign_in::LoginFlow;
use crate::cloud::{CloudError, PassportConfig};
use crate::sandbox::primitives;

/// Telegram's servers in memory; see the [module](super). Clones share everything.
#[derive(Clone)]
pub struct State {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    countries_langs: String,
    world: Mutex<World>,
}

/// Everything that changes.
#[derive(Default)]
pub(super) struct World {
    pub(super) accounts: BTreeMap<i64, Account>,
    pub(super) bots: BTreeMap<i64, BotState>,
    pub(super) messages: Vec<SentMessage>,
    /// Logins under way, by phone number.
    pub(super) logins: BTreeMap<String, LoginFlow>,
    /// Calls by account and method.
    pub(super) traffic: BTreeMap<i64, BTreeMap<&'static str, u64>>,
    /// Failures to come, by account and method.
    pub(super) failures: HashMap<(i64, &'static str), Vec<CloudError>>,
}

impl State {
    /// An empty world. `countries_langs` is a JSON object from upper-case country code to language code, as
    /// `help.passportConfig` carries it.
    #[must_use]
    pub fn new(clock: Clock, countries_langs: &str) -> Self {
        let countries_langs = countries_langs.to_owned();
        Self { shared: Arc::new(Shared { clock, countries_langs, world: Mutex::default() }) }
    }

    /// The clock that everything here goes by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// `help.getPassportConfig#c661ad08`. The hash is made from the content and never 0.
    #[must_use]
    pub fn passport_config(&self, hash: i32) -> PassportConfig {
        let digest = primitives::sha256(&[self.shared.countries_langs.as_bytes()]);
        let current = i32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]) & i32::MAX | 1;
        if hash == current {
            PassportConfig::NotModified
        } else {
            PassportConfig::Config { hash: current, countries_langs: self.shared.countries_langs.clone() }
        }
    }

    /// Takes the lock. A panic elsewhere leaves the world consistent: changes are made whole, at the end.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> i64 {
        self.shared.clock.now()
    }
}

impl World {
    pub(super) fn account(&self, user_id: i64) -> Result<&Account, CloudError> {
        self.accounts.get(&user_id).ok_or(CloudError::AuthKeyUnregistered)
    }

    pub(super) fn account_mut(&mut self, user_id: i64) -> Result<&mut Account, CloudError> {
        self.accounts.get_mut(&user_id).ok_or(CloudError::AuthKeyUnregistered)
    }

    /// Sends a new code and leaves it with the caller, to be compared later.
    pub(super) fn send_code(
        &mut self,
        user_id: i64,
        recipient: Recipient,
        purpose: Purpose,
        length: usize,
        now: i64,
    ) -> Code {
        let code = Code::new(length, now);
        let digits = code.digits().to_owned();
        self.messages.push(SentMessage { user_id, recipient, purpose, code: digits, date: now });
        code
    }
}

impl Default for State {
    /// A world on the computer's clock that knows no country's language.
    fn default() -> Self {
        Self::new(Clock::system(), "{}")
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.world();
        f.debug_struct("State")
            .field("clock", &self.shared.clock)
            .field("accounts", &world.accounts.len())
            .field("bots", &world.bots.len())
            .finish_non_exhaustive()
    }
}

/// An error Telegram has no documented name for; the sandbox's own, in Telegram's manner.
pub(super) fn bad_request(message: &str) -> CloudError {
    CloudError::from_rpc(400, message)
}

#[cfg(test)]
impl State {
    /// A world at rest with one account without a password.
    pub(super) fn with_account() -> (Self, i64) {
        let state = Self::new(Clock::standing_at(1_700_000_000), r#"{"DE":"de"}"#);
        let phone = crate::element::PhoneNumber("12025550123".to_owned());
        let user_id =
            state.register_account(super::Registration::new(phone, "Anna")).expect("the first account");
        (state, user_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_sent_once_per_hash() {
        let state = State::new(Clock::system(), r#"{"DE":"de"}"#);
        let PassportConfig::Config { hash, countries_langs } = state.passport_config(0) else {
            panic!("hash 0 asks in any case");
        };
        assert_eq!(countries_langs, r#"{"DE":"de"}"#);
        assert_eq!(state.passport_config(hash), PassportConfig::NotModified);
        assert_ne!(state.passport_config(hash.wrapping_add(1)), PassportConfig::NotModified);
    }

    #[test]
    fn debug_shows_counts_only() {
        let (state, _) = State::with_account();
        assert_eq!(
            format!("{state:?}"),
            "State { clock: Clock { now: 1700000000 }, accounts: 1, bots: 0, .. }"
        );
    }
}
