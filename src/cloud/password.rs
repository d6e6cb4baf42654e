use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::element::UnixTime;

/// How a password becomes the exponent of the SRP verifier: `PasswordKdfAlgo`.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordKdfAlgo {
    /// `passwordKdfAlgoUnknown#d45ab096`: newer than this client.
    Unknown,
    /// `passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow#3a912d4a`
    Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow {
        /// The client's salt: the server's prefix, and what the client appended.
        salt1: Vec<u8>,
        /// The server's salt, never extended.
        salt2: Vec<u8>,
        /// The generator, 2..=7.
        g: i32,
        /// A safe prime of 2048 bits, big endian.
        p: Vec<u8>,
    },
}

impl fmt::Debug for PasswordKdfAlgo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("Unknown"),
            Self::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { g, .. } => f
                .debug_struct("Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow")
                .field("g", g)
                .finish_non_exhaustive(),
        }
    }
}

/// How a password becomes the key that wraps the passport secret: `SecurePasswordKdfAlgo`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecurePasswordKdfAlgo {
    /// `securePasswordKdfAlgoUnknown#004a8537`: newer than this client, or, beside an empty secret, "none".
    Unknown,
    /// `securePasswordKdfAlgoPBKDF2HMACSHA512iter100000#bbf2dda0`
    Pbkdf2HmacSha512Iter100000 {
        /// The server's prefix, and what the client appended.
        salt: Vec<u8>,
    },
    /// `securePasswordKdfAlgoSHA512#86471d92`: the old form, to be read only.
    Sha512 {
        /// The whole salt.
        salt: Vec<u8>,
    },
}

impl fmt::Debug for SecurePasswordKdfAlgo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, salt) = match self {
            Self::Unknown => return f.write_str("Unknown"),
            Self::Pbkdf2HmacSha512Iter100000 { salt } => ("Pbkdf2HmacSha512Iter100000", salt),
            Self::Sha512 { salt } => ("Sha512", salt),
        };
        f.debug_struct(name).field("salt_bytes", &salt.len()).finish()
    }
}

/// The wrapped passport secret: `secureSecretSettings#1527bcac`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecureSecretSettings {
    /// How the wrapping key was derived.
    pub secure_algo: SecurePasswordKdfAlgo,
    /// The passport secret under that key, 32 bytes; empty asks the server to forget it.
    pub secure_secret: Vec<u8>,
    /// The first 8 bytes of the secret's SHA-256 as a little-endian number; 0 beside an empty secret.
    pub secure_secret_id: i64,
}

impl SecureSecretSettings {
    /// What makes the server forget the passport secret, and with it every stored value.
    #[must_use]
    pub fn reset() -> Self {
        Self { secure_algo: SecurePasswordKdfAlgo::Unknown, secure_secret: Vec::new(), secure_secret_id: 0 }
    }
}

impl fmt::Debug for SecureSecretSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureSecretSettings")
            .field("secure_algo", &self.secure_algo)
            .field("secure_secret_id", &self.secure_secret_id)
            .finish_non_exhaustive()
    }
}

/// The part of [`AccountPassword`] that exists only while a password is set (flag 2).
#[derive(Clone, PartialEq, Eq)]
pub struct CurrentPassword {
    /// How the current verifier was derived (`current_algo`).
    pub algorithm: PasswordKdfAlgo,
    /// The server's public value, 248 to 256 bytes, drawn anew for every answer (`srp_B`).
    pub srp_b: Vec<u8>,
    /// Names this challenge; good for one proof, right or wrong.
    pub srp_id: i64,
}

impl fmt::Debug for CurrentPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentPassword")
            .field("algorithm", &self.algorithm)
            .field("srp_id", &self.srp_id)
            .finish_non_exhaustive()
    }
}

/// The state of an account's 2FA: `account.password#957b50fb`.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountPassword {
    /// Whether a recovery e-mail is confirmed (flag 0).
    pub has_recovery: bool,
    /// Whether Passport values are stored: a reset would lose them (flag 1).
    pub has_secure_values: bool,
    /// The challenge, if a password is set (flag 2).
    pub current: Option<CurrentPassword>,
    /// The password's hint (flag 3).
    pub hint: Option<String>,
    /// A recovery e-mail that waits for its code, masked (flag 4).
    pub email_unconfirmed_pattern: Option<String>,
    /// The algorithm for a new password; the client extends `salt1`.
    pub new_algo: PasswordKdfAlgo,
    /// The algorithm for a newly wrapped passport secret; the client extends the salt.
    pub new_secure_algo: SecurePasswordKdfAlgo,
    /// Randomness that clients may mix into their own, 256 bytes.
    pub secure_random: Vec<u8>,
    /// When a requested reset may be carried out (flag 5).
    pub pending_reset_date: Option<UnixTime>,
}

impl fmt::Debug for AccountPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountPassword")
            .field("has_recovery", &self.has_recovery)
            .field("has_secure_values", &self.has_secure_values)
            .field("current", &self.current)
            .field("new_algo", &self.new_algo)
            .field("new_secure_algo", &self.new_secure_algo)
            .field("pending_reset_date", &self.pending_reset_date)
            .finish_non_exhaustive()
    }
}

/// What only the password opens: `account.passwordSettings#9a5c33e5`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordSettings {
    /// The confirmed recovery e-mail (flag 0).
    pub email: Option<Zeroizing<String>>,
    /// The wrapped passport secret (flag 1).
    pub secure_settings: Option<SecureSecretSettings>,
}

impl fmt::Debug for PasswordSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordSettings")
            .field("has_email", &self.email.is_some())
            .field("secure_settings", &self.secure_settings)
            .finish()
    }
}

/// A password to be set: the three members that share flag 0 of `account.passwordInputSettings`.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword {
    /// The server's `new_algo`, its `salt1` extended; [`PasswordKdfAlgo::Unknown`] beside an empty hash.
    pub new_algo: PasswordKdfAlgo,
    /// The verifier `g^x mod p`, 256 bytes; empty removes the password.
    pub new_password_hash: Zeroizing<Vec<u8>>,
    /// The hint, possibly empty.
    pub hint: String,
}

impl NewPassword {
    /// What removes the password. The server then forgets every Passport value.
    #[must_use]
    pub fn removal() -> Self {
        Self {
            new_algo: PasswordKdfAlgo::Unknown,
            new_password_hash: Zeroizing::new(Vec::new()),
            hint: String::new(),
        }
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPassword")
            .field("new_algo", &self.new_algo)
            .field("removes", &self.new_password_hash.is_empty())
            .finish_non_exhaustive()
    }
}

/// Changes to 2FA, all carried out together or not at all: `account.passwordInputSettings#c23727c9`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PasswordInputSettings {
    /// A new password (flag 0).
    pub new_password: Option<NewPassword>,
    /// A new recovery e-mail (flag 1); empty removes it, `None` leaves it.
    pub email: Option<Zeroizing<String>>,
    /// The passport secret, wrapped anew (flag 2).
    pub new_secure_settings: Option<SecureSecretSettings>,
}

impl fmt::Debug for PasswordInputSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordInputSettings")
            .field("new_password", &self.new_password)
            .field("changes_email", &self.email.is_some())
            .field("new_secure_settings", &self.new_secure_settings)
            .finish()
    }
}

/// A proof that the client knows the password: `InputCheckPasswordSRP`.
#[derive(Clone, PartialEq, Eq)]
pub enum InputCheckPassword {
    /// `inputCheckPasswordEmpty#9880f658`: the account has no password.
    Empty,
    /// `inputCheckPasswordSRP#d27ff082`
    Srp {
        /// The challenge that is answered.
        srp_id: i64,
        /// The client's public value, 256 bytes (`A`).
        a: Vec<u8>,
        /// The proof, 32 bytes (`M1`).
        m1: Vec<u8>,
    },
}

impl fmt::Debug for InputCheckPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Srp { srp_id, .. } => f.debug_struct("Srp").field("srp_id", srp_id).finish_non_exhaustive(),
        }
    }
}

/// Where a recovery code went: `auth.passwordRecovery#137948a5`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRecovery {
    /// The recovery e-mail, masked.
    pub email_pattern: String,
}

/// The answer to a request for a reset without the password: `account.ResetPasswordResult`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetPasswordResult {
    /// `account.resetPasswordFailedWait#e3779861`: declined lately; ask again after this moment.
    FailedWait {
        /// When a reset may be requested again.
        retry_date: UnixTime,
    },
    /// `account.resetPasswordRequestedWait#e9effc7d`: waiting; ask again after this moment.
    RequestedWait {
        /// When the reset may be carried out.
        until_date: UnixTime,
    },
    /// `account.resetPasswordOk#e926d63e`: the password is gone, and with it every Passport value.
    Ok,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_keeps_salts_secrets_and_addresses_to_itself() {
        let settings = PasswordInputSettings {
            new_password: Some(NewPassword {
                new_algo: PasswordKdfAlgo::Unknown,
                new_password_hash: Zeroizing::new(vec![0x41; 256]),
                hint: "my cat".to_owned(),
            }),
            email: Some(Zeroizing::new("anna@example.com".to_owned())),
            new_secure_settings: Some(SecureSecretSettings {
                secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt: vec![0x55; 40] },
                secure_secret: vec![0x66; 32],
                secure_secret_id: 7,
            }),
        };
        let text = format!("{settings:?}");
        for hidden in ["65, 65", "cat", "anna", "85, 85", "102, 102"] {
            assert!(!text.contains(hidden), "{hidden} in {text}");
        }
        assert!(text.contains("salt_bytes: 40"));
    }

    #[test]
    fn a_reset_is_the_constant_of_the_fact_sheet() {
        let reset = SecureSecretSettings::reset();
        assert_eq!(reset.secure_algo, SecurePasswordKdfAlgo::Unknown);
        assert!(reset.secure_secret.is_empty());
        assert_eq!(reset.secure_secret_id, 0);
    }
}
