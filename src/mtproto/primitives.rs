//! What MTProto is made of: SHA-1, IGE, bare RSA, randomness. Bytes in, bytes out.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PublicKey};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Bytes from the operating system's generator.
///
/// # Panics
///
/// If it has none to give: there is no safe way to go on.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// SHA-1 of the parts in a row.
pub(super) fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// SHA-256 of the parts in a row.
pub(super) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Comparison in a time that does not depend on where they differ.
pub(super) fn equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// AES-256-IGE in place; the length is a multiple of 16.
pub(super) fn ige_encrypt(key: &[u8; 32], iv: &[u8; 32], data: &mut [u8]) {
    let length = data.len();
    ige::Encryptor::<Aes256>::new(key.into(), iv.into())
        .encrypt_padded::<NoPadding>(data, length)
        .expect("callers pad to whole blocks");
}

/// The inverse of [`ige_encrypt`]; the length is a multiple of 16.
pub(super) fn ige_decrypt(key: &[u8; 32], iv: &[u8; 32], data: &mut [u8]) {
    ige::Decryptor::<Aes256>::new(key.into(), iv.into())
        .decrypt_padded::<NoPadding>(data)
        .expect("callers check for whole blocks");
}

/// A server's public RSA key of 2048 bits.
#[derive(Clone)]
pub(super) struct RsaPublic(PublicKey);

impl RsaPublic {
    /// From `-----BEGIN RSA PUBLIC KEY-----` (PKCS#1); `None` if it is none of 2048 bits.
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        PublicKey::from_pkcs1_pem(pem.trim()).ok().filter(|key| key.n().bit_width() == 2048).map(Self)
    }

    /// The modulus and the exponent, big endian without leading zeros.
    pub(super) fn parts(&self) -> (Vec<u8>, Vec<u8>) {
        let bare = |number: &BoxedUint| {
            let bytes = number.to_be_bytes();
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            bytes[zeros..].to_vec()
        };
        (bare(self.0.n()), bare(self.0.e()))
    }

    /// The bare public operation; `None` if the block is no number below the modulus.
    pub(super) fn encrypt(&self, block: &[u8; 256]) -> Option<Vec<u8>> {
        let (modulus, _) = self.parts();
        if block.as_slice() >= modulus.as_slice() {
            return None;
        }
        let number = BoxedUint::from_be_slice(block, 2048).ok()?;
        let encrypted = rsa::hazmat::rsa_encrypt(&self.0, &number).ok()?.to_be_bytes();
        let mut wide = vec![0; 256_usize.saturating_sub(encrypted.len())];
        wide.extend(&encrypted[encrypted.len().saturating_sub(256)..]);
        Some(wide)
    }
}
