use super::secret::SecretError;
use super::vault::VaultError;

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
