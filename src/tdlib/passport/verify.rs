//! Phone numbers and e-mail addresses. TDLib follows one of each at a time, and answers for whichever that is.

use std::time::Duration;

use tdlib_rs::enums::{AuthenticationCodeType as Td, PhoneNumberCodeType};
use tdlib_rs::types::AuthenticationCodeInfo;

use super::answer::fact;
use super::engine::Engine;
use super::functions::{
    CheckEmailAddressVerificationCode, CheckPhoneNumberCode, ResendEmailAddressVerificationCode,
    ResendPhoneNumberCode, SendEmailAddressVerificationCode, SendPhoneNumberCode,
};
use crate::cloud::{CodeType, SentCodeType};
use crate::element::{EmailAddress, PhoneNumber};
use crate::passport::{SentEmailCode, SentPhoneCode, VerificationError};

impl Engine {
    pub(super) async fn send_code_to_phone(
        &self,
        phone_number: &PhoneNumber,
    ) -> Result<SentPhoneCode, VerificationError> {
        let flow = self.flows.next_phone();
        let send = SendPhoneNumberCode { phone_number: &phone_number.0, r#type: PhoneNumberCodeType::Verify };
        let info = self.client.call(&send).await.map_err(fact)?;
        Ok(sent_to(phone_number, flow, info))
    }

    pub(super) async fn resend_code_to_phone(
        &self,
        sent: &SentPhoneCode,
    ) -> Result<SentPhoneCode, VerificationError> {
        self.flows.is_phone(sent)?;
        // TDLib refuses where Telegram named no other way; the same way again is the person's wish all the same.
        if sent.next_way.is_none() {
            return self.send_code_to_phone(&sent.phone_number).await;
        }
        let info = self.client.call(&ResendPhoneNumberCode {}).await.map_err(fact)?;
        Ok(sent_to(&sent.phone_number, sent.phone_code_hash.clone(), info))
    }

    pub(super) async fn check_code_of_phone(
        &self,
        sent: &SentPhoneCode,
        code: &str,
    ) -> Result<(), VerificationError> {
        self.flows.is_phone(sent)?;
        if code.is_empty() {
            return Err(VerificationError::WrongCode);
        }
        self.client.call(&CheckPhoneNumberCode { code }).await.map_err(fact)?;
        Ok(())
    }

    pub(super) async fn send_code_to_email(
        &self,
        email: &EmailAddress,
    ) -> Result<SentEmailCode, VerificationError> {
        // From now on it is unknown which address TDLib follows, until it has answered.
        self.flows.with(|followed| followed.email = None);
        let send = SendEmailAddressVerificationCode { email_address: &email.0 };
        let info = self.client.call(&send).await.map_err(fact)?;
        self.flows.with(|followed| followed.email = Some(email.clone()));
        Ok(SentEmailCode { email: email.clone(), length: whole(info.length) })
    }

    pub(super) async fn resend_code_to_email(
        &self,
        sent: &SentEmailCode,
    ) -> Result<SentEmailCode, VerificationError> {
        if self.flows.is_email(sent).is_err() {
            return self.send_code_to_email(&sent.email).await;
        }
        let info = self.client.call(&ResendEmailAddressVerificationCode {}).await.map_err(fact)?;
        Ok(SentEmailCode { email: sent.email.clone(), length: whole(info.length) })
    }

    pub(super) async fn check_code_of_email(
        &self,
        sent: &SentEmailCode,
        code: &str,
    ) -> Result<(), VerificationError> {
        self.flows.is_email(sent)?;
        self.client.call(&CheckEmailAddressVerificationCode { code }).await.map_err(fact)?;
        Ok(())
    }
}

pub(in crate::tdlib) fn sent_to(
    phone_number: &PhoneNumber,
    flow: String,
    info: AuthenticationCodeInfo,
) -> SentPhoneCode {
    SentPhoneCode {
        phone_number: phone_number.clone(),
        way: way(info.r#type),
        next_way: info.next_type.and_then(|next| next_way(&next)),
        resend_after: whole(info.timeout).map(|seconds| Duration::from_secs(seconds.into())),
        phone_code_hash: flow,
    }
}

fn way(way: Td) -> SentCodeType {
    let beginning = |text: String| Some(text).filter(|text| !text.is_empty());
    match way {
        Td::TelegramMessage(way) => SentCodeType::App { length: length(way.length) },
        Td::Sms(way) => SentCodeType::Sms { length: length(way.length) },
        Td::SmsWord(way) => SentCodeType::SmsWord { beginning: beginning(way.first_letter) },
        Td::SmsPhrase(way) => SentCodeType::SmsPhrase { beginning: beginning(way.first_word) },
        Td::Call(way) => SentCodeType::Call { length: length(way.length) },
        Td::FlashCall(way) => SentCodeType::FlashCall { pattern: way.pattern },
        Td::MissedCall(way) => {
            SentCodeType::MissedCall { prefix: way.phone_number_prefix, length: length(way.length) }
        }
        Td::Fragment(way) => SentCodeType::FragmentSms { url: way.url, length: length(way.length) },
        Td::FirebaseAndroid(_) | Td::FirebaseIos(_) => SentCodeType::Other("auth.sentCodeTypeFirebaseSms"),
    }
}

fn next_way(way: &Td) -> Option<CodeType> {
    Some(match way {
        Td::Sms(_) => CodeType::Sms,
        Td::Call(_) => CodeType::Call,
        Td::FlashCall(_) => CodeType::FlashCall,
        Td::MissedCall(_) => CodeType::MissedCall,
        Td::Fragment(_) => CodeType::FragmentSms,
        _ => return None,
    })
}

/// TDLib says 0 for what it has not been told.
fn whole(number: i32) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number > 0)
}

fn length(length: i32) -> u32 {
    u32::try_from(length).unwrap_or_default()
}
