//! Sealing as no honest client does it, to test those who open: bots, and this crate's own strict opening.
//!
//! Nothing here protects anybody. A chosen prefix shows the contents' length, a repeated one with the same secret
//! shows that contents are equal, and other paddings are not opened by any bot that follows the documentation.

use super::primitives::{BLOCK, ForeignPadding};
use super::value::seal_with_prefix;
use super::{BotPublicKey, OpenError, ValueHash, ValueSecret};

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
