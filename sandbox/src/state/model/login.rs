use serde::{Deserialize, Serialize};

use super::address::{masked, normalised_phone};
use super::code::{Code, EMAIL_CODE, PHONE_CODE, RESEND_AFTER};
use super::message::{CodePurpose, Messages, Recipient};
use crate::primitives;
use crate::store::{Changes, DamagedRecord, Durable, Records, Table};
use telegram_passport::cloud::{CloudError, CodeType, MailedCode, SentCode, SentCodeType};
use telegram_passport::element::{EmailAddress, PhoneNumber, UnixTime};

/// What a right login code leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInOutcome {
    /// This account is signed in.
    Done(i64),
    /// This account has a 2FA password, which is still to come (`SESSION_PASSWORD_NEEDED`).
    PasswordNeeded(i64),
    /// Nobody has this number (`auth.authorizationSignUpRequired`).
    SignUpRequired,
}

/// Logins under way, and where login codes go that do not go to a phone.
#[derive(Default)]
pub(in crate::state) struct Logins {
    /// By phone number: one for each.
    under_way: Table<String, Login>,
    /// Accounts that have, or must have, a login e-mail address.
    emails: Table<i64, LoginEmail>,
    /// Those that are being set up, by phone number.
    set_ups: Table<String, EmailSetUp>,
}

/// A login under way.
#[derive(Serialize, Deserialize)]
struct Login {
    hash: String,
    code: Code,
    /// The code was right, but nobody has this number: they may sign up.
    may_sign_up: bool,
}

/// What an account whose login codes do not go to its phone has.
#[derive(Clone, Serialize, Deserialize)]
enum LoginEmail {
    /// It must set an address up with its next login.
    Required,
    /// Its codes go there.
    Address(EmailAddress),
}

/// An address on its way to being a login address.
#[derive(Serialize, Deserialize)]
struct EmailSetUp {
    email: EmailAddress,
    code: Code,
}

impl Logins {
    /// Sends a code in the way the account has; to the phone in the way asked for; none, if the account must set an
    /// address up first. It gives up the login before it with this number, whose account this is, if it has one.
    pub(in crate::state) fn begin(
        &mut self,
        phone: String,
        user_id: Option<i64>,
        to_phone: SentCodeType,
        messages: &mut Messages,
        now: UnixTime,
    ) -> SentCode {
        let hash = primitives::hex(&primitives::random::<9>());
        // Where nobody has the number yet, the message is nobody's; the tester finds the code by the number.
        let user_id = user_id.unwrap_or(0);
        let (code, code_type) = match self.emails.get(&user_id).cloned() {
            None => {
                let recipient = Recipient::Phone(PhoneNumber(phone.clone()));
                (messages.send(user_id, recipient, CodePurpose::LogIn, PHONE_CODE, now), to_phone)
            }
            Some(LoginEmail::Address(email)) => {
                let pattern = masked(&email.0);
                let recipient = Recipient::Email(email);
                let code = messages.send(user_id, recipient, CodePurpose::LogIn, EMAIL_CODE, now);
                (code, SentCodeType::Email { pattern, length: EMAIL_CODE })
            }
            // Nobody is told this one.
            Some(LoginEmail::Required) => (Code::new(EMAIL_CODE, now), SentCodeType::SetUpEmailRequired),
        };
        let by_phone = !matches!(code_type, SentCodeType::Email { .. } | SentCodeType::SetUpEmailRequired);
        self.under_way.insert(phone, Login { hash: hash.clone(), code, may_sign_up: false });
        SentCode {
            code_type,
            phone_code_hash: hash,
            next_type: by_phone.then_some(CodeType::Call),
            timeout: by_phone.then_some(RESEND_AFTER),
        }
    }

    /// The digits of a number, if this hash is that of its login.
    pub(in crate::state) fn under_way(
        &self,
        phone_number: &str,
        phone_code_hash: &str,
    ) -> Result<String, CloudError> {
        let phone = normalised_phone(phone_number).ok_or(CloudError::PhoneNumberInvalid)?;
        let login = self.under_way.get(&phone).ok_or(CloudError::PhoneCodeExpired)?;
        if primitives::equal(login.hash.as_bytes(), phone_code_hash.as_bytes()) {
            Ok(phone)
        } else {
            Err(CloudError::PhoneCodeExpired)
        }
    }

    /// Enters a login code.
    pub(in crate::state) fn enter(
        &mut self,
        phone: &String,
        code: &str,
        now: UnixTime,
    ) -> Result<(), CloudError> {
        let login = self.under_way.get_mut(phone).ok_or(CloudError::PhoneCodeExpired)?;
        login.code.enter(code, now).or(CloudError::PhoneCodeInvalid, CloudError::PhoneCodeExpired)
    }

    /// Lets who has entered the right code for a number that nobody has sign up.
    pub(in crate::state) fn allow_sign_up(&mut self, phone: &String) {
        if let Some(login) = self.under_way.get_mut(phone) {
            login.may_sign_up = true;
        }
    }

    pub(in crate::state) fn may_sign_up(&self, phone: &String) -> bool {
        self.under_way.get(phone).is_some_and(|login| login.may_sign_up)
    }

    /// Forgets a login: it was given up, or is done.
    pub(in crate::state) fn end(&mut self, phone: &String) {
        self.under_way.remove(phone);
    }

    /// The code that was last made for this number, digits only.
    pub(in crate::state) fn code(&self, phone: &String) -> Option<String> {
        self.under_way.get(phone).map(|login| login.code.digits().to_owned())
    }

    /// From now on the account's codes go to this address, or to its phone.
    pub(in crate::state) fn set_email(&mut self, user_id: i64, email: Option<EmailAddress>) {
        match email {
            Some(email) => drop(self.emails.insert(user_id, LoginEmail::Address(email))),
            None => drop(self.emails.remove(&user_id)),
        }
    }

    /// From now on the account must set an address up.
    pub(in crate::state) fn require_email(&mut self, user_id: i64) {
        self.emails.insert(user_id, LoginEmail::Required);
    }

    /// Where the account's codes go, if that is an address.
    pub(in crate::state) fn email(&self, user_id: i64) -> Option<EmailAddress> {
        match self.emails.get(&user_id)? {
            LoginEmail::Required => None,
            LoginEmail::Address(address) => Some(address.clone()),
        }
    }

    /// Whether the account's codes do not go to its phone.
    pub(in crate::state) fn goes_by_email(&self, user_id: i64) -> bool {
        self.emails.contains_key(&user_id)
    }

    /// Whether the account must set an address up.
    pub(in crate::state) fn needs_email(&self, user_id: i64) -> bool {
        matches!(self.emails.get(&user_id), Some(LoginEmail::Required))
    }

    /// Sends a code to an address that an account sets up in the login of this number.
    pub(in crate::state) fn begin_set_up(
        &mut self,
        phone: String,
        user_id: i64,
        email: EmailAddress,
        messages: &mut Messages,
        now: UnixTime,
    ) -> MailedCode {
        let recipient = Recipient::Email(email.clone());
        let code = messages.send(user_id, recipient, CodePurpose::SetUpLoginEmail, EMAIL_CODE, now);
        let email_pattern = masked(&email.0);
        self.set_ups.insert(phone, EmailSetUp { email, code });
        MailedCode { email_pattern: Some(email_pattern), length: Some(EMAIL_CODE) }
    }

    /// Enters such a code; the address is the account's from now on.
    pub(in crate::state) fn enter_set_up(
        &mut self,
        phone: &String,
        user_id: i64,
        code: &str,
        now: UnixTime,
    ) -> Result<EmailAddress, CloudError> {
        let set_up = self.set_ups.get_mut(phone).ok_or(CloudError::EmailVerifyExpired)?;
        set_up.code.enter(code, now).or(CloudError::CodeInvalid, CloudError::EmailVerifyExpired)?;
        let email = set_up.email.clone();
        self.set_ups.remove(phone);
        self.set_email(user_id, Some(email.clone()));
        Ok(email)
    }
}

impl Durable for Logins {
    fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        Ok(Self {
            under_way: Table::load(records, &format!("{place}/login"))?,
            emails: Table::load(records, &format!("{place}/login-email"))?,
            set_ups: Table::load(records, &format!("{place}/login-email-set-up"))?,
        })
    }

    fn collect(&mut self, place: &str, changes: &mut Changes) {
        self.under_way.collect(&format!("{place}/login"), changes);
        self.emails.collect(&format!("{place}/login-email"), changes);
        self.set_ups.collect(&format!("{place}/login-email-set-up"), changes);
    }
}
