//! What a login wants next.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tdlib_rs::enums::{AuthenticationCodeType, AuthorizationState};
use tdlib_rs::types;

use super::LoginLink;
use crate::tdlib::hub::type_of;

/// What a login wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// TDLib is starting.
    Parameters,
    /// A phone number, a QR code or a bot's token.
    PhoneNumber,
    /// The code that was sent.
    Code(SentCode),
    /// An e-mail address, to which the account's codes go from now on: Telegram demands one of some accounts.
    EmailAddress,
    /// The code that was sent to the account's login e-mail address, or to the one that becomes it.
    EmailCode {
        /// The address, most of it hidden.
        pattern: String,
        /// Of how many characters the code is; 0 if that is not known.
        length: u32,
    },
    /// The approval of a signed-in device.
    OtherDevice(LoginLink),
    /// A name for a new account; the person accepts these terms of service.
    Registration {
        /// Telegram's terms, for the person to read; empty if it names none.
        terms_of_service: String,
    },
    /// The password of two-step verification.
    Password {
        /// What its owner wrote to remember it by; may be empty.
        hint: String,
        /// Whether it can be recovered by e-mail.
        has_recovery_email: bool,
        /// Whether a Passport would be lost with it.
        has_passport_data: bool,
        /// Where a recovery code was sent, most of it hidden; empty before.
        recovery_email_pattern: String,
    },
    /// Nothing: the account is signed in.
    Ready,
    /// Nothing: the account is being signed out.
    LoggingOut,
    /// The directory's session has ended.
    Closed,
    /// Something this version does not offer, by TDLib's name for it: Premium, or a state that is newer than this
    /// version.
    Unknown(String),
}

/// How a code was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct SentCode {
    /// To whom: the digits of the number, however it was written.
    pub phone_number: String,
    /// How.
    pub way: CodeWay,
    /// Of how many characters it is; 0 if that is not known.
    pub length: u32,
    /// Whether [`resend_code`](super::Login::resend_code) has another way.
    pub next_way: Option<CodeWay>,
    /// When it may be sent again, counted from now.
    pub resend_after: Duration,
}

impl fmt::Debug for SentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentCode")
            .field("way", &self.way)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// How a code reaches the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeWay {
    /// In Telegram, on a device that is signed in.
    TelegramMessage,
    /// By SMS: digits, a word or a phrase.
    Sms,
    /// By a voice.
    Call,
    /// The last digits of a number that calls and hangs up.
    MissedCall,
    /// On fragment.com, for numbers that were bought there.
    Fragment,
    /// Another way.
    Other,
}

impl Step {
    /// Reads an authorization state; one that is not understood is [`Step::Unknown`].
    pub(super) fn read(state: &Value) -> Self {
        let name = type_of(state).unwrap_or_default();
        if name == "authorizationStateWaitRegistration" {
            // Telegram may name no terms. TDLib's are null then, and `tdlib-rs` cannot read that.
            let terms = state.pointer("/terms_of_service/text/text").and_then(Value::as_str);
            return Self::Registration { terms_of_service: terms.unwrap_or_default().to_owned() };
        }
        AuthorizationState::deserialize(state).map_or_else(|_| Self::Unknown(name.to_owned()), Self::from)
    }
}

impl From<AuthorizationState> for Step {
    fn from(state: AuthorizationState) -> Self {
        match state {
            AuthorizationState::WaitTdlibParameters => Self::Parameters,
            AuthorizationState::WaitPhoneNumber => Self::PhoneNumber,
            AuthorizationState::WaitCode(state) => Self::Code(state.code_info.into()),
            AuthorizationState::WaitOtherDeviceConfirmation(state) => match LoginLink::parse(&state.link) {
                Ok(link) => Self::OtherDevice(link),
                Err(_) => Self::Unknown("authorizationStateWaitOtherDeviceConfirmation".to_owned()),
            },
            AuthorizationState::WaitRegistration(state) => {
                Self::Registration { terms_of_service: state.terms_of_service.text.text }
            }
            AuthorizationState::WaitPassword(state) => Self::Password {
                hint: state.password_hint,
                has_recovery_email: state.has_recovery_email_address,
                has_passport_data: state.has_passport_data,
                recovery_email_pattern: state.recovery_email_address_pattern,
            },
            AuthorizationState::Ready => Self::Ready,
            AuthorizationState::LoggingOut => Self::LoggingOut,
            AuthorizationState::Closing | AuthorizationState::Closed => Self::Closed,
            AuthorizationState::WaitPremiumPurchase(_) => {
                Self::Unknown("authorizationStateWaitPremiumPurchase".to_owned())
            }
            AuthorizationState::WaitEmailAddress(_) => Self::EmailAddress,
            AuthorizationState::WaitEmailCode(state) => Self::EmailCode {
                pattern: state.code_info.email_address_pattern,
                length: state.code_info.length.try_into().unwrap_or(0),
            },
        }
    }
}

impl From<types::AuthenticationCodeInfo> for SentCode {
    fn from(info: types::AuthenticationCodeInfo) -> Self {
        let (way, length) = way(&info.r#type);
        Self {
            // TDLib gives it back as it was given.
            phone_number: info.phone_number.chars().filter(char::is_ascii_digit).collect(),
            way,
            length: length.try_into().unwrap_or(0),
            next_way: info.next_type.as_ref().map(|next| self::way(next).0),
            resend_after: Duration::from_secs(info.timeout.try_into().unwrap_or(0)),
        }
    }
}

fn way(kind: &AuthenticationCodeType) -> (CodeWay, i32) {
    match kind {
        AuthenticationCodeType::TelegramMessage(kind) => (CodeWay::TelegramMessage, kind.length),
        AuthenticationCodeType::Sms(kind) => (CodeWay::Sms, kind.length),
        AuthenticationCodeType::SmsWord(_) | AuthenticationCodeType::SmsPhrase(_) => (CodeWay::Sms, 0),
        AuthenticationCodeType::Call(kind) => (CodeWay::Call, kind.length),
        AuthenticationCodeType::MissedCall(kind) => (CodeWay::MissedCall, kind.length),
        AuthenticationCodeType::Fragment(kind) => (CodeWay::Fragment, kind.length),
        _ => (CodeWay::Other, 0),
    }
}
