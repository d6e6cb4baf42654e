use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::address::{folded, masked};
use super::code::{Code, EMAIL_CODE, PHONE_CODE, RESEND_AFTER};
use super::message::{CodePurpose, Messages, Recipient};
use crate::primitives;
use telegram_passport::cloud::{CloudError, CodeType, MailedCode, SentCode, SentCodeType};
use telegram_passport::element::{EmailAddress, PhoneNumber, UnixTime};

/// Which phone numbers and e-mail addresses an account has proved to be its own, and what it is proving.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::state) struct Verification {
    /// Digits only.
    phones: BTreeSet<String>,
    /// [Folded](folded).
    emails: BTreeSet<String>,
    phone_flow: Option<PhoneFlow>,
    email_flow: Option<EmailFlow>,
}

/// A phone number on its way to being verified; one at a time.
#[derive(Serialize, Deserialize)]
struct PhoneFlow {
    phone: String,
    hash: String,
    code: Code,
}

/// An e-mail address on its way to being verified; the server remembers the last one.
#[derive(Serialize, Deserialize)]
struct EmailFlow {
    email: String,
    code: Code,
}

impl Verification {
    /// Whether this number, digits only, is verified.
    pub(in crate::state) fn has_phone(&self, digits: &str) -> bool {
        self.phones.contains(digits)
    }

    /// Whether this address, as it is compared, is verified.
    pub(in crate::state) fn has_email(&self, folded: &str) -> bool {
        self.emails.contains(folded)
    }

    /// Sends a code to a number, digits only. It gives up the flow before it.
    pub(in crate::state) fn send_phone_code(
        &mut self,
        user_id: i64,
        phone: String,
        code_type: SentCodeType,
        messages: &mut Messages,
        now: UnixTime,
    ) -> SentCode {
        let recipient = Recipient::Phone(PhoneNumber(phone.clone()));
        let code = messages.send(user_id, recipient, CodePurpose::VerifyPhone, PHONE_CODE, now);
        let hash = primitives::hex(&primitives::random::<9>());
        self.phone_flow = Some(PhoneFlow { phone, hash: hash.clone(), code });
        SentCode {
            code_type,
            phone_code_hash: hash,
            next_type: Some(CodeType::Call),
            timeout: Some(RESEND_AFTER),
        }
    }

    /// Gives up the flow of a number.
    pub(in crate::state) fn cancel_phone_code(&mut self, phone: &str, hash: &str) -> Result<(), CloudError> {
        self.waiting_phone(phone, hash)?;
        self.phone_flow = None;
        Ok(())
    }

    /// Whether a code for this number is on its way under this hash.
    pub(in crate::state) fn check_waiting_phone(&self, phone: &str, hash: &str) -> Result<(), CloudError> {
        let waits = self.phone_flow.as_ref().is_some_and(|flow| flow.phone == phone && flow.hash == hash);
        if waits { Ok(()) } else { Err(CloudError::PhoneCodeExpired) }
    }

    /// Verifies a number by its code.
    pub(in crate::state) fn enter_phone_code(
        &mut self,
        phone: String,
        hash: &str,
        code: &str,
        now: UnixTime,
    ) -> Result<(), CloudError> {
        let entered = self.waiting_phone(&phone, hash)?.code.enter(code, now);
        entered.or(CloudError::PhoneCodeInvalid, CloudError::PhoneCodeExpired)?;
        self.phone_flow = None;
        self.phones.insert(phone);
        Ok(())
    }

    /// Sends a code to an address. It gives up the flow before it.
    pub(in crate::state) fn send_email_code(
        &mut self,
        user_id: i64,
        email: EmailAddress,
        messages: &mut Messages,
        now: UnixTime,
    ) -> MailedCode {
        let recipient = Recipient::Email(email.clone());
        let code = messages.send(user_id, recipient, CodePurpose::VerifyEmail, EMAIL_CODE, now);
        let email_pattern = masked(&email.0);
        self.email_flow = Some(EmailFlow { email: email.0.clone(), code });
        MailedCode { email_pattern: Some(email_pattern), length: Some(EMAIL_CODE) }
    }

    /// Verifies the address that was last sent a code.
    pub(in crate::state) fn enter_email_code(
        &mut self,
        code: &str,
        now: UnixTime,
    ) -> Result<EmailAddress, CloudError> {
        let flow = self.email_flow.as_mut().ok_or(CloudError::EmailVerifyExpired)?;
        flow.code.enter(code, now).or(CloudError::CodeInvalid, CloudError::EmailVerifyExpired)?;
        let email = flow.email.clone();
        self.email_flow = None;
        self.emails.insert(folded(&email));
        Ok(EmailAddress(email))
    }

    fn waiting_phone(&mut self, phone: &str, hash: &str) -> Result<&mut PhoneFlow, CloudError> {
        self.check_waiting_phone(phone, hash)?;
        self.phone_flow.as_mut().ok_or(CloudError::PhoneCodeExpired)
    }
}
