//! What TDLib waits for, as the step of a login.

use serde::Deserialize;
use serde_json::Value;
use tdlib_rs::enums::AuthorizationState;
use tdlib_rs::types;

use crate::cloud::MailedCode;
use crate::element::PhoneNumber;
use crate::login::{LoginLink, Step};
use crate::passport::SentPhoneCode;
use crate::tdlib::hub::type_of;
use crate::tdlib::passport::sent_to;

/// Reads an authorization state: none while TDLib is starting; one that is not understood is [`Step::Unknown`].
pub(super) fn read(state: &Value) -> Option<Step> {
    let name = type_of(state)?;
    if name == "authorizationStateWaitRegistration" {
        // Telegram may name no terms. TDLib's are null then, and `tdlib-rs` cannot read that.
        let terms = state.pointer("/terms_of_service/text/text").and_then(Value::as_str);
        return Some(Step::Registration { terms_of_service: terms.and_then(|terms| told(terms.to_owned())) });
    }
    let unknown = || Step::Unknown(name.to_owned());
    let Ok(state) = AuthorizationState::deserialize(state) else { return Some(unknown()) };
    Some(match state {
        AuthorizationState::WaitTdlibParameters => return None,
        AuthorizationState::WaitPhoneNumber => Step::PhoneNumber,
        AuthorizationState::WaitCode(state) => Step::Code(sent(state.code_info)),
        AuthorizationState::WaitOtherDeviceConfirmation(state) => {
            LoginLink::parse(&state.link).map_or_else(|_| unknown(), Step::OtherDevice)
        }
        AuthorizationState::WaitRegistration(state) => {
            Step::Registration { terms_of_service: told(state.terms_of_service.text.text) }
        }
        AuthorizationState::WaitPassword(state) => Step::Password {
            hint: told(state.password_hint),
            has_recovery_email: state.has_recovery_email_address,
            has_passport_data: state.has_passport_data,
            recovery_email_pattern: told(state.recovery_email_address_pattern),
        },
        AuthorizationState::Ready => Step::Ready,
        AuthorizationState::LoggingOut => Step::LoggingOut,
        AuthorizationState::Closing | AuthorizationState::Closed => Step::Closed,
        AuthorizationState::WaitPremiumPurchase(_) => unknown(),
        AuthorizationState::WaitEmailAddress(_) => Step::EmailAddress,
        AuthorizationState::WaitEmailCode(state) => Step::EmailCode(MailedCode {
            email_pattern: told(state.code_info.email_address_pattern),
            length: u32::try_from(state.code_info.length).ok().filter(|length| *length > 0),
        }),
    })
}

/// An empty text is what TDLib says of what it was not told.
fn told(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn sent(info: types::AuthenticationCodeInfo) -> SentPhoneCode {
    // TDLib gives the number back as it was given.
    let digits = info.phone_number.chars().filter(char::is_ascii_digit).collect();
    // And it keeps to itself what names the flow.
    sent_to(&PhoneNumber(digits), String::new(), info)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_tdlib_was_not_told_is_none() {
        assert_eq!(read(&json!({ "@type": "authorizationStateWaitTdlibParameters" })), None);
        let registration = json!({ "@type": "authorizationStateWaitRegistration", "terms_of_service": null });
        assert_eq!(read(&registration), Some(Step::Registration { terms_of_service: None }));
        let password = json!({
            "@type": "authorizationStateWaitPassword", "password_hint": "", "has_recovery_email_address": true,
            "has_passport_data": false, "recovery_email_address_pattern": "",
        });
        let step = Step::Password {
            hint: None,
            has_recovery_email: true,
            has_passport_data: false,
            recovery_email_pattern: None,
        };
        assert_eq!(read(&password), Some(step));
        let newer = json!({ "@type": "authorizationStateWaitMelting" });
        assert_eq!(read(&newer), Some(Step::Unknown("authorizationStateWaitMelting".to_owned())));
    }
}
