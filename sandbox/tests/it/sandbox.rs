//! The sandbox's servers, spoken to by a client that proves passwords and seals values with the vault.

use std::time::Duration;

use telegram_passport::cloud::{
    AccountPassword, CloudError, FileRange, InputCheckPassword, InputSecureFile, InputSecureValue,
    NewPassword, PassportConfig, PasswordInputSettings, PasswordKdfAlgo, SecureCloud, SecureData,
    SecurePasswordKdfAlgo, SecurePlainData, SecureSecretSettings,
};
use telegram_passport::element::{ElementType, EmailAddress, Parts, PhoneNumber, UnixTime};
use telegram_passport::vault::bot::ValueHash;
use telegram_passport::vault::hazmat::{
    EncryptedSecret, LockedVault, PassportSecret, SealedData, SecretKdf, SrpChallenge, Vault, WrappedSecret,
    prove, upload_checksum, wrap_secret,
};
use telegram_passport::vault::{Password, PasswordAlgorithm, derive_verifier};
use telegram_passport_sandbox::InProcessCloud;
use telegram_passport_sandbox::state::{
    Clock, CodePurpose, RegisteredPassword, Registration, RegistrationError, State,
};

const PHONE: &str = "12025550123";

fn state() -> State {
    State::new(Clock::standing_at(UnixTime::from_seconds(1_700_000_000)), r#"{"DE":"de"}"#)
}

fn account(state: &State) -> InProcessCloud {
    let registration = Registration::new(PhoneNumber(PHONE.to_owned()), "Anna");
    let user_id = state.register_account(registration).expect("the first account");
    InProcessCloud::signed_in(state.clone(), user_id)
}

fn algorithm(algorithm: &PasswordKdfAlgo) -> PasswordAlgorithm {
    let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } =
        algorithm
    else {
        panic!("the one algorithm there is");
    };
    PasswordAlgorithm { salt1: salt1.clone(), salt2: salt2.clone(), g: *g, p: p.clone() }
}

fn tl(algorithm: PasswordAlgorithm) -> PasswordKdfAlgo {
    let PasswordAlgorithm { salt1, salt2, g, p } = algorithm;
    PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p }
}

fn proof(account: &AccountPassword, password: &str) -> InputCheckPassword {
    let Some(current) = &account.current else { return InputCheckPassword::Empty };
    let challenge = SrpChallenge {
        algorithm: algorithm(&current.algorithm),
        srp_b: current.srp_b.clone(),
        srp_id: current.srp_id,
    };
    let proof = prove(&Password::from(password), &challenge).expect("the server's numbers are sound");
    InputCheckPassword::Srp { srp_id: proof.srp_id, a: proof.a, m1: proof.m1 }
}

/// A new password and the secret wrapped under it, from what the server offers.
fn settings(account: &AccountPassword, password: &str, secret: &PassportSecret) -> PasswordInputSettings {
    let password = Password::from(password);
    let verifier = derive_verifier(&password, &algorithm(&account.new_algo)).expect("sound numbers");
    let SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt } = &account.new_secure_algo else {
        panic!("the one algorithm there is");
    };
    PasswordInputSettings {
        new_password: Some(NewPassword {
            new_algo: tl(verifier.algorithm),
            new_password_hash: verifier.verifier,
            hint: "a fruit".to_owned(),
        }),
        email: None,
        new_secure_settings: Some(tl_secret(wrap_secret(secret, &password, salt))),
    }
}

fn tl_secret(wrapped: WrappedSecret) -> SecureSecretSettings {
    let SecretKdf::Pbkdf2HmacSha512Iter100000 { salt } = wrapped.kdf else { panic!("never the old form") };
    SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt },
        secure_secret: wrapped.encrypted,
        secure_secret_id: wrapped.id.0,
    }
}

/// Sets a password and a passport secret on a new account.
async fn sign_up(cloud: &InProcessCloud, password: &str) -> Vault {
    let secret = PassportSecret::generate();
    let account = cloud.account_password().await.expect("an account");
    let settings = settings(&account, password, &secret);
    cloud.update_password_settings(InputCheckPassword::Empty, settings).await.expect("sound settings");
    Vault::new(secret)
}

fn seal(vault: &Vault, json: &str) -> SecureData {
    let SealedData { ciphertext, hash, secret } = vault.seal_data(json.as_bytes()).expect("unlocked");
    SecureData { data: ciphertext, data_hash: hash.0.to_vec(), secret: secret.0.to_vec() }
}

/// Seals a file and uploads it in parts of 4 KiB.
async fn upload(cloud: &InProcessCloud, vault: &Vault, id: i64, contents: &[u8]) -> InputSecureFile {
    let sealed = vault.seal_file(contents).expect("unlocked");
    let mut parts = 0;
    for part in sealed.ciphertext.chunks(4096) {
        cloud.save_file_part(id, parts, part.to_vec()).await.expect("a sound part");
        parts += 1;
    }
    InputSecureFile::Uploaded {
        id,
        parts,
        md5_checksum: upload_checksum(&sealed.ciphertext),
        file_hash: sealed.hash.0.to_vec(),
        secret: sealed.secret.0.to_vec(),
    }
}

fn message(outcome: Result<impl Sized, CloudError>) -> String {
    outcome.err().and_then(|error| error.to_rpc()).map(|(_, message)| message).unwrap_or_default()
}

#[tokio::test]
async fn the_right_password_opens_the_settings_once() {
    let cloud = account(&state());
    let vault = sign_up(&cloud, "cucumber").await;
    let challenge = cloud.account_password().await.unwrap();
    assert_eq!(challenge.hint.as_deref(), Some("a fruit"));
    let right = proof(&challenge, "cucumber");
    let stored = cloud.password_settings(right.clone()).await.unwrap().secure_settings.expect("it was set");
    let SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt } = stored.secure_algo else {
        panic!("as it was sent");
    };
    let wrapped = WrappedSecret {
        kdf: SecretKdf::Pbkdf2HmacSha512Iter100000 { salt },
        encrypted: stored.secure_secret,
        id: vault.secret_id(),
    };
    assert_eq!(stored.secure_secret_id, vault.secret_id().0);
    LockedVault::new(wrapped).unlock(&Password::from("cucumber")).expect("kept verbatim");

    assert_eq!(message(cloud.password_settings(right).await), "SRP_ID_INVALID");
    let wrong = proof(&cloud.account_password().await.unwrap(), "tomato");
    assert_eq!(message(cloud.password_settings(wrong.clone()).await), "PASSWORD_HASH_INVALID");
    assert_eq!(message(cloud.password_settings(wrong).await), "SRP_ID_INVALID");
    let mut forged = proof(&cloud.account_password().await.unwrap(), "cucumber");
    if let InputCheckPassword::Srp { a, .. } = &mut forged {
        *a = vec![0; 256];
    }
    assert_eq!(message(cloud.password_settings(forged).await), "PASSWORD_HASH_INVALID");
}

#[tokio::test]
async fn a_changed_password_voids_open_challenges() {
    let cloud = account(&state());
    sign_up(&cloud, "cucumber").await;
    let stale = cloud.account_password().await.unwrap();
    let current = cloud.account_password().await.unwrap();
    let new = settings(&current, "tomato", &PassportSecret::generate());
    let again = new.clone();
    cloud.update_password_settings(proof(&current, "cucumber"), new).await.expect("sound settings");
    assert_eq!(message(cloud.password_settings(proof(&stale, "cucumber")).await), "SRP_PASSWORD_CHANGED");
    let current = cloud.account_password().await.unwrap();
    cloud.password_settings(proof(&current, "tomato")).await.expect("the new password");
    let current = cloud.account_password().await.unwrap();
    let outcome = cloud.update_password_settings(proof(&current, "tomato"), again).await;
    assert_eq!(message(outcome), "NEW_SALT_INVALID", "each offer is good for one change");
}

#[tokio::test]
async fn removing_the_password_loses_the_passport() {
    let cloud = account(&state());
    let vault = sign_up(&cloud, "cucumber").await;
    let value = InputSecureValue {
        data: Some(seal(&vault, "{}")),
        ..InputSecureValue::empty(ElementType::PersonalDetails)
    };
    cloud.save_secure_value(value, vault.secret_id().0).await.unwrap();
    let before = cloud.account_password().await.unwrap();
    assert!(before.has_secure_values);
    let removal = PasswordInputSettings { new_password: Some(NewPassword::removal()), ..Default::default() };
    cloud.update_password_settings(proof(&before, "cucumber"), removal).await.unwrap();
    let after = cloud.account_password().await.unwrap();
    assert!(after.current.is_none() && !after.has_secure_values);
    assert!(cloud.all_secure_values().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_reset_secret_leaves_values_that_nothing_opens() {
    let cloud = account(&state());
    let vault = sign_up(&cloud, "cucumber").await;
    let value = InputSecureValue {
        data: Some(seal(&vault, "{}")),
        ..InputSecureValue::empty(ElementType::PersonalDetails)
    };
    let saved = cloud.save_secure_value(value.clone(), vault.secret_id().0).await.unwrap();
    let current = cloud.account_password().await.unwrap();
    let reset = PasswordInputSettings {
        new_secure_settings: Some(SecureSecretSettings::reset()),
        ..Default::default()
    };
    cloud.update_password_settings(proof(&current, "cucumber"), reset).await.unwrap();
    assert_eq!(message(cloud.all_secure_values().await), "SECURE_SECRET_REQUIRED");
    let outcome = cloud.save_secure_value(value.clone(), vault.secret_id().0).await;
    assert_eq!(message(outcome), "SECURE_SECRET_REQUIRED");

    let current = cloud.account_password().await.unwrap();
    let SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt } = &current.new_secure_algo else {
        panic!("the one algorithm there is");
    };
    let wrapped = wrap_secret(&PassportSecret::generate(), &Password::from("cucumber"), salt);
    let new = PasswordInputSettings { new_secure_settings: Some(tl_secret(wrapped)), ..Default::default() };
    cloud.update_password_settings(proof(&current, "cucumber"), new).await.unwrap();
    assert_eq!(cloud.all_secure_values().await.unwrap(), [saved]);
    let outcome = cloud.save_secure_value(value, vault.secret_id().0).await;
    assert_eq!(message(outcome), "SECURE_SECRET_INVALID");
}

#[tokio::test]
async fn a_sealed_document_comes_back_and_opens() {
    let cloud = account(&state());
    let vault = sign_up(&cloud, "cucumber").await;
    let scan = vec![7_u8; 100_000];
    let json = r#"{"document_no":"X1234567","expiry_date":""}"#;
    let value = InputSecureValue {
        data: Some(seal(&vault, json)),
        parts: Parts {
            front_side: Some(upload(&cloud, &vault, 1, &scan).await),
            translation: vec![upload(&cloud, &vault, 2, b"").await],
            ..Parts::default()
        },
        ..InputSecureValue::empty(ElementType::Passport)
    };
    let saved = cloud.save_secure_value(value, vault.secret_id().0).await.expect("a sound value");
    assert_eq!(cloud.secure_values(&[ElementType::Passport]).await.unwrap(), std::slice::from_ref(&saved));

    let data = saved.data.expect("it was saved");
    let sealed = SealedData {
        ciphertext: data.data,
        hash: ValueHash(data.data_hash.try_into().unwrap()),
        secret: EncryptedSecret(data.secret.try_into().unwrap()),
    };
    assert_eq!(vault.open_data(&sealed).unwrap()[..], *json.as_bytes());

    let front = saved.parts.front_side.expect("it was saved");
    let mut ciphertext = Vec::new();
    loop {
        let range = FileRange { offset: ciphertext.len() as u64, limit: 65_536, precise: false };
        let chunk = cloud.file_part(front.location(), range).await.expect("the account's own file");
        assert_eq!(chunk.modified, UnixTime::from_seconds(1_700_000_000));
        let last = chunk.bytes.len() < 65_536;
        ciphertext.extend(chunk.bytes);
        if last {
            break;
        }
    }
    assert_eq!(ciphertext.len() as u64, front.size);
    let hash = ValueHash(front.file_hash.try_into().unwrap());
    let secret = EncryptedSecret(front.secret.try_into().unwrap());
    assert_eq!(vault.open_file(&ciphertext, &hash, &secret).unwrap().as_bytes(), scan);
}

#[tokio::test]
async fn another_account_reads_nothing() {
    let state = state();
    let cloud = account(&state);
    let vault = sign_up(&cloud, "cucumber").await;
    let value = InputSecureValue {
        parts: Parts { files: vec![upload(&cloud, &vault, 1, b"page").await], ..Parts::default() },
        ..InputSecureValue::empty(ElementType::UtilityBill)
    };
    let saved = cloud.save_secure_value(value, vault.secret_id().0).await.unwrap();
    let eve = Registration::new(PhoneNumber("4915112345678".to_owned()), "Eve");
    let eve = InProcessCloud::signed_in(state.clone(), state.register_account(eve).unwrap());
    let vault = sign_up(&eve, "tomato").await;
    let range = FileRange { offset: 0, limit: 4096, precise: false };
    assert_eq!(message(eve.file_part(saved.parts.files[0].location(), range).await), "FILE_ID_INVALID");
    let stolen = InputSecureValue {
        parts: Parts {
            files: vec![InputSecureFile::Stored {
                id: saved.parts.files[0].id,
                access_hash: saved.parts.files[0].access_hash,
            }],
            ..Parts::default()
        },
        ..InputSecureValue::empty(ElementType::UtilityBill)
    };
    assert_eq!(message(eve.save_secure_value(stolen, vault.secret_id().0).await), "FILE_ID_INVALID");
    let nobody = InProcessCloud::signed_in(state, 1);
    assert_eq!(message(nobody.all_secure_values().await), "AUTH_KEY_UNREGISTERED");
}

#[tokio::test]
async fn a_lost_part_and_a_wrong_checksum_are_noticed() {
    let cloud = account(&state());
    let vault = sign_up(&cloud, "cucumber").await;
    let bill = |file| InputSecureValue {
        parts: Parts { files: vec![file], ..Parts::default() },
        ..InputSecureValue::empty(ElementType::UtilityBill)
    };
    let id = vault.secret_id().0;
    let uploaded = |cloud_id, number, checksum: &str| InputSecureFile::Uploaded {
        id: cloud_id,
        parts: number,
        md5_checksum: checksum.to_owned(),
        file_hash: vec![0; 32],
        secret: vec![0; 32],
    };
    cloud.save_file_part(1, 0, vec![1; 1024]).await.unwrap();
    cloud.save_file_part(1, 2, vec![1; 1024]).await.unwrap();
    let outcome = cloud.save_secure_value(bill(uploaded(1, 3, "")), id).await;
    assert!(matches!(outcome, Err(CloudError::FilePartMissing { part: 1 })));
    cloud.save_file_part(1, 1, vec![1; 1024]).await.unwrap();
    let outcome = cloud.save_secure_value(bill(uploaded(1, 3, "d41d8cd98f00b204e9800998ecf8427e")), id).await;
    assert_eq!(message(outcome), "MD5_CHECKSUM_INVALID");
    cloud.save_secure_value(bill(uploaded(1, 3, "")), id).await.expect("no checksum is no claim");
    cloud.save_big_file_part(2, 0, 1, vec![1; 1024]).await.unwrap();
    cloud.save_secure_value(bill(uploaded(2, 1, "")), id).await.expect("big parts are parts");
}

#[tokio::test]
async fn codes_prove_a_phone_number_and_an_address() {
    let state = state();
    let cloud = account(&state);
    let vault = sign_up(&cloud, "cucumber").await;
    let id = vault.secret_id().0;
    let phone = || InputSecureValue {
        plain_data: Some(SecurePlainData::Phone(PhoneNumber("4915112345678".to_owned()))),
        ..InputSecureValue::empty(ElementType::PhoneNumber)
    };
    let outcome = cloud.save_secure_value(phone(), id).await;
    assert!(matches!(outcome, Err(CloudError::PhoneVerificationNeeded)));
    let sent = cloud.send_verify_phone_code("+49 1511 2345678").await.unwrap();
    let code = state.last_code(cloud.user_id(), CodePurpose::VerifyPhone).expect("it was sent");
    cloud.verify_phone("+49 1511 2345678", &sent.phone_code_hash, &code).await.unwrap();
    cloud.save_secure_value(phone(), id).await.expect("verified");

    let email = || InputSecureValue {
        plain_data: Some(SecurePlainData::Email(EmailAddress("anna@example.com".to_owned()))),
        ..InputSecureValue::empty(ElementType::Email)
    };
    let outcome = cloud.save_secure_value(email(), id).await;
    assert!(matches!(outcome, Err(CloudError::EmailVerificationNeeded)));
    cloud.send_verify_email_code("anna@example.com").await.unwrap();
    let code = state.last_code(cloud.user_id(), CodePurpose::VerifyEmail).expect("it was sent");
    assert_eq!(cloud.verify_email(&code).await.unwrap(), EmailAddress("anna@example.com".to_owned()));
    cloud.save_secure_value(email(), id).await.expect("verified");
    assert_eq!(cloud.own_phone_number().await.unwrap(), Some(PhoneNumber(PHONE.to_owned())));
}

#[tokio::test]
async fn a_registered_password_works_like_one_that_was_set() {
    let state = state();
    let offer = account(&state).account_password().await.unwrap();
    let verifier = derive_verifier(&Password::from("cucumber"), &algorithm(&offer.new_algo)).unwrap();
    let registered = |verifier: Vec<u8>, algorithm: PasswordAlgorithm| Registration {
        password: Some(RegisteredPassword {
            algorithm: tl(algorithm),
            verifier,
            hint: String::new(),
            recovery_email: Some(EmailAddress("bob@example.com".to_owned())),
            secure_settings: None,
        }),
        ..Registration::new(PhoneNumber("4915112345678".to_owned()), "Bob")
    };
    let malformed = state.register_account(registered(vec![1], verifier.algorithm.clone()));
    assert_eq!(malformed, Err(RegistrationError::PasswordInvalid));
    let good = registered(verifier.verifier.to_vec(), verifier.algorithm);
    let cloud = InProcessCloud::signed_in(state.clone(), state.register_account(good).unwrap());
    let challenge = cloud.account_password().await.unwrap();
    let settings = cloud.password_settings(proof(&challenge, "cucumber")).await.unwrap();
    assert_eq!(settings.email.map(|email| email.to_string()).as_deref(), Some("bob@example.com"));
    assert!(settings.secure_settings.is_none());
}

#[tokio::test]
async fn calls_are_counted_and_can_be_made_to_fail() {
    let state = state();
    let cloud = account(&state);
    state.fail_next(cloud.user_id(), "help.getPassportConfig", CloudError::FloodWait(Duration::from_secs(7)));
    let outcome = cloud.passport_config(0).await;
    assert!(matches!(outcome, Err(CloudError::FloodWait(wait)) if wait.as_secs() == 7));
    assert!(matches!(cloud.passport_config(0).await, Ok(PassportConfig::Config { .. })));
    let summary = state.summary(cloud.user_id()).unwrap();
    assert_eq!(summary.calls["help.getPassportConfig"], 2);
    assert!(!summary.has_password && summary.secret.is_none() && summary.values.is_empty());
}
