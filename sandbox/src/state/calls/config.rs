use crate::primitives;
use crate::state::shared::State;
use telegram_passport::cloud::PassportConfig;

impl State {
    /// `help.getPassportConfig#c661ad08`. The hash is made from the content and never 0.
    #[must_use]
    pub fn passport_config(&self, hash: i32) -> PassportConfig {
        let digest = primitives::sha256(&[self.countries_langs().as_bytes()]);
        let current = i32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]) & i32::MAX | 1;
        if hash == current {
            PassportConfig::NotModified
        } else {
            PassportConfig::Config { hash: current, countries_langs: self.countries_langs().to_owned() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Clock;

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
}
