use crate::primitives;
use crate::state::model::bot::{Bot, RegisteredBot};
use crate::state::model::bot_profile::BotProfile;
use crate::state::model::delivery::Delivery;
use crate::state::model::registration::RegistrationError;
use crate::state::refusal::ChatRefusal;
use crate::state::shared::State;

impl State {
    /// Registers a bot, as with BotFather, under a token that nobody can guess.
    ///
    /// # Errors
    ///
    /// [`BotIdInvalid`](RegistrationError::BotIdInvalid) for an id that is not positive, or is an account's or
    /// another bot's.
    pub fn register_bot(&self, bot: Bot) -> Result<(), RegistrationError> {
        let token = RegisteredBot::random_token(bot.id);
        self.world().open_bot(bot, token)
    }

    /// Registers a bot under this token: its id, a colon, and letters, digits, `_` and `-`.
    ///
    /// # Errors
    ///
    /// As [`register_bot`](Self::register_bot), and [`BotTokenInvalid`](RegistrationError::BotTokenInvalid).
    pub fn register_bot_with_token(&self, bot: Bot, token: &str) -> Result<(), RegistrationError> {
        let sound = |secret: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            (1..=64).contains(&secret.len()) && secret.bytes().all(fits)
        };
        match token.split_once(':') {
            Some((id, secret)) if id == bot.id.to_string() && sound(secret) => {
                self.world().open_bot(bot, token.to_owned())
            }
            _ => Err(RegistrationError::BotTokenInvalid),
        }
    }

    /// Makes a bot as it was when it was registered: no chats, no updates, no files, no webhook. Its token stays, and
    /// the numbers of its messages, updates and shares go on.
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn reset_bot(&self, bot_id: i64) -> Result<(), ChatRefusal> {
        self.world().bot_mut(bot_id)?.reset();
        Ok(())
    }

    /// What a bot says of itself.
    #[must_use]
    pub fn bot_profile(&self, bot_id: i64) -> Option<BotProfile> {
        self.world().bots.get(&bot_id).map(|bot| bot.profile.clone())
    }

    /// Changes what a bot says of itself.
    ///
    /// # Errors
    ///
    /// [`NoSuchBot`](ChatRefusal::NoSuchBot).
    pub fn change_bot_profile(
        &self,
        bot_id: i64,
        change: impl FnOnce(&mut BotProfile),
    ) -> Result<(), ChatRefusal> {
        change(&mut self.world().bot_mut(bot_id)?.profile);
        Ok(())
    }

    /// The token a bot signs in with, as BotFather tells it to the owner.
    #[must_use]
    pub fn bot_token(&self, bot_id: i64) -> Option<String> {
        self.world().bots.get(&bot_id).map(|bot| bot.token().to_owned())
    }

    /// The bot with this token.
    #[must_use]
    pub fn bot_of_token(&self, token: &str) -> Option<i64> {
        let world = self.world();
        let bot_id = token.split(':').next()?.parse().ok()?;
        let bot = world.bots.get(&bot_id)?;
        primitives::equal(bot.token().as_bytes(), token.as_bytes()).then_some(bot_id)
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
        let mut bots = world.bots.values().map(|bot| &bot.bot);
        bots.find(|bot| bot.username.eq_ignore_ascii_case(username)).cloned()
    }

    /// Every bot's id, ascending.
    #[must_use]
    pub fn bot_ids(&self) -> Vec<i64> {
        self.world().bots.keys().copied().collect()
    }

    /// Everything that was shared with a bot, oldest first; nothing for an unknown bot.
    #[must_use]
    pub fn inbox(&self, bot_id: i64) -> Vec<Delivery> {
        self.inbox_after(bot_id, 0)
    }

    /// What was shared with a bot after the share of this [number](crate::state::Share::number), oldest first.
    #[must_use]
    pub fn inbox_after(&self, bot_id: i64, number: u32) -> Vec<Delivery> {
        let world = self.world();
        let Some(bot) = world.bots.get(&bot_id) else { return Vec::new() };
        let newest_first = bot.inbox().rev().take_while(|delivery| delivery.share.number > number);
        let mut after: Vec<Delivery> = newest_first.collect();
        after.reverse();
        after
    }

    /// How much has ever been shared with a bot.
    #[must_use]
    pub fn share_count(&self, bot_id: i64) -> u32 {
        self.world().bots.get(&bot_id).map_or(0, RegisteredBot::shares)
    }

    /// What this person last shared with a bot.
    #[must_use]
    pub fn last_share(&self, bot_id: i64, user_id: i64) -> Option<Delivery> {
        let world = self.world();
        let newest_first = world.bots.get(&bot_id)?.inbox().rev();
        newest_first.into_iter().find(|delivery| delivery.from.id == user_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::model::registration::Registration;
    use crate::state::tests::{BOT_ID, KEY, register, with_account};
    use telegram_passport::element::PhoneNumber;

    #[test]
    fn an_id_is_taken_once() {
        let (state, user_id) = with_account();
        register(&state);
        for id in [BOT_ID, user_id, 0, -1, i64::MIN] {
            let outcome = state.register_bot(Bot::new(id, "b", "B", KEY));
            assert_eq!(outcome, Err(RegistrationError::BotIdInvalid), "{id}");
        }
        let phone = PhoneNumber("4915112345678".to_owned());
        let next = state.register_account(Registration::new(phone, "Bob")).expect("a free number");
        assert_eq!(next, user_id + 1);
    }

    #[test]
    fn a_token_is_the_testers_own_if_it_is_one() {
        let (state, _) = with_account();
        let bot = |id| Bot::new(id, "b", "B", KEY);
        for bad in ["7:", "8:a", "7", "7:a/b", "7:a b", "07:a", ""] {
            let outcome = state.register_bot_with_token(bot(7), bad);
            assert_eq!(outcome, Err(RegistrationError::BotTokenInvalid), "{bad}");
        }
        state.register_bot_with_token(bot(7), "7:own_Token-1").expect("a token");
        assert_eq!(state.bot_of_token("7:own_Token-1"), Some(7));
        assert_eq!(state.bot_token(7).as_deref(), Some("7:own_Token-1"));
    }

    #[test]
    fn people_and_bots_share_their_ids_of_64_bits() {
        let state = State::default();
        let next = PhoneNumber("12025550123".to_owned());
        for id in [i64::MAX, 5_000_000_001] {
            state.register_bot(Bot::new(id, "b", "B", KEY)).expect("any positive id");
        }
        let person = state.register_account(Registration::new(next, "Anna")).expect("room");
        assert_eq!(person, 5_000_000_002);
    }
}
