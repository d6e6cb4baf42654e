use zeroize::Zeroizing;

use super::password::Password;
use super::primitives::{self, CbcDecryptor, CbcEncryptor, KeyIv};
use super::secret::{PassportSecret, SecretError, SecretId};

/// Iterations of PBKDF2 wherever a password enters: the names of both TL constructors fix it, the one of the passport
/// secret's key and the one of the password's verifier (`…iter100000…`).
pub(super) const ITERATIONS: u32 = 100_000;

/// How many random bytes a client appends to a salt that the server offers.
pub(super) const CLIENT_SALT: usize = 32;

/// How a password becomes the key that wraps the passport secret (`SecurePasswordKdfAlgo`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretKdf {
    /// `securePasswordKdfAlgoPBKDF2HMACSHA512iter100000`: `PBKDF2-HMAC-SHA512(password, salt)`, 64 bytes.
    Pbkdf2HmacSha512Iter100000 {
        /// The complete salt: the server's part, then the client's.
        salt: Vec<u8>,
    },
    /// `securePasswordKdfAlgoSHA512`: `SHA512(salt | password | salt)`. Weak, and only ever read; see
    /// [`is_legacy`](Self::is_legacy).
    Sha512 {
        /// The salt.
        salt: Vec<u8>,
    },
    /// `securePasswordKdfAlgoUnknown`, or a constructor this version does not know.
    Unknown,
}

impl SecretKdf {
    /// Whether the secret ought to be wrapped again, under PBKDF2 (see [`upgrade_secret`]).
    #[must_use]
    pub fn is_legacy(&self) -> bool {
        matches!(self, Self::Sha512 { .. })
    }

    /// The salt of `new_secure_algo`, to which [`wrap_secret`] appends its own part.
    ///
    /// # Errors
    ///
    /// [`UnlockError::UnknownKdf`] unless the server offers PBKDF2: nothing new is wrapped in the old way.
    pub fn server_salt(&self) -> Result<&[u8], UnlockError> {
        match self {
            Self::Pbkdf2HmacSha512Iter100000 { salt } => Ok(salt),
            Self::Sha512 { .. } | Self::Unknown => Err(UnlockError::UnknownKdf),
        }
    }

    /// The wrapping key: 0..32 of the 64 bytes are the AES-256 key, 32..48 the IV.
    fn derive_key(&self, password: &Password) -> Result<KeyIv, UnlockError> {
        let material = match self {
            Self::Pbkdf2HmacSha512Iter100000 { salt } => {
                primitives::pbkdf2_hmac_sha512(password.as_bytes(), salt, ITERATIONS)
            }
            Self::Sha512 { salt } => primitives::sha512(&[salt, password.as_bytes(), salt]),
            Self::Unknown => return Err(UnlockError::UnknownKdf),
        };
        Ok(KeyIv::new(material))
    }
}

/// The passport secret as the account stores it (`secureSecretSettings`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedSecret {
    /// `secure_algo`
    pub kdf: SecretKdf,
    /// `secure_secret`: 32 bytes of ciphertext.
    pub encrypted: Vec<u8>,
    /// `secure_secret_id`
    pub id: SecretId,
}

/// Why the passport secret did not unwrap.
///
/// The server hands out the wrapped secret only for an accepted password proof. If the very password that was proven
/// fails here, the secret is still wrapped under an *older* password: a client that knows nothing of Passport
/// changed it. Nothing stored can then be opened, unless the older password is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnlockError {
    /// The server names a key derivation this version does not know.
    #[error("the account uses a key derivation this version does not know; an update is required")]
    UnknownKdf,
    /// The stored ciphertext cannot be a wrapped secret, whatever the password.
    #[error("the stored secret is damaged: it has {length} bytes instead of 32")]
    Length {
        /// How many bytes there are.
        length: usize,
    },
    /// The unwrapped bytes fail the checksum: a wrong password, or a damaged secret.
    #[error("wrong password, or the stored secret is damaged")]
    Checksum,
    /// The unwrapped bytes pass the checksum, as one wrong password in 255 does, but have another id.
    #[error("wrong password, or the stored secret belongs to another id")]
    Id,
}

/// Unwraps the passport secret: `AES-256-CBC` without padding under the key from the password.
///
/// Checks the checksum and the id. Slow on purpose; async callers use `spawn_blocking`.
///
/// # Errors
///
/// See [`UnlockError`].
pub fn unwrap_secret(password: &Password, wrapped: &WrappedSecret) -> Result<PassportSecret, UnlockError> {
    if wrapped.kdf == SecretKdf::Unknown {
        return Err(UnlockError::UnknownKdf);
    }
    let length = wrapped.encrypted.len();
    let encrypted: [u8; 32] =
        wrapped.encrypted.as_slice().try_into().map_err(|_| UnlockError::Length { length })?;
    let mut bytes = Zeroizing::new(encrypted);
    CbcDecryptor::new(&wrapped.kdf.derive_key(password)?).decrypt(&mut bytes[..]);
    let secret = PassportSecret::from_bytes(&bytes[..]).map_err(|error| match error {
        SecretError::Length { length } => UnlockError::Length { length },
        SecretError::Checksum => UnlockError::Checksum,
    })?;
    if secret.id() == wrapped.id { Ok(secret) } else { Err(UnlockError::Id) }
}

/// Wraps the passport secret under PBKDF2, with `server_salt` (`new_secure_algo.salt`) and 32 random bytes as salt.
///
/// Slow on purpose; async callers use `spawn_blocking`.
#[must_use]
pub fn wrap_secret(secret: &PassportSecret, password: &Password, server_salt: &[u8]) -> WrappedSecret {
    let kdf = SecretKdf::Pbkdf2HmacSha512Iter100000 { salt: extend_salt(server_salt) };
    wrap_secret_with(secret, password, kdf).expect("the derivation is a known one")
}

/// Wraps under exactly this derivation.
pub(super) fn wrap_secret_with(
    secret: &PassportSecret,
    password: &Password,
    kdf: SecretKdf,
) -> Result<WrappedSecret, UnlockError> {
    let mut bytes = *secret.as_bytes();
    CbcEncryptor::new(&kdf.derive_key(password)?).encrypt(&mut bytes);
    Ok(WrappedSecret { kdf, encrypted: bytes.to_vec(), id: secret.id() })
}

/// If the secret is wrapped in the old way, wraps the same secret (so its id stays) under PBKDF2.
///
/// `None` if there is nothing to upgrade. No official client does this by itself, although the documentation asks for
/// it; the SHA-512 form falls to a dictionary in no time.
///
/// # Errors
///
/// [`UnlockError`] if the secret does not unwrap.
pub fn upgrade_secret(
    password: &Password,
    wrapped: &WrappedSecret,
    server_salt: &[u8],
) -> Result<Option<WrappedSecret>, UnlockError> {
    if !wrapped.kdf.is_legacy() {
        return Ok(None);
    }
    let secret = unwrap_secret(password, wrapped)?;
    Ok(Some(wrap_secret(&secret, password, server_salt)))
}

/// The server's part of a salt, then 32 random bytes.
pub(super) fn extend_salt(server_salt: &[u8]) -> Vec<u8> {
    let mut salt = server_salt.to_vec();
    salt.resize(server_salt.len() + CLIENT_SALT, 0);
    primitives::fill_random(&mut salt[server_salt.len()..]);
    salt
}
