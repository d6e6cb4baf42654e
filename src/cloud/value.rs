use std::fmt;

use serde::{Deserialize, Serialize};

use crate::element::{ElementType, EmailAddress, Parts, PhoneNumber, UnixTime};

/// Sealed JSON of an element: `secureData#8aeabec3`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecureData {
    /// The ciphertext; its length is a multiple of 16.
    pub data: Vec<u8>,
    /// SHA-256 of the padded plaintext, 32 bytes.
    pub data_hash: Vec<u8>,
    /// The value's secret, wrapped with the passport secret, 32 bytes.
    pub secret: Vec<u8>,
}

impl SecureData {
    /// Whether all three fields are empty, as TDLib sends for elements that consist of files alone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty() && self.data_hash.is_empty() && self.secret.is_empty()
    }
}

impl fmt::Debug for SecureData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureData").field("bytes", &self.data.len()).finish_non_exhaustive()
    }
}

/// A stored file: `secureFile#7d09c27e`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecureFile {
    /// Its id within Telegram.
    pub id: i64,
    /// What proves the right to read it, and to keep it in a value.
    pub access_hash: i64,
    /// Size of the *ciphertext* in bytes.
    pub size: u64,
    /// The data centre that serves it.
    pub dc_id: i32,
    /// When it was uploaded.
    pub date: UnixTime,
    /// SHA-256 of the padded plaintext, 32 bytes.
    pub file_hash: Vec<u8>,
    /// The file's secret, wrapped with the passport secret, 32 bytes.
    pub secret: Vec<u8>,
}

impl SecureFile {
    /// What [`SecureCloud::file_part`](super::SecureCloud::file_part) reads it by.
    #[must_use]
    pub fn location(&self) -> super::FileLocation {
        super::FileLocation { id: self.id, access_hash: self.access_hash, dc_id: self.dc_id }
    }
}

impl fmt::Debug for SecureFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecureFile")
            .field("id", &self.id)
            .field("size", &self.size)
            .field("dc_id", &self.dc_id)
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}

/// A file on its way into a value: `InputSecureFile`.
#[derive(Clone, PartialEq, Eq)]
pub enum InputSecureFile {
    /// `inputSecureFileUploaded#3334b0f0`: made of parts uploaded before.
    Uploaded {
        /// The number the parts were uploaded under.
        id: i64,
        /// How many parts there are.
        parts: u32,
        /// MD5 of the ciphertext as 32 lower-case hexadecimal digits, or empty.
        md5_checksum: String,
        /// SHA-256 of the padded plaintext, 32 bytes.
        file_hash: Vec<u8>,
        /// The file's secret, wrapped with the passport secret, 32 bytes.
        secret: Vec<u8>,
    },
    /// `inputSecureFile#5367e5be`: stored already; hash and secret stay as they are.
    Stored {
        /// The stored file's id.
        id: i64,
        /// The stored file's access hash.
        access_hash: i64,
    },
}

impl fmt::Debug for InputSecureFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uploaded { id, parts, .. } => {
                f.debug_struct("Uploaded").field("id", id).field("parts", parts).finish_non_exhaustive()
            }
            Self::Stored { id, .. } => f.debug_struct("Stored").field("id", id).finish_non_exhaustive(),
        }
    }
}

/// What Telegram sees in the clear: `SecurePlainData`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecurePlainData {
    /// `securePlainPhone#7d6099dd`
    Phone(PhoneNumber),
    /// `securePlainEmail#21ec5a5f`
    Email(EmailAddress),
}

/// A stored element: `secureValue#187fa0ca`. Absent flags are `None`, or an empty list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecureValue {
    /// Which of the 13 kinds (`type`).
    pub kind: ElementType,
    /// Sealed JSON (flag 0).
    pub data: Option<SecureData>,
    /// Front side (flag 1), reverse side (flag 2), selfie (flag 3), translation (flag 6), files (flag 4).
    pub parts: Parts<SecureFile>,
    /// Phone number or e-mail address (flag 5).
    pub plain_data: Option<SecurePlainData>,
    /// Names this version of the element; opaque, chosen by the server, to be echoed.
    pub hash: Vec<u8>,
}

/// An element to be stored: `inputSecureValue#db21d0a7`. It replaces the stored one whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputSecureValue {
    /// Which of the 13 kinds (`type`).
    pub kind: ElementType,
    /// Sealed JSON (flag 0).
    pub data: Option<SecureData>,
    /// Front side (flag 1), reverse side (flag 2), selfie (flag 3), translation (flag 6), files (flag 4).
    pub parts: Parts<InputSecureFile>,
    /// Phone number or e-mail address (flag 5).
    pub plain_data: Option<SecurePlainData>,
}

impl InputSecureValue {
    /// A value of this kind with no part set.
    #[must_use]
    pub fn empty(kind: ElementType) -> Self {
        Self { kind, data: None, parts: Parts::default(), plain_data: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_sizes_and_no_content() {
        let data = SecureData { data: vec![0xAB; 48], data_hash: vec![0xCD; 32], secret: vec![0xEF; 32] };
        assert_eq!(format!("{data:?}"), "SecureData { bytes: 48, .. }");
        let plain = SecurePlainData::Phone(PhoneNumber("12025550123".to_owned()));
        assert!(!format!("{plain:?}").contains("1202"));
        let file = InputSecureFile::Uploaded {
            id: 7,
            parts: 2,
            md5_checksum: "d41d8cd98f00b204e9800998ecf8427e".to_owned(),
            file_hash: vec![1; 32],
            secret: vec![2; 32],
        };
        assert_eq!(format!("{file:?}"), "Uploaded { id: 7, parts: 2, .. }");
    }
}
