//! Shares made by hand, honest and not: a third implementation of sealing, which does as it is told.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use aes::cipher::{Array, BlockModeEncrypt, KeyIvInit};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::rand_core::UnwrapErr;
use rsa::{Oaep, Pkcs1v15Encrypt, PrivateKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

/// The bot's key; one for all tests, since making it takes a while.
static KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::new(&mut UnwrapErr(getrandom::SysRng), 2048).expect("a key can be made"));

pub(crate) const NONCE: &str = "the nonce of the request";

/// What is sealed under which secret, prefix and hash.
pub(crate) struct Sealed {
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) hash: [u8; 32],
}

/// A secret as it should be: the sum of its bytes is 239 modulo 255.
pub(crate) fn secret(of: u8) -> [u8; 32] {
    let mut secret = [of; 32];
    let rest: u32 = secret[1..].iter().map(|byte| u32::from(*byte)).sum();
    secret[0] = u8::try_from((239 + 255 - rest % 255) % 255).expect("below 255");
    secret
}

/// Seals with a prefix whose first byte says `said` and which is as long as `contents` needs, at least 32.
pub(crate) fn seal_with_prefix(contents: &[u8], secret: &[u8; 32], said: impl Fn(u8) -> u8) -> Sealed {
    let length = 32 + (16 - contents.len() % 16) % 16;
    let mut padded = vec![0x5a; length];
    padded[0] = said(u8::try_from(length).expect("at most 47"));
    padded.extend_from_slice(contents);
    let hash: [u8; 32] = Sha256::digest(&padded).into();
    Sealed { ciphertext: encrypt(secret, &hash, padded), hash }
}

pub(crate) fn seal(contents: &[u8], secret: &[u8; 32]) -> Sealed {
    seal_with_prefix(contents, secret, |length| length)
}

fn encrypt(secret: &[u8; 32], hash: &[u8; 32], mut padded: Vec<u8>) -> Vec<u8> {
    let key = Sha512::new().chain_update(secret).chain_update(hash).finalize();
    let mut cipher =
        cbc::Encryptor::<aes::Aes256>::new_from_slices(&key[..32], &key[32..48]).expect("32 and 16 bytes");
    let (blocks, _) = Array::slice_as_chunks_mut(&mut padded);
    cipher.encrypt_blocks(blocks);
    padded
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// How the credentials' secret goes to the bot.
#[derive(Clone, Copy)]
pub(crate) enum RsaPadding {
    OaepSha1,
    OaepSha256,
    Pkcs1v15,
}

/// A share before its credentials are sealed; every field may be spoilt.
pub(crate) struct Share {
    /// The elements, as `passport_data.data`.
    pub(crate) elements: Value,
    /// The credentials in the clear.
    pub(crate) credentials: Value,
    /// The secret that the credentials are sealed under.
    pub(crate) secret: [u8; 32],
    pub(crate) padding: RsaPadding,
    /// Ciphertexts by file_id.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

/// A share as the bot receives it.
pub(crate) struct Delivered {
    pub(crate) update: Value,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Share {
    /// Personal details, a passport with selfie, a utility bill of two pages and an e-mail address, all as they
    /// should be.
    pub(crate) fn honest() -> Self {
        let mut share = Self {
            elements: json!([]),
            credentials: json!({"secure_data": {}, "nonce": NONCE}),
            secret: secret(0xc5),
            padding: RsaPadding::OaepSha1,
            files: BTreeMap::new(),
        };
        let details = json!({
            "first_name": "Ada", "middle_name": "", "last_name": "Specimen", "first_name_native": "Ада",
            "middle_name_native": "", "last_name_native": "Образцова", "birth_date": "29.02.1992",
            "gender": "female", "country_code": "BG", "residence_country_code": "BG"
        });
        share.add("personal_details", Some(&details), &[]);
        let passport = json!({"document_no": "SPEC12345", "expiry_date": "31.12.2031"});
        share.add("passport", Some(&passport), &[("front_side", "front"), ("selfie", "self")]);
        share.add("utility_bill", None, &[("files", "bill-1"), ("files", "bill-2")]);
        share.elements.as_array_mut().expect("an array").push(json!({
            "type": "email", "email": "ada@example.org", "hash": base64(&[7; 32])
        }));
        share
    }

    fn add(&mut self, kind: &str, data: Option<&Value>, files: &[(&str, &str)]) {
        let mut element = json!({"type": kind, "hash": base64(&Sha256::digest(kind))});
        let mut credentials = json!({});
        if let Some(data) = data {
            let secret = secret(kind.len() as u8);
            let sealed = seal(data.to_string().as_bytes(), &secret);
            element["data"] = base64(&sealed.ciphertext).into();
            credentials["data"] = json!({"data_hash": base64(&sealed.hash), "secret": base64(&secret)});
        }
        for (part, id) in files {
            let secret = secret(id.len() as u8 + 100);
            let sealed = seal(picture().as_slice(), &secret);
            let file = json!({
                "file_id": id, "file_unique_id": format!("u-{id}"), "file_size": sealed.ciphertext.len(),
                "file_date": 1_790_000_000
            });
            let key = json!({"file_hash": base64(&sealed.hash), "secret": base64(&secret)});
            if *part == "files" {
                for (object, entry) in [(&mut element, file), (&mut credentials, key)] {
                    let list = object.as_object_mut().expect("an object").entry(*part).or_insert(json!([]));
                    list.as_array_mut().expect("an array").push(entry);
                }
            } else {
                element[part] = file;
                credentials[part] = key;
            }
            self.files.insert((*id).to_owned(), sealed.ciphertext);
        }
        self.elements.as_array_mut().expect("an array").push(element);
        self.credentials["secure_data"][kind] = credentials;
    }

    /// Seals the credentials and puts all of it into an update.
    pub(crate) fn deliver(self) -> Delivered {
        let sealed = seal(self.credentials.to_string().as_bytes(), &self.secret);
        let public = KEY.to_public_key();
        let random = &mut UnwrapErr(getrandom::SysRng);
        let encrypted = match self.padding {
            RsaPadding::OaepSha1 => public.encrypt(random, Oaep::<sha1::Sha1>::new(), &self.secret),
            RsaPadding::OaepSha256 => public.encrypt(random, Oaep::<Sha256>::new(), &self.secret),
            RsaPadding::Pkcs1v15 => public.encrypt(random, Pkcs1v15Encrypt, &self.secret),
        };
        let update = json!({
            "update_id": 1,
            "message": {
                "message_id": 1,
                "date": 1_790_000_000,
                "from": {"id": 42, "is_bot": false, "first_name": "Ada"},
                "chat": {"id": 42, "type": "private", "first_name": "Ada"},
                "passport_data": {
                    "data": self.elements,
                    "credentials": {
                        "data": base64(&sealed.ciphertext),
                        "hash": base64(&sealed.hash),
                        "secret": base64(&encrypted.expect("32 bytes fit"))
                    }
                }
            }
        });
        Delivered { update, files: self.files }
    }
}

impl Delivered {
    /// The `passport_data` object.
    pub(crate) fn passport_data(&mut self) -> &mut Value {
        &mut self.update["message"]["passport_data"]
    }

    /// Writes `update.json`, `files/` and the bot's `key.pem` into a folder.
    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder.join("files")).expect("a folder");
        fs::write(folder.join("update.json"), self.update.to_string()).expect("a file");
        fs::write(folder.join("key.pem"), private_key_pem()).expect("a file");
        for (id, ciphertext) in &self.files {
            fs::write(folder.join("files").join(id), ciphertext).expect("a file");
        }
    }
}

pub(crate) fn private_key_pem() -> String {
    KEY.to_pkcs8_pem(LineEnding::LF).expect("a key has an encoding").to_string()
}

pub(crate) fn public_key_pem() -> String {
    KEY.to_public_key().to_public_key_pem(LineEnding::LF).expect("a key has an encoding")
}

/// A small JPEG that decodes.
pub(crate) fn picture() -> Vec<u8> {
    let mut jpeg = Vec::new();
    let grey = image::RgbImage::from_pixel(40, 30, image::Rgb([120, 120, 120]));
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode_image(&grey).expect("it fits into memory");
    jpeg
}

/// Flips one bit of base64 text's bytes, in the middle.
pub(crate) fn flip_base64(value: &mut Value) {
    let mut bytes = BASE64_STANDARD.decode(value.as_str().expect("text")).expect("base64");
    flip(&mut bytes);
    *value = base64(&bytes).into();
}

/// Flips one bit in the middle.
pub(crate) fn flip(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
}
