//! The only file of the vault that names a cryptographic crate: another backend is another version of this file.
//!
//! Bytes in, bytes out; the formats live in the files around. Buffers that hold secrets are wiped.

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use aes::Aes256;
use aes::cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{BoxedUint, Odd, U256, U512, U2048};
use hmac::{Hmac, Mac};
use md5::Md5;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::pkcs8::der::Decode;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::UnwrapErr;
use rsa::traits::PublicKeyParts;
use rsa::{Oaep, Pkcs1v15Encrypt, PrivateKey, PublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::{Zeroize, Zeroizing};

/// The AES block, in bytes.
pub(super) const BLOCK: usize = 16;

/// Fills `buffer` from the operating system's generator.
///
/// # Panics
///
/// If the operating system has no randomness to give: there is no safe way to go on.
pub(super) fn fill_random(buffer: &mut [u8]) {
    getrandom::fill(buffer).expect("the operating system gives randomness");
}

/// SHA-256 of the parts in a row.
pub(super) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// SHA-512 of the parts in a row: always key material here, so it is wiped.
pub(super) fn sha512(parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
    let mut hasher = Sha512::new();
    for part in parts {
        hasher.update(part);
    }
    let mut output = hasher.finalize();
    let mut key = Zeroizing::new([0; 64]);
    key.copy_from_slice(&output);
    output.as_mut_slice().zeroize();
    key
}

/// SHA-256 fed piece by piece.
pub(super) struct StreamingSha256(Sha256);

impl StreamingSha256 {
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// MD5; Telegram's upload checksum, never a protection.
pub(super) fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

/// HMAC-SHA-256: always key material here, so it is wiped.
pub(super) fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut hmac =
        <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    hmac.update(message);
    let mut output = hmac.finalize().into_bytes();
    let mut made = Zeroizing::new([0; 32]);
    made.copy_from_slice(&output);
    output.as_mut_slice().zeroize();
    made
}

/// `PBKDF2-HMAC-SHA512(password, salt, iterations)`, 64 bytes.
pub(super) fn pbkdf2_hmac_sha512(password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<[u8; 64]> {
    let mut key = Zeroizing::new([0; 64]);
    pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, iterations, key.as_mut_slice());
    key
}

/// `Argon2id` version 1.3 (0x13), 64 bytes out.
///
/// # Panics
///
/// If Argon2 has no such parameters: callers keep them in range.
pub(super) fn argon2id(
    passphrase: &[u8],
    salt: &[u8; 16],
    memory_kib: u32,
    passes: u32,
    lanes: u32,
) -> Zeroizing<[u8; 64]> {
    let parameters =
        argon2::Params::new(memory_kib, passes, lanes, None).expect("callers keep the parameters in range");
    let mut memory = Zeroizing::new(vec![argon2::Block::default(); parameters.block_count()]);
    let mut output = Zeroizing::new([0; 64]);
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters)
        .hash_password_into_with_memory(passphrase, salt, output.as_mut_slice(), memory.as_mut_slice())
        .expect("a salt of 16 bytes and an output of 64 are in range");
    output
}

/// The nonce of XChaCha20-Poly1305, in bytes: long enough to be drawn at random.
pub(super) const X_NONCE: usize = 24;

/// The tag of XChaCha20-Poly1305, in bytes; it stands behind the ciphertext.
pub(super) const TAG: usize = 16;

/// XChaCha20-Poly1305: ciphertext and tag.
pub(super) fn xchacha20poly1305_seal(
    key: &[u8; 32],
    nonce: &[u8; X_NONCE],
    associated: &[u8],
    contents: &[u8],
) -> Vec<u8> {
    XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(*nonce), Payload { msg: contents, aad: associated })
        .expect("256 GiB do not fit into memory")
}

/// Undoes [`xchacha20poly1305_seal`]; `None` if the tag is another one, nothing being decrypted then.
pub(super) fn xchacha20poly1305_open(
    key: &[u8; 32],
    nonce: &[u8; X_NONCE],
    associated: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: associated })
        .map(Zeroizing::new)
        .ok()
}

/// What the nonces of a [`ChunkCipher`] have in common, in bytes; a counter of 4 and a flag of 1 complete them.
pub(super) const STREAM_NONCE: usize = X_NONCE - 5;

/// XChaCha20-Poly1305 in Rogaway's STREAM: chunk after chunk, each at home at its number, the last marked as such.
pub(super) struct ChunkCipher(StreamBE32<XChaCha20Poly1305>);

impl ChunkCipher {
    pub(super) fn new(key: &[u8; 32], nonce: &[u8; STREAM_NONCE]) -> Self {
        Self(StreamBE32::new(key.into(), nonce.into()))
    }

    /// Seals in place; the chunk grows by its [`TAG`].
    pub(super) fn seal(&self, number: u32, last: bool, associated: &[u8], chunk: &mut Vec<u8>) {
        self.0.encrypt_in_place(number, last, associated, chunk).expect("a chunk is a short message");
    }

    /// Opens in place; `false` if the tag is another one, nothing being decrypted then.
    #[must_use]
    pub(super) fn open(&self, number: u32, last: bool, associated: &[u8], chunk: &mut Vec<u8>) -> bool {
        self.0.decrypt_in_place(number, last, associated, chunk).is_ok()
    }
}

/// An AES-256 key and a CBC IV: bytes 0..32 and 32..48 of 64 bytes of key material, the rest is unused.
pub(super) struct KeyIv(Zeroizing<[u8; 64]>);

impl KeyIv {
    pub(super) fn new(material: Zeroizing<[u8; 64]>) -> Self {
        Self(material)
    }

    fn key(&self) -> &[u8; 32] {
        self.0.first_chunk().expect("64 bytes begin with 32")
    }

    fn iv(&self) -> &[u8; 16] {
        self.0[32..48].try_into().expect("16 bytes")
    }
}

/// AES-256-CBC without padding, encrypting whole blocks in place, any number of times.
pub(super) struct CbcEncryptor(cbc::Encryptor<Aes256>);

impl CbcEncryptor {
    pub(super) fn new(key: &KeyIv) -> Self {
        Self(cbc::Encryptor::new(key.key().into(), key.iv().into()))
    }

    /// Encrypts `bytes`, a whole number of blocks.
    pub(super) fn encrypt(&mut self, bytes: &mut [u8]) {
        self.0.encrypt_blocks(whole_blocks(bytes));
    }
}

/// AES-256-CBC without padding, decrypting whole blocks in place, any number of times.
pub(super) struct CbcDecryptor(cbc::Decryptor<Aes256>);

impl CbcDecryptor {
    pub(super) fn new(key: &KeyIv) -> Self {
        Self(cbc::Decryptor::new(key.key().into(), key.iv().into()))
    }

    /// Decrypts `bytes`, a whole number of blocks.
    pub(super) fn decrypt(&mut self, bytes: &mut [u8]) {
        self.0.decrypt_blocks(whole_blocks(bytes));
    }
}

fn whole_blocks(bytes: &mut [u8]) -> &mut [aes::Block] {
    let (blocks, rest) = Array::slice_as_chunks_mut(bytes);
    assert!(rest.is_empty(), "callers check that the length is a multiple of the block");
    blocks
}

/// A public RSA key, parsed once.
#[derive(Clone)]
pub(super) struct RsaPublic(PublicKey);

/// Why the bytes of a key are not one this crate uses.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RsaKeyFault {
    /// The structure is not that of an RSA key, or its numbers do not fit together.
    Malformed,
    /// The structure is a key of another algorithm.
    NotRsa,
    /// The modulus has so many bits, which is outside the accepted range.
    Bits(u32),
}

impl RsaPublic {
    /// From `SubjectPublicKeyInfo` (SPKI) DER.
    pub(super) fn from_spki(der: &[u8], bits: std::ops::RangeInclusive<u32>) -> Result<Self, RsaKeyFault> {
        let info = rsa::pkcs8::SubjectPublicKeyInfoRef::from_der(der).map_err(|_| RsaKeyFault::Malformed)?;
        if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
            return Err(RsaKeyFault::NotRsa);
        }
        let inner = info.subject_public_key.as_bytes().ok_or(RsaKeyFault::Malformed)?;
        Self::from_pkcs1(inner, bits)
    }

    /// From `RSAPublicKey` (PKCS#1) DER.
    pub(super) fn from_pkcs1(der: &[u8], bits: std::ops::RangeInclusive<u32>) -> Result<Self, RsaKeyFault> {
        let key = rsa::pkcs1::RsaPublicKeyRef::from_der(der).map_err(|_| RsaKeyFault::Malformed)?;
        let modulus = BoxedUint::from_be_slice_vartime(key.modulus.as_bytes());
        let exponent = BoxedUint::from_be_slice_vartime(key.public_exponent.as_bytes());
        let modulus_bits = modulus.bit_width_vartime();
        if !bits.contains(&modulus_bits) {
            return Err(RsaKeyFault::Bits(modulus_bits));
        }
        let limits = *bits.start() as usize..=*bits.end() as usize;
        PublicKey::new_with_size_limits(modulus, exponent, limits)
            .map(Self)
            .map_err(|_| RsaKeyFault::Malformed)
    }

    /// The length of the modulus.
    pub(super) fn bits(&self) -> u32 {
        self.0.n().bit_width_vartime()
    }

    /// As SPKI PEM with LF.
    pub(super) fn to_pem(&self) -> String {
        self.0.to_public_key_pem(LineEnding::LF).expect("a parsed key has an encoding")
    }

    /// RSA-OAEP with SHA-1, MGF1-SHA-1 and an empty label; as long as the modulus.
    pub(super) fn encrypt_oaep_sha1(&self, secret: &[u8; 32]) -> Vec<u8> {
        self.0
            .encrypt(&mut UnwrapErr(getrandom::SysRng), Oaep::<Sha1>::new(), secret)
            .expect("32 bytes fit into a modulus of at least 2048 bits")
    }

    /// Encrypts with a padding that is not Passport's.
    pub(super) fn encrypt_otherwise(&self, padding: ForeignPadding, secret: &[u8; 32]) -> Vec<u8> {
        let rng = &mut UnwrapErr(getrandom::SysRng);
        match padding {
            ForeignPadding::OaepSha256 => self.0.encrypt(rng, Oaep::<Sha256>::new(), secret),
            ForeignPadding::OaepSha256Mgf1Sha1 => {
                self.0.encrypt(rng, Oaep::<Sha256, Sha1>::new_with_mgf_hash(), secret)
            }
            ForeignPadding::Pkcs1V15 => self.0.encrypt(rng, Pkcs1v15Encrypt, secret),
        }
        .expect("32 bytes fit")
    }
}

/// Paddings that are not Passport's, but are met in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ForeignPadding {
    /// OAEP with SHA-256 for both hashes.
    OaepSha256,
    /// OAEP with SHA-256, but MGF1 with SHA-1.
    OaepSha256Mgf1Sha1,
    /// PKCS#1 v1.5.
    Pkcs1V15,
}

impl ForeignPadding {
    pub(super) const ALL: [Self; 3] = [Self::OaepSha256, Self::OaepSha256Mgf1Sha1, Self::Pkcs1V15];
}

/// A private RSA key, parsed once; wiped on drop by its crate.
pub(super) struct RsaPrivate(PrivateKey);

impl RsaPrivate {
    /// A new key with the exponent 65537.
    pub(super) fn generate(bits: usize) -> Self {
        Self(
            PrivateKey::new(&mut UnwrapErr(getrandom::SysRng), bits)
                .expect("callers ask for an acceptable number of bits"),
        )
    }

    /// From `PrivateKeyInfo` (PKCS#8) DER.
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, RsaKeyFault> {
        let info = rsa::pkcs8::PrivateKeyInfoRef::from_der(der).map_err(|_| RsaKeyFault::Malformed)?;
        if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
            return Err(RsaKeyFault::NotRsa);
        }
        PrivateKey::from_pkcs8_der(der).map(Self).map_err(|_| RsaKeyFault::Malformed)
    }

    /// From `RSAPrivateKey` (PKCS#1) DER.
    pub(super) fn from_pkcs1(der: &[u8]) -> Result<Self, RsaKeyFault> {
        PrivateKey::from_pkcs1_der(der).map(Self).map_err(|_| RsaKeyFault::Malformed)
    }

    /// The length of the modulus.
    pub(super) fn bits(&self) -> u32 {
        self.0.n().bit_width_vartime()
    }

    /// The length of the modulus and of every ciphertext, in bytes.
    pub(super) fn size(&self) -> usize {
        self.0.size()
    }

    /// The public half.
    pub(super) fn public(&self) -> RsaPublic {
        RsaPublic(self.0.to_public_key())
    }

    /// As PKCS#8 PEM with LF.
    pub(super) fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        self.0.to_pkcs8_pem(LineEnding::LF).expect("a parsed key has an encoding")
    }

    /// As PKCS#1 PEM with LF.
    pub(super) fn to_pkcs1_pem(&self) -> Zeroizing<String> {
        self.0.to_pkcs1_pem(LineEnding::LF).expect("a parsed key has an encoding")
    }

    /// Undoes [`RsaPublic::encrypt_oaep_sha1`], blinded; `None` if the padding is another one.
    pub(super) fn decrypt_oaep_sha1(&self, ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.0
            .decrypt_blinded(&mut UnwrapErr(getrandom::SysRng), Oaep::<Sha1>::new(), ciphertext)
            .map(Zeroizing::new)
            .ok()
    }

    /// Undoes a padding that is not Passport's, blinded. PKCS#1 v1.5 is never refused: where it does not fit, something
    /// made up of the ciphertext comes out, so that a caller has to look whether it is a secret.
    pub(super) fn decrypt_otherwise(
        &self,
        padding: ForeignPadding,
        ciphertext: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let rng = &mut UnwrapErr(getrandom::SysRng);
        match padding {
            ForeignPadding::OaepSha256 => self.0.decrypt_blinded(rng, Oaep::<Sha256>::new(), ciphertext),
            ForeignPadding::OaepSha256Mgf1Sha1 => {
                self.0.decrypt_blinded(rng, Oaep::<Sha256, Sha1>::new_with_mgf_hash(), ciphertext)
            }
            ForeignPadding::Pkcs1V15 => self.0.decrypt_blinded(rng, Pkcs1v15Encrypt, ciphertext),
        }
        .map(Zeroizing::new)
        .ok()
    }
}

/// A number below 2^2048 as 256 bytes, big endian.
pub(super) type Big = [u8; 256];

/// Arithmetic modulo one odd number of 2048 bits, in constant time.
pub(super) struct Modulus {
    modulus: U2048,
    parameters: FixedMontyParams<{ U2048::LIMBS }>,
}

impl Modulus {
    /// `None` if the number is even.
    pub(super) fn new(modulus: &Big) -> Option<Self> {
        let modulus = U2048::from_be_slice(modulus);
        let odd = Option::from(Odd::new(modulus))?;
        Some(Self { modulus, parameters: FixedMontyParams::new(odd) })
    }

    /// Whether the number and half of it (rounded down) are both prime.
    ///
    /// Miller–Rabin to random bases and a Lucas test: whoever chose the number did not choose the bases.
    pub(super) fn is_safe_prime(&self) -> bool {
        use crypto_primes::fips::{FipsOptions, is_prime};
        let options =
            FipsOptions::with_mr_iterations(MILLER_RABIN_ROUNDS).with_lucas_test().with_trial_division_test();
        is_prime(&mut UnwrapErr(getrandom::SysRng), crypto_primes::Flavor::Safe, &self.modulus, options)
    }

    /// The remainder of the modulus by a small number.
    pub(super) fn rem_small(&self, divisor: u8) -> u8 {
        let remainder = self
            .modulus
            .to_be_bytes()
            .as_ref()
            .iter()
            .fold(0u32, |carry, byte| (carry * 256 + u32::from(*byte)) % u32::from(divisor));
        u8::try_from(remainder).expect("below the divisor")
    }

    /// `base ^ exponent`, in a time that depends on nothing but the exponent's length.
    pub(super) fn pow(&self, base: &Big, exponent: &[u8]) -> Zeroizing<Big> {
        let bits = u32::try_from(exponent.len() * 8).expect("at most 256 bytes");
        let mut exponent = U2048::from_be_slice(&widen(exponent)[..]);
        let mut power = self.element(base).pow_bounded_exp(&exponent, bits);
        let result = to_big(&power);
        exponent.zeroize();
        power.zeroize();
        result
    }

    /// `base ^ (a + u * x)`, the exponent being a plain integer.
    pub(super) fn pow_sum(&self, base: &Big, a: &Big, u: &[u8; 32], x: &[u8; 32]) -> Zeroizing<Big> {
        let mut a = U2048::from_be_slice(a);
        let mut x = U256::from_be_slice(x);
        let mut product: U512 = U256::from_be_slice(u).concatenating_mul(&x);
        let base = self.element(base);
        let mut power = base.pow(&a).mul(&base.pow(&product));
        let result = to_big(&power);
        a.zeroize();
        x.zeroize();
        product.zeroize();
        power.zeroize();
        result
    }

    /// `left * right`.
    pub(super) fn mul(&self, left: &Big, right: &Big) -> Zeroizing<Big> {
        to_big(&self.element(left).mul(&self.element(right)))
    }

    /// `left - right`, not negative.
    pub(super) fn sub(&self, left: &Big, right: &Big) -> Zeroizing<Big> {
        to_big(&self.element(left).sub(&self.element(right)))
    }

    fn element(&self, number: &Big) -> FixedMontyForm<{ U2048::LIMBS }> {
        FixedMontyForm::new(&U2048::from_be_slice(number), &self.parameters)
    }
}

/// Rounds of Miller–Rabin: a composite passes with probability below 4^-32.
const MILLER_RABIN_ROUNDS: usize = 32;

fn to_big(number: &FixedMontyForm<{ U2048::LIMBS }>) -> Zeroizing<Big> {
    let mut plain = number.retrieve();
    let mut bytes = Zeroizing::new([0; 256]);
    bytes.copy_from_slice(plain.to_be_bytes().as_ref());
    plain.zeroize();
    bytes
}

/// Left-pads with zeros to 256 bytes.
///
/// # Panics
///
/// If there are more than 256.
pub(super) fn widen(bytes: &[u8]) -> Zeroizing<Big> {
    let mut wide = Zeroizing::new([0; 256]);
    wide[256 - bytes.len()..].copy_from_slice(bytes);
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2^2048 − 159, which is odd and has all sorts of remainders.
    fn modulus() -> Modulus {
        let mut number = [0xff; 256];
        number[255] = 0x61;
        Modulus::new(&number).expect("odd")
    }

    #[test]
    fn even_numbers_are_no_modulus() {
        assert!(Modulus::new(&[0xfe; 256]).is_none());
    }

    #[test]
    fn small_numbers_multiply_as_at_school() {
        let modulus = modulus();
        assert_eq!(*modulus.pow(&widen(&[3]), &[0, 5]), *widen(&[243]));
        assert_eq!(*modulus.pow(&widen(&[3]), &[0]), *widen(&[1]));
        assert_eq!(*modulus.mul(&widen(&[200]), &widen(&[200])), *widen(&[0x9c, 0x40]));
        assert_eq!(*modulus.sub(&widen(&[7]), &widen(&[5])), *widen(&[2]));
        let mut negative = modulus.modulus.to_be_bytes();
        negative.as_mut()[255] -= 2;
        assert_eq!(modulus.sub(&widen(&[5]), &widen(&[7])).as_slice(), negative.as_ref());
    }

    #[test]
    fn sums_in_the_exponent() {
        let mut six = [0; 32];
        six[31] = 6;
        let mut seven = [0; 32];
        seven[31] = 7;
        let sum = modulus().pow_sum(&widen(&[2]), &widen(&[5]), &six, &seven);
        assert_eq!(*sum, *modulus().pow(&widen(&[2]), &[47]));
    }

    #[test]
    fn remainders() {
        // 2^2048 mod 7 = 2^2 = 4 and 159 mod 7 = 5; 2^2048 mod 24 = 16 and 159 mod 24 = 15.
        assert_eq!(modulus().rem_small(7), 6);
        assert_eq!(modulus().rem_small(24), 1);
    }

    #[test]
    fn streams_and_single_calls_agree() {
        let key = KeyIv::new(sha512(&[b"key"]));
        let plain: Vec<u8> = (0..160).collect();
        let mut whole = plain.clone();
        CbcEncryptor::new(&key).encrypt(&mut whole);
        let mut pieces = plain.clone();
        let mut encryptor = CbcEncryptor::new(&key);
        for piece in pieces.chunks_mut(48) {
            encryptor.encrypt(piece);
        }
        assert_eq!(whole, pieces);
        let mut decryptor = CbcDecryptor::new(&key);
        for piece in pieces.chunks_mut(32) {
            decryptor.decrypt(piece);
        }
        assert_eq!(pieces, plain);
    }
}
