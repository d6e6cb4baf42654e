use std::fmt;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::primitives::{self, BLOCK, CbcDecryptor, CbcEncryptor};
use super::secret::{EncryptedSecret, PassportSecret, SecretError, ValueHash, ValueSecret};
use super::vault::{Vault, VaultError};

/// The lengths of a random prefix that sealing chooses from.
///
/// Opening accepts up to 255; a widespread JVM library reads the length as a signed byte and breaks from 128.
pub(super) const SEALED_PREFIX: RangeInclusive<u8> = 32..=127;

/// The shortest prefix that opening accepts.
pub(super) const SHORTEST_PREFIX: u8 = 32;

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

/// Why sealed contents did not open. Nothing of them has been released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The vault is locked.
    #[error(transparent)]
    Locked(#[from] VaultError),
    /// The secret of these contents is not one: it was wrapped for another passport secret or hash, or damaged.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// There is no ciphertext.
    #[error("the ciphertext is empty")]
    Empty,
    /// AES-CBC without padding gives multiples of 16 bytes.
    #[error("the ciphertext has {length} bytes, which is not a multiple of 16")]
    PartialBlock {
        /// The ciphertext's length in bytes.
        length: u64,
    },
    /// SHA-256 of what was decrypted is not the hash that was stated.
    #[error("the contents do not match their hash")]
    HashMismatch,
    /// The random prefix has fewer than 32 bytes.
    #[error("the random prefix has {prefix} bytes, fewer than 32")]
    PrefixTooShort {
        /// The length in its first byte.
        prefix: u8,
    },
    /// The random prefix would reach past the end.
    #[error("the random prefix has {prefix} bytes, the contents only {length}")]
    PrefixPastEnd {
        /// The length in its first byte.
        prefix: u8,
        /// The number of bytes there are, prefix included.
        length: u64,
    },
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

/// A random prefix for contents of this length: 32..=127 bytes, the first its own length, the sum a multiple of 16.
pub(super) fn random_prefix(contents: u64) -> Zeroizing<Vec<u8>> {
    // The six lengths that complete a block are `shortest + 16 * n`; rejection keeps the choice uniform.
    let block = BLOCK as u64;
    let missing = (block - (contents + u64::from(*SEALED_PREFIX.start())) % block) % block;
    let shortest = *SEALED_PREFIX.start() + u8::try_from(missing).expect("below 16");
    let steps = (*SEALED_PREFIX.end() - shortest) / 16 + 1;
    let step = loop {
        let mut draw = [0; 1];
        primitives::fill_random(&mut draw);
        if draw[0] < u8::MAX - u8::MAX % steps {
            break draw[0] % steps;
        }
    };
    let length = shortest + 16 * step;
    let mut prefix = Zeroizing::new(vec![0; usize::from(length)]);
    primitives::fill_random(&mut prefix);
    prefix[0] = length;
    prefix
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

/// The prefix's length, if it is one; `length` counts prefix and contents.
pub(super) fn check_prefix(prefix: u8, length: u64) -> Result<u8, OpenError> {
    if prefix < SHORTEST_PREFIX {
        Err(OpenError::PrefixTooShort { prefix })
    } else if u64::from(prefix) > length {
        Err(OpenError::PrefixPastEnd { prefix, length })
    } else {
        Ok(prefix)
    }
}
