//! Contact rules: which phone number and which e-mail address is whose, and who may turn to whom.

use super::model::account::Account;
use super::model::address::{folded, is_email, normalised_phone};
use super::model::bot::RegisteredBot;
use super::model::login::Logins;
use super::model::registration::RegistrationError;
use telegram_passport::cloud::{CloudError, SecurePlainData};
use telegram_passport::element::{EmailAddress, PhoneNumber};

/// An account has a number: its digits.
pub(super) fn account_phone(phone: &PhoneNumber) -> Result<PhoneNumber, RegistrationError> {
    normalised_phone(&phone.0).map(PhoneNumber).ok_or(RegistrationError::PhoneInvalid)
}

/// A number, digits only, has one account.
pub(super) fn check_free<'a>(
    phone: &PhoneNumber,
    mut accounts: impl Iterator<Item = &'a Account>,
) -> Result<(), RegistrationError> {
    if accounts.any(|account| account.phone == *phone) {
        Err(RegistrationError::PhoneOccupied)
    } else {
        Ok(())
    }
}

/// Any account may ask for a code to any number: its digits.
pub(super) fn verifiable_phone(phone_number: &str) -> Result<String, CloudError> {
    normalised_phone(phone_number).ok_or(CloudError::PhoneNumberInvalid)
}

/// Any account may ask for a code to any address.
pub(super) fn verifiable_email(email: &str) -> Result<EmailAddress, CloudError> {
    if is_email(email) { Ok(EmailAddress(email.to_owned())) } else { Err(CloudError::EmailInvalid) }
}

/// An account may store its own number and those it has verified, its recovery address and those it has verified:
/// a number in digits, an address as written.
pub(super) fn storable(account: &Account, plain: SecurePlainData) -> Result<SecurePlainData, CloudError> {
    match plain {
        SecurePlainData::Phone(phone) => {
            let digits = verifiable_phone(&phone.0)?;
            if digits != account.phone.0 && !account.verification.has_phone(&digits) {
                return Err(CloudError::PhoneVerificationNeeded);
            }
            Ok(SecurePlainData::Phone(PhoneNumber(digits)))
        }
        SecurePlainData::Email(email) => {
            let email = verifiable_email(&email.0)?;
            let address = folded(&email.0);
            let own = account.two_factor.recovery_email().is_some_and(|own| folded(&own.0) == address);
            if !own && !account.verification.has_email(&address) {
                return Err(CloudError::EmailVerificationNeeded);
            }
            Ok(SecurePlainData::Email(email))
        }
    }
}

/// A login address is set up in the login of an account that must have one: which, or this error.
pub(super) fn sets_up_login_email(
    logins: &Logins,
    user_id: Option<i64>,
    otherwise: CloudError,
) -> Result<i64, CloudError> {
    user_id.filter(|user_id| logins.needs_email(*user_id)).ok_or(otherwise)
}

/// A bot may object to what people have shared with it, and turns to nobody else.
pub(super) fn may_object(bot: &RegisteredBot, user_id: i64) -> Result<(), CloudError> {
    let shared = bot.was_shared_with_by(user_id);
    if shared { Ok(()) } else { Err(CloudError::UserIdInvalid) }
}
