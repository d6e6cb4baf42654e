use std::fmt;
use std::ops::RangeInclusive;

use super::pem;
use super::primitives::{ForeignPadding, RsaKeyFault, RsaPublic};

/// The lengths of a modulus that are accepted, in bits.
pub(super) const BITS: RangeInclusive<u32> = 2048..=16384;

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
    pub(super) fn from_fault(fault: &RsaKeyFault) -> Self {
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
pub struct BotPublicKey(pub(super) RsaPublic);

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
