//! The keychain in a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Barrier;

use telegram_passport::keychain::{EntryName, KeyFile, Keychain, KeychainError, Purpose};
use telegram_passport::vault::Password;
use telegram_passport::vault::at_rest::{Passphrase, PassphraseCost, PassphraseLock, StorageKey};

const PASSPHRASE: &str = "correct horse";
const SECRET: &[u8] = b"\0\xffa secret\n";

fn name(account: &str, purpose: Purpose) -> EntryName {
    EntryName::new(account, purpose).unwrap()
}

fn passphrase(text: &str) -> Passphrase {
    text.try_into().unwrap()
}

fn cheap() -> PassphraseCost {
    PassphraseCost::new(8, 1, 1).unwrap()
}

fn open(path: &Path, text: &str) -> Keychain {
    Keychain::File(KeyFile::new(path, passphrase(text)).with_cost(cheap()))
}

/// A folder with a file of two entries in it.
fn made() -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("keys");
    let keychain = open(&path, PASSPHRASE);
    keychain.set(&name("main", Purpose::DatabaseKey), SECRET).unwrap();
    keychain.set(&name("other", Purpose::Password), b"hunter2").unwrap();
    (place, path)
}

fn stored(path: &Path) -> Result<Option<Vec<u8>>, KeychainError> {
    let found = open(path, PASSPHRASE).get(&name("main", Purpose::DatabaseKey))?;
    Ok(found.map(|secret| secret.to_vec()))
}

#[test]
fn keeps_and_forgets() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("keys");
    let keychain = Keychain::file(&path, passphrase(PASSPHRASE)); // at the cost that people pay
    let main = name("main", Purpose::DatabaseKey);
    assert_eq!(keychain.get(&main).unwrap(), None);
    assert!(!keychain.remove(&main).unwrap());
    assert!(!path.exists());

    keychain.set(&main, SECRET).unwrap();
    assert_eq!(stored(&path).unwrap().as_deref(), Some(SECRET));
    for other in [name("main", Purpose::Password), name("mai", Purpose::DatabaseKey)] {
        assert_eq!(keychain.get(&other).unwrap(), None);
    }
    keychain.set(&main, b"").unwrap();
    assert_eq!(stored(&path).unwrap().as_deref(), Some(&b""[..]));
    assert!(keychain.remove(&main).unwrap());
    assert!(!keychain.remove(&main).unwrap());
    assert_eq!(stored(&path).unwrap(), None);
}

#[test]
fn keys_and_passwords_come_back_as_such() {
    let (_place, path) = made();
    let keychain = open(&path, PASSPHRASE);
    let session = name("main", Purpose::SessionKey);
    let key = keychain.key_or_generate(&session).unwrap();
    assert_eq!(keychain.key_or_generate(&session).unwrap().as_bytes(), key.as_bytes());

    let password = name("main", Purpose::Password);
    assert!(keychain.password(&password).unwrap().is_none());
    keychain.set_password(&password, &Password::from("pässword")).unwrap();
    assert_eq!(keychain.get(&password).unwrap().unwrap().as_slice(), "pässword".as_bytes());
    assert!(keychain.password(&password).unwrap().is_some());

    // `made` kept eleven bytes that are no key and no text.
    let damaged = name("main", Purpose::DatabaseKey);
    let refused = |result: Result<(), KeychainError>| matches!(result, Err(KeychainError::Damaged { name }) if name == damaged);
    assert!(refused(keychain.key_or_generate(&damaged).map(drop)));
    assert!(refused(keychain.password(&damaged).map(drop)));
    assert_eq!(stored(&path).unwrap().as_deref(), Some(SECRET));
    let long = keychain.set(&damaged, &[0; 2049]);
    assert!(matches!(long, Err(KeychainError::TooLong { length: 2049 })));
}

#[test]
fn shows_nothing_and_to_nobody() {
    let (_place, path) = made();
    let bytes = fs::read(&path).unwrap();
    for plain in [&b"main"[..], b"database", b"hunter2", b"a secret", PASSPHRASE.as_bytes()] {
        assert!(!bytes.windows(plain.len()).any(|window| window == plain));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let debug = format!("{:?}", open(&path, PASSPHRASE));
    assert!(!debug.contains(PASSPHRASE) && debug.contains("keys"), "{debug}");
}

#[test]
fn another_passphrase_opens_nothing_and_changes_nothing() {
    let (_place, path) = made();
    let before = fs::read(&path).unwrap();
    let keychain = open(&path, "incorrect horse");
    let main = name("main", Purpose::DatabaseKey);
    let wrong = |result: Result<(), KeychainError>| {
        assert!(matches!(result, Err(KeychainError::WrongPassphrase { .. })), "{result:?}");
    };
    wrong(keychain.get(&main).map(drop));
    wrong(keychain.set(&main, b"x"));
    wrong(keychain.remove(&main).map(drop));
    wrong(KeyFile::new(&path, passphrase("x")).change_passphrase(passphrase("y")));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_new_passphrase_replaces_the_old_one() {
    let (_place, path) = made();
    let mut file = KeyFile::new(&path, passphrase(PASSPHRASE)).with_cost(cheap());
    file.change_passphrase(passphrase("new")).unwrap();
    Keychain::File(file).set(&name("third", Purpose::Password), b"3").unwrap();
    assert!(matches!(stored(&path), Err(KeychainError::WrongPassphrase { .. })));
    let found = open(&path, "new").get(&name("main", Purpose::DatabaseKey)).unwrap();
    assert_eq!(found.unwrap().as_slice(), SECRET);
}

#[test]
fn every_change_to_the_file_is_noticed() {
    let (_place, path) = made();
    let whole = fs::read(&path).unwrap();
    let refused = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).unwrap();
        let error = stored(&path).expect_err(what);
        let set = open(&path, PASSPHRASE).set(&name("main", Purpose::Password), b"x");
        assert!(set.is_err(), "{what}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{what}: it was written to");
        error
    };
    for at in 0..whole.len() {
        // The highest bit: in the header it asks for more work than there is.
        for bit in [0x01, 0x80] {
            let mut changed = whole.clone();
            changed[at] ^= bit;
            let error = refused(&changed, &format!("byte {at}"));
            match at {
                0..15 => assert!(matches!(error, KeychainError::FileDamaged { .. }), "{error:?}"),
                76.. => assert!(matches!(error, KeychainError::FileDamaged { .. }), "{error:?}"),
                _ => {}
            }
        }
    }
    for length in 0..whole.len() {
        refused(&whole[..length], &format!("{length} bytes"));
    }
    refused(&[&whole[..], b"x"].concat(), "one byte more");
    let later = [b"tgpassport-keys\x02", &whole[16..]].concat();
    assert!(matches!(refused(&later, "later"), KeychainError::FileVersion { .. }));
    let mut costly = whole.clone();
    costly[16..20].copy_from_slice(&(4_u32 << 20).to_le_bytes());
    assert!(matches!(refused(&costly, "4 GiB"), KeychainError::FileCost { .. }));
    assert!(matches!(refused(&vec![0; 2 << 20], "2 MiB"), KeychainError::FileDamaged { .. }));
}

/// Sealed as it should be, but not a list of entries.
#[test]
fn nonsense_under_the_right_passphrase_is_refused() {
    let (_place, path) = made();
    let (lock, key) = PassphraseLock::generate(&passphrase(PASSPHRASE), cheap());
    let head = [&b"tgpassport-keys\x01"[..], &lock.to_bytes()].concat();
    let write = |contents: &[u8]| fs::write(&path, [&head[..], &key.seal(contents, &head)].concat()).unwrap();
    write(b"\x11\0main/database-key\x01\0x");
    assert_eq!(stored(&path).unwrap().as_deref(), Some(&b"x"[..]));
    for contents in [&b"\x11"[..], b"\xff\xffx", b"\x01\0a", b"\x01\0\xff\0\0", b"\x01\0a\0\0\x01\0a\0\0"] {
        write(contents);
        assert!(matches!(stored(&path), Err(KeychainError::FileDamaged { .. })), "{contents:?}");
    }
}

#[test]
fn a_place_that_is_not_there_is_said() {
    let place = tempfile::tempdir().unwrap();
    let keychain = open(&place.path().join("no/keys"), PASSPHRASE);
    let main = name("main", Purpose::DatabaseKey);
    assert!(matches!(keychain.set(&main, b"x"), Err(KeychainError::Write { .. })));
    let folder = open(place.path(), PASSPHRASE);
    assert!(matches!(folder.get(&main), Err(KeychainError::Read { .. })));
}

/// Threads with a `KeyFile` each share nothing but the files, just as processes.
#[test]
fn nobody_loses_what_somebody_else_keeps() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("keys");
    let (writers, entries) = (8, 20);
    let start = Barrier::new(writers);
    std::thread::scope(|scope| {
        for writer in 0..writers {
            let (path, start) = (&path, &start);
            scope.spawn(move || {
                let keychain = open(path, PASSPHRASE);
                start.wait();
                for entry in 0..entries {
                    let name = name(&format!("{writer}-{entry}"), Purpose::SessionKey);
                    keychain.set(&name, &[u8::try_from(writer).unwrap(); 32]).unwrap();
                    assert!(keychain.key(&name).unwrap().is_some());
                }
            });
        }
    });
    let keychain = open(&path, PASSPHRASE);
    for writer in 0..writers {
        let expected = StorageKey::try_from(&[u8::try_from(writer).unwrap(); 32][..]).unwrap();
        for entry in 0..entries {
            let found = keychain.key(&name(&format!("{writer}-{entry}"), Purpose::SessionKey)).unwrap();
            assert_eq!(found.unwrap().as_bytes(), expected.as_bytes());
        }
    }
    let beside: Vec<_> =
        fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
}
