//! The same work done with OpenSSL alone, as a C client would do it: its one-shot functions, no detours.

use openssl::encrypt::{Decrypter, Encrypter};
use openssl::hash::MessageDigest;
use openssl::pkcs5::pbkdf2_hmac;
use openssl::pkey::{PKey, Private, Public};
use openssl::rand::rand_bytes;
use openssl::rsa::{Padding, Rsa};
use openssl::sha::{Sha256, Sha512};
use openssl::symm::{Cipher, Crypter, Mode};

/// A sealed value: ciphertext, hash, wrapped secret, and the plain secret that credentials carry.
pub struct Sealed {
    pub ciphertext: Vec<u8>,
    pub hash: [u8; 32],
    pub wrapped: [u8; 32],
    pub secret: [u8; 32],
}

fn cbc(mode: Mode, key: &[u8], iv: &[u8], input: &[u8], output: &mut [u8]) -> usize {
    let mut crypter = Crypter::new(Cipher::aes_256_cbc(), mode, key, Some(iv)).expect("AES-256-CBC");
    crypter.pad(false);
    crypter.update(input, output).expect("whole blocks")
}

fn key_of(secret: &[u8], hash: &[u8]) -> [u8; 64] {
    let mut sha = Sha512::new();
    sha.update(secret);
    sha.update(hash);
    sha.finish()
}

fn transform(mode: Mode, key: &[u8; 64], input: &[u8]) -> Vec<u8> {
    let mut output = vec![0; input.len() + 16];
    let length = cbc(mode, &key[..32], &key[32..48], input, &mut output);
    output.truncate(length);
    output
}

fn small(mode: Mode, key: &[u8; 64], input: &[u8; 32]) -> [u8; 32] {
    transform(mode, key, input).try_into().expect("32 bytes in, 32 out")
}

/// 32 random bytes whose sum is 239 modulo 255.
pub fn new_secret() -> [u8; 32] {
    let mut secret = [0; 32];
    rand_bytes(&mut secret).expect("randomness");
    let sum: u32 = secret[1..].iter().map(|byte| u32::from(*byte)).sum();
    secret[0] = u8::try_from((239 + 255 - sum % 255) % 255).expect("below 255");
    secret
}

/// PBKDF2 and one decryption: what unlocking costs.
pub fn unwrap_secret(password: &[u8], salt: &[u8], encrypted: &[u8; 32]) -> [u8; 32] {
    let mut key = [0; 64];
    pbkdf2_hmac(password, salt, 100_000, MessageDigest::sha512(), &mut key).expect("PBKDF2");
    small(Mode::Decrypt, &key, encrypted)
}

fn prefixed(contents: &[u8]) -> Vec<u8> {
    let mut random = [0; 1];
    rand_bytes(&mut random).expect("randomness");
    let least = 32 + (16 - contents.len() % 16) % 16;
    let length = least + 16 * usize::from(random[0] % 5);
    let mut padded = vec![0; length + contents.len()];
    rand_bytes(&mut padded[..length]).expect("randomness");
    padded[0] = u8::try_from(length).expect("at most 127");
    padded[length..].copy_from_slice(contents);
    padded
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update(bytes);
    sha.finish()
}

/// Prefix, hash, key, CBC, and the value's secret wrapped under the passport secret.
pub fn seal(passport_secret: &[u8; 32], contents: &[u8]) -> Sealed {
    let padded = prefixed(contents);
    let hash = sha256(&padded);
    let secret = new_secret();
    let ciphertext = transform(Mode::Encrypt, &key_of(&secret, &hash), &padded);
    let wrapped = small(Mode::Encrypt, &key_of(passport_secret, &hash), &secret);
    Sealed { ciphertext, hash, wrapped, secret }
}

/// The way back, with the hash compared.
pub fn open(passport_secret: &[u8; 32], hash: &[u8; 32], wrapped: &[u8; 32], ciphertext: &[u8]) -> Vec<u8> {
    let secret = small(Mode::Decrypt, &key_of(passport_secret, hash), wrapped);
    let mut padded = transform(Mode::Decrypt, &key_of(&secret, hash), ciphertext);
    assert!(openssl::memcmp::eq(&sha256(&padded), hash), "the hash matches");
    let prefix = usize::from(padded[0]);
    padded.drain(..prefix);
    padded
}

/// Seals credentials to the bot's public key.
pub fn seal_credentials(public_pem: &[u8], json: &[u8]) -> (Vec<u8>, [u8; 32], Vec<u8>) {
    let key: PKey<Public> = PKey::public_key_from_pem(public_pem).expect("a public key");
    let padded = prefixed(json);
    let hash = sha256(&padded);
    let secret = new_secret();
    let data = transform(Mode::Encrypt, &key_of(&secret, &hash), &padded);
    let mut encrypter = Encrypter::new(&key).expect("RSA");
    encrypter.set_rsa_padding(Padding::PKCS1_OAEP).expect("OAEP with SHA-1 is the default");
    let mut encrypted = vec![0; encrypter.encrypt_len(&secret).expect("32 bytes fit")];
    let length = encrypter.encrypt(&secret, &mut encrypted).expect("32 bytes fit");
    encrypted.truncate(length);
    (data, hash, encrypted)
}

/// Opens credentials with the bot's private key.
pub fn open_credentials(private: &PKey<Private>, data: &[u8], hash: &[u8; 32], encrypted: &[u8]) -> Vec<u8> {
    let mut decrypter = Decrypter::new(private).expect("RSA");
    decrypter.set_rsa_padding(Padding::PKCS1_OAEP).expect("OAEP with SHA-1 is the default");
    let mut secret = vec![0; decrypter.decrypt_len(encrypted).expect("an RSA ciphertext")];
    let length = decrypter.decrypt(encrypted, &mut secret).expect("our own ciphertext");
    secret.truncate(length);
    let mut padded = transform(Mode::Decrypt, &key_of(&secret, hash), data);
    assert!(openssl::memcmp::eq(&sha256(&padded), hash), "the hash matches");
    let prefix = usize::from(padded[0]);
    padded.drain(..prefix);
    padded
}

/// A new RSA key of 2048 bits, the private half in PKCS#8 PEM.
pub fn new_bot_key() -> PKey<Private> {
    PKey::from_rsa(Rsa::generate(2048).expect("a key")).expect("a key")
}
