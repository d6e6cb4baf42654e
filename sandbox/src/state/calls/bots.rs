use crate::primitives;
use crate::state::model::bot::Bot;
use crate::state::model::delivery::Delivery;
use crate::state::model::registration::RegistrationError;
use crate::state::shared::State;

impl State {
    /// Registers a bot, as with BotFather.
    ///
    /// # Errors
    ///
    /// [`BotIdInvalid`](RegistrationError::BotIdInvalid) for an id that is not positive, or is an account's or
    /// another bot's.
    pub fn register_bot(&self, bot: Bot) -> Result<(), RegistrationError> {
        self.world().open_bot(bot)
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

    /// What was shared with a bot after this [`update_id`](Delivery::update_id), oldest first.
    #[must_use]
    pub fn inbox_after(&self, bot_id: i64, update_id: u32) -> Vec<Delivery> {
        let world = self.world();
        world.bots.get(&bot_id).map(|bot| bot.inbox_after(update_id).cloned().collect()).unwrap_or_default()
    }

    /// Everything that was shared with a bot, oldest first; nothing for an unknown bot.
    #[must_use]
    pub fn inbox(&self, bot_id: i64) -> Vec<Delivery> {
        let world = self.world();
        world.bots.get(&bot_id).map(|bot| bot.inbox().cloned().collect()).unwrap_or_default()
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
