use serde::{Deserialize, Serialize};

use super::accept::Delivery;
use super::account::RegistrationError;
use super::file::BotFile;
use super::{Held, Holdings, State};
use crate::primitives;
use crate::store::Table;
use telegram_passport::cloud::{CloudError, User};

/// A bot as its owner registered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// Its id, 64 bits: the first part of its token.
    pub id: i64,
    /// Its name without `@`.
    pub username: String,
    /// Its displayed name.
    pub name: String,
    /// Verified by Telegram.
    pub verified: bool,
    /// Reported as a scam.
    pub scam: bool,
    /// Reported as impersonating someone.
    pub fake: bool,
    /// The public keys it may ask with, as PEM.
    pub public_keys: Vec<String>,
    /// Where it says what it does with the data.
    pub privacy_policy_url: Option<String>,
}

impl Bot {
    /// A bot with one key, no marks and no privacy policy.
    #[must_use]
    pub fn new(id: i64, username: &str, name: &str, public_key: &str) -> Self {
        Self {
            id,
            username: username.to_owned(),
            name: name.to_owned(),
            verified: false,
            scam: false,
            fake: false,
            public_keys: vec![public_key.to_owned()],
            privacy_policy_url: None,
        }
    }

    pub(super) fn user(&self) -> User {
        User {
            id: self.id,
            first_name: self.name.clone(),
            username: Some(self.username.clone()),
            bot: true,
            verified: self.verified,
            scam: self.scam,
            fake: self.fake,
        }
    }
}

/// A bot and what it was sent.
#[derive(Serialize, Deserialize)]
pub(super) struct BotState {
    pub(super) bot: Bot,
    /// With which it signs in: `id:secret`.
    token: String,
    /// By update id.
    #[serde(skip)]
    pub(super) inbox: Table<u32, Delivery>,
    /// What it may read, by the file's id.
    #[serde(skip)]
    pub(super) files: Table<i64, BotFile>,
}

impl State {
    /// Registers a bot, as with BotFather.
    ///
    /// # Errors
    ///
    /// [`BotIdInvalid`](RegistrationError::BotIdInvalid) for an id that is not positive, or is an account's or
    /// another bot's.
    pub fn register_bot(&self, bot: Bot) -> Result<(), RegistrationError> {
        let mut world = self.world();
        let taken = world.accounts.contains_key(&bot.id) || world.bots.contains_key(&bot.id);
        if bot.id <= 0 || taken {
            return Err(RegistrationError::BotIdInvalid);
        }
        let token = format!("{}:{}", bot.id, primitives::hex(&primitives::random::<18>()));
        let state = BotState { token, inbox: Table::default(), files: Table::default(), bot };
        world.bots.insert(state.bot.id, state);
        Ok(())
    }

    /// The token a bot signs in with, as BotFather tells it to the owner.
    #[must_use]
    pub fn bot_token(&self, bot_id: i64) -> Option<String> {
        self.world().bots.get(&bot_id).map(|bot| bot.token.clone())
    }

    /// The bot with this token.
    #[must_use]
    pub fn bot_of_token(&self, token: &str) -> Option<i64> {
        let world = self.world();
        let bot_id = token.split(':').next()?.parse().ok()?;
        let bot = world.bots.get(&bot_id)?;
        primitives::equal(bot.token.as_bytes(), token.as_bytes()).then_some(bot_id)
    }

    /// A bot as others see it.
    #[must_use]
    pub fn bot(&self, bot_id: i64) -> Option<Bot> {
        self.world().bots.get(&bot_id).map(|bot| bot.bot.clone())
    }

    /// The bot with this username, without regard to case.
    #[must_use]
    pub fn bot_of_username(&self, username: &str) -> Option<Bot> {
        let world = self.world();
        world
            .bots
            .values()
            .map(|bot| &bot.bot)
            .find(|bot| bot.username.eq_ignore_ascii_case(username))
            .cloned()
    }

    /// Every bot's id, ascending.
    #[must_use]
    pub fn bot_ids(&self) -> Vec<i64> {
        self.world().bots.keys().copied().collect()
    }

    /// What was shared with a bot after this [`update_id`](Delivery::update_id), oldest first.
    #[must_use]
    pub fn inbox_after(&self, bot_id: i64, update_id: u32) -> Vec<Delivery> {
        let world = self.world();
        let Some(bot) = world.bots.get(&bot_id) else { return Vec::new() };
        bot.inbox.range(update_id.saturating_add(1)..).map(|(_, delivery)| delivery.clone()).collect()
    }

    /// Everything that was shared with a bot, oldest first; nothing for an unknown bot.
    #[must_use]
    pub fn inbox(&self, bot_id: i64) -> Vec<Delivery> {
        let world = self.world();
        world.bots.get(&bot_id).map(|bot| bot.inbox.values().cloned().collect()).unwrap_or_default()
    }
}

impl BotState {
    /// Checks the key of a request against those registered. Line ends and outer white space do not count.
    pub(super) fn check_key(&self, public_key: &str) -> Result<(), CloudError> {
        if public_key.trim().is_empty() || self.bot.public_keys.is_empty() {
            return Err(CloudError::PublicKeyRequired);
        }
        let lines =
            |key: &str| -> Vec<String> { key.trim().lines().map(|line| line.trim().to_owned()).collect() };
        let asked = lines(public_key);
        let known = self.bot.public_keys.iter().any(|key| lines(key) == asked);
        if known { Ok(()) } else { Err(CloudError::PublicKeyInvalid) }
    }
}

impl Held for BotState {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { bot, token, inbox, files } = self;
        bot.add_to(holdings);
        holdings.add("bot's token", token);
        inbox.values().for_each(|delivery| delivery.add_to(holdings));
        files.values().for_each(|file| file.add_to(holdings));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) const BOT_ID: i64 = 7_000_000_001;

    pub(in super::super) const KEY: &str = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";

    pub(in super::super) fn register(state: &State) {
        let bot = Bot {
            privacy_policy_url: Some("https://example.com/privacy".to_owned()),
            ..Bot::new(BOT_ID, "example_bot", "Example", KEY)
        };
        state.register_bot(bot).expect("a free id");
    }

    #[test]
    fn an_id_is_taken_once() {
        let (state, user_id) = State::with_account();
        register(&state);
        for id in [BOT_ID, user_id, 0, -1, i64::MIN] {
            let outcome = state.register_bot(Bot::new(id, "b", "B", KEY));
            assert_eq!(outcome, Err(RegistrationError::BotIdInvalid), "{id}");
        }
        let phone = telegram_passport::element::PhoneNumber("4915112345678".to_owned());
        let next =
            state.register_account(super::super::Registration::new(phone, "Bob")).expect("a free number");
        assert_eq!(next, user_id + 1);
    }

    #[test]
    fn people_and_bots_share_their_ids_of_64_bits() {
        let state = State::default();
        let next = telegram_passport::element::PhoneNumber("12025550123".to_owned());
        for id in [i64::MAX, 5_000_000_001] {
            state.register_bot(Bot::new(id, "b", "B", KEY)).expect("any positive id");
        }
        let person = state.register_account(super::super::Registration::new(next, "Anna")).expect("room");
        assert_eq!(person, 5_000_000_002);
    }

    #[test]
    fn keys_are_compared_without_regard_to_line_ends() {
        let (state, _) = State::with_account();
        register(&state);
        let world = state.world();
        let bot = world.bots.get(&BOT_ID).expect("registered");
        for good in [KEY.to_owned(), KEY.replace('\n', "\r\n"), KEY.trim().to_owned()] {
            bot.check_key(&good).expect("the registered key");
        }
        assert!(matches!(bot.check_key(" "), Err(CloudError::PublicKeyRequired)));
        assert!(matches!(bot.check_key(&KEY.replace('A', "B")), Err(CloudError::PublicKeyInvalid)));
    }
}
