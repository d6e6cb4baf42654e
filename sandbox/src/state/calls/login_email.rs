use crate::state::contact;
use crate::state::shared::State;
use telegram_passport::cloud::{CloudError, MailedCode, SentCode, SentCodeType};
use telegram_passport::element::EmailAddress;

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
        let email = email.map(contact::verifiable_email).transpose()?;
        world.logins.set_email(user_id, email);
        Ok(())
    }

    /// The account's login e-mail address.
    #[must_use]
    pub fn login_email(&self, user_id: i64) -> Option<EmailAddress> {
        self.world().logins.email(user_id)
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
        world.logins.require_email(user_id);
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
    ) -> Result<MailedCode, CloudError> {
        let now = self.now();
        let world = &mut *self.world();
        let phone = world.logins.under_way(phone_number, phone_code_hash)?;
        let email = contact::verifiable_email(email)?;
        let user_id = world.user_with_phone(&phone);
        let user_id = contact::sets_up_login_email(&world.logins, user_id, CloudError::EmailNotAllowed)?;
        Ok(world.logins.begin_set_up(phone, user_id, email, &mut world.messages, now))
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
        let now = self.now();
        let world = &mut *self.world();
        let phone = world.logins.under_way(phone_number, phone_code_hash)?;
        let user_id = world.user_with_phone(&phone);
        let user_id = contact::sets_up_login_email(&world.logins, user_id, CloudError::EmailVerifyExpired)?;
        let email = world.logins.enter_set_up(&phone, user_id, code, now)?;
        // The codes go to the address from now on, whatever is asked for here.
        let otherwise = SentCodeType::SetUpEmailRequired;
        let sent = world.logins.begin(phone, Some(user_id), otherwise, &mut world.messages, now);
        Ok((email, sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::with_account;
    use crate::state::{CodePurpose, Recipient, SignInOutcome};

    const PHONE: &str = "12025550123";
    const EMAIL: &str = "anna@example.com";

    #[test]
    fn the_code_goes_to_the_address_and_counts_only_as_what_it_is() {
        let (state, user_id) = with_account();
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
        assert_eq!(
            state.sign_in_by_email(PHONE, &hash, &message.code).unwrap(),
            SignInOutcome::Done(user_id)
        );

        state.set_login_email(user_id, None).unwrap();
        let hash = state.send_login_code(PHONE).unwrap().phone_code_hash;
        let code = state.last_login_code(PHONE).unwrap();
        assert!(matches!(state.sign_in_by_email(PHONE, &hash, &code), Err(CloudError::CodeInvalid)));
        assert!(state.sign_in(PHONE, &hash, &code).is_ok());
    }

    #[test]
    fn an_account_that_must_have_an_address_sets_it_up_in_its_login() {
        let (state, user_id) = with_account();
        state.require_login_email(user_id).unwrap();
        let sent = state.send_login_code(PHONE).unwrap();
        assert_eq!(sent.code_type, SentCodeType::SetUpEmailRequired);
        assert!(state.sent_messages(user_id).is_empty());
        let hash = sent.phone_code_hash;
        let refused = state.send_login_email_code(PHONE, &hash, "anna");
        assert!(matches!(refused, Err(CloudError::EmailInvalid)), "{refused:?}");
        let early = state.verify_login_email(PHONE, &hash, "1");
        assert!(matches!(early, Err(CloudError::EmailVerifyExpired)), "{early:?}");
        assert_eq!(state.send_login_email_code(PHONE, &hash, EMAIL).unwrap().length, Some(6));
        let code = state.last_code(user_id, CodePurpose::SetUpLoginEmail).unwrap();
        assert!(matches!(state.verify_login_email(PHONE, &hash, "no"), Err(CloudError::CodeInvalid)));
        let (address, sent) = state.verify_login_email(PHONE, &hash, &code).unwrap();
        assert_eq!((address.0.as_str(), state.login_email(user_id)), (EMAIL, Some(address.clone())));
        assert!(matches!(sent.code_type, SentCodeType::Email { .. }));
        let code = state.last_login_code(PHONE).unwrap();
        let done = state.sign_in_by_email(PHONE, &sent.phone_code_hash, &code).unwrap();
        assert_eq!(done, SignInOutcome::Done(user_id));
        // Where none is wanted, none is set up.
        let hash = state.send_login_code(PHONE).unwrap().phone_code_hash;
        let refused = state.send_login_email_code(PHONE, &hash, EMAIL);
        assert!(matches!(refused, Err(CloudError::EmailNotAllowed)), "{refused:?}");
    }
}
