//! What only the engine on our own vault does: its cloud fails, stalls, tampers, or has changed elsewhere.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use telegram_passport::cloud::{
    CloudError, InputSecureValue, SecureData, SecurePasswordKdfAlgo, SecureSecretSettings, SecureValue,
};
use telegram_passport::element::{
    Country, Element, ElementType, FlawKind, Part, PartKind, PhoneNumber, Trouble,
};
use telegram_passport::passport::{
    AcceptLoss, DownloadError, FileSource, FormError, ListError, Passport, PasswordError, Progress, Refusal,
    SaveError, SaveOptions, SavedContent, SavedElement, SavedFlaw, SecretState, SendError, TamperedAnswer,
    Unreadable, Vaulted,
};
use telegram_passport::request::{PassportRequest, Scope, ScopeForm, SelectedPart, ServiceError};
use telegram_passport::scan::PassportJpeg;
use telegram_passport::vault::hazmat::{PassportSecret, Vault, WrappedSecret, wrap_secret};
use telegram_passport::vault::{OpenError, Password};
use telegram_passport_sandbox::InProcessCloud;
use telegram_passport_sandbox::person::Person;

use crate::conformance::scan_of;
use crate::conformance::stage::{Stage, TestBot};
use crate::meddler::Meddler;

const PASSWORD: &str = "correct horse";

type Engine = Vaulted<Meddler<InProcessCloud>>;

async fn ready(stage: &Stage) -> Engine {
    let passport = Vaulted::new(Meddler::new(stage.cloud()));
    passport.set_password(None, &PASSWORD.into(), "").await.unwrap();
    passport.create_secret(&PASSWORD.into()).await.unwrap();
    passport
}

fn element_of(kind: ElementType) -> Element<PassportJpeg> {
    let person = Person::generate(Country::from_code("JP").unwrap(), 3).unwrap();
    person.elements.into_iter().find(|element| element.kind() == kind).unwrap()
}

fn new(element: Element<PassportJpeg>) -> Element<FileSource> {
    element.map_files(|_, scan| FileSource::New(scan))
}

fn kept(saved: &SavedElement) -> Element<FileSource> {
    saved.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file))
}

async fn save(passport: &Engine, kind: ElementType) -> SavedElement {
    passport.save(new(element_of(kind)), &SaveOptions::default()).await.unwrap()
}

fn calls(stage: &Stage, method: &str) -> u64 {
    stage.state.summary(stage.user_id).unwrap().calls.get(method).copied().unwrap_or_default()
}

fn secret_id(stage: &Stage) -> i64 {
    stage.state.summary(stage.user_id).unwrap().secret.unwrap().id
}

/// A proof of address of this many bytes in one file.
fn bill(size: usize) -> Element<FileSource> {
    let mut bill = Element::empty(ElementType::UtilityBill);
    bill.attach(PartKind::Files, FileSource::New(scan_of(size, 0x11))).unwrap();
    bill
}

fn settings(wrapped: WrappedSecret) -> SecureSecretSettings {
    let telegram_passport::vault::hazmat::SecretKdf::Pbkdf2HmacSha512Iter100000 { salt } = wrapped.kdf else {
        panic!("secrets are wrapped in the present way")
    };
    SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt },
        secure_secret: wrapped.encrypted,
        secure_secret_id: wrapped.id.0,
    }
}

/// Another device gives the account another passport secret; answers a vault that has it.
fn replace_secret(stage: &Stage) -> Vault {
    let secret = PassportSecret::generate();
    let wrapped = wrap_secret(&secret, &Password::from(PASSWORD), b"server's");
    stage.state.replace_secure_settings(stage.user_id, Some(settings(wrapped))).unwrap();
    Vault::new(secret)
}

#[tokio::test]
async fn a_file_moves_to_another_element_without_being_downloaded() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let saved = save(&passport, ElementType::Passport).await;
    let mut internal = element_of(ElementType::InternalPassport).map_files(|_, file| FileSource::New(file));
    let front = saved.element().unwrap().file(Part::FrontSide).unwrap().clone();
    internal.identity_document_mut().unwrap().parts.front_side = Some(FileSource::Keep(front));
    let downloads = calls(&stage, "upload.getFile");
    let moved = passport.save(internal, &SaveOptions::default()).await.unwrap();
    assert_eq!(calls(&stage, "upload.getFile"), downloads);
    let moved = moved.element().unwrap().file(Part::FrontSide).unwrap().clone();
    let contents = passport.download(&moved, &Progress::none()).await.unwrap();
    let own = element_of(ElementType::Passport);
    assert_eq!(Some(contents.as_bytes()), own.file(Part::FrontSide).map(PassportJpeg::as_bytes));
}

// --- uploads and downloads

#[tokio::test]
async fn several_parts_are_on_their_way_at_once() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let mut bill = bill(100_000);
    for size in [150_000, 200_000] {
        bill.attach(PartKind::Files, FileSource::New(scan_of(size, 0x22))).unwrap();
    }
    let reports = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&reports);
    let progress = Progress::new(move |transferred| seen.lock().unwrap().push(transferred));
    let saved = passport.save(bill, &SaveOptions { progress, ..SaveOptions::default() }).await.unwrap();
    let (left, most) = *passport.cloud().in_flight.lock().unwrap();
    assert_eq!(left, 0);
    assert!(most >= 4, "only {most} parts at once");

    let reports = reports.lock().unwrap();
    let total: u64 = saved.element().unwrap().files().filter_map(|(_, file)| file.ciphertext_size()).sum();
    assert!(reports.windows(2).all(|pair| pair[0].done < pair[1].done));
    assert_eq!((reports.last().unwrap().done, reports[0].total), (total, Some(total)));
    for index in 0..3 {
        let mut of_part = reports.iter().filter(|report| report.part == Some(Part::File(index)));
        assert!(of_part.next_back().is_some_and(|last| last.part_total == Some(last.part_done)));
    }
}

/// The sandbox refuses a wrong one; it takes an empty one, since TDLib states none.
#[tokio::test]
async fn every_upload_states_its_checksum() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    for size in [1000, 100_000, 10 * 1024 * 1024] {
        passport.save(bill(size), &SaveOptions::default()).await.unwrap();
    }
    let stated = passport.cloud().checksums.lock().unwrap();
    assert_eq!(stated.len(), 3);
    for checksum in stated.iter() {
        assert_eq!(checksum.len(), 32, "{checksum:?}");
        assert!(checksum.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{checksum:?}");
    }
}

#[tokio::test]
async fn ten_mebibytes_go_up_in_big_parts_and_come_back() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let saved = passport.save(bill(10 * 1024 * 1024), &SaveOptions::default()).await.unwrap();
    assert_eq!(calls(&stage, "upload.saveFilePart"), 0);
    assert_eq!(calls(&stage, "upload.saveBigFilePart"), 21);
    let file = saved.element().unwrap().file(Part::File(0)).unwrap().clone();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&reports);
    let progress = Progress::new(move |transferred| seen.lock().unwrap().push(transferred.done));
    let contents = passport.download(&file, &progress).await.unwrap();
    assert_eq!(contents.as_bytes().len(), 10 * 1024 * 1024);
    assert!(contents.as_bytes() == scan_of(10 * 1024 * 1024, 0x11).as_bytes());
    assert_eq!(reports.lock().unwrap().last().copied(), file.ciphertext_size());
}

#[tokio::test]
async fn a_dropped_save_leaves_the_old_element() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let before = passport.save(bill(1000), &SaveOptions::default()).await.unwrap();
    *passport.cloud().parts_until_stall.lock().unwrap() = Some(2);
    let reported = Arc::new(tokio::sync::Notify::new());
    let notify = Arc::clone(&reported);
    let progress = Progress::new(move |_| notify.notify_one());
    let options = SaveOptions { progress, ..SaveOptions::default() };
    let saving = passport.save(bill(300_000), &options);
    tokio::select! {
        _ = saving => panic!("it cannot come to an end"),
        () = reported.notified() => {}
    }
    *passport.cloud().parts_until_stall.lock().unwrap() = None;
    assert_eq!(passport.list().await.unwrap(), [before]);
}

#[tokio::test]
async fn a_lost_part_is_uploaded_again_once() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let lost = || CloudError::FilePartMissing { part: 1 };
    stage.state.fail_next(stage.user_id, "account.saveSecureValue", lost());
    passport.save(bill(100_000), &SaveOptions::default()).await.unwrap();
    assert_eq!(calls(&stage, "upload.saveFilePart"), 4 + 1);
    for _ in 0..2 {
        stage.state.fail_next(stage.user_id, "account.saveSecureValue", lost());
    }
    let refused = passport.save(bill(100_000), &SaveOptions::default()).await;
    assert!(
        matches!(refused, Err(SaveError::Refused(Refusal::Server(CloudError::FilePartMissing { part: 1 })))),
        "{refused:?}"
    );
}

// --- the password and the secret

#[tokio::test]
async fn a_stale_challenge_is_fetched_anew_once() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let method = "account.getPasswordSettings";
    stage.state.fail_next(stage.user_id, method, CloudError::SrpIdInvalid);
    passport.unlock(&PASSWORD.into()).await.unwrap();
    for _ in 0..2 {
        stage.state.fail_next(stage.user_id, method, CloudError::SrpIdInvalid);
    }
    let refused = passport.unlock(&PASSWORD.into()).await;
    assert!(
        matches!(refused, Err(PasswordError::Refused(Refusal::Server(CloudError::SrpIdInvalid)))),
        "{refused:?}"
    );
    stage.state.fail_next(stage.user_id, "account.updatePasswordSettings", CloudError::SrpIdInvalid);
    passport.set_password(Some(&PASSWORD.into()), &"another".into(), "").await.unwrap();
    passport.unlock(&"another".into()).await.unwrap();
}

#[tokio::test]
async fn what_telegram_asks_for_is_said() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let flood = || CloudError::FloodWait(Duration::from_secs(17));
    let fail = |method, error| stage.state.fail_next(stage.user_id, method, error);
    fail("account.getPasswordSettings", flood());
    let refused = passport.unlock(&PASSWORD.into()).await;
    assert!(
        matches!(refused, Err(PasswordError::Refused(Refusal::Wait(time))) if time.as_secs() == 17),
        "{refused:?}"
    );
    fail("account.getAllSecureValues", flood());
    let refused = passport.list().await;
    assert!(
        matches!(refused, Err(ListError::Refused(Refusal::Wait(time))) if time.as_secs() == 17),
        "{refused:?}"
    );
    fail("upload.saveFilePart", flood());
    let refused = passport.save(bill(1000), &SaveOptions::default()).await;
    assert!(
        matches!(refused, Err(SaveError::Refused(Refusal::Wait(time))) if time.as_secs() == 17),
        "{refused:?}"
    );
    fail("account.getAllSecureValues", CloudError::AppVersionOutdated);
    let refused = passport.list().await;
    assert!(matches!(refused, Err(ListError::Refused(Refusal::UpdateRequired))), "{refused:?}");
    fail("account.saveSecureValue", CloudError::AppVersionOutdated);
    let refused = passport.save(bill(1000), &SaveOptions::default()).await;
    assert!(matches!(refused, Err(SaveError::Refused(Refusal::UpdateRequired))), "{refused:?}");
    assert_eq!(calls(&stage, "account.saveSecureValue"), 1, "nothing is tried again");
}

#[tokio::test]
async fn an_unreadable_secret_is_never_replaced_unasked() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let before = save(&passport, ElementType::Address).await;
    let mut damaged = stage_settings(&stage).await;
    damaged.secure_secret[5] ^= 1;
    stage.state.replace_secure_settings(stage.user_id, Some(damaged.clone())).unwrap();

    let other = Vaulted::new(stage.cloud());
    let refused = other.unlock(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::SecretUnreadable)), "{refused:?}");
    let refused = other.create_secret(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::SecretExists)), "{refused:?}");
    let refused = other.set_password(Some(&PASSWORD.into()), &"another".into(), "").await;
    assert!(matches!(refused, Err(PasswordError::SecretUnreadable)), "{refused:?}");
    let refused = other.upgrade_secret(&PASSWORD.into()).await;
    assert!(matches!(refused, Ok(())), "there is nothing to upgrade: {refused:?}");
    assert!(matches!(
        other.save(bill(1000), &SaveOptions::default()).await,
        Err(SaveError::Refused(Refusal::Locked))
    ));
    assert_eq!(stage_settings(&stage).await, damaged);

    let refused = other.reset_secret(&"wrong".into(), AcceptLoss).await;
    assert!(matches!(refused, Err(PasswordError::WrongPassword)), "{refused:?}");
    assert_eq!(stage_settings(&stage).await, damaged);
    other.reset_secret(&PASSWORD.into(), AcceptLoss).await.unwrap();
    let listed = other.list().await.unwrap();
    assert_eq!(listed.len(), 1, "what is lost is still listed");
    let lost = SavedContent::Unreadable(Unreadable::Data(secret_checksum()));
    assert_eq!((listed[0].kind, &listed[0].content), (ElementType::Address, &lost));
    let again = other.save(kept(&before), &SaveOptions::default()).await.unwrap();
    assert_eq!(again.element(), before.element());
}

/// What was not seen to be lost stays: the engine looks by itself, whatever its caller believes.
#[tokio::test]
async fn only_a_secret_that_was_seen_not_to_open_is_given_up() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let saved = save(&passport, ElementType::Address).await;
    let id = secret_id(&stage);
    let written = || calls(&stage, "account.updatePasswordSettings");
    let before = written();
    let reset = async || passport.reset_secret(&PASSWORD.into(), AcceptLoss).await;
    let refused = reset().await;
    assert!(matches!(refused, Err(PasswordError::SecretOpens)), "{refused:?}");
    let gone = || CloudError::Transport(Arc::new(std::io::Error::other("the line is dead")));
    for trouble in [CloudError::FloodWait(Duration::from_secs(40)), gone(), CloudError::AppVersionOutdated] {
        let told = format!("{trouble:?}");
        stage.state.fail_next(stage.user_id, "account.getPasswordSettings", trouble);
        assert!(reset().await.is_err(), "{told}");
        // The same before the second look.
        assert_eq!((secret_id(&stage), written()), (id, before), "{told}");
    }
    assert_eq!(passport.list().await.unwrap(), [saved]);

    let sound = stage_settings(&stage).await;
    let unknown = SecureSecretSettings { secure_algo: SecurePasswordKdfAlgo::Unknown, ..sound.clone() };
    stage.state.replace_secure_settings(stage.user_id, Some(unknown)).unwrap();
    let refused = reset().await;
    assert!(matches!(refused, Err(PasswordError::Refused(Refusal::UpdateRequired))), "{refused:?}");
    assert_eq!((secret_id(&stage), written()), (id, before));

    // Each of these was seen.
    let another_id = SecureSecretSettings { secure_secret_id: id ^ 1, ..sound.clone() };
    let too_short = SecureSecretSettings { secure_secret: vec![7; 31], ..sound };
    for lost in [another_id, too_short] {
        stage.state.replace_secure_settings(stage.user_id, Some(lost.clone())).unwrap();
        reset().await.unwrap();
        assert_ne!(stage_settings(&stage).await.secure_secret, lost.secure_secret);
        assert_eq!(passport.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    }
    stage.state.replace_secure_settings(stage.user_id, None).unwrap();
    reset().await.unwrap();
    assert_eq!(passport.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_at_once_one_creates_the_secret() {
    for _ in 0..2 {
        let stage = Stage::new();
        let first = Vaulted::new(stage.cloud());
        first.set_password(None, &PASSWORD.into(), "").await.unwrap();
        let second = Vaulted::new(stage.cloud());
        // In one engine, and in two over the same account.
        let password = PASSWORD.into();
        let ended = tokio::join!(
            first.create_secret(&password),
            first.create_secret(&password),
            second.create_secret(&password),
        );
        let ended = [ended.0, ended.1, ended.2];
        assert_eq!(ended.iter().filter(|one| one.is_ok()).count(), 1, "{ended:?}");
        let refused = |one: &&Result<(), PasswordError>| matches!(one, Err(PasswordError::SecretExists));
        assert_eq!(ended.iter().filter(refused).count(), 2, "{ended:?}");
        // Whoever believes to have created it can store under it, so that others read it.
        let creator = if ended[2].is_ok() { &second } else { &first };
        let saved =
            creator.save(new(element_of(ElementType::Address)), &SaveOptions::default()).await.unwrap();
        let other = Vaulted::new(stage.cloud());
        other.unlock(&PASSWORD.into()).await.unwrap();
        assert_eq!(other.list().await.unwrap(), [saved]);
    }
}

/// Between the look and the write lies a derivation, long enough for another device.
#[tokio::test]
async fn a_secret_that_came_from_elsewhere_meanwhile_stays() {
    let planted = || {
        let secret = PassportSecret::generate();
        settings(wrap_secret(&secret, &Password::from(PASSWORD), b"server's"))
    };
    let comes = |stage: &Stage, passport: &Engine, secret: SecureSecretSettings, number| {
        let (state, user_id) = (stage.state.clone(), stage.user_id);
        passport.cloud().at_challenge(number, move || {
            state.replace_secure_settings(user_id, Some(secret.clone())).unwrap();
        });
    };
    // Challenges: one for each proof, and one for the salt of the secret that is made.
    let stage = Stage::new();
    let passport = Vaulted::new(Meddler::new(stage.cloud()));
    passport.set_password(None, &PASSWORD.into(), "").await.unwrap();
    let first = planted();
    comes(&stage, &passport, first.clone(), 2);
    let refused = passport.create_secret(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::SecretExists)), "{refused:?}");
    assert_eq!(secret_id(&stage), first.secure_secret_id);

    let second = planted();
    comes(&stage, &passport, second.clone(), 2);
    let refused = passport.set_password(Some(&PASSWORD.into()), &"another".into(), "").await;
    assert!(matches!(refused, Err(PasswordError::ChangedMeanwhile)), "{refused:?}");
    assert_eq!(stage_settings(&stage).await, second, "under the password that stays");

    let mut damaged = second.clone();
    damaged.secure_secret[5] ^= 1;
    stage.state.replace_secure_settings(stage.user_id, Some(damaged)).unwrap();
    let third = planted();
    comes(&stage, &passport, third.clone(), 2);
    let refused = passport.reset_secret(&PASSWORD.into(), AcceptLoss).await;
    assert!(matches!(refused, Err(PasswordError::ChangedMeanwhile)), "{refused:?}");
    assert_eq!(stage_settings(&stage).await, third);
}

fn secret_checksum() -> OpenError {
    OpenError::Secret(telegram_passport::vault::SecretError::Checksum)
}

/// The wrapped secret as the server holds it.
async fn stage_settings(stage: &Stage) -> SecureSecretSettings {
    use telegram_passport::cloud::{InputCheckPassword, PasswordKdfAlgo, SecureCloud};
    let cloud = stage.cloud();
    let current = cloud.account_password().await.unwrap().current.unwrap();
    let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } =
        current.algorithm
    else {
        panic!("a known algorithm")
    };
    let algorithm = telegram_passport::vault::PasswordAlgorithm { salt1, salt2, g, p };
    let challenge = telegram_passport::vault::hazmat::SrpChallenge {
        algorithm,
        srp_b: current.srp_b,
        srp_id: current.srp_id,
    };
    let proof = telegram_passport::vault::hazmat::prove(&Password::from(PASSWORD), &challenge).unwrap();
    let proof = InputCheckPassword::Srp { srp_id: proof.srp_id, a: proof.a, m1: proof.m1 };
    cloud.password_settings(proof).await.unwrap().secure_settings.unwrap()
}

#[tokio::test]
async fn the_old_key_derivation_is_read_and_upgraded() {
    let stage = Stage::new();
    let passport = Vaulted::new(stage.cloud());
    passport.set_password(None, &PASSWORD.into(), "").await.unwrap();
    // docs/protocol.md §12.2
    let salt: Vec<u8> = (1..=8).chain(0xA0..=0xBF).collect();
    let legacy = SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Sha512 { salt },
        secure_secret: hex("0e6afa8103d8a2eb35fd4cd793e28a584b28f8e7125d8634b2d88df8cb946513"),
        secure_secret_id: 545_721_962_416_044_289,
    };
    stage.state.replace_secure_settings(stage.user_id, Some(legacy)).unwrap();
    assert_eq!(passport.unlock(&PASSWORD.into()).await.unwrap(), SecretState::UnlockedLegacy);
    let options = SaveOptions::default();
    let saved = passport.save(new(element_of(ElementType::Address)), &options).await.unwrap();

    passport.upgrade_secret(&PASSWORD.into()).await.unwrap();
    let secret = stage.state.summary(stage.user_id).unwrap().secret.unwrap();
    assert_eq!(secret.algorithm, "securePasswordKdfAlgoPBKDF2HMACSHA512iter100000");
    assert_eq!(secret.id, 545_721_962_416_044_289);
    let other = Vaulted::new(stage.cloud());
    assert_eq!(other.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    assert_eq!(other.list().await.unwrap(), [saved]);
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

#[tokio::test]
async fn an_unknown_key_derivation_asks_for_an_update() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let unknown = SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Unknown,
        secure_secret: vec![7; 32],
        secure_secret_id: 7,
    };
    stage.state.replace_secure_settings(stage.user_id, Some(unknown)).unwrap();
    let refused = passport.unlock(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::Refused(Refusal::UpdateRequired))), "{refused:?}");
    let refused = passport.create_secret(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::SecretExists)), "{refused:?}");
}

#[tokio::test]
async fn a_secret_replaced_elsewhere_is_loaded_once() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let old = save(&passport, ElementType::Passport).await;
    replace_secret(&stage);
    let refused = passport.save(bill(1000), &SaveOptions::default()).await;
    assert!(matches!(refused, Err(SaveError::SecretChanged)), "{refused:?}");
    assert!(passport.is_locked());

    passport.unlock(&PASSWORD.into()).await.unwrap();
    replace_secret(&stage);
    let before = (calls(&stage, "account.saveSecureValue"), calls(&stage, "upload.saveFilePart"));
    let password = || Some(Arc::new(Password::from(PASSWORD)));
    let with_password = SaveOptions { password: password(), ..SaveOptions::default() };
    let (id, written) = (secret_id(&stage), calls(&stage, "account.updatePasswordSettings"));
    let saved = passport.save(new(element_of(ElementType::Passport)), &with_password).await.unwrap();
    // Loaded, not replaced by another.
    let since = calls(&stage, "account.updatePasswordSettings") - written;
    assert_eq!((secret_id(&stage), since), (id, 0));
    assert_eq!(calls(&stage, "account.saveSecureValue"), before.0 + 2);
    let files = saved.element().unwrap().files().count() as u64;
    assert!(calls(&stage, "upload.saveFilePart") - before.1 >= files);
    let file = saved.element().unwrap().file(Part::FrontSide).unwrap();
    let contents = passport.download(file, &Progress::none()).await.unwrap();
    let own = element_of(ElementType::Passport);
    assert_eq!(Some(contents.as_bytes()), own.file(Part::FrontSide).map(PassportJpeg::as_bytes));

    // What was stored under the secret that is gone cannot be kept, only uploaded again.
    let refused = passport.save(kept(&old), &with_password).await;
    assert!(matches!(refused, Err(SaveError::CannotKeep { part: Part::FrontSide })), "{refused:?}");
    replace_secret(&stage);
    let id = secret_id(&stage);
    let refused = passport.save(kept(&saved), &with_password).await;
    assert!(matches!(refused, Err(SaveError::CannotKeep { part: Part::FrontSide })), "{refused:?}");
    assert_eq!(secret_id(&stage), id);

    // A server that insists ends it.
    for _ in 0..2 {
        let refusal = CloudError::SecureSecretInvalid;
        stage.state.fail_next(stage.user_id, "account.saveSecureValue", refusal);
    }
    let refused = passport.save(bill(1000), &with_password).await;
    assert!(matches!(refused, Err(SaveError::SecretChanged)), "{refused:?}");
    let wrong = SaveOptions { password: Some(Arc::new("wrong".into())), ..SaveOptions::default() };
    passport.unlock(&PASSWORD.into()).await.unwrap();
    replace_secret(&stage);
    let id = secret_id(&stage);
    let refused = passport.save(bill(1000), &wrong).await;
    assert!(matches!(refused, Err(SaveError::Reload(PasswordError::WrongPassword))), "{refused:?}");
    assert_eq!(secret_id(&stage), id);
    // Nor is one that does not open, with the right password.
    passport.unlock(&PASSWORD.into()).await.unwrap();
    replace_secret(&stage);
    let mut damaged = stage_settings(&stage).await;
    damaged.secure_secret[5] ^= 1;
    stage.state.replace_secure_settings(stage.user_id, Some(damaged.clone())).unwrap();
    let refused = passport.save(bill(1000), &with_password).await;
    assert!(matches!(refused, Err(SaveError::Reload(PasswordError::SecretUnreadable))), "{refused:?}");
    assert_eq!(stage_settings(&stage).await, damaged);
    assert_eq!(calls(&stage, "account.updatePasswordSettings"), written);
}

#[tokio::test]
async fn a_secret_removed_elsewhere_is_not_replaced() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    save(&passport, ElementType::Address).await;
    stage.state.replace_secure_settings(stage.user_id, None).unwrap();
    let refused = passport.save(bill(1000), &SaveOptions::default()).await;
    assert!(matches!(refused, Err(SaveError::Refused(Refusal::NoSecret))), "{refused:?}");
    let refused = passport.list().await;
    assert!(matches!(refused, Err(ListError::Refused(Refusal::NoSecret))), "{refused:?}");
    assert_eq!(stage.state.summary(stage.user_id).unwrap().secret, None);
    passport.delete(&[ElementType::Address]).await.unwrap();
    assert_eq!(passport.list().await.unwrap(), []);
    assert_eq!(passport.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Missing);
}

#[tokio::test]
async fn an_idle_engine_locks_itself() {
    let stage = Stage::new();
    ready(&stage).await;
    let passport = Vaulted::with_idle_time(stage.cloud(), Some(Duration::ZERO));
    assert_eq!(passport.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    assert!(passport.is_locked());
    assert!(matches!(passport.list().await, Err(ListError::Refused(Refusal::Locked))));
    let patient = Vaulted::with_idle_time(stage.cloud(), None);
    patient.unlock(&PASSWORD.into()).await.unwrap();
    assert!(!patient.is_locked());
}

#[tokio::test]
async fn nothing_shows_in_debug_output() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let saved = save(&passport, ElementType::Passport).await;
    assert_eq!(format!("{passport:?}"), "Vaulted { session: Open, .. }");
    let text = format!("{saved:?} {:?}", kept(&saved));
    let Element::Passport(document) = element_of(ElementType::Passport) else { panic!("a passport") };
    assert!(!text.contains(document.document_no.as_str()));
    assert!(text.contains("SavedFile { ciphertext_size: "));
    assert_eq!(format!("{:?}", SaveOptions::default().progress), "Progress { wanted: false }");
}

// --- flaws and tampering

#[tokio::test]
async fn flawed_elements_are_listed_with_their_flaws() {
    let stage = Stage::new();
    let passport = Vaulted::new(Meddler::new(stage.cloud()));
    passport.set_password(None, &PASSWORD.into(), "").await.unwrap();
    let vault = replace_secret(&stage);
    passport.unlock(&PASSWORD.into()).await.unwrap();
    let id = secret_id(&stage);
    let store = |kind, json: &str| {
        let sealed = vault.seal_data(json.as_bytes()).unwrap();
        let mut value = InputSecureValue::empty(kind);
        value.data = Some(SecureData {
            data: sealed.ciphertext,
            data_hash: sealed.hash.0.to_vec(),
            secret: sealed.secret.0.to_vec(),
        });
        stage.state.save_secure_value(stage.user_id, value, id).unwrap();
    };
    store(
        ElementType::PersonalDetails,
        r#"{"first_name":"Ünal","last_name":"X","birth_date":"1.2.2000","gender":"x","country_code":"de","new":1}"#,
    );
    store(ElementType::Address, "[1]");
    save(&passport, ElementType::DriverLicense).await;
    passport.cloud().tamper_with_values(|values| {
        for value in values {
            value.parts.reverse_side = None;
        }
    });

    let listed = passport.list().await.unwrap();
    let [details, license, address] = &listed[..] else { panic!("{listed:?}") };
    let Some(Element::PersonalDetails(read)) = details.element() else { panic!("{details:?}") };
    assert_eq!((read.first_name.as_str(), read.country), ("Ünal", Country::from_code("DE")));
    let fields: Vec<_> = details
        .flaws
        .iter()
        .filter_map(|flaw| match flaw {
            SavedFlaw::Field(flaw) => Some(flaw.kind),
            _ => None,
        })
        .collect();
    assert_eq!(fields, [FlawKind::UnpaddedDate, FlawKind::NotAGender, FlawKind::SmallLetters]);
    let rule = |element: &SavedElement, wanted| {
        element.flaws.iter().any(|flaw| matches!(flaw, SavedFlaw::Rule(rule) if rule.trouble == wanted))
    };
    assert!(rule(details, Trouble::NotLatin));
    assert!(rule(license, Trouble::Missing) && license.element().is_some() && !license.is_sound());
    assert!(matches!(address.content, SavedContent::Unreadable(Unreadable::Content(_))));
}

#[tokio::test]
async fn tampering_with_stored_elements_is_named() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    for kind in [ElementType::PersonalDetails, ElementType::Passport, ElementType::UtilityBill] {
        save(&passport, kind).await;
    }
    let list = async |trick: fn(&mut Vec<SecureValue>)| {
        passport.cloud().tamper_with_values(trick);
        passport.list().await
    };
    let listed = list(|values| values[0].data.as_mut().unwrap().data[40] ^= 1).await.unwrap();
    let expected = SavedContent::Unreadable(Unreadable::Data(OpenError::HashMismatch));
    assert_eq!(listed[0].content, expected);
    assert!(listed[1].is_sound() && listed[2].is_sound());

    let listed = list(|values| values[0].data.as_mut().unwrap().secret.truncate(31)).await.unwrap();
    assert!(matches!(listed[0].content, SavedContent::Unreadable(Unreadable::Description(_))));

    // The one's data under the other's hash and secret, and data in the other's place altogether.
    let listed = list(|values| {
        let other = values[1].data.as_ref().unwrap().data.clone();
        values[0].data.as_mut().unwrap().data = other;
    });
    let listed = listed.await.unwrap();
    assert_eq!(listed[0].content, expected);
    let refused = list(|values| values[0].data = values[1].data.clone()).await;
    let swapped = TamperedAnswer::Swapped { kind: ElementType::PersonalDetails, was: ElementType::Passport };
    assert!(
        matches!(&refused, Err(ListError::Refused(Refusal::Tampered(found))) if *found == swapped),
        "{refused:?}"
    );
    // An engine that has not seen it before finds that it is not what personal details say.
    let fresh = Vaulted::new(Meddler::new(stage.cloud()));
    fresh.unlock(&PASSWORD.into()).await.unwrap();
    fresh.cloud().tamper_with_values(|values| values[0].data = values[1].data.clone());
    let listed = fresh.list().await.unwrap();
    assert!(listed[0].flaws.iter().any(|flaw| matches!(flaw, SavedFlaw::Rule(_))), "{listed:?}");

    // Secrets of files exchanged.
    let listed = list(|values| {
        let value = &mut values[1];
        let (front, selfie) =
            (value.parts.front_side.as_mut().unwrap(), value.parts.selfie.as_mut().unwrap());
        std::mem::swap(&mut front.file_hash, &mut selfie.file_hash);
    });
    let flaws = &listed.await.unwrap()[1].flaws;
    let of_secret = |part| flaws.contains(&SavedFlaw::FileSecret { part, reason: secret_checksum() });
    assert!(of_secret(Part::FrontSide) && of_secret(Part::Selfie), "{flaws:?}");

    let listed = list(|values| values[2].parts.files[0].secret.push(0)).await.unwrap();
    assert!(matches!(listed[2].flaws[..], [SavedFlaw::FileDescription { part: Part::File(0), .. }]));

    // Parts where they do not belong, elements of another kind, or twice.
    let listed = list(|values| values[0].parts.selfie = values[1].parts.selfie.clone()).await.unwrap();
    assert_eq!(listed[0].flaws, [SavedFlaw::UnexpectedPart(PartKind::Selfie)]);
    let listed = list(|values| values[2].data = values[1].data.clone()).await.unwrap();
    assert_eq!(listed[2].flaws, [SavedFlaw::UnexpectedPart(PartKind::Data)]);
    let refused = list(|values| values[2].kind = ElementType::Passport).await;
    let twice = TamperedAnswer::Twice(ElementType::Passport);
    assert!(
        matches!(&refused, Err(ListError::Refused(Refusal::Tampered(found))) if *found == twice),
        "{refused:?}"
    );
    passport.cloud().tamper_with_values(|values| values[0].kind = ElementType::Address);
    let refused = passport.get(ElementType::Passport).await;
    let other = TamperedAnswer::OtherElement { asked: ElementType::Passport, returned: ElementType::Address };
    assert!(
        matches!(&refused, Err(ListError::Refused(Refusal::Tampered(found))) if *found == other),
        "{refused:?}"
    );
}

#[tokio::test]
async fn tampering_with_files_is_named() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let saved = save(&passport, ElementType::Passport).await;
    let file = |part| saved.element().unwrap().file(part).unwrap();
    let download = async |trick: Box<dyn FnMut(&mut telegram_passport::cloud::FileChunk) + Send>| {
        passport.cloud().tamper_with_files(trick);
        passport.download(file(Part::FrontSide), &Progress::none()).await
    };
    let flipped = download(Box::new(|chunk| chunk.bytes[100] ^= 1)).await;
    assert!(matches!(flipped, Err(DownloadError::Unreadable(OpenError::HashMismatch))), "{flipped:?}");
    let shorter = download(Box::new(|chunk| chunk.bytes.truncate(16))).await;
    assert!(matches!(shorter, Err(DownloadError::Piece { offset: 0, returned: 16, .. })), "{shorter:?}");
    let longer = download(Box::new(|chunk| chunk.bytes.extend([0; 16]))).await;
    assert!(matches!(longer, Err(DownloadError::Piece { offset: 0, .. })), "{longer:?}");
    let good = download(Box::new(|_| {})).await.unwrap();
    assert!(good.as_bytes() == element_of(ElementType::Passport).file(Part::FrontSide).unwrap().as_bytes());

    // The selfie's ciphertext under the front side's hash and secret.
    passport.cloud().tamper_with_values(|values| {
        let selfie = values[0].parts.selfie.clone().unwrap();
        let front = values[0].parts.front_side.as_mut().unwrap();
        (front.id, front.access_hash, front.size) = (selfie.id, selfie.access_hash, selfie.size);
    });
    let listed = passport.list().await.unwrap();
    let front = listed[0].element().unwrap().file(Part::FrontSide).unwrap();
    let swapped = passport.download(front, &Progress::none()).await;
    assert!(matches!(swapped, Err(DownloadError::Unreadable(OpenError::HashMismatch))), "{swapped:?}");

    passport.cloud().tamper_with_values(|values| values[0].parts.selfie.as_mut().unwrap().size = 1 << 40);
    let listed = passport.list().await.unwrap();
    let selfie = listed[0].element().unwrap().file(Part::Selfie).unwrap();
    let huge = passport.download(selfie, &Progress::none()).await;
    assert!(matches!(huge, Err(DownloadError::TooLarge { .. })), "{huge:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_what_was_saved_is_named() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let kind = ElementType::Passport;
    let tampered = async |trick: fn(&mut SecureValue)| {
        passport.cloud().tamper_with_saved(trick);
        match passport.save(new(element_of(kind)), &SaveOptions::default()).await {
            Err(SaveError::Refused(Refusal::Tampered(tampered))) => tampered,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        tampered(|value| value.kind = ElementType::IdentityCard).await,
        TamperedAnswer::OtherElement { asked: kind, returned: ElementType::IdentityCard }
    );
    assert_eq!(
        tampered(|value| value.data.as_mut().unwrap().data_hash[0] ^= 1).await,
        TamperedAnswer::OtherPart { kind, part: PartKind::Data }
    );
    assert_eq!(
        tampered(|value| std::mem::swap(&mut value.parts.front_side, &mut value.parts.selfie)).await,
        TamperedAnswer::OtherFile { kind, part: Part::FrontSide }
    );
    assert_eq!(
        tampered(|value| value.parts.translation.truncate(1)).await,
        TamperedAnswer::OtherPart { kind, part: PartKind::Translation }
    );
    assert_eq!(
        tampered(|value| value.parts.translation.reverse()).await,
        TamperedAnswer::OtherFile { kind, part: Part::Translation(0) }
    );
    assert_eq!(
        tampered(|value| value.parts.reverse_side = value.parts.selfie.clone()).await,
        TamperedAnswer::OtherPart { kind, part: PartKind::ReverseSide }
    );

    passport.cloud().tamper_with_saved(|value| {
        value.plain_data =
            Some(telegram_passport::cloud::SecurePlainData::Phone(PhoneNumber("12025550124".to_owned())));
    });
    let number = Element::PhoneNumber(PhoneNumber(Stage::PHONE.to_owned()));
    let refused = passport.save(number, &SaveOptions::default()).await;
    let expected = TamperedAnswer::OtherPart { kind: ElementType::PhoneNumber, part: PartKind::Plain };
    assert!(
        matches!(&refused, Err(SaveError::Refused(Refusal::Tampered(found))) if *found == expected),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_kept_file_must_come_back_as_it_was() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let saved = save(&passport, ElementType::Passport).await;
    passport.save(kept(&saved), &SaveOptions::default()).await.unwrap();
    passport.cloud().tamper_with_saved(|value| value.parts.selfie = value.parts.front_side.clone());
    let refused = passport.save(kept(&saved), &SaveOptions::default()).await;
    let expected = TamperedAnswer::OtherFile { kind: ElementType::Passport, part: Part::Selfie };
    assert!(
        matches!(&refused, Err(SaveError::Refused(Refusal::Tampered(found))) if *found == expected),
        "{refused:?}"
    );
}

// --- forms

fn request(bot: &TestBot, kinds: &[ElementType]) -> PassportRequest {
    let rows = kinds.iter().map(|kind| (*kind).into()).collect();
    let scope = Scope::new(rows, ScopeForm::Compact).unwrap();
    PassportRequest::new(TestBot::ID, scope.as_str(), &bot.public_key, "nonce").unwrap()
}

#[tokio::test]
async fn a_request_at_fault_is_told_apart() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let bot = stage.bot();
    let good = request(&bot, &[ElementType::Address]);
    let other_bot = PassportRequest::new(99, good.scope(), good.public_key(), "nonce").unwrap();
    let refused = passport.form(&other_bot).await;
    assert!(matches!(refused, Err(FormError::Service(ServiceError::BotInvalid))), "{refused:?}");
    let no_key = PassportRequest::new(TestBot::ID, good.scope(), "no key", "nonce").unwrap();
    let before = calls(&stage, "account.getAuthorizationForm");
    let refused = passport.form(&no_key).await;
    assert!(matches!(refused, Err(FormError::Key(_))), "{refused:?}");
    assert_eq!(calls(&stage, "account.getAuthorizationForm"), before, "nobody was asked");
    passport.cloud().tamper_with_form(|form| form.users.clear());
    let refused = passport.form(&good).await;
    assert!(matches!(refused, Err(FormError::UnknownService)), "{refused:?}");
    passport.cloud().tamper_with_form(|form| form.required_types.clear());
    let refused = passport.form(&good).await;
    assert!(matches!(refused, Err(FormError::Contradiction(_))), "{refused:?}");
}

#[tokio::test]
async fn the_map_of_languages_is_fetched_once() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let bot = stage.bot();
    let request = request(&bot, &[ElementType::Address]);
    for _ in 0..3 {
        let form = passport.form(&request).await.unwrap();
        assert_eq!(form.country_languages().language(Country::from_code("JP").unwrap()), Some("ja"));
    }
    let asked = passport.cloud().config_hashes.lock().unwrap();
    assert_eq!(asked[0], 0);
    assert!(asked[1] != 0 && asked[1] == asked[2]);
}

#[tokio::test]
async fn a_part_that_does_not_open_is_not_sent() {
    let stage = Stage::new();
    let passport = ready(&stage).await;
    let bot = stage.bot();
    save(&passport, ElementType::Passport).await;
    let request = request(&bot, &[ElementType::Passport]);
    passport.cloud().tamper_with_values(|values| {
        values[0].parts.front_side.as_mut().unwrap().secret[0] ^= 1;
    });
    let form = passport.form(&request).await.unwrap();
    let selection = form.assess().select().unwrap();
    let refused = passport.send(&form, &selection).await;
    let Err(SendError::Unreadable { kind, part, reason }) = refused else { panic!("{refused:?}") };
    let front = SelectedPart::File(Part::FrontSide);
    assert_eq!((kind, part, reason), (ElementType::Passport, front, secret_checksum()));
    passport.lock();
    assert!(matches!(passport.send(&form, &selection).await, Err(SendError::Refused(Refusal::Locked))));
    assert!(matches!(passport.form(&request).await, Err(FormError::Refused(Refusal::Locked))));
    assert_eq!(bot.shares(), 0);
}
