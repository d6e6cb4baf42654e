//! A complete share of all 13 elements: every data and file sealed, the credentials sealed to the bot's key; and the
//! bot's way back to the credentials.

use telegram_passport::element::{ElementType, PartKind, Presence};
use telegram_passport::vault::bot::{
    BotPrivateKey, ElementCredentials, EncryptedCredentials, PartCredentials, PassportData,
};
use telegram_passport::vault::hazmat::{Credentials, PassportSecret, Vault};
use telegram_passport::vault::{BotPublicKey, NonceName};

use crate::measure::{Measured, alternate};
use crate::peer;

/// What stands for an element's JSON, in bytes.
const DATA: usize = 300;
/// What stands for a scan, in bytes; the specimen scans have about as many.
const SCAN: usize = 100_000;

/// How many files of a kind of part an element gets: two where there may be several.
fn files(kind: ElementType, part: PartKind) -> usize {
    match (kind.presence(part), part) {
        (Presence::MustNot, _) | (_, PartKind::Data | PartKind::Plain) => 0,
        (_, PartKind::Files | PartKind::Translation) => 2,
        _ => 1,
    }
}

/// The sizes of everything one element seals, in order; the first is its data, if it has any.
fn sizes(kind: ElementType) -> (Option<usize>, usize) {
    let data = (kind.presence(PartKind::Data) == Presence::Must).then_some(DATA);
    (data, PartKind::FILES.iter().map(|part| files(kind, *part)).sum())
}

fn ours(vault: &Vault, public_pem: &str, data: &[u8], scan: &[u8]) -> EncryptedCredentials {
    let mut credentials = Credentials::new(NonceName::Nonce, "a nonce");
    for kind in ElementType::ALL {
        let mut element = ElementCredentials::default();
        let (has_data, scans) = sizes(kind);
        if has_data.is_some() {
            let sealed = vault.seal_data(data).expect("unlocked");
            let secret = vault.open_secret(&sealed.hash, &sealed.secret).expect("our own");
            element.data = Some(PartCredentials { hash: sealed.hash, secret });
        }
        for _ in 0..scans {
            let sealed = vault.seal_file(scan).expect("unlocked");
            let secret = vault.open_secret(&sealed.hash, &sealed.secret).expect("our own");
            element.parts.files.push(PartCredentials { hash: sealed.hash, secret });
        }
        credentials.insert(kind, element);
    }
    credentials.seal(&BotPublicKey::from_pem(public_pem).expect("a key"))
}

fn theirs(passport_secret: &[u8; 32], public_pem: &str, data: &[u8], scan: &[u8]) -> Vec<u8> {
    let base64 = openssl::base64::encode_block;
    let mut secure_data = serde_json::Map::new();
    for kind in ElementType::ALL {
        let mut element = serde_json::Map::new();
        let (has_data, scans) = sizes(kind);
        let credentials = |name: &str, contents: &[u8]| {
            let sealed = peer::seal(passport_secret, contents);
            serde_json::json!({name: base64(&sealed.hash), "secret": base64(&sealed.secret)})
        };
        if has_data.is_some() {
            element.insert("data".to_owned(), credentials("data_hash", data));
        }
        let files: Vec<_> = (0..scans).map(|_| credentials("file_hash", scan)).collect();
        element.insert("files".to_owned(), files.into());
        secure_data.insert(kind.name().to_owned(), element.into());
    }
    let json = serde_json::json!({"secure_data": secure_data, "nonce": "a nonce"}).to_string();
    peer::seal_credentials(public_pem.as_bytes(), json.as_bytes()).2
}

/// Seals everything.
pub fn seal(rounds: usize) -> Measured {
    let key = peer::new_bot_key();
    let pem = String::from_utf8(key.public_key_to_pem().expect("a key")).expect("PEM is text");
    let vault = Vault::new(PassportSecret::generate());
    let secret = peer::new_secret();
    let (data, scan) = (vec![b'x'; DATA], vec![0xa5; SCAN]);
    alternate(rounds, || drop(ours(&vault, &pem, &data, &scan)), || drop(theirs(&secret, &pem, &data, &scan)))
}

/// Opens the credentials: what a bot pays for each share before it reads the first element.
pub fn open(rounds: usize) -> Measured {
    let key = peer::new_bot_key();
    let pem = String::from_utf8(key.public_key_to_pem().expect("a key")).expect("PEM is text");
    let private_pem = key.private_key_to_pem_pkcs8().expect("a key");
    let private =
        BotPrivateKey::from_pem(std::str::from_utf8(&private_pem).expect("PEM is text")).expect("a key");
    let vault = Vault::new(PassportSecret::generate());
    let sealed = PassportData {
        elements: Vec::new(),
        unknown: Vec::new(),
        credentials: ours(&vault, &pem, b"{}", b"scan"),
    };
    alternate(
        rounds,
        || drop(sealed.open_credentials(&private).expect("our own")),
        || {
            drop(peer::open_credentials(
                &key,
                &sealed.credentials.data,
                &sealed.credentials.hash.0,
                &sealed.credentials.secret,
            ))
        },
    )
}
