use super::account::{Account, RegisteredPassword, RegistrationError};
use super::code::{Code, Entered, Purpose, Recipient, masked};
use super::srp::{self, Challenges, Verifier};
use super::verification::is_email;
use super::{State, world::World};
use crate::cloud::{
    AccountPassword, CloudError, InputCheckPassword, PasswordInputSettings, PasswordKdfAlgo,
    PasswordSettings, SecurePasswordKdfAlgo, SecureSecretSettings,
};
use crate::element::EmailAddress;
use crate::sandbox::primitives;
use zeroize::Zeroizing;

/// How many random bytes a client appends to an offered salt.
const CLIENT_SALT: usize = 32;

/// The wrapped passport secret and the ids of secrets are fixed in size.
const WRAPPED_SECRET: usize = 32;

/// Digits of a code that confirms a recovery e-mail.
pub(super) const EMAIL_CODE: usize = 6;

/// Two-factor authentication of one account, and the wrapped passport secret beside it.
pub(super) struct TwoFactor {
    pub(super) password: Option<Verifier>,
    pub(super) hint: String,
    /// Counts password changes: a challenge made before one is void after it.
    generation: u64,
    pub(super) recovery_email: Option<EmailAddress>,
    pub(super) secure_settings: Option<SecureSecretSettings>,
    challenges: Challenges,
    offer: Offer,
    unconfirmed: Option<Unconfirmed>,
    pub(super) recovery: Option<Code>,
    /// When a requested reset may be carried out.
    pub(super) reset_date: Option<i64>,
    /// Until when none may be requested, after one was declined.
    pub(super) reset_blocked_until: i64,
}

/// The salts offered for the next change. They stay until one is made, so that parallel sessions agree.
struct Offer {
    salt1: [u8; 8],
    salt2: [u8; 16],
    secure_salt: [u8; 8],
}

/// A change that waits for the code sent to its new recovery address.
struct Unconfirmed {
    change: Change,
    email: EmailAddress,
    code: Code,
}

/// New settings after every check: nothing is left that could be refused.
pub(super) struct Change {
    password: Option<NewVerifier>,
    email: Option<Option<EmailAddress>>,
    /// `Some(None)` is a reset of the secret.
    secure_settings: Option<Option<SecureSecretSettings>>,
}

enum NewVerifier {
    Set { verifier: Box<Verifier>, hint: String },
    Remove,
}

impl Offer {
    fn draw() -> Self {
        Self { salt1: primitives::random(), salt2: primitives::random(), secure_salt: primitives::random() }
    }
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

    /// Everything that can be wrong with new settings, checked before anything is changed.
    pub(super) fn checked(&self, settings: PasswordInputSettings) -> Result<Change, CloudError> {
        if settings.new_password.is_none()
            && settings.email.is_none()
            && settings.new_secure_settings.is_none()
        {
            return Err(CloudError::NewSettingsEmpty);
        }
        let password = match settings.new_password {
            None => None,
            Some(new) if new.new_password_hash.is_empty() => Some(NewVerifier::Remove),
            Some(new) => {
                self.check_salts(&new.new_algo)?;
                let verifier = match new.new_password_hash.len() {
                    256 => Verifier::new(&new.new_algo, &new.new_password_hash),
                    _ => None,
                };
                let verifier = verifier.ok_or(CloudError::NewSettingsInvalid)?;
                Some(NewVerifier::Set { verifier: Box::new(verifier), hint: new.hint })
            }
        };
        let email = match settings.email {
            None => None,
            Some(none) if none.is_empty() => Some(None),
            Some(email) if is_email(&email) => Some(Some(EmailAddress(email.as_str().to_owned()))),
            Some(_) => return Err(CloudError::EmailInvalid),
        };
        let removes = matches!(password, Some(NewVerifier::Remove));
        let remains = !removes && (self.password.is_some() || password.is_some());
        if removes && (self.password.is_none() || matches!(email, Some(Some(_)))) {
            return Err(CloudError::NewSettingsInvalid);
        }
        if !remains && !removes {
            return Err(CloudError::PasswordRequired);
        }
        let secure_settings = settings.new_secure_settings.map(|new| self.check_secret(new)).transpose()?;
        if removes && secure_settings.is_some() {
            return Err(CloudError::NewSettingsInvalid);
        }
        Ok(Change { password, email, secure_settings })
    }

    fn check_salts(&self, algorithm: &PasswordKdfAlgo) -> Result<(), CloudError> {
        let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, .. } =
            algorithm
        else {
            return Err(CloudError::NewSettingsInvalid);
        };
        let extended = extends(salt1, &self.offer.salt1);
        if extended && salt2[..] == self.offer.salt2 { Ok(()) } else { Err(CloudError::NewSaltInvalid) }
    }

    fn check_secret(&self, new: SecureSecretSettings) -> Result<Option<SecureSecretSettings>, CloudError> {
        if new == SecureSecretSettings::reset() {
            return Ok(None);
        }
        let SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt } = &new.secure_algo else {
            return Err(CloudError::NewSettingsInvalid);
        };
        if !extends(salt, &self.offer.secure_salt) {
            return Err(CloudError::NewSaltInvalid);
        }
        if new.secure_secret.len() != WRAPPED_SECRET {
            return Err(CloudError::NewSettingsInvalid);
        }
        Ok(Some(new))
    }
}

/// Whether a client's salt is the offered one with enough bytes after it.
fn extends(salt: &[u8], offered: &[u8]) -> bool {
    salt.starts_with(offered) && salt.len() >= offered.len() + CLIENT_SALT
}

impl Account {
    /// Carries a checked change out, and draws new salts for the next one.
    pub(super) fn apply(&mut self, change: Change) {
        let two_factor = &mut self.two_factor;
        if let Some(email) = change.email {
            two_factor.recovery_email = email;
        }
        if let Some(secure_settings) = change.secure_settings {
            two_factor.secure_settings = secure_settings;
        }
        two_factor.offer = Offer::draw();
        two_factor.unconfirmed = None;
        match change.password {
            None => {}
            Some(NewVerifier::Set { verifier, hint }) => {
                two_factor.password = Some(*verifier);
                two_factor.hint = hint;
                two_factor.generation += 1;
            }
            Some(NewVerifier::Remove) => self.remove_password(),
        }
    }

    /// Without the password nobody can open the passport secret: nothing of the Passport remains.
    pub(super) fn remove_password(&mut self) {
        let two_factor = &mut self.two_factor;
        two_factor.password = None;
        two_factor.hint.clear();
        two_factor.generation += 1;
        two_factor.recovery_email = None;
        two_factor.secure_settings = None;
        two_factor.unconfirmed = None;
        two_factor.recovery = None;
        two_factor.reset_date = None;
        self.forget_passport();
    }
}

impl State {
    /// `account.getPassword#548a30f5`
    ///
    /// # Errors
    ///
    /// [`AuthKeyUnregistered`](CloudError::AuthKeyUnregistered) for an unknown account, as everywhere here.
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
    /// As [`SecureCloud::update_password_settings`](crate::cloud::SecureCloud::update_password_settings) says.
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cloud::NewPassword;
    use crate::sandbox::primitives::Residue;

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
        let mut settings = set_password(&state, user_id);
        settings.new_secure_settings = Some(wrapped_secret(&state, user_id, 77));
        state
            .update_password_settings(user_id, &InputCheckPassword::Empty, settings)
            .expect("sound settings");
        (state, user_id)
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
