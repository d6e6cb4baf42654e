use super::synthetic::Person;
use crate::state::State;
use crate::state::{Registration, RegistrationError};
use telegram_passport::cloud::{
    CloudError, InputCheckPassword, NewPassword, PasswordInputSettings, PasswordKdfAlgo,
};
use telegram_passport::element::{Element, PersonalDetails, PhoneNumber};
use telegram_passport::vault::{Password, PasswordAlgorithm, SrpError, derive_verifier};

/// The first name of an account whose person has no personal details.
const NOBODY: &str = "Nobody";

/// Why a person got no account.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignUpError {
    /// An account needs a phone number, and the person has no `phone_number` element.
    #[error("an account needs a phone number: the person has no phone_number element")]
    NoPhoneNumber,
    /// Telegram has no empty passwords.
    #[error("the password is empty; without one there is no password at all")]
    EmptyPassword,
    /// The sandbox refused the account.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// What the sandbox offers for deriving the verifier is not sound.
    #[error(transparent)]
    Algorithm(#[from] SrpError),
    /// The sandbox offers a key derivation that this version does not know.
    #[error("the server names an unknown key derivation for new passwords")]
    UnknownAlgorithm,
    /// The sandbox refused the password.
    #[error(transparent)]
    Cloud(#[from] CloudError),
}

impl Person {
    /// Opens an account for the person, under the number and name of their Passport, with two-step verification
    /// if there is a password. Answers the user id.
    ///
    /// The password stays here: like Telegram's servers, the sandbox gets its SRP verifier only, the way a client
    /// sets one. Nothing is stored in the account's Passport yet. Slow on purpose, if there is a password; async
    /// callers use `spawn_blocking`.
    ///
    /// # Errors
    /// [`SignUpError`]. If setting the password fails, the account exists without one.
    pub fn sign_up(&self, state: &State, password: Option<&Password>) -> Result<i64, SignUpError> {
        if password.is_some_and(Password::is_empty) {
            return Err(SignUpError::EmptyPassword);
        }
        let phone = self.phone_number().ok_or(SignUpError::NoPhoneNumber)?.clone();
        let mut registration = Registration::new(phone, NOBODY);
        if let Some(details) = self.personal_details().filter(|details| !details.first_name.is_empty()) {
            registration.first_name.clone_from(&details.first_name);
            registration.last_name.clone_from(&details.last_name);
        }
        let user_id = state.register_account(registration)?;
        if let Some(password) = password {
            set_password(state, user_id, password)?;
        }
        Ok(user_id)
    }

    /// The `phone_number` element.
    #[must_use]
    pub fn phone_number(&self) -> Option<&PhoneNumber> {
        self.elements.iter().find_map(|element| match element {
            Element::PhoneNumber(number) => Some(number),
            _ => None,
        })
    }

    /// The `personal_details` element.
    #[must_use]
    pub fn personal_details(&self) -> Option<&PersonalDetails> {
        self.elements.iter().find_map(|element| match element {
            Element::PersonalDetails(details) => Some(details),
            _ => None,
        })
    }
}

fn set_password(state: &State, user_id: i64, password: &Password) -> Result<(), SignUpError> {
    let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } =
        state.account_password(user_id)?.new_algo
    else {
        return Err(SignUpError::UnknownAlgorithm);
    };
    let new = derive_verifier(password, &PasswordAlgorithm { salt1, salt2, g, p })?;
    let PasswordAlgorithm { salt1, salt2, g, p } = new.algorithm;
    let settings = PasswordInputSettings {
        new_password: Some(NewPassword {
            new_algo: PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow {
                salt1,
                salt2,
                g,
                p,
            },
            new_password_hash: new.verifier,
            hint: String::new(),
        }),
        ..PasswordInputSettings::default()
    };
    state.update_password_settings(user_id, &InputCheckPassword::Empty, settings)?;
    Ok(())
}
