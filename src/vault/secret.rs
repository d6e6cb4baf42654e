use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::primitives::{self, CbcDecryptor, CbcEncryptor, KeyIv};

/// What the sum of a secret's bytes leaves modulo 255 (not 256).
const CHECKSUM: u8 = 239;

/// 32 bytes whose sum leaves 239 modulo 255, the form of every secret in Passport.
///
/// Boxed, so that moving it leaves no copy behind; wiped on drop.
struct Secret(Box<Zeroizing<[u8; 32]>>);

impl Secret {
    fn zero() -> Self {
        Self(Box::new(Zeroizing::new([0; 32])))
    }

    fn generate() -> Self {
        let mut secret = Self::zero();
        primitives::fill_random(&mut secret.0[..]);
        secret.fix_checksum();
        secret
    }

    /// Moves byte 0 so that the checksum holds: `b[0] = (b[0] + 255 + 239 − sum) mod 255`.
    fn fix_checksum(&mut self) {
        let first = u32::from(self.0[0]);
        let fixed = (first + 255 + u32::from(CHECKSUM) - u32::from(checksum(&self.0))) % 255;
        self.0[0] = u8::try_from(fixed).expect("below 255");
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        if bytes.len() != 32 {
            return Err(SecretError::Length { length: bytes.len() });
        }
        let mut secret = Self::zero();
        secret.0.copy_from_slice(bytes);
        if checksum(&secret.0).ct_eq(&CHECKSUM).into() { Ok(secret) } else { Err(SecretError::Checksum) }
    }
}

fn checksum(bytes: &[u8; 32]) -> u8 {
    let sum: u32 = bytes.iter().map(|byte| u32::from(*byte)).sum();
    u8::try_from(sum % 255).expect("below 255")
}

/// Why bytes are not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// A secret has 32 bytes.
    #[error("a secret has 32 bytes, not {length}")]
    Length {
        /// How many there were.
        length: usize,
    },
    /// The sum of the bytes modulo 255 is not 239.
    #[error("the secret's checksum is wrong")]
    Checksum,
}

/// The secret every element of one account is sealed under: 32 bytes, their sum 239 modulo 255.
pub struct PassportSecret(Secret);

impl PassportSecret {
    /// A fresh one from the operating system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self(Secret::generate())
    }

    /// Takes over 32 bytes whose checksum holds.
    ///
    /// # Errors
    ///
    /// [`SecretError`] for another length or a wrong checksum.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        Secret::from_bytes(bytes).map(Self)
    }

    /// From any 32 bytes, the first moved so that the checksum holds.
    #[cfg(test)]
    pub(super) fn from_raw(bytes: [u8; 32]) -> Self {
        let mut secret = Secret(Box::new(Zeroizing::new(bytes)));
        secret.fix_checksum();
        Self(secret)
    }

    /// `secure_secret_id`: the first eight bytes of `SHA256(secret)`, a signed little-endian integer.
    #[must_use]
    pub fn id(&self) -> SecretId {
        let digest = primitives::sha256(&[self.as_bytes()]);
        SecretId(i64::from_le_bytes(*digest.first_chunk().expect("32 bytes begin with 8")))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0.0
    }
}

impl fmt::Debug for PassportSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassportSecret").finish_non_exhaustive()
    }
}

/// Which passport secret an account uses (`secure_secret_id`): a fingerprint, not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecretId(pub i64);

/// The secret one value, one file or one set of credentials is sealed under: 32 bytes, their sum 239 modulo 255.
pub struct ValueSecret(Secret);

impl ValueSecret {
    /// A fresh one from the operating system's randomness.
    #[must_use]
    pub fn generate() -> Self {
        Self(Secret::generate())
    }

    /// Takes over 32 bytes whose checksum holds.
    ///
    /// # Errors
    ///
    /// [`SecretError`] for another length or a wrong checksum.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        Secret::from_bytes(bytes).map(Self)
    }

    /// Takes over any 32 bytes, whose checksum need not hold.
    pub(super) fn unchecked(bytes: [u8; 32]) -> Self {
        Self(Secret(Box::new(Zeroizing::new(bytes))))
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0.0
    }

    /// The key of contents with this hash: `SHA512(secret | hash)`.
    pub(super) fn contents_key(&self, hash: &ValueHash) -> KeyIv {
        KeyIv::new(primitives::sha512(&[self.as_bytes(), &hash.0]))
    }

    /// Wraps it for the account: `AES-256-CBC(SHA512(passport_secret | hash), secret)`.
    pub(super) fn wrap(&self, passport_secret: &PassportSecret, hash: &ValueHash) -> EncryptedSecret {
        let mut bytes = *self.as_bytes();
        CbcEncryptor::new(&wrapping_key(passport_secret, hash)).encrypt(&mut bytes);
        EncryptedSecret(bytes)
    }
}

impl fmt::Debug for ValueSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueSecret").finish_non_exhaustive()
    }
}

/// SHA-256 of prefix and contents (`data_hash`, `file_hash`); part of the keys, no secret itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ValueHash(pub [u8; 32]);

impl ValueHash {
    /// Compares in constant time.
    pub(super) fn matches(&self, other: &[u8; 32]) -> bool {
        self.0.ct_eq(other).into()
    }
}

impl TryFrom<&[u8]> for ValueHash {
    type Error = LengthError;

    fn try_from(bytes: &[u8]) -> Result<Self, LengthError> {
        bytes.try_into().map(Self).map_err(|_| LengthError { what: "hash", length: bytes.len() })
    }
}

/// The first four bytes in hexadecimal.
impl fmt::Debug for ValueHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "ValueHash({a:02x}{b:02x}{c:02x}{d:02x}..)")
    }
}

/// A value's secret as the account stores it (`secureData.secret`, `secureFile.secret`): 32 bytes of ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EncryptedSecret(pub [u8; 32]);

impl EncryptedSecret {
    /// Undoes [`ValueSecret::wrap`].
    pub(super) fn unwrap(
        &self,
        passport_secret: &PassportSecret,
        hash: &ValueHash,
    ) -> Result<ValueSecret, SecretError> {
        let mut bytes = Zeroizing::new(self.0);
        CbcDecryptor::new(&wrapping_key(passport_secret, hash)).decrypt(&mut bytes[..]);
        ValueSecret::from_bytes(&bytes[..])
    }
}

impl TryFrom<&[u8]> for EncryptedSecret {
    type Error = LengthError;

    fn try_from(bytes: &[u8]) -> Result<Self, LengthError> {
        bytes.try_into().map(Self).map_err(|_| LengthError { what: "encrypted secret", length: bytes.len() })
    }
}

/// A hash or an encrypted secret has 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} has {length} bytes instead of 32")]
pub struct LengthError {
    /// Which of the two.
    pub what: &'static str,
    /// How many bytes there were.
    pub length: usize,
}

fn wrapping_key(passport_secret: &PassportSecret, hash: &ValueHash) -> KeyIv {
    KeyIv::new(primitives::sha512(&[passport_secret.as_bytes(), &hash.0]))
}
