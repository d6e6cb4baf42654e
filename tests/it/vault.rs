//! The vault's promises, for any contents.

use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::time::Duration;

use proptest::prelude::*;
use telegram_passport::element::{ElementType, Part};
use telegram_passport::vault::bot::{
    BotPrivateKey, ElementCredentials, PartCredentials, PassportData, ValueSecret,
};
use telegram_passport::vault::hazmat::{
    Credentials, FileError, LockedVault, PassportSecret, SealedData, SecretKdf, SrpChallenge, Vault,
    WrappedSecret, prove, unwrap_secret, upgrade_secret, upload_checksum, wrap_secret,
};
use telegram_passport::vault::{
    BotPublicKey, KeyError, NonceName, OpenError, Password, PasswordAlgorithm, SecretError, UnlockError,
    VaultError, derive_verifier,
};

fn vault() -> Vault {
    Vault::new(PassportSecret::generate())
}

fn contents(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 31 + (i >> 8) * 7) as u8).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn data_opens_as_it_was(contents in prop::collection::vec(any::<u8>(), 0..600)) {
        let vault = vault();
        let sealed = vault.seal_data(&contents).unwrap();
        prop_assert_eq!(&*vault.open_data(&sealed).unwrap(), &contents);
        prop_assert_eq!(sealed.ciphertext.len() % 16, 0);
        prop_assert!((32..=127).contains(&(sealed.ciphertext.len() - contents.len())));
    }

    #[test]
    fn files_open_as_they_were(
        contents in prop::collection::vec(any::<u8>(), 0..200_000),
        skipped in 0_u64..40,
    ) {
        let vault = vault();
        let skipped = skipped.min(contents.len() as u64);
        let rest = &contents[usize::try_from(skipped).unwrap()..];
        let mut source = Cursor::new(&contents);
        source.set_position(skipped);
        let mut ciphertext = Vec::new();
        let seal = vault.seal_file_stream(&mut source, &mut ciphertext).unwrap();
        prop_assert_eq!(seal.size, ciphertext.len() as u64);
        prop_assert!((32..=127).contains(&(ciphertext.len() - rest.len())));
        let opened = vault.open_file(&ciphertext, &seal.hash, &seal.secret).unwrap();
        prop_assert_eq!(opened.as_bytes(), rest);

        let sealed = vault.seal_file(rest).unwrap();
        let mut opened = Vec::new();
        let mut source = Cursor::new(&sealed.ciphertext);
        let length = vault.open_file_stream(&mut source, &sealed.hash, &sealed.secret, &mut opened).unwrap();
        prop_assert_eq!(length, rest.len() as u64);
        prop_assert_eq!(opened, rest);
    }

    #[test]
    fn any_flipped_bit_is_refused(length in 0_usize..300, at in any::<prop::sample::Index>()) {
        let vault = vault();
        let sealed = vault.seal_data(&contents(length)).unwrap();
        let bits = (sealed.ciphertext.len() + 64) * 8;
        let bit = at.index(bits);
        let mut bent = sealed.clone();
        let ciphertext = bent.ciphertext.len();
        match bit / 8 {
            byte if byte < ciphertext => bent.ciphertext[byte] ^= 1 << (bit % 8),
            byte if byte < ciphertext + 32 => bent.hash.0[byte - ciphertext] ^= 1 << (bit % 8),
            byte => bent.secret.0[byte - ciphertext - 32] ^= 1 << (bit % 8),
        }
        prop_assert!(vault.open_data(&bent).is_err());
        let mut target = Vec::new();
        let mut source = Cursor::new(&bent.ciphertext);
        prop_assert!(vault.open_file_stream(&mut source, &bent.hash, &bent.secret, &mut target).is_err());
        prop_assert!(target.is_empty(), "nothing is released");
    }

    #[test]
    fn another_vault_opens_nothing(length in 0_usize..100) {
        let sealed = vault().seal_data(&contents(length)).unwrap();
        prop_assert!(vault().open_data(&sealed).is_err());
    }
}

#[test]
fn prefixes_use_their_whole_range_and_no_more() {
    let vault = vault();
    for length in 0..16 {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..150 {
            let sealed = vault.seal_data(&contents(length)).unwrap();
            seen.insert(sealed.ciphertext.len() - length);
        }
        let all: Vec<usize> = (32..=127).filter(|prefix| (prefix + length) % 16 == 0).collect();
        // Six lengths, 150 draws: missing one happens once in 10^11.
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
    }
}

#[test]
fn the_same_contents_are_never_sealed_alike() {
    let vault = vault();
    let (first, second) = (vault.seal_data(b"{}").unwrap(), vault.seal_data(b"{}").unwrap());
    assert_ne!(first.hash, second.hash);
    assert_ne!(first.secret, second.secret);
}

#[test]
fn files_of_nothing_and_of_exactly_10_mib() {
    let vault = vault();
    for length in [0, 10 * 1024 * 1024] {
        let contents = contents(length);
        let mut ciphertext = Vec::new();
        let seal = vault.seal_file_stream(&mut Cursor::new(&contents), &mut ciphertext).unwrap();
        assert!(vault.open_file(&ciphertext, &seal.hash, &seal.secret).unwrap().as_bytes() == contents);
        let mut opened = Vec::new();
        let mut source = Cursor::new(&ciphertext);
        vault.open_file_stream(&mut source, &seal.hash, &seal.secret, &mut opened).unwrap();
        assert!(opened == contents);
    }
}

#[test]
fn from_file_to_file() {
    let vault = vault();
    let folder = tempfile::tempdir().unwrap();
    let (plain, sealed, opened) =
        (folder.path().join("plain"), folder.path().join("sealed"), folder.path().join("opened"));
    fs::write(&plain, contents(100_000)).unwrap();
    fs::write(&opened, "an older file").unwrap();
    let seal = vault.seal_file_to_path(&plain, &sealed).unwrap();
    assert_eq!(fs::metadata(&sealed).unwrap().len(), seal.size);
    let length = vault.open_file_to_path(&sealed, &seal.hash, &seal.secret, &opened).unwrap();
    assert_eq!(length, 100_000);
    assert_eq!(fs::read(&opened).unwrap(), contents(100_000));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&opened).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let mut bent = fs::read(&sealed).unwrap();
    *bent.last_mut().unwrap() ^= 1;
    fs::write(&sealed, bent).unwrap();
    let error = vault.open_file_to_path(&sealed, &seal.hash, &seal.secret, &opened).unwrap_err();
    assert!(matches!(error, FileError::Open(OpenError::HashMismatch)), "{error:?}");
    assert_eq!(fs::read(&opened).unwrap(), contents(100_000), "the target is as it was");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing half-written stays behind");

    let missing = folder.path().join("missing");
    let error = vault.seal_file_to_path(&missing, &sealed).unwrap_err();
    assert!(matches!(error, FileError::Read(_)), "{error:?}");
    let error = vault.seal_file_to_path(&plain, &missing.join("target")).unwrap_err();
    assert!(matches!(error, FileError::Write(_)), "{error:?}");
}

/// A source that another program changes between the two passes.
struct Changing {
    first: Cursor<Vec<u8>>,
    later: Vec<u8>,
    rewinds: usize,
}

impl Changing {
    /// `rewinds`: how often the source is sought to its start before it changes.
    fn new(first: &[u8], later: &[u8], rewinds: usize) -> Self {
        Self { first: Cursor::new(first.to_vec()), later: later.to_vec(), rewinds }
    }
}

impl Read for Changing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.first.read(buffer)
    }
}

impl Seek for Changing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if to == SeekFrom::Start(0) {
            if self.rewinds == 0 {
                self.first = Cursor::new(self.later.clone());
            }
            self.rewinds = self.rewinds.wrapping_sub(1);
        }
        self.first.seek(to)
    }
}

#[test]
fn a_source_that_changes_is_caught() {
    let vault = vault();
    let plain = contents(150_000);
    let mut other = plain.clone();
    other[140_000] ^= 1;
    for later in [&other[..], &plain[..149_999], &plain[..149_984], &[plain.as_slice(), b"x"].concat(), &[]] {
        for rewinds in [0, 1] {
            let mut source = Changing::new(&plain, later, rewinds);
            match vault.seal_file_stream(&mut source, &mut io::sink()) {
                Err(FileError::SourceChanged) => {}
                // What changes before anything is read, but not in length, has not changed.
                Ok(_) if rewinds == 0 && later.len() == plain.len() => {}
                other => panic!("{other:?}"),
            }
        }
    }
    let sealed = vault.seal_file(&plain).unwrap();
    let mut bent = sealed.ciphertext.clone();
    bent[100_000] ^= 1;
    let longer = [sealed.ciphertext.as_slice(), &[0; 16]].concat();
    for later in [&bent[..], &sealed.ciphertext[..100_000], &sealed.ciphertext[..99_999], &longer, &[]] {
        let mut source = Changing::new(&sealed.ciphertext, later, 1);
        let opened = vault.open_file_stream(&mut source, &sealed.hash, &sealed.secret, &mut io::sink());
        assert!(matches!(opened, Err(FileError::SourceChanged)), "{opened:?}");
    }
}

#[test]
fn passwords_lock_and_unlock() {
    let secret = PassportSecret::generate();
    let id = secret.id();
    let password = Password::from("пароль 🗝 ");
    let wrapped = wrap_secret(&secret, &password, b"8 bytes.");
    let SecretKdf::Pbkdf2HmacSha512Iter100000 { salt } = &wrapped.kdf else { panic!("{:?}", wrapped.kdf) };
    assert!(salt.starts_with(b"8 bytes.") && salt.len() == 40);
    let sealed = Vault::new(secret).seal_data(b"{}").unwrap();

    let locked = LockedVault::new(wrapped);
    assert!(!locked.is_legacy());
    // One wrong password in 255 passes the checksum; the id tells.
    let wrong = locked.unlock(&Password::from("пароль 🗝")).unwrap_err();
    assert!(matches!(wrong, UnlockError::Checksum | UnlockError::Id));
    let vault = locked.unlock(&password).unwrap();
    assert_eq!(vault.secret_id(), id);
    assert_eq!(vault.open_data(&sealed).unwrap().as_slice(), b"{}");
    vault.lock();
}

#[test]
fn the_old_form_is_read_and_upgraded() {
    // Of TDLib's own vectors.
    let password = Password::from("password");
    let wrapped = WrappedSecret {
        kdf: SecretKdf::Sha512 { salt: vec![0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef] },
        encrypted: vec![
            0xc9, 0xf1, 0x02, 0xc0, 0x86, 0x63, 0x4e, 0x66, 0x16, 0xf4, 0x85, 0x59, 0x36, 0xef, 0x45, 0xa4,
            0x95, 0x32, 0x0f, 0xff, 0xdd, 0x9f, 0x74, 0x8b, 0x30, 0x93, 0x76, 0xfd, 0x94, 0xab, 0x13, 0x54,
        ],
        id: telegram_passport::vault::hazmat::SecretId(-1_451_462_709_847_216_142),
    };
    assert!(LockedVault::new(wrapped.clone()).is_legacy());
    assert_eq!(wrapped.kdf.server_salt(), Err(UnlockError::UnknownKdf), "nothing new is wrapped that way");
    let upgraded = upgrade_secret(&password, &wrapped, b"new").unwrap().expect("it is the old form");
    assert!(!upgraded.kdf.is_legacy());
    assert_eq!(upgraded.id, wrapped.id);
    assert_eq!(unwrap_secret(&password, &upgraded).unwrap().id(), wrapped.id);
    assert!(upgrade_secret(&password, &upgraded, b"new").unwrap().is_none());
    assert!(upgrade_secret(&Password::from("wrong"), &wrapped, b"new").is_err());
}

#[test]
fn an_idle_vault_locks_itself() {
    let vault = vault();
    let sealed = vault.seal_data(b"{}").unwrap();
    assert_eq!(vault.idle_time(), Some(Vault::DEFAULT_IDLE_TIME));
    assert!(vault.lock_if_idle().is_some_and(|rest| rest <= Vault::DEFAULT_IDLE_TIME));
    vault.set_idle_time(None);
    assert_eq!(vault.lock_if_idle(), None);
    assert!(!vault.is_locked());

    vault.set_idle_time(Some(Duration::ZERO));
    assert_eq!(vault.open_data(&sealed).unwrap_err(), OpenError::Locked(VaultError::Locked));
    vault.set_idle_time(None);
    assert!(vault.is_locked(), "what was wiped stays wiped");
    assert_eq!(vault.seal_data(b"{}").unwrap_err(), VaultError::Locked);
    assert_eq!(vault.wrap_secret(&"p".into(), b"").unwrap_err(), VaultError::Locked);
    let streamed = vault.seal_file_stream(&mut Cursor::new(b"x"), &mut io::sink());
    assert!(matches!(streamed, Err(FileError::Locked(VaultError::Locked))));
    assert_eq!(vault.lock_if_idle(), None);

    let timed = Vault::new(PassportSecret::generate());
    timed.set_idle_time(Some(Duration::ZERO));
    assert_eq!(timed.lock_if_idle(), None, "the timer's call is enough");
    timed.set_idle_time(None);
    assert!(timed.is_locked());
}

fn known_algorithm() -> PasswordAlgorithm {
    let vectors: serde_json::Value = serde_json::from_str(include_str!("../vectors/tdlib.json")).unwrap();
    let p = vectors["srp_p"].as_str().unwrap();
    let p = (0..512).step_by(2).map(|at| u8::from_str_radix(&p[at..at + 2], 16).unwrap()).collect();
    PasswordAlgorithm { salt1: b"server's".to_vec(), salt2: b"second".to_vec(), g: 3, p }
}

#[test]
fn a_new_password_takes_the_secret_along() {
    let vault = vault();
    let password = Password::from("new");
    let settings = vault.new_password_settings(&password, &known_algorithm(), b"salt").unwrap();
    let algorithm = &settings.password.algorithm;
    assert!(algorithm.salt1.starts_with(b"server's") && algorithm.salt1.len() == 8 + 32);
    assert_eq!(algorithm.salt2, b"second");
    assert_eq!(settings.password.verifier.len(), 256);
    assert_eq!(unwrap_secret(&password, &settings.secret).unwrap().id(), vault.secret_id());
    assert!(!format!("{settings:?}").contains("verifier"));
    let again = derive_verifier(&password, &known_algorithm()).unwrap();
    assert_ne!(again.algorithm.salt1, algorithm.salt1, "the client's part of the salt is fresh");
}

#[test]
fn proofs_are_fresh() {
    let mut challenge = SrpChallenge { algorithm: known_algorithm(), srp_b: vec![0x55; 256], srp_id: 5 };
    let first = prove(&Password::from("p"), &challenge).unwrap();
    let second = prove(&Password::from("p"), &challenge).unwrap();
    assert_eq!((first.srp_id, first.a.len(), first.m1.len()), (5, 256, 32));
    assert_ne!(first.a, second.a);
    challenge.srp_b = vec![0x55; 248];
    prove(&Password::from("p"), &challenge).expect("248 bytes are enough");
}

fn pem(name: &str) -> String {
    fs::read_to_string(format!("{}/tests/vectors/throwaway_{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn public_keys_in_every_form() {
    let spki = pem("bot_spki");
    let key = BotPublicKey::from_pem(&spki).unwrap();
    assert_eq!(key.bits(), 2048);
    assert_eq!(key.to_pem(), spki);
    let one_line = spki.replace('\n', "").replace("KEY-----", "KEY-----\n").replace("-----END", "\n-----END");
    for form in [
        pem("bot_rsa_public"),
        spki.replace('\n', "\r\n"),
        pem("bot_rsa_public").replace('\n', "\r\n"),
        format!("\n\t {spki}\r\n\r\n"),
        spki.trim_end().to_owned(),
        one_line,
    ] {
        assert_eq!(BotPublicKey::from_pem(&form).unwrap().to_pem(), spki, "{form}");
    }
    for form in ["bot_pkcs1", "bot_pkcs8"] {
        let private = BotPrivateKey::from_pem(&pem(form).replace('\n', "\r\n")).unwrap();
        assert_eq!(private.public_key().to_pem(), spki);
        assert_eq!(private.to_pem().as_str(), pem("bot_pkcs8"));
        assert_eq!(private.to_pkcs1_pem().as_str(), pem("bot_pkcs1"));
    }
}

#[test]
fn keys_that_are_none() {
    let spki = pem("bot_spki");
    let cut = spki.lines().filter(|line| !line.starts_with("Mwx")).take(4).collect::<Vec<_>>().join("\n");
    let public = |text: &str| BotPublicKey::from_pem(text).unwrap_err();
    assert_eq!(public(""), KeyError::NotPem);
    assert_eq!(public("MIIBIjANBgkqhkiG"), KeyError::NotPem);
    assert_eq!(public(&cut), KeyError::NotPem);
    assert_eq!(public(&spki.replace("PUBLIC KEY-----\n", "PUBLIC KEY-----\n?")), KeyError::NotPem);
    assert_eq!(public(&spki.replace("END PUBLIC", "END RSA PUBLIC")), KeyError::NotPem);
    assert_eq!(public(&format!("{cut}\n-----END PUBLIC KEY-----")), KeyError::Malformed);
    assert_eq!(public(&spki.replace("PUBLIC KEY", "RSA PUBLIC KEY")), KeyError::Malformed);
    assert_eq!(public(&spki.replace("PUBLIC KEY", "CERTIFICATE")), KeyError::NotRsa);
    assert_eq!(public(&pem("ec_spki")), KeyError::NotRsa);
    assert_eq!(public(&pem("1024_spki")), KeyError::TooSmall { bits: 1024 });
    for private in ["bot_pkcs1", "bot_pkcs8", "encrypted"] {
        assert_eq!(public(&pem(private)), KeyError::PrivateKeyGiven);
    }
    let private = |text: &str| BotPrivateKey::from_pem(text).unwrap_err();
    assert_eq!(private("no key"), KeyError::NotPem);
    assert_eq!(private(&spki), KeyError::PublicKeyGiven);
    assert_eq!(private(&pem("bot_rsa_public")), KeyError::PublicKeyGiven);
    assert_eq!(private(&pem("encrypted")), KeyError::Encrypted);
    assert_eq!(private(&pem("ec_pkcs8")), KeyError::NotRsa);
    assert_eq!(private(&pem("1024")), KeyError::TooSmall { bits: 1024 });
    assert_eq!(private(&pem("bot_pkcs8").replace("PRIVATE", "RSA PRIVATE")), KeyError::Malformed);
    assert_eq!(BotPrivateKey::generate(2047).unwrap_err(), KeyError::TooSmall { bits: 2047 });
    assert!(matches!(BotPrivateKey::generate(8193).unwrap_err(), KeyError::TooLarge { bits: 8193, .. }));
}

#[test]
fn a_generated_key_works() {
    let key = BotPrivateKey::generate(2048).unwrap();
    let again = BotPrivateKey::from_pem(&key.to_pem()).unwrap();
    let sealed = Credentials::new(NonceName::Payload, "").seal(&key.public_key());
    assert_eq!(sealed.secret.len(), 256);
    let data = PassportData { elements: Vec::new(), unknown: Vec::new(), credentials: sealed };
    assert_eq!(data.open_credentials(&again).unwrap().nonce_name(), NonceName::Payload);
}

fn part(vault: &Vault, sealed: &SealedData) -> PartCredentials {
    let secret = vault.open_secret(&sealed.hash, &sealed.secret).unwrap();
    PartCredentials { hash: sealed.hash, secret }
}

#[test]
fn credentials_hold_what_was_put_in() {
    let vault = vault();
    let sealed: Vec<SealedData> = (0..5).map(|_| vault.seal_data(b"{}").unwrap()).collect();
    let mut credentials = Credentials::new(NonceName::Nonce, "n");
    let mut card = ElementCredentials { data: Some(part(&vault, &sealed[0])), ..Default::default() };
    card.parts.insert(Part::Selfie, part(&vault, &sealed[1]));
    card.parts.insert(Part::Translation(0), part(&vault, &sealed[2]));
    card.parts.insert(Part::Translation(1), part(&vault, &sealed[3]));
    credentials.insert(ElementType::IdentityCard, ElementCredentials::default());
    credentials.insert(ElementType::IdentityCard, card);
    credentials.insert(
        ElementType::Email,
        ElementCredentials { data: Some(part(&vault, &sealed[4])), ..Default::default() },
    );
    assert_eq!(credentials.kinds().collect::<Vec<_>>(), [ElementType::IdentityCard]);

    let key = BotPrivateKey::from_pem(&pem("bot_pkcs8")).unwrap();
    let data = PassportData {
        elements: Vec::new(),
        unknown: Vec::new(),
        credentials: credentials.seal(&key.public_key()),
    };
    let opened = data.open_credentials(&key).unwrap();
    assert_eq!(opened.kinds().collect::<Vec<_>>(), [ElementType::IdentityCard]);
    let card = opened.element(ElementType::IdentityCard).unwrap();
    assert_eq!(card.data.as_ref().unwrap().hash, sealed[0].hash);
    assert_eq!(card.parts.selfie.as_ref().unwrap().hash, sealed[1].hash);
    let translation: Vec<_> = card.parts.translation.iter().map(|part| part.hash).collect();
    assert_eq!(translation, [sealed[2].hash, sealed[3].hash]);
    assert!(
        card.parts.front_side.is_none() && card.parts.reverse_side.is_none() && card.parts.files.is_empty()
    );
}

#[test]
fn nonce_names_follow_the_scope() {
    assert_eq!(NonceName::for_scope(r#"{"v":1,"d":["pd"]}"#), NonceName::Nonce);
    for scope in [r#"["personal_details"]"#, "", "{", r#" {"v":1}"#, "{} "] {
        assert_eq!(NonceName::for_scope(scope), NonceName::Payload, "{scope:?}");
    }
}

#[test]
fn checksums_of_uploads() {
    assert_eq!(upload_checksum(b""), "d41d8cd98f00b204e9800998ecf8427e");
    assert_eq!(upload_checksum(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
}

#[test]
fn nothing_secret_is_printed() {
    let secret = PassportSecret::generate();
    assert_eq!(format!("{secret:?}"), "PassportSecret { .. }");
    assert_eq!(format!("{:?}", ValueSecret::generate()), "ValueSecret { .. }");
    assert_eq!(format!("{:?}", Password::from("password")), "Password { .. }");
    let vault = Vault::new(secret);
    assert_eq!(format!("{vault:?}"), format!("Vault {{ id: {:?}, .. }}", vault.secret_id()));
    let file = telegram_passport::vault::FileContents::from(b"picture".to_vec());
    assert_eq!(format!("{file:?}"), "FileContents { length: 7, .. }");
    assert_eq!(
        format!("{:?}", Credentials::new(NonceName::Nonce, "private")),
        "Credentials { kinds: [], .. }"
    );
    assert_eq!(SecretError::Checksum.to_string(), "the secret's checksum is wrong");
}

/// A prefix that is not random after its length would show by its ciphertext that the same was sealed again.
#[test]
fn equal_contents_are_sealed_differently_even_at_equal_length() {
    let vault = Vault::new(PassportSecret::generate());
    let mut by_length: std::collections::BTreeMap<usize, Vec<[u8; 32]>> = std::collections::BTreeMap::new();
    for _ in 0..64 {
        let sealed = vault.seal_file(b"the same picture").unwrap();
        by_length.entry(sealed.ciphertext.len()).or_default().push(sealed.hash.0);
    }
    assert!(by_length.values().any(|hashes| hashes.len() > 4), "64 of seven lengths");
    for hashes in by_length.values_mut() {
        let count = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), count, "every hash is another");
    }
}
