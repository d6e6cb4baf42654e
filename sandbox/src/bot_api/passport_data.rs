use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::state::Share;
use telegram_passport::cloud::{SecureFile, SecurePlainData, SecureValue};
use telegram_passport::element::{PartKind, Parts, UnixTime};

/// What was shared with the bot: `PassportData`.
#[derive(Clone, Debug, Serialize)]
pub struct PassportDataJson {
    /// The shared elements.
    pub data: Vec<EncryptedPassportElementJson>,
    /// The secrets to open them with.
    pub credentials: EncryptedCredentialsJson,
}

/// `PassportFile`
#[derive(Clone, Debug, Serialize)]
pub struct PassportFileJson {
    /// By which this bot can fetch it.
    pub file_id: String,
    /// What every bot calls this file, at any time.
    pub file_unique_id: String,
    /// Size of the ciphertext in bytes.
    pub file_size: u64,
    /// When it was uploaded.
    pub file_date: UnixTime,
}

/// `EncryptedPassportElement`; what the kind has not is left out.
#[derive(Clone, Serialize)]
pub struct EncryptedPassportElementJson {
    /// One of the 13 kinds, by name (`type`).
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Sealed JSON in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// A verified phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// A verified e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The files; a selfie and a translation if they were asked for.
    #[serde(flatten, serialize_with = "by_name")]
    pub parts: Parts<PassportFileJson>,
    /// The version's hash in base64, for `PassportElementErrorUnspecified`.
    pub hash: String,
}

impl fmt::Debug for EncryptedPassportElementJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedPassportElementJson").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// `EncryptedCredentials`, all in base64.
#[derive(Clone, Serialize)]
pub struct EncryptedCredentialsJson {
    /// The sealed JSON.
    pub data: String,
    /// SHA-256 of the padded JSON.
    pub hash: String,
    /// The secret under the bot's RSA key.
    pub secret: String,
}

impl fmt::Debug for EncryptedCredentialsJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedCredentialsJson").finish_non_exhaustive()
    }
}

impl PassportDataJson {
    pub(super) fn new(share: &Share) -> Self {
        let credentials = &share.credentials;
        Self {
            data: share.values.iter().map(|value| element(value, share)).collect(),
            credentials: EncryptedCredentialsJson {
                data: STANDARD.encode(&credentials.data),
                hash: STANDARD.encode(&credentials.hash),
                secret: STANDARD.encode(&credentials.secret),
            },
        }
    }
}

fn element(value: &SecureValue, share: &Share) -> EncryptedPassportElementJson {
    // Every file that was delivered was named with it.
    let file = |file: &SecureFile| {
        let name = share.file_names.get(&file.id)?;
        Some(PassportFileJson {
            file_id: name.file_id.clone(),
            file_unique_id: name.file_unique_id.clone(),
            file_size: file.size,
            file_date: file.date,
        })
    };
    let (phone_number, email) = match &value.plain_data {
        Some(SecurePlainData::Phone(phone)) => (Some(phone.0.clone()), None),
        Some(SecurePlainData::Email(email)) => (None, Some(email.0.clone())),
        None => (None, None),
    };
    EncryptedPassportElementJson {
        kind: value.kind.name(),
        data: value.data.as_ref().map(|data| STANDARD.encode(&data.data)),
        phone_number,
        email,
        parts: value.parts.iter().filter_map(|(part, stored)| Some((part, file(stored)?))).collect(),
        hash: STANDARD.encode(&value.hash),
    }
}

/// A member for each part that is there, a list where there may be several.
fn by_name<S: Serializer>(parts: &Parts<PassportFileJson>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(None)?;
    parts.serialize_members(PartKind::BY_NAME, &mut members)?;
    members.end()
}
