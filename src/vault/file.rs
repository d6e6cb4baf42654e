use std::fmt;

use zeroize::Zeroizing;

use super::open_error::OpenError;
use super::primitives;
use super::secret::{EncryptedSecret, ValueHash, ValueSecret};
use super::value::{open, seal};
use super::vault::{Vault, VaultError};

/// What is in a file, opened: for Passport a JPEG. Wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct FileContents(Zeroizing<Vec<u8>>);

impl FileContents {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, still to be wiped.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl From<Vec<u8>> for FileContents {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<Zeroizing<Vec<u8>>> for FileContents {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for FileContents {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for FileContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileContents").field("length", &self.0.len()).finish_non_exhaustive()
    }
}

/// A sealed file, ready to be uploaded.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedFile {
    /// What is uploaded, a multiple of 16 bytes.
    pub ciphertext: Vec<u8>,
    /// `file_hash`
    pub hash: ValueHash,
    /// `secret`
    pub secret: EncryptedSecret,
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedFile")
            .field("length", &self.ciphertext.len())
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// Seals a file under a new secret and a new random prefix, as [`seal_data`](Self::seal_data) seals JSON.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn seal_file(&self, contents: &[u8]) -> Result<SealedFile, VaultError> {
        let secret = ValueSecret::generate();
        let (ciphertext, hash) = seal(contents, &secret);
        Ok(SealedFile { ciphertext, hash, secret: self.seal_secret(&hash, &secret)? })
    }

    /// Opens a file.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open_file(
        &self,
        ciphertext: &[u8],
        hash: &ValueHash,
        secret: &EncryptedSecret,
    ) -> Result<FileContents, OpenError> {
        let secret = self.open_secret(hash, secret)?;
        open(ciphertext, hash, &secret).map(FileContents)
    }
}

/// A random number to gather the parts of an upload under (`file_id`): 64 bits, so that two uploads of an account
/// never meet.
#[must_use]
pub(crate) fn generate_file_id() -> i64 {
    let mut bytes = [0; 8];
    primitives::fill_random(&mut bytes);
    i64::from_le_bytes(bytes)
}

/// `md5_checksum` of an upload: the MD5 of the ciphertext, in lower-case hexadecimal.
#[must_use]
pub fn upload_checksum(ciphertext: &[u8]) -> String {
    primitives::md5(ciphertext).iter().map(|byte| format!("{byte:02x}")).collect()
}
