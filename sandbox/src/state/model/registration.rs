use std::fmt;

use telegram_passport::cloud::{PasswordKdfAlgo, SecureSecretSettings};
use telegram_passport::element::{EmailAddress, PhoneNumber};

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
    /// A bot's token is not its id, a colon, and a secret.
    #[error("the token is not the bot's id, a colon, and letters, digits, `_` and `-`")]
    BotTokenInvalid,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_leaves_out_the_person() {
        let registration = Registration::new(PhoneNumber("12025550123".to_owned()), "Anna");
        assert_eq!(format!("{registration:?}"), "Registration { password: None, .. }");
    }
}
