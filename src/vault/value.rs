use std::fmt;

use zeroize::Zeroizing;

use super::open_error::OpenError;
use super::prefix::{check_prefix, random_prefix};
use super::primitives::{self, BLOCK, CbcDecryptor, CbcEncryptor};
use super::secret::{EncryptedSecret, PassportSecret, ValueHash, ValueSecret};
use super::vault::{Vault, VaultError};

/// Sealed JSON of an element (`secureData`).
#[derive(Clone, PartialEq, Eq)]
pub struct SealedData {
    /// `data`: ciphertext, a multiple of 16 bytes.
    pub ciphertext: Vec<u8>,
    /// `data_hash`
    pub hash: ValueHash,
    /// `secret`
    pub secret: EncryptedSecret,
}

impl fmt::Debug for SealedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedData")
            .field("length", &self.ciphertext.len())
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

impl Vault {
    /// Seals an element's JSON under a new secret and a new random prefix.
    ///
    /// `hash = SHA256(prefix | contents)`, `ciphertext = AES-256-CBC(SHA512(secret | hash), prefix | contents)`, the
    /// secret in turn under the passport secret. See [Encryption] in Telegram's documentation.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    ///
    /// [Encryption]: https://core.telegram.org/passport/encryption
    pub fn seal_data(&self, contents: &[u8]) -> Result<SealedData, VaultError> {
        let secret = ValueSecret::generate();
        let (ciphertext, hash) = seal(contents, &secret);
        Ok(SealedData { ciphertext, hash, secret: self.seal_secret(&hash, &secret)? })
    }

    /// Opens what [`seal_data`](Self::seal_data) sealed, here or in any other client.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]; whether the contents are JSON is for the element's reader to say.
    pub fn open_data(&self, sealed: &SealedData) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let secret = self.open_secret(&sealed.hash, &sealed.secret)?;
        open(&sealed.ciphertext, &sealed.hash, &secret)
    }

    /// Opens only the secret of some contents, for credentials.
    ///
    /// # Errors
    ///
    /// [`OpenError::Locked`], [`OpenError::Secret`].
    pub fn open_secret(&self, hash: &ValueHash, secret: &EncryptedSecret) -> Result<ValueSecret, OpenError> {
        Ok(self.use_secret(|passport_secret| secret.unwrap(passport_secret, hash))??)
    }

    /// Wraps the secret of some contents for this account.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn seal_secret(&self, hash: &ValueHash, secret: &ValueSecret) -> Result<EncryptedSecret, VaultError> {
        self.use_secret(|passport_secret: &PassportSecret| secret.wrap(passport_secret, hash))
    }
}

/// Seals `contents` under `secret` with a random prefix: the ciphertext and the hash.
#[must_use]
pub fn seal(contents: &[u8], secret: &ValueSecret) -> (Vec<u8>, ValueHash) {
    seal_with_prefix(contents, secret, &random_prefix(contents.len() as u64))
}

/// Seals `contents` under `secret` with exactly this prefix.
pub(super) fn seal_with_prefix(contents: &[u8], secret: &ValueSecret, prefix: &[u8]) -> (Vec<u8>, ValueHash) {
    let hash = ValueHash(primitives::sha256(&[prefix, contents]));
    // Plaintext is never reallocated, and encrypted where it lies.
    let mut buffer = Vec::with_capacity(prefix.len() + contents.len());
    buffer.extend_from_slice(prefix);
    buffer.extend_from_slice(contents);
    CbcEncryptor::new(&secret.contents_key(&hash)).encrypt(&mut buffer);
    (buffer, hash)
}

/// Opens `ciphertext`: decrypts, verifies the hash, strips the prefix.
pub(super) fn open(
    ciphertext: &[u8],
    hash: &ValueHash,
    secret: &ValueSecret,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    check_length(ciphertext.len() as u64)?;
    let mut buffer = decrypt_unverified(ciphertext, hash, secret);
    if !hash.matches(&primitives::sha256(&[&buffer])) {
        return Err(OpenError::HashMismatch);
    }
    let prefix = check_prefix(buffer[0], buffer.len() as u64)?;
    buffer.drain(..usize::from(prefix));
    Ok(buffer)
}

/// What the ciphertext decrypts to, prefix included, verified by nothing. Never to be handed out.
pub(super) fn decrypt_unverified(
    ciphertext: &[u8],
    hash: &ValueHash,
    secret: &ValueSecret,
) -> Zeroizing<Vec<u8>> {
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    CbcDecryptor::new(&secret.contents_key(hash)).decrypt(&mut buffer);
    buffer
}

/// Some whole blocks.
pub(super) fn check_length(length: u64) -> Result<(), OpenError> {
    match length {
        0 => Err(OpenError::Empty),
        _ if !length.is_multiple_of(BLOCK as u64) => Err(OpenError::PartialBlock { length }),
        _ => Ok(()),
    }
}
