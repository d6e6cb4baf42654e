use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::address::{is_email, masked};
use super::code::{Code, EMAIL_CODE, Entered};
use super::message::{CodePurpose, Messages, Recipient};
use super::password_change::{NewVerifier, Offer, PasswordChange};
use super::registration::{RegisteredPassword, RegistrationError};
use super::srp::{self, Challenges, Verifier};
use crate::primitives;
use telegram_passport::cloud::{
    AccountPassword, CloudError, InputCheckPassword, PasswordInputSettings, PasswordRecovery,
    PasswordSettings, ResetPasswordResult, SecurePasswordKdfAlgo, SecureSecretSettings,
};
use telegram_passport::element::{EmailAddress, UnixTime};

/// How long a reset without the password waits, in seconds: 7 days.
pub(in crate::state) const RESET_WAIT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How long after a declined reset none can be requested, in seconds: 1 day.
pub(in crate::state) const RESET_PAUSE: Duration = Duration::from_secs(24 * 3_600);

/// Two-factor authentication of one account, and the wrapped passport secret beside it.
#[derive(Serialize, Deserialize)]
pub(in crate::state) struct TwoFactor {
    password: Option<Verifier>,
    hint: String,
    /// Counts password changes: a challenge made before one is void after it.
    generation: u64,
    recovery_email: Option<EmailAddress>,
    secure_settings: Option<SecureSecretSettings>,
    challenges: Challenges,
    offer: Offer,
    unconfirmed: Option<Unconfirmed>,
    recovery: Option<Code>,
    /// When a requested reset may be carried out.
    reset_date: Option<UnixTime>,
    /// Until when none may be requested, after one was declined.
    reset_blocked_until: UnixTime,
}

/// A change that waits for the code sent to its new recovery address.
#[derive(Serialize, Deserialize)]
struct Unconfirmed {
    change: PasswordChange,
    email: EmailAddress,
    code: Code,
}

/// What a call leaves of the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(in crate::state) enum Outcome {
    /// There is one as before, another one, or still none.
    Kept,
    /// It is gone, and with it everything that only it could open.
    Removed,
}

impl TwoFactor {
    pub(in crate::state) fn registered(
        registered: Option<RegisteredPassword>,
    ) -> Result<Self, RegistrationError> {
        let mut two_factor = Self {
            password: None,
            hint: String::new(),
            generation: 0,
            recovery_email: None,
            secure_settings: None,
            challenges: Challenges::default(),
            offer: Offer::draw(),
            unconfirmed: None,
            recovery: None,
            reset_date: None,
            reset_blocked_until: UnixTime::from_seconds(0),
        };
        if let Some(registered) = registered {
            let verifier = Verifier::new(&registered.algorithm, &registered.verifier);
            two_factor.password = Some(verifier.ok_or(RegistrationError::PasswordInvalid)?);
            if registered.recovery_email.as_ref().is_some_and(|email| !is_email(&email.0)) {
                return Err(RegistrationError::EmailInvalid);
            }
            two_factor.hint = registered.hint;
            two_factor.recovery_email = registered.recovery_email;
            two_factor.secure_settings = registered.secure_settings;
        }
        Ok(two_factor)
    }

    pub(in crate::state) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// The confirmed recovery address.
    pub(in crate::state) fn recovery_email(&self) -> Option<&EmailAddress> {
        self.recovery_email.as_ref()
    }

    /// The wrapped passport secret.
    pub(in crate::state) fn secure_settings(&self) -> Option<&SecureSecretSettings> {
        self.secure_settings.as_ref()
    }

    /// Puts a wrapped secret in place of the account's, unchecked.
    pub(in crate::state) fn replace_secure_settings(&mut self, settings: Option<SecureSecretSettings>) {
        self.secure_settings = settings;
    }

    /// Whether there is a password, and a passport secret beside it.
    pub(in crate::state) fn check_complete(&self) -> Result<&SecureSecretSettings, CloudError> {
        if self.password.is_none() {
            return Err(CloudError::PasswordRequired);
        }
        self.secure_settings.as_ref().ok_or(CloudError::SecureSecretRequired)
    }

    /// Whether the passport secret is the one with this id.
    pub(in crate::state) fn check_secret(&self, secure_secret_id: i64) -> Result<(), CloudError> {
        let current = self.check_complete()?.secure_secret_id == secure_secret_id;
        if current { Ok(()) } else { Err(CloudError::SecureSecretInvalid) }
    }

    /// `account.password`, with a new challenge.
    pub(in crate::state) fn account_password(
        &mut self,
        has_secure_values: bool,
        now: UnixTime,
    ) -> AccountPassword {
        let (challenges, generation) = (&mut self.challenges, self.generation);
        let current = self.password.as_ref().map(|password| challenges.draw(password, generation, now));
        AccountPassword {
            has_recovery: self.recovery_email.is_some(),
            has_secure_values,
            hint: (current.is_some() && !self.hint.is_empty()).then(|| self.hint.clone()),
            current,
            email_unconfirmed_pattern: self.unconfirmed.as_ref().map(|waiting| masked(&waiting.email.0)),
            new_algo: srp::algorithm(self.offer.salt1.to_vec(), self.offer.salt2.to_vec()),
            new_secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 {
                salt: self.offer.secure_salt.to_vec(),
            },
            secure_random: primitives::random::<256>().to_vec(),
            pending_reset_date: self.reset_date,
        }
    }

    /// Checks the proof that a call carries: `inputCheckPasswordEmpty` where there is no password.
    pub(in crate::state) fn check(
        &mut self,
        proof: &InputCheckPassword,
        now: UnixTime,
    ) -> Result<(), CloudError> {
        match (&self.password, proof) {
            (None, InputCheckPassword::Empty) => Ok(()),
            (None, InputCheckPassword::Srp { .. }) => Err(CloudError::SrpIdInvalid),
            (Some(password), _) => self.challenges.check(password, self.generation, proof, now),
        }
    }

    /// What only who has the password is told.
    pub(in crate::state) fn settings(
        &mut self,
        proof: &InputCheckPassword,
        now: UnixTime,
    ) -> Result<PasswordSettings, CloudError> {
        if self.password.is_none() {
            return Err(CloudError::PasswordRequired);
        }
        self.check(proof, now)?;
        Ok(PasswordSettings {
            email: self.recovery_email.as_ref().map(|email| Zeroizing::new(email.0.clone())),
            secure_settings: self.secure_settings.clone(),
        })
    }

    /// Changes the settings, or lets the whole change wait for the code that its new recovery address is sent.
    pub(in crate::state) fn update(
        &mut self,
        proof: &InputCheckPassword,
        settings: PasswordInputSettings,
        user_id: i64,
        messages: &mut Messages,
        now: UnixTime,
    ) -> Result<Outcome, CloudError> {
        self.check(proof, now)?;
        let change = self.checked(settings)?;
        let email = match &change.email {
            Some(Some(email)) if self.recovery_email.as_ref() != Some(email) => email.clone(),
            _ => return Ok(self.apply(change)),
        };
        let code = send_confirmation(messages, user_id, &email, now);
        self.unconfirmed = Some(Unconfirmed { change, email, code });
        Err(CloudError::EmailUnconfirmed { code_length: Some(EMAIL_CODE) })
    }

    /// Carries out the change that waits, if this is its code.
    pub(in crate::state) fn confirm_email(
        &mut self,
        code: &str,
        now: UnixTime,
    ) -> Result<Outcome, CloudError> {
        let mut waiting = self.unconfirmed.take().ok_or(CloudError::EmailHashExpired)?;
        let entered = waiting.code.enter(code, now);
        if entered == Entered::Right {
            return Ok(self.apply(waiting.change));
        }
        self.unconfirmed = Some(waiting);
        entered.or(CloudError::CodeInvalid, CloudError::EmailHashExpired).map(|()| Outcome::Kept)
    }

    /// Sends another code for the change that waits.
    pub(in crate::state) fn resend_email(
        &mut self,
        user_id: i64,
        messages: &mut Messages,
        now: UnixTime,
    ) -> Result<(), CloudError> {
        let waiting = self.unconfirmed.as_mut().ok_or(CloudError::EmailHashExpired)?;
        waiting.code = send_confirmation(messages, user_id, &waiting.email, now);
        Ok(())
    }

    /// Gives up the change that waits.
    pub(in crate::state) fn cancel_email(&mut self) -> Result<(), CloudError> {
        self.unconfirmed.take().map(drop).ok_or(CloudError::EmailHashExpired)
    }

    /// Sends a code to the recovery address.
    pub(in crate::state) fn request_recovery(
        &mut self,
        user_id: i64,
        messages: &mut Messages,
        now: UnixTime,
    ) -> Result<PasswordRecovery, CloudError> {
        if self.password.is_none() {
            return Err(CloudError::PasswordEmpty);
        }
        let email = self.recovery_email.clone().ok_or(CloudError::PasswordRecoveryNa)?;
        let email_pattern = masked(&email.0);
        let recipient = Recipient::Email(email);
        self.recovery =
            Some(messages.send(user_id, recipient, CodePurpose::RecoverPassword, EMAIL_CODE, now));
        Ok(PasswordRecovery { email_pattern })
    }

    /// Whether this is the code that the recovery address was sent.
    pub(in crate::state) fn check_recovery(&mut self, code: &str, now: UnixTime) -> Result<(), CloudError> {
        let entered = self.recovery.as_mut().map_or(Entered::Expired, |waiting| waiting.enter(code, now));
        entered.or(CloudError::CodeInvalid, CloudError::PasswordRecoveryExpired)
    }

    /// Removes the password for the code that the recovery address was sent, and sets another one, if there are
    /// settings for one.
    pub(in crate::state) fn recover(
        &mut self,
        code: &str,
        settings: Option<PasswordInputSettings>,
        now: UnixTime,
    ) -> Result<Outcome, CloudError> {
        self.check_recovery(code, now)?;
        let change = match settings {
            None => None,
            Some(settings) if settings.new_secure_settings.is_some() || settings.email.is_some() => {
                return Err(CloudError::NewSettingsInvalid);
            }
            Some(settings) => Some(self.checked(settings)?),
        };
        let email = self.recovery_email.clone();
        let outcome = self.remove();
        if let Some(change) = change {
            self.recovery_email = email;
            // What was lost stays lost, whatever the change makes of the password.
            let _ = self.apply(change);
        }
        Ok(outcome)
    }

    /// Requests a reset without the password, or carries one out whose time has come.
    pub(in crate::state) fn reset(
        &mut self,
        now: UnixTime,
    ) -> Result<(ResetPasswordResult, Outcome), CloudError> {
        if self.password.is_none() {
            return Err(CloudError::PasswordEmpty);
        }
        let result = match self.reset_date {
            None if now < self.reset_blocked_until => {
                ResetPasswordResult::FailedWait { retry_date: self.reset_blocked_until }
            }
            None => {
                let until_date = now + RESET_WAIT;
                self.reset_date = Some(until_date);
                ResetPasswordResult::RequestedWait { until_date }
            }
            Some(until_date) if now < until_date => ResetPasswordResult::RequestedWait { until_date },
            Some(_) => return Ok((ResetPasswordResult::Ok, self.remove())),
        };
        Ok((result, Outcome::Kept))
    }

    /// Takes a requested reset back.
    pub(in crate::state) fn decline_reset(&mut self, now: UnixTime) -> Result<(), CloudError> {
        self.reset_date.take().ok_or(CloudError::ResetRequestMissing)?;
        self.reset_blocked_until = now + RESET_PAUSE;
        Ok(())
    }

    fn checked(&self, settings: PasswordInputSettings) -> Result<PasswordChange, CloudError> {
        PasswordChange::checked(settings, &self.offer, self.password.is_some())
    }

    /// Carries a checked change out, and draws new salts for the next one.
    fn apply(&mut self, change: PasswordChange) -> Outcome {
        if let Some(email) = change.email {
            self.recovery_email = email;
        }
        if let Some(secure_settings) = change.secure_settings {
            self.secure_settings = secure_settings;
        }
        self.offer = Offer::draw();
        self.unconfirmed = None;
        match change.password {
            None => Outcome::Kept,
            Some(NewVerifier::Set { verifier, hint }) => {
                self.password = Some(*verifier);
                self.hint = hint;
                self.generation += 1;
                Outcome::Kept
            }
            Some(NewVerifier::Remove) => self.remove(),
        }
    }

    fn remove(&mut self) -> Outcome {
        self.password = None;
        self.hint.clear();
        self.generation += 1;
        self.recovery_email = None;
        self.secure_settings = None;
        self.unconfirmed = None;
        self.recovery = None;
        self.reset_date = None;
        Outcome::Removed
    }
}

fn send_confirmation(messages: &mut Messages, user_id: i64, email: &EmailAddress, now: UnixTime) -> Code {
    let recipient = Recipient::Email(email.clone());
    messages.send(user_id, recipient, CodePurpose::ConfirmRecoveryEmail, EMAIL_CODE, now)
}
