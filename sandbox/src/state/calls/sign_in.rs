use crate::state::contact;
use crate::state::model::code::PHONE_CODE;
use crate::state::model::login::SignInOutcome;
use crate::state::model::registration::Registration;
use crate::state::refusal::ServerRefusal;
use crate::state::shared::State;
use crate::state::world::World;
use telegram_passport::cloud::{CloudError, SentCode, SentCodeType};
use telegram_passport::element::{PhoneNumber, UnixTime};

impl State {
    /// `auth.sendCode#a677244f`: a login code by SMS, or to the account's login e-mail address; none, if it must set one
    /// up first. It gives up the login before it with this number.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberInvalid`](CloudError::PhoneNumberInvalid).
    pub fn send_login_code(&self, phone_number: &str) -> Result<SentCode, CloudError> {
        let phone = contact::verifiable_phone(phone_number)?;
        let now = self.now();
        Ok(begin(&mut self.world(), phone, SentCodeType::Sms { length: PHONE_CODE }, now))
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
        let now = self.now();
        let mut world = self.world();
        let phone = world.logins.under_way(phone_number, phone_code_hash)?;
        Ok(begin(&mut world, phone, SentCodeType::Call { length: PHONE_CODE }, now))
    }

    /// `auth.cancelCode#1f040578` in a login.
    ///
    /// # Errors
    ///
    /// As [`resend_login_code`](Self::resend_login_code).
    pub fn cancel_login_code(&self, phone_number: &str, phone_code_hash: &str) -> Result<(), CloudError> {
        let logins = &mut self.world().logins;
        let phone = logins.under_way(phone_number, phone_code_hash)?;
        logins.end(&phone);
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
    ) -> Result<SignInOutcome, CloudError> {
        if phone_code.trim().is_empty() {
            return Err(CloudError::PhoneCodeEmpty);
        }
        let now = self.now();
        let mut world = self.world();
        let phone = world.logins.under_way(phone_number, phone_code_hash)?;
        if goes_by_email(&world, &phone) {
            return Err(CloudError::PhoneCodeInvalid);
        }
        enter(&mut world, &phone, phone_code, now)
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
    ) -> Result<SignInOutcome, CloudError> {
        let now = self.now();
        let mut world = self.world();
        let phone = world.logins.under_way(phone_number, phone_code_hash)?;
        if !goes_by_email(&world, &phone) {
            return Err(CloudError::CodeInvalid);
        }
        enter(&mut world, &phone, code, now).map_err(|why| match why {
            CloudError::PhoneCodeInvalid => CloudError::CodeInvalid,
            why => why,
        })
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
        let mut world = self.world();
        let phone = world.logins.under_way(phone_number, phone_code_hash)?;
        if !world.logins.may_sign_up(&phone) {
            return Err(CloudError::PhoneCodeEmpty);
        }
        if first_name.trim().is_empty() || first_name.chars().count() > 64 || last_name.chars().count() > 64 {
            return Err(ServerRefusal::FirstNameInvalid.into());
        }
        let mut registration = Registration::new(PhoneNumber(phone.clone()), first_name.trim());
        registration.last_name = last_name.trim().to_owned();
        let opened = world.open_account(registration);
        let user_id = opened.map_err(|_| ServerRefusal::PhoneNumberOccupied)?;
        world.logins.end(&phone);
        Ok(user_id)
    }
}

fn begin(world: &mut World, phone: String, to_phone: SentCodeType, now: UnixTime) -> SentCode {
    let user_id = world.user_with_phone(&phone);
    world.logins.begin(phone, user_id, to_phone, &mut world.messages, now)
}

/// Whether this number's login codes go to a mailbox.
fn goes_by_email(world: &World, phone: &str) -> bool {
    world.user_with_phone(phone).is_some_and(|user_id| world.logins.goes_by_email(user_id))
}

fn enter(world: &mut World, phone: &String, code: &str, now: UnixTime) -> Result<SignInOutcome, CloudError> {
    world.logins.enter(phone, code, now)?;
    let Some(user_id) = world.user_with_phone(phone) else {
        world.logins.allow_sign_up(phone);
        return Ok(SignInOutcome::SignUpRequired);
    };
    world.logins.end(phone);
    let has_password = world.account(user_id)?.two_factor.has_password();
    Ok(if has_password { SignInOutcome::PasswordNeeded(user_id) } else { SignInOutcome::Done(user_id) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::with_account;

    #[test]
    fn a_known_number_signs_in_with_its_code_once() {
        let (state, user_id) = with_account();
        let sent = state.send_login_code("+1 (202) 555-0123").unwrap();
        let code = state.last_login_code("12025550123").unwrap();
        let enter = |hash: &str, code: &str| state.sign_in("12025550123", hash, code);
        let hash = sent.phone_code_hash;
        assert!(matches!(enter(&hash, " "), Err(CloudError::PhoneCodeEmpty)));
        assert!(matches!(enter(&hash, "no"), Err(CloudError::PhoneCodeInvalid)));
        assert!(matches!(enter("other", &code), Err(CloudError::PhoneCodeExpired)));
        assert_eq!(enter(&hash, &code).unwrap(), SignInOutcome::Done(user_id));
        assert!(matches!(enter(&hash, &code), Err(CloudError::PhoneCodeExpired)));
    }

    #[test]
    fn an_unknown_number_signs_up_after_its_code() {
        let (state, _) = with_account();
        let hash = state.send_login_code("4915112345678").unwrap().phone_code_hash;
        let sign_up = || state.sign_up("4915112345678", &hash, "Bob", "");
        assert!(matches!(sign_up(), Err(CloudError::PhoneCodeEmpty)));
        let code = state.last_login_code("4915112345678").unwrap();
        assert_eq!(state.sign_in("4915112345678", &hash, &code).unwrap(), SignInOutcome::SignUpRequired);
        let user_id = sign_up().unwrap();
        assert_eq!(state.user_id_of("4915112345678"), Some(user_id));
    }
}
