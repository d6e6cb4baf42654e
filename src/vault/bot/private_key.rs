use std::fmt;

use zeroize::Zeroizing;

use crate::vault::bot_public_key::{BITS, BotPublicKey, KeyError};
use crate::vault::pem;
use crate::vault::primitives::{ForeignPadding, RsaPrivate};
use crate::vault::secret::{SecretError, ValueSecret};

/// The longest modulus of a private key, in bits: what the RSA crate takes.
const LONGEST_PRIVATE: u32 = 8192;

/// A bot's private key. Wiped on drop.
pub struct BotPrivateKey(RsaPrivate);

impl BotPrivateKey {
    /// A new key of 2048 to 8192 bits.
    ///
    /// # Errors
    ///
    /// [`KeyError::TooSmall`], [`KeyError::TooLarge`].
    pub fn generate(bits: u32) -> Result<Self, KeyError> {
        if bits < *BITS.start() {
            return Err(KeyError::TooSmall { bits });
        }
        if bits > LONGEST_PRIVATE {
            return Err(KeyError::TooLarge { bits, limit: LONGEST_PRIVATE });
        }
        Ok(Self(RsaPrivate::generate(bits as usize)))
    }

    /// Reads PEM: `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1), 2048 to 8192 bits.
    ///
    /// # Errors
    ///
    /// See [`KeyError`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if pem::is_encrypted_inside(pem) {
            return Err(KeyError::Encrypted);
        }
        let block = pem::parse(pem).ok_or(KeyError::NotPem)?;
        let key = match block.label {
            "PRIVATE KEY" => RsaPrivate::from_pkcs8(&block.der),
            "RSA PRIVATE KEY" => RsaPrivate::from_pkcs1(&block.der),
            "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
            "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(KeyError::PublicKeyGiven),
            _ => return Err(KeyError::NotRsa),
        }
        .map_err(|fault| KeyError::from_fault(&fault))?;
        match key.bits() {
            bits if bits < *BITS.start() => Err(KeyError::TooSmall { bits }),
            bits if bits > LONGEST_PRIVATE => Err(KeyError::TooLarge { bits, limit: LONGEST_PRIVATE }),
            _ => Ok(Self(key)),
        }
    }

    /// Writes PKCS#8 PEM with LF.
    #[must_use]
    pub fn to_pem(&self) -> Zeroizing<String> {
        self.0.to_pkcs8_pem()
    }

    /// Writes PKCS#1 PEM with LF, the form of bot libraries' examples.
    #[must_use]
    pub fn to_pkcs1_pem(&self) -> Zeroizing<String> {
        self.0.to_pkcs1_pem()
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> BotPublicKey {
        BotPublicKey(self.0.public())
    }

    /// The secret inside `EncryptedCredentials.secret`.
    pub(super) fn decrypt(&self, ciphertext: &[u8]) -> Result<ValueSecret, CredentialsSecretError> {
        if ciphertext.len() != self.0.size() {
            return Err(CredentialsSecretError::Length { length: ciphertext.len(), expected: self.0.size() });
        }
        match self.0.decrypt_oaep_sha1(ciphertext) {
            Some(secret) => Ok(ValueSecret::from_bytes(&secret)?),
            None => Err(self.recognise(ciphertext)),
        }
    }

    /// Which other padding the ciphertext has, if it holds a secret under any.
    fn recognise(&self, ciphertext: &[u8]) -> CredentialsSecretError {
        let found = ForeignPadding::ALL.into_iter().find(|padding| {
            self.0
                .decrypt_otherwise(*padding, ciphertext)
                .is_some_and(|secret| ValueSecret::from_bytes(&secret).is_ok())
        });
        match found {
            Some(ForeignPadding::OaepSha256 | ForeignPadding::OaepSha256Mgf1Sha1) => {
                CredentialsSecretError::OaepSha256
            }
            Some(ForeignPadding::Pkcs1V15) => CredentialsSecretError::Pkcs1V15,
            None => CredentialsSecretError::Undecryptable,
        }
    }
}

impl fmt::Debug for BotPrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BotPrivateKey").field("bits", &self.0.bits()).finish_non_exhaustive()
    }
}

/// Why `EncryptedCredentials.secret` did not open.
///
/// Meant for whoever debugs a bot. A program that answers strangers must not tell them which it was: telling paddings
/// apart is what padding oracles are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsSecretError {
    /// RSA ciphertext is as long as the modulus.
    #[error("the RSA ciphertext has {length} bytes, the key gives {expected}; it is for another key")]
    Length {
        /// Bytes of the ciphertext.
        length: usize,
        /// Bytes of the modulus.
        expected: usize,
    },
    /// Passport uses SHA-1, for both hashes of OAEP.
    #[error("the secret is encrypted with RSA-OAEP over SHA-256 in place of SHA-1")]
    OaepSha256,
    /// Passport uses OAEP.
    #[error("the secret is encrypted with RSA PKCS#1 v1.5 in place of RSA-OAEP")]
    Pkcs1V15,
    /// No padding fits: another key, or damage.
    #[error("the secret does not decrypt; it is damaged or for another key")]
    Undecryptable,
    /// What was decrypted is no secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_encrypted_keys_are_named() {
        let old = "-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,00\r\n\r\nAAAA\r\n\
                   -----END RSA PRIVATE KEY-----\r\n";
        let new = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        for pem in [old, new] {
            assert_eq!(BotPrivateKey::from_pem(pem).expect_err("encrypted"), KeyError::Encrypted);
        }
    }
}
