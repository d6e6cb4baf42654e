use serde::{Deserialize, Serialize};

use super::code::{Code, Entered, Purpose, Recipient, masked};
use super::verification::{EMAIL_CODE, is_email};
use super::{Held, Holdings, State};
use telegram_passport::cloud::{CloudError, SentCode, SentCodeType, SentEmailCode};
use telegram_passport::element::EmailAddress;

/// What an account whose login codes do not go to its phone has.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum LoginEmail {
    /// It must set an address up with its next login.
    Required,
    /// Its codes go there.
    Address(EmailAddress),
}

/// An address on its way to being a login address, by the phone number of the login.
#[derive(Serialize, Deserialize)]
pub(super) struct EmailSetUp {
    email: EmailAddress,
    code: Code,
}

impl State {
    /// From now on the account's login codes go to this address, or to its phone again.
    ///
    /// # Errors
    ///
    /// [`SignedOut`](CloudError::SignedOut) for an unknown account,
    /// [`EmailInvalid`](CloudError::EmailInvalid).
    pub fn set_login_email(&self, user_id: i64, email: Option<&str>) -> Result<(), CloudError> {
        let mut world = self.world();
        world.account(user_id)?;
        match email {
            Some(email) if !is_email(email) => return Err(CloudError::EmailInvalid),
            Some(email) => {
                let address = LoginEmail::Address(EmailAddress(email.to_owned()));
                world.login_emails.insert(user_id, address);
            }
            None => {
                world.login_emails.remove(&user_id);
            }
        }
        Ok(())
    }

    /// The account's login e-mail address.
    #[must_use]
    pub fn login_email(&self, user_id: i64) -> Option<EmailAddress> {
        match self.world().login_emails.get(&user_id)? {
            LoginEmail::Required => None,
            LoginEmail::Address(address) => Some(address.clone()),
        }
    }

    /// The account gets no more login codes until it has set up a login e-mail address
    /// (`auth.sentCodeTypeSetUpEmailRequired#a5491dea`).
    ///
    /// # Errors
    ///
    /// [`SignedOut`](CloudError::SignedOut) for an unknown account.
    pub fn require_login_email(&self, user_id: i64) -> Result<(), CloudError> {
        let mut world = self.world();
        world.account(user_id)?;
        world.login_emails.insert(user_id, LoginEmail::Required);
        Ok(())
    }

    /// `account.sendVerifyEmailCode#98e037bb`, purpose `emailVerifyPurposeLoginSetup#4345be73`, in the login of an account
    /// that must have an address.
    ///
    /// # Errors
    ///
    /// [`EmailInvalid`](CloudError::EmailInvalid), [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid),
    /// [`PhoneCodeExpired`](CloudError::PhoneCodeExpired), `EMAIL_NOT_ALLOWED` where none is wanted.
    pub fn send_login_email_code(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
        email: &str,
    ) -> Result<SentEmailCode, CloudError> {
        let phone = self.login_under_way(phone_number, phone_code_hash)?;
        if !is_email(email) {
            return Err(CloudError::EmailInvalid);
        }
        let user_id = self.waits_for_email(&phone).ok_or(CloudError::EmailNotAllowed)?;
        let (now, email) = (self.now(), EmailAddress(email.to_owned()));
        let mut world = self.world();
        let recipient = Recipient::Email(email.clone());
        let code = world.send_code(user_id, recipient, Purpose::SetUpLoginEmail, EMAIL_CODE, now);
        let email_pattern = masked(&email.0);
        world.email_set_ups.insert(phone, EmailSetUp { email, code });
        Ok(SentEmailCode { email_pattern, length: EMAIL_CODE as u32 })
    }

    /// `account.verifyEmail#032da4cf` in such a login. The login goes on with a code to that address, under another hash.
    ///
    /// # Errors
    ///
    /// [`CodeInvalid`](CloudError::CodeInvalid), [`EmailVerifyExpired`](CloudError::EmailVerifyExpired),
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid), [`PhoneCodeExpired`](CloudError::PhoneCodeExpired).
    pub fn verify_login_email(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
        code: &str,
    ) -> Result<(EmailAddress, SentCode), CloudError> {
        let phone = self.login_under_way(phone_number, phone_code_hash)?;
        let user_id = self.waits_for_email(&phone).ok_or(CloudError::EmailVerifyExpired)?;
        let now = self.now();
        let email = {
            let mut world = self.world();
            let set_up = world.email_set_ups.get_mut(&phone).ok_or(CloudError::EmailVerifyExpired)?;
            match set_up.code.enter(code, now) {
                Entered::Wrong => return Err(CloudError::CodeInvalid),
                Entered::Expired => return Err(CloudError::EmailVerifyExpired),
                Entered::Right => {}
            }
            let email = set_up.email.clone();
            world.email_set_ups.remove(&phone);
            world.login_emails.insert(user_id, LoginEmail::Address(email.clone()));
            email
        };
        // The way is the address's from now on, whatever is asked for here.
        let sent = self.begin_login(phone, SentCodeType::SetUpEmailRequired);
        Ok((email, sent))
    }

    /// The account with this number, if it must set an address up.
    fn waits_for_email(&self, phone: &str) -> Option<i64> {
        let user_id = self.user_id_of(phone)?;
        matches!(self.world().login_emails.get(&user_id), Some(LoginEmail::Required)).then_some(user_id)
    }
}

impl Held for LoginEmail {
    fn add_to(&self, holdings: &mut Holdings) {
        match self {
            Self::Required => {}
            Self::Address(address) => holdings.add("login e-mail address", &address.0),
        }
    }
}

impl Held for EmailSetUp {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { email, code } = self;
        holdings.add("login e-mail address", &email.0);
        code.add_to(holdings);
    }
}

#[cfg(test)]
mod tests {
    use super::super::SignIn;
    use super::*;

    const PHONE: &str = "12025550123";
    const EMAIL: &str = "anna@example.com";

    #[test]
    fn the_code_goes_to_the_address_and_counts_only_as_what_it_is() {
        let (state, user_id) = State::with_account();
        state.set_login_email(user_id, Some(EMAIL)).unwrap();
        assert!(matches!(state.set_login_email(user_id, Some("anna")), Err(CloudError::EmailInvalid)));
        let sent = state.send_login_code(PHONE).unwrap();
        let pattern = "a***@example.com".to_owned();
        assert_eq!(sent.code_type, SentCodeType::Email { pattern, length: 6 });
        let message = state.sent_messages(user_id).pop().unwrap();
        assert_eq!(message.recipient, Recipient::Email(EmailAddress(EMAIL.to_owned())));
        let hash = sent.phone_code_hash;
        let as_phones = state.sign_in(PHONE, &hash, &message.code);
        assert!(matches!(as_phones, Err(CloudError::PhoneCodeInvalid)), "{as_phones:?}");
        let wrong = state.sign_in_by_email(PHONE, &hash, "no");
        assert!(matches!(wrong, Err(CloudError::CodeInvalid)), "{wrong:?}");
        assert_eq!(state.sign_in_by_email(PHONE, &hash, &message.code).unwrap(), SignIn::Done(user_id));

        state.set_login_email(user_id, None).unwrap();
        let hash = state.send_login_code(PHONE).unwrap().phone_code_hash;
        let code = state.last_login_code(PHONE).unwrap();
        assert!(matches!(state.sign_in_by_email(PHONE, &hash, &code), Err(CloudError::CodeInvalid)));
        assert!(state.sign_in(PHONE, &hash, &code).is_ok());
    }

    #[test]
    fn an_account_that_must_have_an_address_sets_it_up_in_its_login() {
        let (state, user_id) = State::with_account();
        state.require_login_email(user_id).unwrap();
        let sent = state.send_login_code(PHONE).unwrap();
        assert_eq!(sent.code_type, SentCodeType::SetUpEmailRequired);
        assert!(state.sent_messages(user_id).is_empty());
        let hash = sent.phone_code_hash;
        let refused = state.send_login_email_code(PHONE, &hash, "anna");
        assert!(matches!(refused, Err(CloudError::EmailInvalid)), "{refused:?}");
        let early = state.verify_login_email(PHONE, &hash, "1");
        assert!(matches!(early, Err(CloudError::EmailVerifyExpired)), "{early:?}");
        assert_eq!(state.send_login_email_code(PHONE, &hash, EMAIL).unwrap().length, 6);
        let code = state.last_code(user_id, Purpose::SetUpLoginEmail).unwrap();
        assert!(matches!(state.verify_login_email(PHONE, &hash, "no"), Err(CloudError::CodeInvalid)));
        let (address, sent) = state.verify_login_email(PHONE, &hash, &code).unwrap();
        assert_eq!((address.0.as_str(), state.login_email(user_id)), (EMAIL, Some(address.clone())));
        assert!(matches!(sent.code_type, SentCodeType::Email { .. }));
        let code = state.last_login_code(PHONE).unwrap();
        let done = state.sign_in_by_email(PHONE, &sent.phone_code_hash, &code).unwrap();
        assert_eq!(done, SignIn::Done(user_id));
        // Where none is wanted, none is set up.
        let hash = state.send_login_code(PHONE).unwrap().phone_code_hash;
        let refused = state.send_login_email_code(PHONE, &hash, EMAIL);
        assert!(matches!(refused, Err(CloudError::EmailNotAllowed)), "{refused:?}");
    }
}
