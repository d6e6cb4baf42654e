//! The parts of the vault, one by one, for tests that seal by hand: as another client does, or as no honest one.
//!
//! An app needs none of it: the engines of [`passport`](crate::passport) are the ones to put these parts together.
//! Nothing that is dishonest here protects anybody. A chosen prefix shows the contents' length, a repeated one with
//! the same secret shows that contents are equal, and other paddings are not opened by any bot that follows the
//! documentation.
//!
//! ```
//! use telegram_passport::vault::hazmat;
//!
//! // An honest prefix has 32 bytes at least: what is sealed behind this one, every bot has to refuse.
//! let (ciphertext, _hash) = hazmat::seal_unchecked(b"sixteen bytes...", &[7; 32], &[16; 16])?;
//! assert_eq!(ciphertext.len(), 32);
//! # Ok::<(), telegram_passport::vault::OpenError>(())
//! ```

use super::bot_public_key::BotPublicKey;
pub use super::credentials::Credentials;
pub use super::file::{SealedFile, upload_checksum};
pub use super::kdf::{SecretKdf, WrappedSecret, unwrap_secret, upgrade_secret, wrap_secret};
use super::open_error::OpenError;
use super::primitives::{BLOCK, ForeignPadding};
pub use super::secret::{EncryptedSecret, PassportSecret, SecretId};
use super::secret::{ValueHash, ValueSecret};
pub use super::srp::{NewPasswordError, NewPasswordSettings, SrpChallenge, SrpProof, prove};
pub use super::stream::{FileError, FileSeal};
use super::value::seal_with_prefix;
pub use super::value::{SealedData, seal};
pub use super::vault::{LockedVault, Vault};

/// Seals `contents` under a secret and a prefix that need not be ones: the ciphertext and the hash.
///
/// # Errors
///
/// [`OpenError::PartialBlock`] if prefix and contents together are not a multiple of 16 bytes.
pub fn seal_unchecked(
    contents: &[u8],
    secret: &[u8; 32],
    prefix: &[u8],
) -> Result<(Vec<u8>, ValueHash), OpenError> {
    let length = prefix.len() + contents.len();
    if length.is_multiple_of(BLOCK) {
        Ok(seal_with_prefix(contents, &ValueSecret::unchecked(*secret), prefix))
    } else {
        Err(OpenError::PartialBlock { length: length as u64 })
    }
}

/// How the secret of credentials is padded before RSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretPadding {
    /// What Passport uses: OAEP with SHA-1 for both hashes.
    OaepSha1,
    /// OAEP with SHA-256 for both hashes.
    OaepSha256,
    /// OAEP with SHA-256, but MGF1 with SHA-1.
    OaepSha256Mgf1Sha1,
    /// PKCS#1 v1.5.
    Pkcs1V15,
}

/// Encrypts 32 bytes that need not be a secret, under any padding, to a bot's key.
#[must_use]
pub fn encrypt_secret(key: &BotPublicKey, padding: SecretPadding, secret: &[u8; 32]) -> Vec<u8> {
    match padding {
        SecretPadding::OaepSha1 => key.encrypt(secret),
        SecretPadding::OaepSha256 => key.encrypt_otherwise(ForeignPadding::OaepSha256, secret),
        SecretPadding::OaepSha256Mgf1Sha1 => {
            key.encrypt_otherwise(ForeignPadding::OaepSha256Mgf1Sha1, secret)
        }
        SecretPadding::Pkcs1V15 => key.encrypt_otherwise(ForeignPadding::Pkcs1V15, secret),
    }
}
