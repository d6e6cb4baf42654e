//! What the vault seals, the `openssl` command opens.

use std::io::Write as _;
use std::process::{Command, Stdio};

use telegram_passport::vault::hazmat::{SecretPadding, encrypt_secret, seal_unchecked};
use telegram_passport::vault::{
    BotPrivateKey, BotPublicKey, Credentials, EncryptedCredentials, NonceName, PassportData,
};

const KEY_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/throwaway_bot_pkcs8.pem");
const KEY: &str = include_str!("../vectors/throwaway_bot_pkcs8.pem");
const PUBLIC_KEYS: [&str; 2] = [
    include_str!("../vectors/throwaway_bot_spki.pem"),
    include_str!("../vectors/throwaway_bot_rsa_public.pem"),
];

/// What the command makes of the input; `None` if it refuses.
fn openssl(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this test needs the `openssl` command, which is not installed");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success().then_some(output.stdout)
}

fn decrypt_oaep(hash: &str, ciphertext: &[u8]) -> Option<Vec<u8>> {
    let digest = format!("rsa_oaep_md:{hash}");
    let arguments =
        ["pkeyutl", "-decrypt", "-inkey", KEY_FILE, "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", &digest];
    openssl(&arguments, ciphertext)
}

fn digest(algorithm: &str, input: &[u8]) -> Vec<u8> {
    openssl(&["dgst", algorithm, "-binary"], input).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `SHA512(secret | hash)` gives the key and the IV; then AES-256-CBC, the hash, the prefix.
fn open(secret: &[u8], hash: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let material = digest("-sha512", &[secret, hash].concat());
    let (key, iv) = (hex(&material[..32]), hex(&material[32..48]));
    let arguments = ["enc", "-d", "-aes-256-cbc", "-nopad", "-K", &key, "-iv", &iv];
    let padded = openssl(&arguments, ciphertext).unwrap();
    assert_eq!(digest("-sha256", &padded), hash);
    padded[usize::from(padded[0])..].to_vec()
}

#[test]
fn credentials_open() {
    for pem in PUBLIC_KEYS {
        let key = BotPublicKey::from_pem(pem).unwrap();
        let sealed = Credentials::new(NonceName::Nonce, "n").seal(&key);
        let secret = decrypt_oaep("sha1", &sealed.secret).expect("opens with SHA-1");
        assert_eq!(secret.len(), 32);
        assert_eq!(decrypt_oaep("sha256", &sealed.secret), None, "must not open with SHA-256");
        let json = open(&secret, &sealed.hash.0, &sealed.data);
        assert_eq!(json, br#"{"secure_data":{},"nonce":"n"}"#);
    }
}

#[test]
fn values_open() {
    let secret = [0xef; 32];
    let contents = [b"any contents, ".as_slice(); 100].concat();
    let mut prefix = vec![1; 32 + (16 - contents.len() % 16) % 16];
    prefix[0] = u8::try_from(prefix.len()).unwrap();
    let (ciphertext, hash) = seal_unchecked(&contents, &secret, &prefix).unwrap();
    assert_eq!(open(&secret, &hash.0, &ciphertext), contents);
}

#[test]
fn what_openssl_encrypts_opens_here() {
    let public = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/throwaway_bot_spki.pem");
    let mut secret = [0; 32];
    secret[0] = 239;
    let encrypted = openssl(
        &[
            "pkeyutl",
            "-encrypt",
            "-pubin",
            "-inkey",
            public,
            "-pkeyopt",
            "rsa_padding_mode:oaep",
            "-pkeyopt",
            "rsa_oaep_md:sha1",
        ],
        &secret,
    )
    .unwrap();
    let mut prefix = [3; 46];
    prefix[0] = 46;
    let json = br#"{"secure_data":{},"payload":"\u00e9t\u00e9"}"#;
    let contents = [json.as_slice(), &vec![b' '; (16 - (json.len() + 46) % 16) % 16]].concat();
    let (data, hash) = seal_unchecked(&contents, &secret, &prefix).unwrap();
    let credentials = EncryptedCredentials { data, hash, secret: encrypted };
    let data = PassportData { elements: Vec::new(), credentials };
    let opened = data.open_credentials(&BotPrivateKey::from_pem(KEY).unwrap()).unwrap();
    assert_eq!(opened.nonce(), "été");
    assert_eq!(opened.nonce_name(), NonceName::Payload);
}

#[test]
fn other_paddings_are_what_they_say() {
    let key = BotPublicKey::from_pem(PUBLIC_KEYS[0]).unwrap();
    let secret = [0xef; 32];
    let sha256 = encrypt_secret(&key, SecretPadding::OaepSha256, &secret);
    assert_eq!(decrypt_oaep("sha256", &sha256).as_deref(), Some(secret.as_slice()));
    assert_eq!(decrypt_oaep("sha1", &sha256), None);
    let pkcs1 = encrypt_secret(&key, SecretPadding::Pkcs1V15, &secret);
    let opened =
        openssl(&["pkeyutl", "-decrypt", "-inkey", KEY_FILE, "-pkeyopt", "rsa_padding_mode:pkcs1"], &pkcs1);
    assert_eq!(opened.as_deref(), Some(secret.as_slice()));
}
