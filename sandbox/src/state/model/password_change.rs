use serde::{Deserialize, Serialize};

use super::address::is_email;
use super::srp::Verifier;
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
pub(in crate::state) struct Offer {
    pub(super) salt1: [u8; 8],
    pub(super) salt2: [u8; 16],
    pub(super) secure_salt: [u8; 8],
}

/// New settings after every check: nothing is left that could be refused.
#[derive(Serialize, Deserialize)]
pub(in crate::state) struct PasswordChange {
    pub(super) password: Option<NewVerifier>,
    pub(super) email: Option<Option<EmailAddress>>,
    /// `Some(None)` is a reset of the secret.
    pub(super) secure_settings: Option<Option<SecureSecretSettings>>,
}

/// What is to replace the password.
#[derive(Serialize, Deserialize)]
pub(super) enum NewVerifier {
    Set { verifier: Box<Verifier>, hint: String },
    Remove,
}

impl Offer {
    pub(super) fn draw() -> Self {
        Self { salt1: primitives::random(), salt2: primitives::random(), secure_salt: primitives::random() }
    }

    fn check_salts(&self, algorithm: &PasswordKdfAlgo) -> Result<(), CloudError> {
        let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, .. } =
            algorithm
        else {
            return Err(CloudError::NewSettingsInvalid);
        };
        let extended = extends(salt1, &self.salt1);
        if extended && salt2[..] == self.salt2 { Ok(()) } else { Err(CloudError::NewSaltInvalid) }
    }

    fn check_secret(&self, new: SecureSecretSettings) -> Result<Option<SecureSecretSettings>, CloudError> {
        if new == SecureSecretSettings::reset() {
            return Ok(None);
        }
        let SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt } = &new.secure_algo else {
            return Err(CloudError::NewSettingsInvalid);
        };
        if !extends(salt, &self.secure_salt) {
            return Err(CloudError::NewSaltInvalid);
        }
        if new.secure_secret.len() != WRAPPED_SECRET {
            return Err(CloudError::NewSettingsInvalid);
        }
        Ok(Some(new))
    }
}

impl PasswordChange {
    /// Everything that can be wrong with new settings, checked before anything is changed; the salts have to be those
    /// that were offered.
    pub(super) fn checked(
        settings: PasswordInputSettings,
        offer: &Offer,
        has_password: bool,
    ) -> Result<Self, CloudError> {
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
                offer.check_salts(&new.new_algo)?;
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
        let remains = !removes && (has_password || password.is_some());
        if removes && (!has_password || matches!(email, Some(Some(_)))) {
            return Err(CloudError::NewSettingsInvalid);
        }
        if !remains && !removes {
            return Err(CloudError::PasswordRequired);
        }
        let secure_settings = settings.new_secure_settings.map(|new| offer.check_secret(new)).transpose()?;
        if removes && secure_settings.is_some() {
            return Err(CloudError::NewSettingsInvalid);
        }
        Ok(Self { password, email, secure_settings })
    }
}

/// Whether a client's salt is the offered one with enough bytes after it.
fn extends(salt: &[u8], offered: &[u8]) -> bool {
    salt.starts_with(offered) && salt.len() >= offered.len() + CLIENT_SALT
}
