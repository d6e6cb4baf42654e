use serde::{Deserialize, Serialize};

use super::code::{Code, Entered, Purpose, Recipient, masked};
use super::login_email::LoginEmail;
use super::verification::{EMAIL_CODE, PHONE_CODE, RESEND_AFTER, normalised_phone};
use super::{Held, Holdings, State};
use crate::primitives;
use crate::state::Registration;
use telegram_passport::cloud::{CloudError, CodeType, SentCode, SentCodeType};
use telegram_passport::element::PhoneNumber;

/// A login under way: one for each phone number.
#[derive(Serialize, Deserialize)]
pub(super) struct LoginFlow {
    hash: String,
    code: Code,
    /// The code was right, but nobody has this number: they may sign up.
    may_sign_up: bool,
}

/// What a right login code leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// This account is signed in.
    Done(i64),
    /// This account has a 2FA password, which is still to come (`SESSION_PASSWORD_NEEDED`).
    PasswordNeeded(i64),
    /// Nobody has this number (`auth.authorizationSignUpRequired`).
    SignUpRequired,
}

impl State {
    /// `auth.sendCode#a677244f`: a login code by SMS, or to the account's login e-mail address; none, if it must set one
    /// up first. It gives up the login before it with this number.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid).
    pub fn send_login_code(&self, phone_number: &str) -> Result<SentCode, CloudError> {
        let phone = normalised_phone(phone_number).ok_or(CloudError::PhoneNumberInvalid)?;
        Ok(self.begin_login(phone, SentCodeType::Sms { length: PHONE_CODE as u32 }))
    }

    /// `auth.resendCode#cae47523` in a login: another code, by call, under another hash.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid), [`PhoneCodeExpired`](CloudError::PhoneCodeExpired).
    pub fn resend_login_code(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
    ) -> Result<SentCode, CloudError> {
        let phone = self.login_under_way(phone_number, phone_code_hash)?;
        Ok(self.begin_login(phone, SentCodeType::Call { length: PHONE_CODE as u32 }))
    }

    /// `auth.cancelCode#1f040578` in a login.
    ///
    /// # Errors
    ///
    /// As [`resend_login_code`](Self::resend_login_code).
    pub fn cancel_login_code(&self, phone_number: &str, phone_code_hash: &str) -> Result<(), CloudError> {
        let phone = self.login_under_way(phone_number, phone_code_hash)?;
        self.world().logins.remove(&phone);
        Ok(())
    }

    /// `auth.signIn#8d52a951` with `phone_code`.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid), [`PhoneCodeEmpty`](CloudError::PhoneCodeEmpty),
    /// [`PhoneCodeInvalid`](CloudError::PhoneCodeInvalid), [`PhoneCodeExpired`](CloudError::PhoneCodeExpired).
    pub fn sign_in(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
        phone_code: &str,
    ) -> Result<SignIn, CloudError> {
        if phone_code.trim().is_empty() {
            return Err(CloudError::PhoneCodeEmpty);
        }
        let phone = self.login_under_way(phone_number, phone_code_hash)?;
        if self.goes_by_email(&phone) {
            return Err(CloudError::PhoneCodeInvalid);
        }
        self.enter_login(phone, phone_code)
    }

    /// `auth.signIn#8d52a951` with `email_verification`.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid), [`CodeInvalid`](CloudError::CodeInvalid),
    /// [`PhoneCodeExpired`](CloudError::PhoneCodeExpired).
    pub fn sign_in_by_email(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
        code: &str,
    ) -> Result<SignIn, CloudError> {
        let phone = self.login_under_way(phone_number, phone_code_hash)?;
        if !self.goes_by_email(&phone) {
            return Err(CloudError::CodeInvalid);
        }
        self.enter_login(phone, code).map_err(|why| match why {
            CloudError::PhoneCodeInvalid => CloudError::CodeInvalid,
            why => why,
        })
    }

    /// Whether this number's login codes go to a mailbox.
    fn goes_by_email(&self, phone: &str) -> bool {
        self.user_id_of(phone).is_some_and(|user_id| self.world().login_emails.contains_key(&user_id))
    }

    fn enter_login(&self, phone: String, code: &str) -> Result<SignIn, CloudError> {
        let now = self.now();
        let mut world = self.world();
        let flow = world.logins.get_mut(&phone).ok_or(CloudError::PhoneCodeExpired)?;
        match flow.code.enter(code, now) {
            Entered::Wrong => return Err(CloudError::PhoneCodeInvalid),
            Entered::Expired => return Err(CloudError::PhoneCodeExpired),
            Entered::Right => {}
        }
        let known = world.accounts.iter().find(|(_, account)| account.phone.0 == phone);
        match known.map(|(user_id, account)| (*user_id, account.two_factor.password.is_some())) {
            Some((user_id, has_password)) => {
                world.logins.remove(&phone);
                Ok(if has_password { SignIn::PasswordNeeded(user_id) } else { SignIn::Done(user_id) })
            }
            None => {
                if let Some(flow) = world.logins.get_mut(&phone) {
                    flow.may_sign_up = true;
                }
                Ok(SignIn::SignUpRequired)
            }
        }
    }

    /// `auth.signUp#aac7b717`: opens an account for the number whose code was right.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid), [`PhoneCodeExpired`](CloudError::PhoneCodeExpired),
    /// `PHONE_CODE_EMPTY` before a right code, `FIRSTNAME_INVALID`, `PHONE_NUMBER_OCCUPIED`.
    pub fn sign_up(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
        first_name: &str,
        last_name: &str,
    ) -> Result<i64, CloudError> {
        let phone = self.login_under_way(phone_number, phone_code_hash)?;
        if !self.world().logins.get(&phone).is_some_and(|flow| flow.may_sign_up) {
            return Err(CloudError::PhoneCodeEmpty);
        }
        if first_name.trim().is_empty() || first_name.chars().count() > 64 || last_name.chars().count() > 64 {
            return Err(CloudError::from_rpc(400, "FIRSTNAME_INVALID"));
        }
        let mut registration = Registration::new(PhoneNumber(phone.clone()), first_name.trim());
        registration.last_name = last_name.trim().to_owned();
        let user_id = self
            .register_account(registration)
            .map_err(|_| CloudError::from_rpc(400, "PHONE_NUMBER_OCCUPIED"))?;
        self.world().logins.remove(&phone);
        Ok(user_id)
    }

    /// The login code that was last sent to this number, however it is written: what only its owner sees in the
    /// real world.
    #[must_use]
    pub fn last_login_code(&self, phone_number: &str) -> Option<String> {
        let phone = normalised_phone(phone_number)?;
        self.world().logins.get(&phone).map(|flow| flow.code.digits().to_owned())
    }

    /// Sends a code in the way the account has; to the phone, as is said.
    pub(super) fn begin_login(&self, phone: String, to_phone: SentCodeType) -> SentCode {
        let now = self.now();
        let hash = primitives::hex(&primitives::random::<9>());
        let mut world = self.world();
        let account = world.accounts.iter().find(|(_, account)| account.phone.0 == phone);
        // Where nobody has the number yet, the message is nobody's; the tester finds the code by the number.
        let user_id = account.map_or(0, |(user_id, _)| *user_id);
        let (code, code_type) = match world.login_emails.get(&user_id).cloned() {
            None => {
                let recipient = Recipient::Phone(PhoneNumber(phone.clone()));
                (world.send_code(user_id, recipient, Purpose::LogIn, PHONE_CODE, now), to_phone)
            }
            Some(LoginEmail::Address(email)) => {
                let (pattern, length) = (masked(&email.0), EMAIL_CODE as u32);
                let recipient = Recipient::Email(email);
                let code = world.send_code(user_id, recipient, Purpose::LogIn, EMAIL_CODE, now);
                (code, SentCodeType::Email { pattern, length })
            }
            // Nobody is told this one.
            Some(LoginEmail::Required) => (Code::new(EMAIL_CODE, now), SentCodeType::SetUpEmailRequired),
        };
        let by_phone = !matches!(code_type, SentCodeType::Email { .. } | SentCodeType::SetUpEmailRequired);
        world.logins.insert(phone, LoginFlow { hash: hash.clone(), code, may_sign_up: false });
        SentCode {
            code_type,
            phone_code_hash: hash,
            next_type: by_phone.then_some(CodeType::Call),
            timeout: by_phone.then_some(RESEND_AFTER),
        }
    }

    /// The number, if this hash is that of its login.
    pub(super) fn login_under_way(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
    ) -> Result<String, CloudError> {
        let phone = normalised_phone(phone_number).ok_or(CloudError::PhoneNumberInvalid)?;
        let world = self.world();
        let flow = world.logins.get(&phone).ok_or(CloudError::PhoneCodeExpired)?;
        if primitives::equal(flow.hash.as_bytes(), phone_code_hash.as_bytes()) {
            Ok(phone)
        } else {
            Err(CloudError::PhoneCodeExpired)
        }
    }
}

impl Held for LoginFlow {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { hash, code, may_sign_up: _ } = self;
        holdings.add("login's hash", hash);
        code.add_to(holdings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_number_signs_in_with_its_code_once() {
        let (state, user_id) = State::with_account();
        let sent = state.send_login_code("+1 (202) 555-0123").unwrap();
        let code = state.last_login_code("12025550123").unwrap();
        let enter = |hash: &str, code: &str| state.sign_in("12025550123", hash, code);
        let hash = sent.phone_code_hash;
        assert!(matches!(enter(&hash, " "), Err(CloudError::PhoneCodeEmpty)));
        assert!(matches!(enter(&hash, "no"), Err(CloudError::PhoneCodeInvalid)));
        assert!(matches!(enter("other", &code), Err(CloudError::PhoneCodeExpired)));
        assert_eq!(enter(&hash, &code).unwrap(), SignIn::Done(user_id));
        assert!(matches!(enter(&hash, &code), Err(CloudError::PhoneCodeExpired)));
    }

    #[test]
    fn an_unknown_number_signs_up_after_its_code() {
        let (state, _) = State::with_account();
        let hash = state.send_login_code("4915112345678").unwrap().phone_code_hash;
        let sign_up = || state.sign_up("4915112345678", &hash, "Bob", "");
        assert!(matches!(sign_up(), Err(CloudError::PhoneCodeEmpty)));
        let code = state.last_login_code("4915112345678").unwrap();
        assert_eq!(state.sign_in("4915112345678", &hash, &code).unwrap(), SignIn::SignUpRequired);
        let user_id = sign_up().unwrap();
        assert_eq!(state.user_id_of("4915112345678"), Some(user_id));
    }
}
