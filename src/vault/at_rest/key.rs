use std::fmt;

use zeroize::Zeroizing;

use crate::vault::LengthError;
use crate::vault::primitives::{self, TAG, X_NONCE};

/// A key for what lies on a disk: 32 random bytes, or what Argon2id makes of a passphrase.
///
/// Boxed, so that moving it leaves no copy behind; wiped on drop.
pub struct StorageKey(Box<Zeroizing<[u8; 32]>>);

/// Why sealed bytes were not opened. Nothing of them has been released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BoxError {
    /// Too short to be anything sealed.
    #[error("{length} bytes are too few to be anything sealed")]
    TooShort {
        /// How many there are.
        length: usize,
    },
    /// Sealed under another key or for another purpose, or changed since.
    #[error("the sealed bytes were changed, or belong to another key or another place")]
    NotAuthentic,
}

impl StorageKey {
    /// A fresh one from the operating system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        let mut key = Self::zero();
        primitives::fill_random(&mut key.0[..]);
        key
    }

    pub(super) fn zero() -> Self {
        Self(Box::new(Zeroizing::new([0; 32])))
    }

    pub(super) fn as_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }

    /// The bytes, for whoever keeps the key, or gives it to somebody who seals by himself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Another key, for this purpose alone: `HMAC-SHA-256(key, label)`. Who has it learns nothing of this one, nor of those
    /// with other labels.
    ///
    /// One key in a keyring serves several things on a disk that way.
    ///
    /// ```
    /// use telegram_passport::vault::at_rest::StorageKey;
    ///
    /// let kept = StorageKey::generate();
    /// let drafts = kept.derive("my-app drafts");
    /// assert_eq!(drafts.as_bytes(), kept.derive("my-app drafts").as_bytes());
    /// ```
    #[must_use]
    pub fn derive(&self, label: &str) -> Self {
        Self(Box::new(primitives::hmac_sha256(self.as_bytes(), label.as_bytes())))
    }

    /// Seals a small thing: `nonce (24) | ciphertext | tag (16)`, 40 bytes longer than the contents.
    ///
    /// XChaCha20-Poly1305 under a random nonce. `associated` is authenticated and not stored: it says what the contents
    /// are and where they belong, so that they open nowhere else.
    #[must_use]
    pub fn seal(&self, contents: &[u8], associated: &[u8]) -> Vec<u8> {
        let mut nonce = [0; X_NONCE];
        primitives::fill_random(&mut nonce);
        let sealed = primitives::xchacha20poly1305_seal(self.as_bytes(), &nonce, associated, contents);
        [&nonce[..], &sealed].concat()
    }

    /// Undoes [`seal`](Self::seal).
    ///
    /// # Errors
    ///
    /// See [`BoxError`].
    pub fn open(&self, sealed: &[u8], associated: &[u8]) -> Result<Zeroizing<Vec<u8>>, BoxError> {
        let too_short = BoxError::TooShort { length: sealed.len() };
        let (nonce, ciphertext) = sealed.split_first_chunk().ok_or(too_short)?;
        if ciphertext.len() < TAG {
            return Err(too_short);
        }
        primitives::xchacha20poly1305_open(self.as_bytes(), nonce, associated, ciphertext)
            .ok_or(BoxError::NotAuthentic)
    }
}

/// Takes over 32 bytes that were kept.
impl TryFrom<&[u8]> for StorageKey {
    type Error = LengthError;

    fn try_from(bytes: &[u8]) -> Result<Self, LengthError> {
        if bytes.len() != 32 {
            return Err(LengthError { what: "key", length: bytes.len() });
        }
        let mut key = Self::zero();
        key.0.copy_from_slice(bytes);
        Ok(key)
    }
}

impl fmt::Debug for StorageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed() {
        let key = StorageKey::generate();
        for contents in [&b""[..], b"x", &[7; 1000]] {
            let sealed = key.seal(contents, b"place");
            assert_eq!(sealed.len(), contents.len() + 40);
            assert_eq!(key.open(&sealed, b"place").unwrap().as_slice(), contents);
            assert_ne!(key.seal(contents, b"place"), sealed);
        }
    }

    #[test]
    fn a_derived_key_is_an_hmac_of_its_label() {
        // RFC 4231 has no key of 32 bytes; this one is Python's: hmac.digest(bytes(range(32)), b"label", "sha256").
        let bytes: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let key = StorageKey::try_from(&bytes[..]).unwrap();
        let expected = "163f81d115e39b6a9db6dd218bc05d177e58072ba01fb918d19e2b8968bef55d";
        let digits: String =
            key.derive("label").as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digits, expected);
        assert_ne!(key.derive("label").as_bytes(), key.derive("another").as_bytes());
    }

    #[test]
    fn refuses_every_change() {
        let key = StorageKey::try_from(&[9; 32][..]).unwrap();
        let sealed = key.seal(b"contents", b"place");
        let refused = Err(BoxError::NotAuthentic);
        for at in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert_eq!(key.open(&changed, b"place"), refused);
        }
        for length in 0..sealed.len() {
            let expected = if length < 40 { Err(BoxError::TooShort { length }) } else { refused.clone() };
            assert_eq!(key.open(&sealed[..length], b"place"), expected);
        }
        assert_eq!(key.open(&[&sealed[..], b"x"].concat(), b"place"), refused);
        assert_eq!(key.open(&sealed, b"elsewhere"), refused);
        assert_eq!(StorageKey::generate().open(&sealed, b"place"), refused);
    }

    #[test]
    fn a_key_has_32_bytes_and_shows_none() {
        for length in [0, 31, 33] {
            assert_eq!(StorageKey::try_from(&vec![0; length][..]).unwrap_err().length, length);
        }
        assert_eq!(format!("{:?}", StorageKey::generate()), "StorageKey { .. }");
    }
}
