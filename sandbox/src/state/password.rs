use serde::{Deserialize, Serialize};

use super::account::{RegisteredPassword, RegistrationError};
use super::change::{Change, Offer};
use super::code::{Code, Entered, Purpose, Recipient, masked};
use super::srp::{self, Challenges, Verifier};
use super::verification::is_email;
use super::{Held, Holdings, State, world::World};
use crate::primitives;
use telegram_passport::cloud::{
    AccountPassword, CloudError, InputCheckPassword, PasswordInputSettings, PasswordSettings,
    SecurePasswordKdfAlgo, SecureSecretSettings,
};
use telegram_passport::element::EmailAddress;
use zeroize::Zeroizing;

/// Digits of a code that confirms a recovery e-mail.
pub(super) const EMAIL_CODE: usize = 6;

/// Two-factor authentication of one account, and the wrapped passport secret beside it.
#[derive(Serialize, Deserialize)]
pub(super) struct TwoFactor {
    pub(super) password: Option<Verifier>,
    pub(super) hint: String,
    /// Counts password changes: a challenge made before one is void after it.
    pub(super) generation: u64,
    pub(super) recovery_email: Option<EmailAddress>,
    pub(super) secure_settings: Option<SecureSecretSettings>,
    challenges: Challenges,
    pub(super) offer: Offer,
    pub(super) unconfirmed: Option<Unconfirmed>,
    pub(super) recovery: Option<Code>,
    /// When a requested reset may be carried out.
    pub(super) reset_date: Option<i64>,
    /// Until when none may be requested, after one was declined.
    pub(super) reset_blocked_until: i64,
}

/// A change that waits for the code sent to its new recovery address.
#[derive(Serialize, Deserialize)]
pub(super) struct Unconfirmed {
    change: Change,
    email: EmailAddress,
    code: Code,
}

impl TwoFactor {
    pub(super) fn registered(registered: Option<RegisteredPassword>) -> Result<Self, RegistrationError> {
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
            reset_blocked_until: 0,
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

    /// Checks the proof that a call carries: `inputCheckPasswordEmpty` where there is no password.
    fn check(&mut self, proof: &InputCheckPassword, now: i64) -> Result<(), CloudError> {
        match (&self.password, proof) {
            (None, InputCheckPassword::Empty) => Ok(()),
            (None, InputCheckPassword::Srp { .. }) => Err(CloudError::SrpIdInvalid),
            (Some(password), _) => self.challenges.check(password, self.generation, proof, now),
        }
    }
}

impl State {
    /// `account.getPassword#548a30f5`
    ///
    /// # Errors
    ///
    /// [`SignedOut`](CloudError::SignedOut) for an unknown account, as everywhere here.
    pub fn account_password(&self, user_id: i64) -> Result<AccountPassword, CloudError> {
        let now = self.now();
        let mut world = self.world();
        let account = world.account_mut(user_id)?;
        let has_secure_values = !account.values.is_empty();
        let two_factor = &mut account.two_factor;
        let generation = two_factor.generation;
        let challenges = &mut two_factor.challenges;
        let current = two_factor.password.as_ref().map(|password| challenges.draw(password, generation, now));
        let offer = &two_factor.offer;
        Ok(AccountPassword {
            has_recovery: two_factor.recovery_email.is_some(),
            has_secure_values,
            hint: (current.is_some() && !two_factor.hint.is_empty()).then(|| two_factor.hint.clone()),
            current,
            email_unconfirmed_pattern: two_factor
                .unconfirmed
                .as_ref()
                .map(|waiting| masked(&waiting.email.0)),
            new_algo: srp::algorithm(offer.salt1.to_vec(), offer.salt2.to_vec()),
            new_secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 {
                salt: offer.secure_salt.to_vec(),
            },
            secure_random: primitives::random::<256>().to_vec(),
            pending_reset_date: two_factor.reset_date,
        })
    }

    /// Checks a proof and does nothing else, as `auth.checkPassword#d18b4d16` does in a login.
    ///
    /// # Errors
    ///
    /// Those of [`password_settings`](Self::password_settings).
    pub fn check_password(&self, user_id: i64, password: &InputCheckPassword) -> Result<(), CloudError> {
        let now = self.now();
        self.world().account_mut(user_id)?.two_factor.check(password, now)
    }

    /// `account.getPasswordSettings#9cd4eaf9`
    ///
    /// # Errors
    ///
    /// [`PasswordRequired`](CloudError::PasswordRequired) without a password;
    /// [`PasswordHashInvalid`](CloudError::PasswordHashInvalid), [`SrpIdInvalid`](CloudError::SrpIdInvalid),
    /// [`SrpPasswordChanged`](CloudError::SrpPasswordChanged), [`FloodWait`](CloudError::FloodWait) after ten
    /// wrong proofs within a minute.
    pub fn password_settings(
        &self,
        user_id: i64,
        password: &InputCheckPassword,
    ) -> Result<PasswordSettings, CloudError> {
        let now = self.now();
        let mut world = self.world();
        let two_factor = &mut world.account_mut(user_id)?.two_factor;
        if two_factor.password.is_none() {
            return Err(CloudError::PasswordRequired);
        }
        two_factor.check(password, now)?;
        Ok(PasswordSettings {
            email: two_factor.recovery_email.as_ref().map(|email| Zeroizing::new(email.0.clone())),
            secure_settings: two_factor.secure_settings.clone(),
        })
    }

    /// `account.updatePasswordSettings#a59b102f`
    ///
    /// # Errors
    ///
    /// As [`SecureCloud::update_password_settings`](telegram_passport::cloud::SecureCloud::update_password_settings) says.
    /// A new recovery e-mail is answered with [`EmailUnconfirmed`](CloudError::EmailUnconfirmed), and the
    /// whole change waits.
    pub fn update_password_settings(
        &self,
        user_id: i64,
        password: &InputCheckPassword,
        new_settings: PasswordInputSettings,
    ) -> Result<(), CloudError> {
        let now = self.now();
        let mut world = self.world();
        let account = world.account_mut(user_id)?;
        account.two_factor.check(password, now)?;
        let change = account.two_factor.checked(new_settings)?;
        let new_email = match &change.email {
            Some(Some(email)) if account.two_factor.recovery_email.as_ref() != Some(email) => email.clone(),
            _ => {
                account.apply(change);
                return Ok(());
            }
        };
        let code = world.send_recovery_code(user_id, &new_email, now);
        world.account_mut(user_id)?.two_factor.unconfirmed =
            Some(Unconfirmed { change, email: new_email, code });
        Err(CloudError::EmailUnconfirmed { code_length: u32::try_from(EMAIL_CODE).ok() })
    }

    /// `account.confirmPasswordEmail#8fdf1920`
    ///
    /// # Errors
    ///
    /// [`CodeInvalid`](CloudError::CodeInvalid), [`EmailHashExpired`](CloudError::EmailHashExpired).
    pub fn confirm_password_email(&self, user_id: i64, code: &str) -> Result<(), CloudError> {
        let now = self.now();
        let mut world = self.world();
        let account = world.account_mut(user_id)?;
        let mut waiting = account.two_factor.unconfirmed.take().ok_or(CloudError::EmailHashExpired)?;
        match waiting.code.enter(code, now) {
            Entered::Right => {
                account.apply(waiting.change);
                Ok(())
            }
            outcome => {
                account.two_factor.unconfirmed = Some(waiting);
                let expired = outcome == Entered::Expired;
                Err(if expired { CloudError::EmailHashExpired } else { CloudError::CodeInvalid })
            }
        }
    }

    /// `account.resendPasswordEmail#7a7f2a15`
    ///
    /// # Errors
    ///
    /// [`EmailHashExpired`](CloudError::EmailHashExpired) if none waits.
    pub fn resend_password_email(&self, user_id: i64) -> Result<(), CloudError> {
        let now = self.now();
        let mut world = self.world();
        let waiting = world.account(user_id)?.two_factor.unconfirmed.as_ref();
        let email = waiting.ok_or(CloudError::EmailHashExpired)?.email.clone();
        let code = world.send_recovery_code(user_id, &email, now);
        if let Some(waiting) = &mut world.account_mut(user_id)?.two_factor.unconfirmed {
            waiting.code = code;
        }
        Ok(())
    }

    /// `account.cancelPasswordEmail#c1cbd5b6`
    ///
    /// # Errors
    ///
    /// [`EmailHashExpired`](CloudError::EmailHashExpired) if none waits.
    pub fn cancel_password_email(&self, user_id: i64) -> Result<(), CloudError> {
        let mut world = self.world();
        let waiting = world.account_mut(user_id)?.two_factor.unconfirmed.take();
        waiting.map(|_| ()).ok_or(CloudError::EmailHashExpired)
    }
}

impl World {
    fn send_recovery_code(&mut self, user_id: i64, email: &EmailAddress, now: i64) -> Code {
        let recipient = Recipient::Email(email.clone());
        self.send_code(user_id, recipient, Purpose::ConfirmRecoveryEmail, EMAIL_CODE, now)
    }
}

impl Held for TwoFactor {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self {
            password,
            hint,
            generation: _,
            recovery_email,
            secure_settings,
            challenges,
            offer,
            unconfirmed,
            recovery,
            reset_date: _,
            reset_blocked_until: _,
        } = self;
        password.iter().for_each(|password| password.add_to(holdings));
        holdings.add("password's hint", hint);
        recovery_email.iter().for_each(|email| email.add_to(holdings));
        secure_settings.iter().for_each(|settings| settings.add_to(holdings));
        challenges.add_to(holdings);
        offer.add_to(holdings);
        recovery.iter().for_each(|code| code.add_to(holdings));
        if let Some(Unconfirmed { change, email, code }) = unconfirmed {
            change.add_to(holdings);
            email.add_to(holdings);
            code.add_to(holdings);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::primitives::Residue;
    use telegram_passport::cloud::{NewPassword, PasswordKdfAlgo};

    /// A change to some password, as a client makes it from the offer.
    pub(in super::super) fn set_password(state: &State, user_id: i64) -> PasswordInputSettings {
        let offered = state.account_password(user_id).expect("an account");
        let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { mut salt1, salt2, g, p } =
            offered.new_algo
        else {
            panic!("the one algorithm");
        };
        salt1.extend([7; 32]);
        PasswordInputSettings {
            new_password: Some(NewPassword {
                new_algo: PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow {
                    salt1,
                    salt2,
                    g,
                    p,
                },
                new_password_hash: Zeroizing::new(Residue::generator().power(&[9; 32]).to_bytes().to_vec()),
                hint: "nine".to_owned(),
            }),
            ..PasswordInputSettings::default()
        }
    }

    /// A wrapped secret, as a client makes it from the offer.
    pub(in super::super) fn wrapped_secret(state: &State, user_id: i64, id: i64) -> SecureSecretSettings {
        let offered = state.account_password(user_id).expect("an account");
        let SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { mut salt } = offered.new_secure_algo else {
            panic!("the one algorithm");
        };
        salt.extend([8; 32]);
        SecureSecretSettings {
            secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt },
            secure_secret: vec![5; 32],
            secure_secret_id: id,
        }
    }

    /// An account with a password and a passport secret of id 77.
    pub(in super::super) fn with_secret() -> (State, i64) {
        let (state, user_id) = State::with_account();
        set_secret(&state, user_id);
        (state, user_id)
    }

    /// The same for this account.
    pub(in super::super) fn set_secret(state: &State, user_id: i64) {
        let mut settings = set_password(state, user_id);
        settings.new_secure_settings = Some(wrapped_secret(state, user_id, 77));
        state
            .update_password_settings(user_id, &InputCheckPassword::Empty, settings)
            .expect("sound settings");
    }

    fn update(state: &State, user_id: i64, settings: PasswordInputSettings) -> Result<(), CloudError> {
        state.update_password_settings(user_id, &InputCheckPassword::Empty, settings)
    }

    #[test]
    fn a_password_and_its_secret_are_set_in_one_call() {
        let (state, user_id) = with_secret();
        let password = state.account_password(user_id).expect("an account");
        assert!(password.current.is_some());
        assert_eq!(password.hint.as_deref(), Some("nine"));
        let world = state.world();
        let settings = world.account(user_id).expect("an account").two_factor.secure_settings.as_ref();
        assert_eq!(settings.map(|settings| settings.secure_secret_id), Some(77));
    }

    #[test]
    fn salts_must_extend_the_offer() {
        let (state, user_id) = State::with_account();
        let good = set_password(&state, user_id);
        for spoil in [
            |salt1: &mut Vec<u8>, _: &mut Vec<u8>| salt1[0] ^= 1,
            |salt1: &mut Vec<u8>, _: &mut Vec<u8>| salt1.truncate(39),
            |_: &mut Vec<u8>, salt2: &mut Vec<u8>| salt2.push(0),
        ] {
            let mut bad = good.clone();
            if let Some(NewPassword {
                new_algo:
                    PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, .. },
                ..
            }) = &mut bad.new_password
            {
                spoil(salt1, salt2);
            }
            assert!(matches!(update(&state, user_id, bad), Err(CloudError::NewSaltInvalid)));
        }
        let mut bad = good.clone();
        let mut secret = wrapped_secret(&state, user_id, 1);
        secret.secure_algo = SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt: vec![0; 40] };
        bad.new_secure_settings = Some(secret);
        assert!(matches!(update(&state, user_id, bad), Err(CloudError::NewSaltInvalid)));
        assert!(
            state.account_password(user_id).expect("an account").current.is_none(),
            "nothing has changed"
        );
        update(&state, user_id, good.clone()).expect("sound settings");
    }

    #[test]
    fn malformed_settings_are_named() {
        let (state, user_id) = State::with_account();
        let empty = PasswordInputSettings::default();
        assert!(matches!(update(&state, user_id, empty.clone()), Err(CloudError::NewSettingsEmpty)));
        let secret_only = PasswordInputSettings {
            new_secure_settings: Some(wrapped_secret(&state, user_id, 1)),
            ..empty.clone()
        };
        assert!(matches!(update(&state, user_id, secret_only), Err(CloudError::PasswordRequired)));
        let mut short = set_password(&state, user_id);
        if let Some(new) = &mut short.new_password {
            new.new_password_hash.pop();
        }
        assert!(matches!(update(&state, user_id, short), Err(CloudError::NewSettingsInvalid)));
        let mut legacy = set_password(&state, user_id);
        let mut secret = wrapped_secret(&state, user_id, 1);
        secret.secure_algo = SecurePasswordKdfAlgo::Sha512 { salt: vec![1; 40] };
        legacy.new_secure_settings = Some(secret);
        assert!(matches!(update(&state, user_id, legacy), Err(CloudError::NewSettingsInvalid)));
        let removal = PasswordInputSettings { new_password: Some(NewPassword::removal()), ..empty };
        assert!(matches!(update(&state, user_id, removal), Err(CloudError::NewSettingsInvalid)));
        let mut email = set_password(&state, user_id);
        email.email = Some(Zeroizing::new("nobody".to_owned()));
        assert!(matches!(update(&state, user_id, email), Err(CloudError::EmailInvalid)));
    }

    #[test]
    fn a_new_recovery_address_makes_the_whole_change_wait() {
        let (state, user_id) = State::with_account();
        let mut settings = set_password(&state, user_id);
        settings.email = Some(Zeroizing::new("anna@example.com".to_owned()));
        let outcome = update(&state, user_id, settings);
        assert!(matches!(outcome, Err(CloudError::EmailUnconfirmed { code_length: Some(6) })));
        let password = state.account_password(user_id).expect("an account");
        assert!(password.current.is_none() && !password.has_recovery);
        assert_eq!(password.email_unconfirmed_pattern.as_deref(), Some("a***@example.com"));

        let first = state.last_code(user_id, Purpose::ConfirmRecoveryEmail).expect("a code was sent");
        assert!(matches!(state.confirm_password_email(user_id, "x"), Err(CloudError::CodeInvalid)));
        state.resend_password_email(user_id).expect("one waits");
        let second = state.last_code(user_id, Purpose::ConfirmRecoveryEmail).expect("a code was sent");
        if first != second {
            assert!(matches!(state.confirm_password_email(user_id, &first), Err(CloudError::CodeInvalid)));
        }
        state.confirm_password_email(user_id, &second).expect("the right code");
        let password = state.account_password(user_id).expect("an account");
        assert!(password.current.is_some() && password.has_recovery);
        assert!(matches!(state.confirm_password_email(user_id, &second), Err(CloudError::EmailHashExpired)));
    }

    #[test]
    fn a_waiting_change_can_be_cancelled_and_expires() {
        let (state, user_id) = State::with_account();
        let mut settings = set_password(&state, user_id);
        settings.email = Some(Zeroizing::new("anna@example.com".to_owned()));
        assert!(update(&state, user_id, settings.clone()).is_err());
        state.cancel_password_email(user_id).expect("one waits");
        assert!(matches!(state.cancel_password_email(user_id), Err(CloudError::EmailHashExpired)));
        assert!(update(&state, user_id, settings).is_err());
        let code = state.last_code(user_id, Purpose::ConfirmRecoveryEmail).expect("a code was sent");
        state.clock().advance(3_600);
        assert!(matches!(state.confirm_password_email(user_id, &code), Err(CloudError::EmailHashExpired)));
    }

    #[test]
    fn without_a_password_there_are_no_settings() {
        let (state, user_id) = State::with_account();
        let outcome = state.password_settings(user_id, &InputCheckPassword::Empty);
        assert!(matches!(outcome, Err(CloudError::PasswordRequired)));
        let (state, user_id) = with_secret();
        let outcome = state.password_settings(user_id, &InputCheckPassword::Empty);
        assert!(matches!(outcome, Err(CloudError::PasswordHashInvalid)));
    }
}
