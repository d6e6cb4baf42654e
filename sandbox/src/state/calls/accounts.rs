use crate::state::model::account::{Account, Profile};
use crate::state::model::address::normalised_phone;
use crate::state::model::registration::{Registration, RegistrationError};
use crate::state::shared::State;
use telegram_passport::cloud::CloudError;
use telegram_passport::element::PhoneNumber;

impl State {
    /// Opens an account and answers its user id.
    ///
    /// # Errors
    ///
    /// [`RegistrationError`], and nothing has changed.
    pub fn register_account(&self, registration: Registration) -> Result<i64, RegistrationError> {
        self.world().open_account(registration)
    }

    /// The account's own number, as `users.getUsers#0d91a548` answers it for `inputUserSelf`.
    ///
    /// # Errors
    ///
    /// [`SignedOut`](CloudError::SignedOut) for an unknown account.
    pub fn own_phone_number(&self, user_id: i64) -> Result<PhoneNumber, CloudError> {
        self.world().account(user_id).map(|account| account.phone.clone())
    }

    /// Who an account is to its own sessions: the phone number and both names.
    #[must_use]
    pub fn profile(&self, user_id: i64) -> Option<Profile> {
        self.world().account(user_id).ok().map(Account::profile)
    }

    /// Every account's user id, ascending.
    #[must_use]
    pub fn user_ids(&self) -> Vec<i64> {
        self.world().accounts.keys().copied().collect()
    }

    /// The account with this number, however it is written.
    #[must_use]
    pub fn user_id_of(&self, phone_number: &str) -> Option<i64> {
        self.world().user_with_phone(&normalised_phone(phone_number)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::with_account;

    #[test]
    fn a_number_has_one_account() {
        let (state, user_id) = with_account();
        let same = Registration::new(PhoneNumber("+1 (202) 555-0123".to_owned()), "Eve");
        assert_eq!(state.register_account(same), Err(RegistrationError::PhoneOccupied));
        assert_eq!(state.user_id_of("+1 202 555 0123"), Some(user_id));
        let other = Registration::new(PhoneNumber("4915112345678".to_owned()), "Bob");
        assert_eq!(state.register_account(other), Ok(user_id + 1));
        let none = Registration::new(PhoneNumber("12".to_owned()), "Bob");
        assert_eq!(state.register_account(none), Err(RegistrationError::PhoneInvalid));
    }
}
