use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::State;
use super::file::StoredFile;
use super::password::TwoFactor;
use super::upload::Uploads;
use super::verification::{EmailFlow, PhoneFlow, normalised_phone};
use crate::store::Table;
use telegram_passport::cloud::{
    CloudError, PasswordKdfAlgo, SecureSecretSettings, SecureValue, SecureValueError,
};
use telegram_passport::element::{ElementType, EmailAddress, PhoneNumber};

/// The first account's id: above 32 bits, as Telegram's have been since 2021.
const FIRST_USER_ID: i64 = 5_000_000_001;

/// What signing up tells Telegram of a person.
#[derive(Clone)]
pub struct Registration {
    /// The account's own number.
    pub phone: PhoneNumber,
    /// The displayed first name.
    pub first_name: String,
    /// The displayed last name, possibly empty.
    pub last_name: String,
    /// Two-factor authentication, if set.
    pub password: Option<RegisteredPassword>,
}

/// Two-factor authentication as the server keeps it: a verifier, never a password.
#[derive(Clone)]
pub struct RegisteredPassword {
    /// How the verifier was derived; on Telegram's well-known prime, generator 3.
    pub algorithm: PasswordKdfAlgo,
    /// `g^x mod p`, 256 bytes.
    pub verifier: Vec<u8>,
    /// The hint, possibly empty.
    pub hint: String,
    /// A confirmed recovery e-mail.
    pub recovery_email: Option<EmailAddress>,
    /// The wrapped passport secret, kept verbatim; the old SHA-512 form can enter here only.
    pub secure_settings: Option<SecureSecretSettings>,
}

impl Registration {
    /// An account without a last name and without a password.
    #[must_use]
    pub fn new(phone: PhoneNumber, first_name: &str) -> Self {
        Self { phone, first_name: first_name.to_owned(), last_name: String::new(), password: None }
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("password", &self.password).finish_non_exhaustive()
    }
}

impl fmt::Debug for RegisteredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisteredPassword")
            .field("algorithm", &self.algorithm)
            .field("has_recovery_email", &self.recovery_email.is_some())
            .field("secure_settings", &self.secure_settings)
            .finish_non_exhaustive()
    }
}

/// Why an account or a bot was not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrationError {
    /// Not 5 to 15 digits.
    #[error("not a phone number")]
    PhoneInvalid,
    /// Another account has this number.
    #[error("another account has this phone number")]
    PhoneOccupied,
    /// The recovery address is none.
    #[error("the recovery address is no e-mail address")]
    EmailInvalid,
    /// Another group than Telegram's, or a verifier that is no number of it.
    #[error("the password's verifier or algorithm is malformed")]
    PasswordInvalid,
    /// A bot's id is not positive, or is taken.
    #[error("the bot's id is not positive, too large, or taken")]
    BotIdInvalid,
}

/// Who an account is to its own sessions.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// The phone number, digits only.
    pub phone: PhoneNumber,
    /// The first name shown in chats.
    pub first_name: String,
    /// The last name shown in chats, or empty.
    pub last_name: String,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").finish_non_exhaustive()
    }
}

/// One account, as the server keeps it.
#[derive(Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) phone: PhoneNumber,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) two_factor: TwoFactor,
    pub(super) values: BTreeMap<ElementType, SecureValue>,
    /// The files of those values, by id.
    #[serde(skip)]
    pub(super) files: Table<i64, StoredFile>,
    #[serde(skip)]
    pub(super) uploads: Uploads,
    pub(super) verified_phones: BTreeSet<String>,
    pub(super) verified_emails: BTreeSet<String>,
    pub(super) phone_flow: Option<PhoneFlow>,
    pub(super) email_flow: Option<EmailFlow>,
    /// Unresolved objections by bot.
    pub(super) objections: BTreeMap<i64, Vec<SecureValueError>>,
}

impl Account {
    /// What the loss of the password entails: nothing of the Passport remains.
    pub(super) fn forget_passport(&mut self) {
        self.values.clear();
        self.files.clear();
        self.objections.clear();
    }
}

impl State {
    /// Opens an account and answers its user id.
    ///
    /// # Errors
    ///
    /// [`RegistrationError`], and nothing has changed.
    pub fn register_account(&self, registration: Registration) -> Result<i64, RegistrationError> {
        let phone = normalised_phone(&registration.phone.0).ok_or(RegistrationError::PhoneInvalid)?;
        let two_factor = TwoFactor::registered(registration.password)?;
        let mut world = self.world();
        if world.accounts.values().any(|account| account.phone.0 == phone) {
            return Err(RegistrationError::PhoneOccupied);
        }
        let above = world.accounts.keys().max().map_or(FIRST_USER_ID, |last| last + 1);
        let user_id = (above..).find(|id| !world.bots.contains_key(id)).expect("ids outnumber bots");
        let account = Account {
            phone: PhoneNumber(phone),
            first_name: registration.first_name,
            last_name: registration.last_name,
            two_factor,
            values: BTreeMap::new(),
            files: Table::default(),
            uploads: Uploads::default(),
            verified_phones: BTreeSet::new(),
            verified_emails: BTreeSet::new(),
            phone_flow: None,
            email_flow: None,
            objections: BTreeMap::new(),
        };
        world.accounts.insert(user_id, account);
        Ok(user_id)
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
        let world = self.world();
        let account = world.accounts.get(&user_id)?;
        Some(Profile {
            phone: account.phone.clone(),
            first_name: account.first_name.clone(),
            last_name: account.last_name.clone(),
        })
    }

    /// The account with this number, however it is written.
    #[must_use]
    pub fn user_id_of(&self, phone_number: &str) -> Option<i64> {
        let phone = normalised_phone(phone_number)?;
        let world = self.world();
        world.accounts.iter().find(|(_, account)| account.phone.0 == phone).map(|(&user_id, _)| user_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_account() {
        let (state, user_id) = State::with_account();
        let same = Registration::new(PhoneNumber("+1 (202) 555-0123".to_owned()), "Eve");
        assert_eq!(state.register_account(same), Err(RegistrationError::PhoneOccupied));
        assert_eq!(state.user_id_of("+1 202 555 0123"), Some(user_id));
        let other = Registration::new(PhoneNumber("4915112345678".to_owned()), "Bob");
        assert_eq!(state.register_account(other), Ok(user_id + 1));
        let none = Registration::new(PhoneNumber("12".to_owned()), "Bob");
        assert_eq!(state.register_account(none), Err(RegistrationError::PhoneInvalid));
    }

    #[test]
    fn debug_leaves_out_the_person() {
        let registration = Registration::new(PhoneNumber("12025550123".to_owned()), "Anna");
        assert_eq!(format!("{registration:?}"), "Registration { password: None, .. }");
    }
}
