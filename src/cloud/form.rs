use std::fmt;

use serde::{Deserialize, Serialize};

use super::SecureValue;
use crate::element::ElementType;
use crate::request::ErrorSource;

/// One row of a request: `SecureRequiredType`. The rows of a form are joined by *and*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecureRequiredType {
    /// `secureRequiredType#829d99da`
    Type {
        /// The kind of element (`type`).
        kind: ElementType,
        /// Names in the language of the country of residence, too (flag 0).
        native_names: bool,
        /// A selfie with the document (flag 1).
        selfie_required: bool,
        /// A translation of the document (flag 2).
        translation_required: bool,
    },
    /// `secureRequiredTypeOneOf#027477b4`: any one of these.
    OneOf(Vec<SecureRequiredType>),
}

/// A bot's objection to a stored element: `SecureValueError`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecureValueError {
    /// The element objected to (`type`).
    pub kind: ElementType,
    /// What in it, and in which version.
    pub source: ErrorSource,
    /// The bot's words to the person.
    pub text: String,
}

impl fmt::Debug for SecureValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureValueError")
            .field("kind", &self.kind)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// As much of a `user` as a consent screen shows of a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's id, 64 bits.
    pub id: i64,
    /// The displayed name.
    pub first_name: String,
    /// The name without `@`.
    pub username: Option<String>,
    /// Whether it is a bot.
    pub bot: bool,
    /// Verified by Telegram.
    pub verified: bool,
    /// Reported as a scam.
    pub scam: bool,
    /// Reported as impersonating someone.
    pub fake: bool,
}

/// A bot's request, and what the person already has for it: `account.authorizationForm#ad2e1cd8`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecureForm {
    /// The rows, all of which are wanted.
    pub required_types: Vec<SecureRequiredType>,
    /// Stored elements of the requested kinds.
    pub values: Vec<SecureValue>,
    /// What this bot objected to and the person has not changed since.
    pub errors: Vec<SecureValueError>,
    /// The users named, the bot among them.
    pub users: Vec<User>,
    /// The bot's privacy policy (flag 0).
    pub privacy_policy_url: Option<String>,
}

/// Which version of which element is shared: `secureValueHash#ed1ecdb0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecureValueHash {
    /// The kind of element (`type`).
    pub kind: ElementType,
    /// Its [`SecureValue::hash`] as last returned.
    pub hash: Vec<u8>,
}

/// The secrets of the shared parts, sealed to the bot: `secureCredentialsEncrypted#33f0ea47`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecureCredentialsEncrypted {
    /// The ciphertext; its length is a multiple of 16.
    pub data: Vec<u8>,
    /// SHA-256 of the padded plaintext, 32 bytes.
    pub hash: Vec<u8>,
    /// The credentials' secret under the bot's RSA key, as long as its modulus.
    pub secret: Vec<u8>,
}

impl fmt::Debug for SecureCredentialsEncrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureCredentialsEncrypted").field("bytes", &self.data.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_leaves_out_what_the_bot_wrote() {
        let error = SecureValueError {
            kind: ElementType::Passport,
            source: ErrorSource::DataField { data_hash: vec![9; 32], field: "document_no".to_owned() },
            text: "X1234567 is not your number".to_owned(),
        };
        assert_eq!(format!("{error:?}"), "SecureValueError { kind: Passport, source: data { .. }, .. }");
    }
}
