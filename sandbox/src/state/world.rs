use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use super::Clock;
use super::account::Account;
use super::bot::BotState;
use super::code::{Code, Purpose, Recipient, SentMessage};
use super::login_email::{EmailSetUp, LoginEmail};
use super::sign_in::LoginFlow;
use super::upload::Uploads;
use crate::primitives;
use crate::store::{
    Changes, DamagedRecord, Durable, Kept, KeptGuard, Records, Store, StoreError, Table, Watch,
};
use telegram_passport::cloud::{CloudError, PassportConfig, SignedOut};

/// Where a store has the world.
const PLACE: &str = "state";

/// What Telegram's servers hold; see the [module](super). Clones share everything.
#[derive(Clone)]
pub struct State {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    countries_langs: String,
    world: Kept<World>,
}

/// Everything that changes.
#[derive(Default)]
pub(super) struct World {
    pub(super) accounts: Table<i64, Account>,
    pub(super) bots: Table<i64, BotState>,
    /// By number, in the order in which they were sent.
    pub(super) messages: Table<u64, SentMessage>,
    /// Logins under way, by phone number.
    pub(super) logins: Table<String, LoginFlow>,
    /// Accounts that have, or must have, a login e-mail address.
    pub(super) login_emails: Table<i64, LoginEmail>,
    /// Those that are being set up, by phone number.
    pub(super) email_set_ups: Table<String, EmailSetUp>,
    /// Calls by account and method. A tester's, like the failures: neither lasts.
    pub(super) traffic: BTreeMap<i64, BTreeMap<&'static str, u64>>,
    /// Failures to come, by account and method.
    pub(super) failures: HashMap<(i64, &'static str), Vec<CloudError>>,
}

impl State {
    /// An empty world in memory. `countries_langs` is a JSON object from upper-case country code to language code,
    /// as `help.passportConfig` carries it.
    #[must_use]
    pub fn new(clock: Clock, countries_langs: &str) -> Self {
        Self::of(clock, countries_langs, Kept::default())
    }

    /// The world in this store, as it was left: every change is on the disk before anybody is told of it.
    ///
    /// # Errors
    /// [`StoreError`] for records that cannot be read; they stay as they are.
    pub fn open(clock: Clock, countries_langs: &str, store: &Store) -> Result<Self, StoreError> {
        Ok(Self::of(clock, countries_langs, Kept::open(store, PLACE)?))
    }

    fn of(clock: Clock, countries_langs: &str, world: Kept<World>) -> Self {
        Self { shared: Arc::new(Shared { clock, countries_langs: countries_langs.to_owned(), world }) }
    }

    /// Tells when something here may have changed, from now on.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.shared.world.watch()
    }

    /// Where this world is kept.
    #[must_use]
    pub fn store(&self) -> &Store {
        self.shared.world.store()
    }

    /// Everything that is held here, by name, as it would be written: every byte that these servers know of people,
    /// bots, files and shares. Texts in it are UTF-8, and bytes stand as they came.
    #[must_use]
    pub fn records(&self) -> BTreeMap<String, Vec<u8>> {
        self.shared.world.records()
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

    pub(super) fn countries_languages(&self) -> &str {
        &self.shared.countries_langs
    }

    /// Takes the lock; what is changed under it is kept when it is free again.
    pub(super) fn world(&self) -> KeptGuard<'_, World> {
        self.shared.world.lock()
    }

    pub(super) fn now(&self) -> i64 {
        self.shared.clock.now()
    }
}

impl Durable for World {
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        let of_account = |account: &mut Account, place: &str| {
            account.files = Table::load(records, &format!("{place}/file"))?;
            account.uploads = Uploads::load(records, &format!("{place}/upload"))?;
            Ok(())
        };
        let of_bot = |bot: &mut BotState, place: &str| {
            bot.inbox = Table::load(records, &format!("{place}/share"))?;
            bot.files = Table::load(records, &format!("{place}/file"))?;
            Ok(())
        };
        Ok(Self {
            accounts: Table::load_with(records, &format!("{place}/account"), of_account)?,
            bots: Table::load_with(records, &format!("{place}/bot"), of_bot)?,
            messages: Table::load(records, &format!("{place}/message"))?,
            logins: Table::load(records, &format!("{place}/login"))?,
            login_emails: Table::load(records, &format!("{place}/login-email"))?,
            email_set_ups: Table::load(records, &format!("{place}/login-email-set-up"))?,
            ..Self::default()
        })
    }

    fn tell(&mut self, place: &str, changes: &mut Changes) {
        self.accounts.tell_with(&format!("{place}/account"), changes, |account, place, changes| {
            account.files.tell(&format!("{place}/file"), changes);
            account.uploads.tell(&format!("{place}/upload"), changes);
        });
        self.bots.tell_with(&format!("{place}/bot"), changes, |bot, place, changes| {
            bot.inbox.tell(&format!("{place}/share"), changes);
            bot.files.tell(&format!("{place}/file"), changes);
        });
        self.messages.tell(&format!("{place}/message"), changes);
        self.logins.tell(&format!("{place}/login"), changes);
        self.login_emails.tell(&format!("{place}/login-email"), changes);
        self.email_set_ups.tell(&format!("{place}/login-email-set-up"), changes);
    }
}

impl World {
    pub(super) fn account(&self, user_id: i64) -> Result<&Account, CloudError> {
        self.accounts.get(&user_id).ok_or(CloudError::SignedOut(SignedOut::KeyUnregistered))
    }

    pub(super) fn account_mut(&mut self, user_id: i64) -> Result<&mut Account, CloudError> {
        self.accounts.get_mut(&user_id).ok_or(CloudError::SignedOut(SignedOut::KeyUnregistered))
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
        let number = self.messages.last_key_value().map_or(1, |(last, _)| last + 1);
        self.messages.insert(number, SentMessage { user_id, recipient, purpose, code: digits, date: now });
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
        let user_id = state.open_account();
        (state, user_id)
    }

    /// An account without a password.
    pub(super) fn open_account(&self) -> i64 {
        let phone = telegram_passport::element::PhoneNumber("12025550123".to_owned());
        self.register_account(super::Registration::new(phone, "Anna")).expect("the first account")
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
