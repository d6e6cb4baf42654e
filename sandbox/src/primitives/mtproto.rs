//! What MTProto's envelopes and key exchange are made of: IGE, CTR, SHA-1 and the server's RSA key.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, StreamCipher as _};
use rsa::pkcs1::{
    DecodeRsaPrivateKey as _, DecodeRsaPublicKey as _, EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _,
};
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, PrivateKey, PublicKey};
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

/// SHA-1 over the concatenation of these pieces.
pub(crate) fn sha1(pieces: &[&[u8]]) -> [u8; 20] {
    let mut hash = Sha1::new();
    for piece in pieces {
        hash.update(piece);
    }
    hash.finalize().into()
}

/// AES-256-IGE in place; the length is a multiple of 16.
pub(crate) fn ige_encrypt(key: &[u8; 32], iv: &[u8; 32], data: &mut [u8]) {
    let length = data.len();
    ige::Encryptor::<Aes256>::new(key.into(), iv.into())
        .encrypt_padded::<NoPadding>(data, length)
        .expect("callers pad to whole blocks");
}

/// The inverse of [`ige_encrypt`]; the length is a multiple of 16.
pub(crate) fn ige_decrypt(key: &[u8; 32], iv: &[u8; 32], data: &mut [u8]) {
    ige::Decryptor::<Aes256>::new(key.into(), iv.into())
        .decrypt_padded::<NoPadding>(data)
        .expect("callers check for whole blocks");
}

/// The key stream of an obfuscated transport: AES-256-CTR.
pub(crate) struct KeyStream(ctr::Ctr128BE<Aes256>);

impl KeyStream {
    /// A stream from its beginning.
    pub(crate) fn new(key: &[u8; 32], iv: &[u8; 16]) -> Self {
        Self(ctr::Ctr128BE::new(key.into(), iv.into()))
    }

    /// Encrypts or decrypts the next bytes of the connection.
    pub(crate) fn apply(&mut self, data: &mut [u8]) {
        self.0.apply_keystream(data);
    }
}

impl std::fmt::Debug for KeyStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyStream").finish_non_exhaustive()
    }
}

/// The server's RSA key, by which clients know it.
pub(crate) struct ServerKey(PrivateKey);

impl ServerKey {
    /// A new key of exactly 2048 bits with the exponent 65537, as TDLib's own are, so that its PEM text has their length.
    pub(crate) fn generate() -> Self {
        let mut rng = rsa::rand_core::UnwrapErr(getrandom::SysRng);
        loop {
            let key = PrivateKey::new(&mut rng, 2048).expect("2048 bits are a legal size");
            if key.n().bit_width() == 2048 {
                return Self(key);
            }
        }
    }

    /// The key in this PKCS#1 DER, as [`to_der`](Self::to_der) writes it.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        PrivateKey::from_pkcs1_der(der).ok().filter(|key| key.n().bit_width() == 2048).map(Self)
    }

    /// PKCS#1 DER of the private key, to be kept with the sandbox's state.
    pub(crate) fn to_der(&self) -> Zeroizing<Vec<u8>> {
        self.0.to_pkcs1_der().expect("a generated key can be written").to_bytes()
    }

    /// `-----BEGIN RSA PUBLIC KEY-----`, the form clients carry.
    pub(crate) fn public_pem(&self) -> String {
        self.0.to_public_key().to_pkcs1_pem(rsa::pkcs8::LineEnding::LF).expect("a public key can be written")
    }

    /// The modulus and the exponent, big endian without leading zeros.
    pub(crate) fn public_parts(&self) -> (Vec<u8>, Vec<u8>) {
        (bare(self.0.n()), bare(self.0.e()))
    }

    /// The bare private operation on 256 bytes; `None` if they are no number below the modulus.
    pub(crate) fn decrypt(&self, encrypted: &[u8]) -> Option<[u8; 256]> {
        let number = BoxedUint::from_be_slice(encrypted, 2048).ok()?;
        let rng = None::<&mut rsa::rand_core::UnwrapErr<getrandom::SysRng>>;
        let plain = rsa::hazmat::rsa_decrypt(rng, &self.0, &number).ok()?;
        super::padded(&plain.to_be_bytes())
    }
}

/// The modulus and the exponent of a public key as [`ServerKey::public_pem`] writes it, big endian without leading
/// zeros; `None` if it is no RSA key of 2048 bits.
pub(crate) fn public_parts_of(public_pem: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let key = PublicKey::from_pkcs1_pem(public_pem).ok().filter(|key| key.n().bit_width() == 2048)?;
    Some((bare(key.n()), bare(key.e())))
}

fn bare(number: &BoxedUint) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec()
}

#[cfg(test)]
impl ServerKey {
    /// What clients do: the bare public operation on 256 bytes; `None` if they are no number below the modulus.
    pub(crate) fn encrypt(&self, block: &[u8]) -> Option<Vec<u8>> {
        let number = BoxedUint::from_be_slice(block, 2048).ok()?;
        let encrypted = rsa::hazmat::rsa_encrypt(&self.0, &number).ok()?;
        self.decrypt(&encrypted.to_be_bytes()).filter(|plain| plain == block)?;
        Some(encrypted.to_be_bytes().to_vec())
    }
}

impl std::fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ige_is_its_own_inverse_and_the_known_one() {
        // The second vector of the IGE specification (OpenSSL's), with a 256-bit key in place of its 128.
        let (key, iv) = ([7; 32], std::array::from_fn(|i| u8::try_from(i).unwrap()));
        let plain: [u8; 48] = std::array::from_fn(|i| u8::try_from(i * 3).unwrap());
        let mut data = plain;
        ige_encrypt(&key, &iv, &mut data);
        assert_ne!(data, plain);
        // c1 = E(p1 ^ iv[0..16]) ^ iv[16..32]: flipping a bit of iv[16..32] flips it in c1.
        let mut other = iv;
        other[16] ^= 1;
        let mut twin = plain;
        ige_encrypt(&key, &other, &mut twin);
        assert_eq!(twin[0], data[0] ^ 1);
        ige_decrypt(&key, &iv, &mut data);
        assert_eq!(data, plain);
    }
}
