use std::fmt;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::primitives::{ForeignPadding, RsaKeyFault, RsaPrivate, RsaPublic};
use super::{SecretError, ValueSecret, pem};

/// The lengths of a modulus that are accepted, in bits.
const BITS: RangeInclusive<u32> = 2048..=16384;

/// The longest modulus of a private key, in bits: what the RSA crate takes.
const LONGEST_PRIVATE: u32 = 8192;

/// Why a text is not a bot's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No `-----BEGIN …-----`, `-----END …-----` with base64 between.
    #[error("the key is not PEM")]
    NotPem,
    /// A private key in place of a public one.
    #[error("this is a private key; a request carries the public one, and the private one stays secret")]
    PrivateKeyGiven,
    /// A public key in place of a private one.
    #[error("this is a public key; opening needs the bot's private key")]
    PublicKeyGiven,
    /// A private key that is sealed under a passphrase.
    #[error("the private key is encrypted; decrypt it first, for example with `openssl pkey`")]
    Encrypted,
    /// PEM, but a certificate or anything else that is not an RSA key.
    #[error("the PEM block is no RSA key")]
    NotRsa,
    /// The label says RSA key, the contents are something else.
    #[error("the RSA key is damaged")]
    Malformed,
    /// The modulus is too short to be safe.
    #[error("the RSA key has {bits} bits; at least 2048 are needed")]
    TooSmall {
        /// Length of the modulus.
        bits: u32,
    },
    /// The modulus is longer than anyone needs.
    #[error("the RSA key has {bits} bits; more than {limit} are not supported")]
    TooLarge {
        /// Length of the modulus.
        bits: u32,
        /// What is supported.
        limit: u32,
    },
}

impl KeyError {
    fn from_fault(fault: &RsaKeyFault) -> Self {
        match *fault {
            RsaKeyFault::Malformed => Self::Malformed,
            RsaKeyFault::NotRsa => Self::NotRsa,
            RsaKeyFault::Bits(bits) if bits < *BITS.start() => Self::TooSmall { bits },
            RsaKeyFault::Bits(bits) => Self::TooLarge { bits, limit: *BITS.end() },
        }
    }
}

/// The public key a service's bot registered with BotFather, parsed.
///
/// For the two calls that carry the key as text, keep the text of the request.
#[derive(Clone)]
pub struct BotPublicKey(RsaPublic);

impl BotPublicKey {
    /// Reads PEM: `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1), LF or CRLF, white space around, 2048 to 16384 bits.
    ///
    /// # Errors
    ///
    /// See [`KeyError`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let block = pem::parse(pem).ok_or(KeyError::NotPem)?;
        match block.label {
            "PUBLIC KEY" => RsaPublic::from_spki(&block.der, BITS),
            "RSA PUBLIC KEY" => RsaPublic::from_pkcs1(&block.der, BITS),
            label if label.ends_with("PRIVATE KEY") => return Err(KeyError::PrivateKeyGiven),
            _ => return Err(KeyError::NotRsa),
        }
        .map(Self)
        .map_err(|fault| KeyError::from_fault(&fault))
    }

    /// Writes SPKI PEM with LF, the form every client understands.
    #[must_use]
    pub fn to_pem(&self) -> String {
        self.0.to_pem()
    }

    /// Length of the modulus.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.0.bits()
    }

    /// RSA-OAEP with SHA-1 and MGF1-SHA-1.
    pub(super) fn encrypt(&self, secret: &[u8; 32]) -> Vec<u8> {
        self.0.encrypt_oaep_sha1(secret)
    }

    /// Another padding.
    pub(super) fn encrypt_otherwise(&self, padding: ForeignPadding, secret: &[u8; 32]) -> Vec<u8> {
        self.0.encrypt_otherwise(padding, secret)
    }
}

impl fmt::Debug for BotPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BotPublicKey").field("bits", &self.bits()).finish_non_exhaustive()
    }
}

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
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// DER of one value of at least 256 bytes: tag, length, contents.
    fn der(tag: u8, contents: &[u8]) -> Vec<u8> {
        let length = u16::try_from(contents.len()).expect("short").to_be_bytes();
        [&[tag, 0x82, length[0], length[1]], contents].concat()
    }

    /// An `RSAPublicKey` with an odd modulus of so many bits, in PEM.
    fn key_of(bits: usize) -> String {
        let mut modulus = vec![0; bits / 8 + 1];
        modulus[0] = if bits.is_multiple_of(8) { 0 } else { 1 << (bits % 8 - 1) };
        modulus[1] |= if bits.is_multiple_of(8) { 0x80 } else { 0 };
        *modulus.last_mut().expect("not empty") |= 1;
        // DER wants the shortest form, with a zero before a leading bit.
        let modulus = if modulus[0] >= 0x80 { [vec![0], modulus].concat() } else { modulus };
        let exponent = [2, 3, 1, 0, 1];
        let key = der(0x30, &[der(2, &modulus), exponent.to_vec()].concat());
        format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", STANDARD.encode(key))
    }

    #[test]
    fn both_forms_of_encrypted_keys_are_named() {
        let old = "-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,00\r\n\r\nAAAA\r\n\
                   -----END RSA PRIVATE KEY-----\r\n";
        let new = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        for pem in [old, new] {
            assert_eq!(BotPrivateKey::from_pem(pem).expect_err("encrypted"), KeyError::Encrypted);
        }
    }

    #[test]
    fn bounds_of_the_modulus() {
        for bits in [2048, 2049, 3072, 16384] {
            let key = BotPublicKey::from_pem(&key_of(bits)).expect("within the bounds");
            assert_eq!(key.bits() as usize, bits);
            assert_eq!(key.encrypt(&[0xef; 32]).len(), bits.div_ceil(8));
        }
        let fault = BotPublicKey::from_pem(&key_of(2047)).expect_err("too small");
        assert_eq!(fault, KeyError::TooSmall { bits: 2047 });
        let fault = BotPublicKey::from_pem(&key_of(16385)).expect_err("too large");
        assert_eq!(fault, KeyError::TooLarge { bits: 16385, limit: 16384 });
    }
}
