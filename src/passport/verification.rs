use std::fmt;
use std::time::Duration;

use super::Refusal;
use super::refusal::operation_error;
use crate::cloud::{CloudError, CodeType, SentCodeType};
use crate::element::{EmailAddress, PhoneNumber};

/// A code is on its way to a phone number: what [`check_phone_code`] and [`resend_phone_code`] go by.
///
/// [`check_phone_code`]: super::Passport::check_phone_code
/// [`resend_phone_code`]: super::Passport::resend_phone_code
#[derive(Clone, PartialEq, Eq)]
pub struct SentPhoneCode {
    /// The number the code was sent to.
    pub phone_number: PhoneNumber,
    /// How the code travels.
    pub way: SentCodeType,
    /// How another one would travel, if there is another way.
    pub next_way: Option<CodeType>,
    /// After what time another one may be asked for, if Telegram says so.
    pub resend_after: Option<Duration>,
    /// Telegram's handle of this code (`phone_code_hash`); TDLib keeps it to itself, and a number of the engine's
    /// own stands here instead.
    pub(crate) phone_code_hash: String,
}

/// A code is on its way to an e-mail address.
#[derive(Clone, PartialEq, Eq)]
pub struct SentEmailCode {
    /// The address the code was sent to. Telegram remembers only the last one.
    pub email: EmailAddress,
    /// Of how many characters the code is, if Telegram says so.
    pub length: Option<u32>,
}

impl fmt::Debug for SentPhoneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentPhoneCode").field("way", &self.way).finish_non_exhaustive()
    }
}

impl fmt::Debug for SentEmailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentEmailCode").field("length", &self.length).finish_non_exhaustive()
    }
}

/// Why a phone number or an e-mail address was not verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerificationError {
    /// Telegram does not take this for a phone number or an e-mail address (`PHONE_NUMBER_INVALID`,
    /// `EMAIL_INVALID`, `EMAIL_NOT_ALLOWED`).
    #[error("Telegram does not accept this phone number or e-mail address")]
    Unacceptable,
    /// The code is wrong or empty; the right one may still be entered.
    #[error("this is not the code that was sent")]
    WrongCode,
    /// The code is no longer valid; another must be sent.
    #[error("the code has expired; ask for another one")]
    CodeExpired,
    /// Telegram verified another address than this code was sent to: another code was sent meanwhile.
    #[error("another e-mail address was verified than the one this code was sent to")]
    OtherAddress,
    /// A reason that is none of this operation's own.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

operation_error! {
    VerificationError {
        Self::Unacceptable => "unacceptable" Never,
        Self::WrongCode => "wrong_code" Never,
        Self::CodeExpired => "code_expired" Never,
        Self::OtherAddress => "other_address" Never,
    }
}

impl From<CloudError> for VerificationError {
    fn from(error: CloudError) -> Self {
        match error {
            CloudError::PhoneNumberInvalid | CloudError::EmailInvalid | CloudError::EmailNotAllowed => {
                Self::Unacceptable
            }
            CloudError::CodeInvalid | CloudError::PhoneCodeInvalid | CloudError::PhoneCodeEmpty => {
                Self::WrongCode
            }
            CloudError::PhoneCodeExpired | CloudError::PhoneHashExpired | CloudError::EmailVerifyExpired => {
                Self::CodeExpired
            }
            other => Self::Refused(other.into()),
        }
    }
}
