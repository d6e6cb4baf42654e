//! The `openssl` command, as a second opinion.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cases::Unmet;
use crate::program;

/// Needs it.
pub(crate) fn command() -> Result<(), Unmet> {
    program::all(&[("openssl", "openssl")])
}

/// Decrypts with a private key: RSA-OAEP, SHA-1.
pub(crate) fn decrypt_oaep_sha1(key: &Path, ciphertext: &[u8]) -> Vec<u8> {
    let key = key.display().to_string();
    let oaep = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha1"];
    run(&[&["pkeyutl", "-decrypt", "-inkey", &key][..], &oaep].concat(), ciphertext)
}

/// A digest by its name.
pub(crate) fn digest(name: &str, bytes: &[u8]) -> Vec<u8> {
    run(&["dgst", &format!("-{name}"), "-binary"], bytes)
}

/// Opens a sealed value, its prefix still before it: the key is SHA-512 of secret and hash.
pub(crate) fn open_cbc(secret: &[u8], hash: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let key = digest("sha512", &[secret, hash].concat());
    let (key, iv) = (hex(&key[..32]), hex(&key[32..48]));
    run(&["enc", "-d", "-aes-256-cbc", "-nopad", "-K", &key, "-iv", &iv], ciphertext)
}

fn run(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it was there a moment ago");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {}", arguments[0]);
    output.stdout
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a certificate as Telegram's manual says that one for a webhook is made.
pub(crate) fn self_signed(certificate: &str, key: &str) {
    let made = Command::new("openssl")
        .args(["req", "-newkey", "rsa:2048", "-sha256", "-nodes", "-x509", "-days", "365"])
        .args(["-keyout", key, "-out", certificate])
        .args(["-subj", "/C=US/ST=New York/L=Brooklyn/O=Example Brooklyn Company/CN=127.0.0.1"])
        .output()
        .expect("it was there a moment ago");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
