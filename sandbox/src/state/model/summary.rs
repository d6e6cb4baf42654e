use std::collections::BTreeMap;

use crate::primitives::hex;
use telegram_passport::cloud::{SecureFile, SecurePasswordKdfAlgo, SecureSecretSettings, SecureValue};
use telegram_passport::element::{ElementType, Part};

/// What the server holds of one account, by kinds, sizes and hashes: enough to tell what Telegram sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSummary {
    /// Whether a verifier is kept.
    pub has_password: bool,
    /// The wrapped passport secret.
    pub secret: Option<SecretSummary>,
    /// The stored elements, in the schema's order.
    pub values: Vec<ValueSummary>,
    /// How often each method was called, by its name in the schema.
    pub calls: BTreeMap<&'static str, u64>,
}

/// What the server holds of the passport secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretSummary {
    /// The algorithm's name in the schema.
    pub algorithm: &'static str,
    /// How much ciphertext there is, in bytes.
    pub bytes: usize,
    /// The secret's id.
    pub id: i64,
}

/// What the server holds of one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueSummary {
    /// Which of the 13 kinds.
    pub kind: ElementType,
    /// The version's hash, which is printable.
    pub hash: String,
    /// Its sealed data and files.
    pub parts: Vec<PartSummary>,
    /// Whether it is a phone number or an e-mail address, which Telegram reads and verifies.
    pub in_the_clear: bool,
}

/// What the server holds of one sealed part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartSummary {
    /// Which file; `None` for the data.
    pub part: Option<Part>,
    /// How much ciphertext there is, in bytes.
    pub bytes: u64,
    /// SHA-256 of the padded plaintext, in hexadecimal digits.
    pub hash: String,
}

impl SecretSummary {
    pub(in crate::state) fn new(settings: &SecureSecretSettings) -> Self {
        let algorithm = match settings.secure_algo {
            SecurePasswordKdfAlgo::Unknown => "securePasswordKdfAlgoUnknown",
            SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { .. } => {
                "securePasswordKdfAlgoPBKDF2HMACSHA512iter100000"
            }
            SecurePasswordKdfAlgo::Sha512 { .. } => "securePasswordKdfAlgoSHA512",
        };
        Self { algorithm, bytes: settings.secure_secret.len(), id: settings.secure_secret_id }
    }
}

impl ValueSummary {
    pub(in crate::state) fn new(value: &SecureValue) -> Self {
        let data = value.data.iter().map(|data| PartSummary {
            part: None,
            bytes: data.data.len() as u64,
            hash: hex(&data.data_hash),
        });
        let files = value.parts.iter();
        Self {
            kind: value.kind,
            hash: String::from_utf8_lossy(&value.hash).into_owned(),
            parts: data.chain(files.map(|(part, file)| PartSummary::new(part, file))).collect(),
            in_the_clear: value.plain_data.is_some(),
        }
    }
}

impl PartSummary {
    fn new(part: Part, file: &SecureFile) -> Self {
        Self { part: Some(part), bytes: file.size, hash: hex(&file.file_hash) }
    }
}
