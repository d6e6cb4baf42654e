use super::LoginLink;
use crate::cloud::MailedCode;
use crate::passport::SentPhoneCode;

/// What a login wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A phone number, or another device's approval
    /// ([`request_link`](super::LoginSteps::request_link)); over TDLib also a bot's token.
    PhoneNumber,
    /// The code that was sent to the phone, or to the account's other devices.
    Code(SentPhoneCode),
    /// An e-mail address, to which the account's codes go from now on: Telegram demands one of some accounts.
    EmailAddress,
    /// The code that was sent to the account's login e-mail address, or to the one that becomes it.
    EmailCode(MailedCode),
    /// The approval of a signed-in device.
    OtherDevice(LoginLink),
    /// A name for a new account; the person accepts Telegram's terms of service.
    Registration {
        /// The terms, for the person to read, if Telegram names any.
        terms_of_service: Option<String>,
    },
    /// The password of two-step verification.
    Password {
        /// What its owner wrote to remember it by.
        hint: Option<String>,
        /// Whether it can be recovered by e-mail.
        has_recovery_email: bool,
        /// Whether a Passport would be lost with it.
        has_passport_data: bool,
        /// Where a recovery code was sent, most of it hidden, once it was.
        recovery_email_pattern: Option<String>,
    },
    /// Nothing: the account is signed in.
    Ready,
    /// Nothing: the account is being signed out.
    LoggingOut,
    /// Nothing: the session has ended.
    Closed,
    /// Something that this version does not offer, by its name in the schema or in TDLib: Premium, a code that only some
    /// telephone gets, or what is newer than this version.
    Unknown(String),
}
