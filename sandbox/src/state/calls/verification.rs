use crate::state::contact;
use crate::state::model::code::PHONE_CODE;
use crate::state::shared::State;
use telegram_passport::cloud::{CloudError, MailedCode, SentCode, SentCodeType};
use telegram_passport::element::EmailAddress;

impl State {
    /// `account.sendVerifyPhoneCode#a5a356f9`: a code by SMS. It gives up the flow before it.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid).
    pub fn send_verify_phone_code(&self, user_id: i64, phone_number: &str) -> Result<SentCode, CloudError> {
        let phone = contact::verifiable_phone(phone_number)?;
        let code_type = SentCodeType::Sms { length: PHONE_CODE };
        let now = self.now();
        let mut world = self.world();
        let (account, messages) = world.account_and_messages(user_id)?;
        Ok(account.verification.send_phone_code(user_id, phone, code_type, messages, now))
    }

    /// `auth.resendCode#cae47523`: another code, by call, under another hash.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid),
    /// [`PhoneCodeExpired`](CloudError::PhoneCodeExpired).
    pub fn resend_phone_code(
        &self,
        user_id: i64,
        phone_number: &str,
        phone_code_hash: &str,
    ) -> Result<SentCode, CloudError> {
        let phone = contact::verifiable_phone(phone_number)?;
        let code_type = SentCodeType::Call { length: PHONE_CODE };
        let now = self.now();
        let mut world = self.world();
        let (account, messages) = world.account_and_messages(user_id)?;
        account.verification.check_waiting_phone(&phone, phone_code_hash)?;
        Ok(account.verification.send_phone_code(user_id, phone, code_type, messages, now))
    }

    /// `auth.cancelCode#1f040578`
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid),
    /// [`PhoneCodeExpired`](CloudError::PhoneCodeExpired).
    pub fn cancel_phone_code(
        &self,
        user_id: i64,
        phone_number: &str,
        phone_code_hash: &str,
    ) -> Result<(), CloudError> {
        let phone = contact::verifiable_phone(phone_number)?;
        self.world().account_mut(user_id)?.verification.cancel_phone_code(&phone, phone_code_hash)
    }

    /// `account.verifyPhone#4dd3a7f6`. The account may save this number from now on.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid),
    /// [`PhoneCodeEmpty`](CloudError::PhoneCodeEmpty), [`PhoneCodeInvalid`](CloudError::PhoneCodeInvalid),
    /// [`PhoneCodeExpired`](CloudError::PhoneCodeExpired) after ten minutes or five wrong codes.
    pub fn verify_phone(
        &self,
        user_id: i64,
        phone_number: &str,
        phone_code_hash: &str,
        phone_code: &str,
    ) -> Result<(), CloudError> {
        if phone_code.trim().is_empty() {
            return Err(CloudError::PhoneCodeEmpty);
        }
        let phone = contact::verifiable_phone(phone_number)?;
        let now = self.now();
        let mut world = self.world();
        world.account_mut(user_id)?.verification.enter_phone_code(phone, phone_code_hash, phone_code, now)
    }

    /// `account.sendVerifyEmailCode#98e037bb`, purpose Passport. It gives up the flow before it.
    ///
    /// # Errors
    ///
    /// [`EmailInvalid`](CloudError::EmailInvalid).
    pub fn send_verify_email_code(&self, user_id: i64, email: &str) -> Result<MailedCode, CloudError> {
        let email = contact::verifiable_email(email)?;
        let now = self.now();
        let mut world = self.world();
        let (account, messages) = world.account_and_messages(user_id)?;
        Ok(account.verification.send_email_code(user_id, email, messages, now))
    }

    /// `account.verifyEmail#032da4cf`, purpose Passport. The account may save this address from now on.
    ///
    /// # Errors
    ///
    /// [`CodeInvalid`](CloudError::CodeInvalid),
    /// [`EmailVerifyExpired`](CloudError::EmailVerifyExpired) after ten minutes or five wrong codes.
    pub fn verify_email(&self, user_id: i64, code: &str) -> Result<EmailAddress, CloudError> {
        let now = self.now();
        self.world().account_mut(user_id)?.verification.enter_email_code(code, now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::state::CodePurpose;
    use crate::state::tests::with_account;

    const PHONE: &str = "+49 1511 2345678";

    #[test]
    fn a_phone_number_is_verified_by_its_code() {
        let (state, user_id) = with_account();
        let sent = state.send_verify_phone_code(user_id, PHONE).expect("a number");
        let code = state.last_code(user_id, CodePurpose::VerifyPhone).expect("a code was sent");
        assert_eq!(sent.code_type, SentCodeType::Sms { length: 5 });
        let hash = &sent.phone_code_hash;
        let verify = |number: &str, hash: &str, code: &str| state.verify_phone(user_id, number, hash, code);
        assert!(matches!(verify(PHONE, hash, " "), Err(CloudError::PhoneCodeEmpty)));
        assert!(matches!(verify(PHONE, hash, "x"), Err(CloudError::PhoneCodeInvalid)));
        assert!(matches!(verify(PHONE, "other", &code), Err(CloudError::PhoneCodeExpired)));
        assert!(matches!(verify("12025550199", hash, &code), Err(CloudError::PhoneCodeExpired)));
        verify("4915112345678", hash, &code).expect("the right code, the number written otherwise");
        assert!(matches!(verify(PHONE, hash, &code), Err(CloudError::PhoneCodeExpired)));
    }

    #[test]
    fn a_code_sent_again_replaces_the_first() {
        let (state, user_id) = with_account();
        let first = state.send_verify_phone_code(user_id, PHONE).expect("a number");
        let second = state.resend_phone_code(user_id, PHONE, &first.phone_code_hash).expect("one waits");
        assert_eq!(second.code_type, SentCodeType::Call { length: 5 });
        let again = state.resend_phone_code(user_id, PHONE, &first.phone_code_hash);
        assert!(matches!(again, Err(CloudError::PhoneCodeExpired)));
        assert_eq!(state.sent_messages(user_id).len(), 2);
        state.cancel_phone_code(user_id, PHONE, &second.phone_code_hash).expect("one waits");
        let code = state.last_code(user_id, CodePurpose::VerifyPhone).expect("a code was sent");
        let late = state.verify_phone(user_id, PHONE, &second.phone_code_hash, &code);
        assert!(matches!(late, Err(CloudError::PhoneCodeExpired)));
    }

    #[test]
    fn an_address_is_verified_by_its_code() {
        let (state, user_id) = with_account();
        assert!(matches!(state.verify_email(user_id, "1"), Err(CloudError::EmailVerifyExpired)));
        assert!(matches!(state.send_verify_email_code(user_id, "anna"), Err(CloudError::EmailInvalid)));
        let sent = state.send_verify_email_code(user_id, "Anna@Example.com").expect("an address");
        assert_eq!((sent.email_pattern.as_deref(), sent.length), (Some("A***@Example.com"), Some(6)));
        let code = state.last_code(user_id, CodePurpose::VerifyEmail).expect("a code was sent");
        assert!(matches!(state.verify_email(user_id, "x"), Err(CloudError::CodeInvalid)));
        state.clock().advance(Duration::from_secs(601));
        assert!(matches!(state.verify_email(user_id, &code), Err(CloudError::EmailVerifyExpired)));
        state.send_verify_email_code(user_id, "Anna@Example.com").expect("an address");
        let code = state.last_code(user_id, CodePurpose::VerifyEmail).expect("a code was sent");
        assert_eq!(state.verify_email(user_id, &code).expect("the code").0, "Anna@Example.com");
    }
}
