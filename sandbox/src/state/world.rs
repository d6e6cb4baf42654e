//! All that the servers know, in one value.

use std::collections::{BTreeMap, HashMap};

use super::contact;
use super::model::account::Account;
use super::model::bot::{Bot, RegisteredBot};
use super::model::delivery::Sender;
use super::model::login::Logins;
use super::model::message::Messages;
use super::model::registration::{Registration, RegistrationError};
use super::model::two_factor::TwoFactor;
use super::refusal::ChatRefusal;
use crate::store::{Changes, DamagedRecord, Durable, Records, Table};
use telegram_passport::cloud::{CloudError, SignedOut};

/// The first account's id: above 32 bits, as Telegram's have been since 2021.
const FIRST_USER_ID: i64 = 5_000_000_001;

/// Everything that changes.
#[derive(Default)]
pub(super) struct World {
    pub(super) accounts: Table<i64, Account>,
    pub(super) bots: Table<i64, RegisteredBot>,
    pub(super) messages: Messages,
    pub(super) logins: Logins,
    /// Calls by account and method. A tester's, like the failures: neither lasts.
    pub(super) traffic: BTreeMap<i64, BTreeMap<&'static str, u64>>,
    /// Failures to come, by account and method.
    pub(super) failures: HashMap<(i64, &'static str), Vec<CloudError>>,
}

impl World {
    pub(super) fn account(&self, user_id: i64) -> Result<&Account, CloudError> {
        self.accounts.get(&user_id).ok_or(CloudError::SignedOut(SignedOut::KeyUnregistered))
    }

    pub(super) fn account_mut(&mut self, user_id: i64) -> Result<&mut Account, CloudError> {
        self.accounts.get_mut(&user_id).ok_or(CloudError::SignedOut(SignedOut::KeyUnregistered))
    }

    /// An account, and where codes are sent from.
    pub(super) fn account_and_messages(
        &mut self,
        user_id: i64,
    ) -> Result<(&mut Account, &mut Messages), CloudError> {
        let account = self.accounts.get_mut(&user_id);
        Ok((account.ok_or(CloudError::SignedOut(SignedOut::KeyUnregistered))?, &mut self.messages))
    }

    /// The account with this number, digits only.
    pub(super) fn user_with_phone(&self, digits: &str) -> Option<i64> {
        self.accounts.iter().find(|(_, account)| account.phone.0 == digits).map(|(user_id, _)| *user_id)
    }

    /// Opens an account; gives its user id.
    pub(super) fn open_account(&mut self, registration: Registration) -> Result<i64, RegistrationError> {
        let phone = contact::account_phone(&registration.phone)?;
        let two_factor = TwoFactor::registered(registration.password)?;
        contact::check_free(&phone, self.accounts.values())?;
        let account = Account::new(phone, registration.first_name, registration.last_name, two_factor);
        let above = self.accounts.keys().max().map_or(FIRST_USER_ID, |last| last + 1);
        let user_id = (above..).find(|id| !self.bots.contains_key(id)).expect("ids outnumber bots");
        self.accounts.insert(user_id, account);
        Ok(user_id)
    }

    /// A bot, for a call about one of its chats.
    pub(super) fn bot_mut(&mut self, bot_id: i64) -> Result<&mut RegisteredBot, ChatRefusal> {
        self.bots.get_mut(&bot_id).ok_or(ChatRefusal::NoSuchBot)
    }

    /// A person as bots see them.
    pub(super) fn sender(&self, user_id: i64) -> Result<Sender, ChatRefusal> {
        self.accounts.get(&user_id).map(|account| account.sender(user_id)).ok_or(ChatRefusal::NoSuchPerson)
    }

    /// Registers a bot under its id, with this token.
    pub(super) fn open_bot(&mut self, bot: Bot, token: String) -> Result<(), RegistrationError> {
        let taken = self.accounts.contains_key(&bot.id) || self.bots.contains_key(&bot.id);
        if bot.id <= 0 || taken {
            return Err(RegistrationError::BotIdInvalid);
        }
        self.bots.insert(bot.id, RegisteredBot::new(bot, token));
        Ok(())
    }
}

impl Durable for World {
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        Ok(Self {
            accounts: Table::load_with(
                records,
                &format!("{place}/account"),
                |account: &mut Account, place| account.load_tables(records, place),
            )?,
            bots: Table::load_with(records, &format!("{place}/bot"), |bot: &mut RegisteredBot, place| {
                bot.load_tables(records, place)
            })?,
            messages: Messages::load(records, &format!("{place}/message"))?,
            logins: Logins::load(records, place)?,
            ..Self::default()
        })
    }

    fn collect(&mut self, place: &str, changes: &mut Changes) {
        // Calls and failures are a tester's: neither lasts.
        let Self { accounts, bots, messages, logins, traffic: _, failures: _ } = self;
        accounts.collect_with(&format!("{place}/account"), changes, Account::collect_tables);
        bots.collect_with(&format!("{place}/bot"), changes, RegisteredBot::collect_tables);
        messages.collect(&format!("{place}/message"), changes);
        logins.collect(place, changes);
    }
}
