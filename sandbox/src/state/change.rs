use serde::{Deserialize, Serialize};

use super::account::Account;
use super::password::TwoFactor;
use super::srp::Verifier;
use super::verification::is_email;
use super::{Held, Holdings};
use crate::primitives;
use telegram_passport::cloud::{
    CloudError, PasswordInputSettings, PasswordKdfAlgo, SecurePasswordKdfAlgo, SecureSecretSettings,
};
use telegram_passport::element::EmailAddress;

/// How many random bytes a client appends to an offered salt.
const CLIENT_SALT: usize = 32;

/// Bytes of a wrapped passport secret: it is wrapped without padding.
const WRAPPED_SECRET: usize = 32;

/// The salts offered for the next change. They stay until one is made, so that parallel sessions agree.
#[derive(Serialize, Deserialize)]
pub(super) struct Offer {
    pub(super) salt1: [u8; 8],
    pub(super) salt2: [u8; 16],
    pub(super) secure_salt: [u8; 8],
}

/// New settings after every check: nothing is left that could be refused.
#[derive(Serialize, Deserialize)]
pub(super) struct Change {
    password: Option<NewVerifier>,
    pub(super) email: Option<Option<EmailAddress>>,
    /// `Some(None)` is a reset of the secret.
    secure_settings: Option<Option<SecureSecretSettings>>,
}

#[derive(Serialize, Deserialize)]
enum NewVerifier {
    Set { verifier: Box<Verifier>, hint: String },
    Remove,
}

impl Offer {
    pub(super) fn draw() -> Self {
        Self { salt1: primitives::random(), salt2: primitives::random(), secure_salt: primitives::random() }
    }
}

impl TwoFactor {
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

impl Held for Offer {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { salt1, salt2, secure_salt } = self;
        holdings.add("offered salt", salt1);
        holdings.add("offered salt", salt2);
        holdings.add("offered salt", secure_salt);
    }
}

impl Held for Change {
    fn add_to(&self, holdings: &mut Holdings) {
        let Self { password, email, secure_settings } = self;
        match password {
            None | Some(NewVerifier::Remove) => {}
            Some(NewVerifier::Set { verifier, hint }) => {
                verifier.add_to(holdings);
                holdings.add("password's hint", hint);
            }
        }
        email.iter().flatten().for_each(|email| email.add_to(holdings));
        secure_settings.iter().flatten().for_each(|settings| settings.add_to(holdings));
    }
}
