use serde::{Deserialize, Serialize};

use super::code::{Code, Entered, Purpose, Recipient, masked};
use super::{Held, Holdings, State};
use crate::primitives;
use telegram_passport::cloud::{CloudError, CodeType, SentCode, SentCodeType, SentEmailCode};
use telegram_passport::element::{EmailAddress, PhoneNumber};

/// Digits of a code to a phone.
pub(super) const PHONE_CODE: usize = 5;

/// Digits of a code to a mailbox.
pub(super) const EMAIL_CODE: usize = 6;

/// After how many seconds another code may be asked for; said, not enforced.
pub(super) const RESEND_AFTER: u32 = 60;

/// A phone number on its way to being verified; one at a time.
#[derive(Serialize, Deserialize)]
pub(super) struct PhoneFlow {
    phone: String,
    hash: String,
    code: Code,
}

/// An e-mail address on its way to being verified; the server remembers the last one.
#[derive(Serialize, Deserialize)]
pub(super) struct EmailFlow {
    email: String,
    code: Code,
}

/// The digits of a number, 5 to 15 of them, however it is written.
pub(super) fn normalised_phone(text: &str) -> Option<String> {
    let allowed = |character: char| character.is_ascii_digit() || "+-(). ".contains(character);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (text.chars().all(allowed) && (5..=15).contains(&digits.len())).then_some(digits)
}

/// Something before an `@`, and a domain with a dot after it.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let inner_dot = domain.trim_matches('.') == domain && domain.contains('.');
    !local.is_empty()
        && inner_dot
        && text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// An address as it is compared: without regard to case.
pub(super) fn folded(email: &str) -> String {
    email.to_lowercase()
}

impl State {
    /// `account.sendVerifyPhoneCode#a5a356f9`: a code by SMS. It gives up the flow before it.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid).
    pub fn send_verify_phone_code(&self, user_id: i64, phone_number: &str) -> Result<SentCode, CloudError> {
        let phone = normalised_phone(phone_number).ok_or(CloudError::PhoneNumberInvalid)?;
        self.send_phone_code(user_id, phone, SentCodeType::Sms { length: length_of(PHONE_CODE) })
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
        let phone = self.waiting_phone(user_id, phone_number, phone_code_hash)?;
        self.send_phone_code(user_id, phone, SentCodeType::Call { length: length_of(PHONE_CODE) })
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
        self.waiting_phone(user_id, phone_number, phone_code_hash)?;
        self.world().account_mut(user_id)?.phone_flow = None;
        Ok(())
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
        let phone = self.waiting_phone(user_id, phone_number, phone_code_hash)?;
        let now = self.now();
        let mut world = self.world();
        let account = world.account_mut(user_id)?;
        let flow = account.phone_flow.as_mut().ok_or(CloudError::PhoneCodeExpired)?;
        match flow.code.enter(phone_code, now) {
            Entered::Right => {
                account.phone_flow = None;
                account.verified_phones.insert(phone);
                Ok(())
            }
            Entered::Wrong => Err(CloudError::PhoneCodeInvalid),
            Entered::Expired => Err(CloudError::PhoneCodeExpired),
        }
    }

    /// `account.sendVerifyEmailCode#98e037bb`, purpose Passport. It gives up the flow before it.
    ///
    /// # Errors
    ///
    /// [`EmailInvalid`](CloudError::EmailInvalid).
    pub fn send_verify_email_code(&self, user_id: i64, email: &str) -> Result<SentEmailCode, CloudError> {
        if !is_email(email) {
            return Err(CloudError::EmailInvalid);
        }
        let now = self.now();
        let mut world = self.world();
        world.account(user_id)?;
        let recipient = Recipient::Email(EmailAddress(email.to_owned()));
        let code = world.send_code(user_id, recipient, Purpose::VerifyEmail, EMAIL_CODE, now);
        world.account_mut(user_id)?.email_flow = Some(EmailFlow { email: email.to_owned(), code });
        Ok(SentEmailCode { email_pattern: masked(email), length: length_of(EMAIL_CODE) })
    }

    /// `account.verifyEmail#032da4cf`, purpose Passport. The account may save this address from now on.
    ///
    /// # Errors
    ///
    /// [`CodeInvalid`](CloudError::CodeInvalid),
    /// [`EmailVerifyExpired`](CloudError::EmailVerifyExpired) after ten minutes or five wrong codes.
    pub fn verify_email(&self, user_id: i64, code: &str) -> Result<EmailAddress, CloudError> {
        let now = self.now();
        let mut world = self.world();
        let account = world.account_mut(user_id)?;
        let flow = account.email_flow.as_mut().ok_or(CloudError::EmailVerifyExpired)?;
        match flow.code.enter(code, now) {
            Entered::Right => {
                let email = flow.email.clone();
                account.email_flow = None;
                account.verified_emails.insert(folded(&email));
                Ok(EmailAddress(email))
            }
            Entered::Wrong => Err(CloudError::CodeInvalid),
            Entered::Expired => Err(CloudError::EmailVerifyExpired),
        }
    }

    fn send_phone_code(
        &self,
        user_id: i64,
        phone: String,
        code_type: SentCodeType,
    ) -> Result<SentCode, CloudError> {
        let now = self.now();
        let mut world = self.world();
        world.account(user_id)?;
        let recipient = Recipient::Phone(PhoneNumber(phone.clone()));
        let code = world.send_code(user_id, recipient, Purpose::VerifyPhone, PHONE_CODE, now);
        let hash = primitives::hex(&primitives::random::<9>());
        let flow = PhoneFlow { phone, hash: hash.clone(), code };
        world.account_mut(user_id)?.phone_flow = Some(flow);
        Ok(SentCode {
            code_type,
            phone_code_hash: hash,
            next_type: Some(CodeType::Call),
            timeout: Some(RESEND_AFTER),
        })
    }

    /// The number, if a code for it is on its way under this hash.
    fn waiting_phone(&self, user_id: i64, phone_number: &str, hash: &str) -> Result<String, CloudError> {
        let phone = normalised_phone(phone_number).ok_or(CloudError::PhoneNumberInvalid)?;
        let world = self.world();
        let flow = world.account(user_id)?.phone_flow.as_ref();
        let waits = flow.is_some_and(|flow| flow.phone == phone && flow.hash == hash);
        if waits { Ok(phone) } else { Err(CloudError::PhoneCodeExpired) }
    }
}

fn length_of(digits: usize) -> u32 {
    u32::try_from(digits).expect("a code is short")
}

impl Held for PhoneFlow {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { phone, hash, code } = self;
        holdings.add("phone number", phone);
        holdings.add("verification's hash", hash);
        code.add_to(holdings);
    }
}

impl Held for EmailFlow {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { email, code } = self;
        holdings.add("e-mail address", email);
        code.add_to(holdings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: &str = "+49 1511 2345678";

    #[test]
    fn numbers_and_addresses_are_recognised() {
        assert_eq!(normalised_phone(PHONE).as_deref(), Some("4915112345678"));
        for bad in ["", "1234", "1234567890123456", "49 1511 CALL ME", "４９１５１１２３４５"] {
            assert_eq!(normalised_phone(bad), None, "{bad}");
        }
        assert!(is_email("a@b.co") && is_email("\"a@b\"@c.de"));
        for bad in ["", "@b.co", "a@b", "a@.co", "a@b.", "a b@c.de", "a@b.c\n", "ab.co"] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn a_phone_number_is_verified_by_its_code() {
        let (state, user_id) = State::with_account();
        let sent = state.send_verify_phone_code(user_id, PHONE).expect("a number");
        let code = state.last_code(user_id, Purpose::VerifyPhone).expect("a code was sent");
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
        let (state, user_id) = State::with_account();
        let first = state.send_verify_phone_code(user_id, PHONE).expect("a number");
        let second = state.resend_phone_code(user_id, PHONE, &first.phone_code_hash).expect("one waits");
        assert_eq!(second.code_type, SentCodeType::Call { length: 5 });
        let again = state.resend_phone_code(user_id, PHONE, &first.phone_code_hash);
        assert!(matches!(again, Err(CloudError::PhoneCodeExpired)));
        assert_eq!(state.sent_messages(user_id).len(), 2);
        state.cancel_phone_code(user_id, PHONE, &second.phone_code_hash).expect("one waits");
        let code = state.last_code(user_id, Purpose::VerifyPhone).expect("a code was sent");
        let late = state.verify_phone(user_id, PHONE, &second.phone_code_hash, &code);
        assert!(matches!(late, Err(CloudError::PhoneCodeExpired)));
    }

    #[test]
    fn an_address_is_verified_by_its_code() {
        let (state, user_id) = State::with_account();
        assert!(matches!(state.verify_email(user_id, "1"), Err(CloudError::EmailVerifyExpired)));
        assert!(matches!(state.send_verify_email_code(user_id, "anna"), Err(CloudError::EmailInvalid)));
        let sent = state.send_verify_email_code(user_id, "Anna@Example.com").expect("an address");
        assert_eq!((sent.email_pattern.as_str(), sent.length), ("A***@Example.com", 6));
        let code = state.last_code(user_id, Purpose::VerifyEmail).expect("a code was sent");
        assert!(matches!(state.verify_email(user_id, "x"), Err(CloudError::CodeInvalid)));
        state.clock().advance(601);
        assert!(matches!(state.verify_email(user_id, &code), Err(CloudError::EmailVerifyExpired)));
        state.send_verify_email_code(user_id, "Anna@Example.com").expect("an address");
        let code = state.last_code(user_id, Purpose::VerifyEmail).expect("a code was sent");
        assert_eq!(state.verify_email(user_id, &code).expect("the code").0, "Anna@Example.com");
    }
}
