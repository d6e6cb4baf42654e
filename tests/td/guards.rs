//! Where TDLib alone would hurt a person, and this crate's engine does not: one case for each row.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tdlib_rs::{enums, types};
use telegram_passport::cloud::{
    InputSecureFile, InputSecureValue, SecureCloud, SecureData, SecureFile, SecurePasswordKdfAlgo,
    SecureSecretSettings,
};
use telegram_passport::element::{Address, Element, ElementType, Field, Part, Trouble};
use telegram_passport::passport::{
    AcceptLoss, Alteration, FileSource, ListError, Passport, PasswordError, Progress, Refusal, SaveError,
    SaveOptions, SaveProblem, SavedContent, SavedElement, SecretState, SendError, Sight, Unreadable, Vaulted,
};
use telegram_passport::request::{Expiry, SelectionError, SuitableElement};
use telegram_passport::scan::{self, PassportJpeg};
use telegram_passport::tdlib::{Done, Function, RequestError, RiskAccepted};
use telegram_passport::vault::FileContents;
use telegram_passport::vault::hazmat::{PassportSecret, SecretKdf, Vault, WrappedSecret};
use telegram_passport_sandbox::dc::{DataCentres, Fault};

use crate::conformance::other_client::OtherClient;
use crate::conformance::stage::{Stage, TestBot};
use crate::conformance::{self, Engine, PASSWORD, element_of, person};
use crate::over_tdlib::{self, BesideTheVault, OverTdlib, cautious};

/// Declares a function as any caller may.
macro_rules! function {
    ($name:ident, $td_name:literal, $answer:ty, { $($field:ident: $type:ty),* }) => {
        #[derive(Serialize)]
        #[serde(tag = "@type", rename = $td_name)]
        struct $name { $($field: $type),* }

        impl Function for $name {
            const NAME: &'static str = $td_name;
            type Answer = $answer;
        }
    };
}

function!(GetRecovery, "getRecoveryEmailAddress", types::RecoveryEmailAddress, { password: &'static str });
function!(GetAll, "getAllPassportElements", types::PassportElements, { password: &'static str });
function!(Get, "getPassportElement", enums::PassportElement, {
    r#type: enums::PassportElementType, password: &'static str
});
function!(Set, "setPassportElement", enums::PassportElement, {
    element: enums::InputPassportElement, password: &'static str
});
function!(Download, "downloadFile", types::File, {
    file_id: i32, priority: i32, offset: i64, limit: i64, synchronous: bool
});
function!(GetForm, "getPassportAuthorizationForm", types::PassportAuthorizationForm, {
    bot_user_id: i64, scope: String, public_key: String, nonce: String
});
function!(SendForm, "sendPassportAuthorizationForm", Done, {
    authorization_form_id: i32, types: Vec<enums::PassportElementType>
});

/// A scan as a telephone makes it.
fn with_position() -> Vec<u8> {
    let passport = element_of(&person(), ElementType::Passport);
    conformance::pictures::with_position(passport.file(Part::FrontSide).unwrap().as_bytes())
}

/// The element with its scans as files of any kind.
fn contents(element: Element<PassportJpeg>) -> Element<FileContents> {
    element.map_files(|_, scan| scan.into_bytes().into())
}

fn bill(path: &Path) -> enums::InputPassportElement {
    let file = || {
        let path = path.to_str().unwrap().to_owned();
        enums::InputFile::Local(types::InputFileLocal { path })
    };
    let utility_bill = types::InputPersonalDocument { files: vec![file(), file()], translation: Vec::new() };
    enums::InputPassportElement::UtilityBill(types::InputPassportElementUtilityBill { utility_bill })
}

/// What our vault finds stored.
async fn as_our_vault_sees_it(stage: &Stage, kind: ElementType) -> Element<FileContents> {
    let vault = Vaulted::new(stage.cloud());
    vault.unlock(&PASSWORD.into()).await.unwrap();
    let saved = vault.get(kind).await.unwrap().unwrap();
    let element = saved.element().unwrap().clone();
    let mut contents = Vec::new();
    for (_, file) in element.files() {
        contents.push(vault.download(file, &Progress::none()).await.unwrap());
    }
    let mut contents = contents.into_iter();
    element.map_files(|_, _| contents.next().unwrap())
}

fn secret_id(stage: &Stage) -> i64 {
    stage.state.summary(stage.user_id).unwrap().secret.unwrap().id
}

/// An account with an address, stored by our vault.
async fn with_an_address() -> Stage {
    let stage = Stage::new();
    let vault = Vaulted::new(stage.cloud());
    vault.set_password(None, &PASSWORD.into(), "").await.unwrap();
    vault.create_secret(&PASSWORD.into()).await.unwrap();
    stage.remember_password(PASSWORD);
    conformance::save(&vault, element_of(&person(), ElementType::Address)).await;
    stage
}

pub(crate) async fn a_secret_that_cannot_be_opened_is_not_replaced() {
    let stage = with_an_address().await;
    let id = secret_id(&stage);
    let damaged = SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt: vec![1; 40] },
        secure_secret: vec![7; 32],
        secure_secret_id: id,
    };
    stage.state.replace_secure_settings(stage.user_id, Some(damaged)).unwrap();

    let engine = cautious(&stage).await;
    let refused = engine.unlock(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::SecretUnproven)), "{refused:?}");
    let refused = engine.set_password(Some(&PASSWORD.into()), &"another".into(), "").await;
    assert!(matches!(refused, Err(PasswordError::SecretUnproven)), "{refused:?}");
    let refused = engine.create_secret(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::SecretExists)), "{refused:?}");
    assert!(matches!(engine.list().await, Err(ListError::Refused(Refusal::Locked))));
    assert!(matches!(engine.get(ElementType::Address).await, Err(ListError::Refused(Refusal::Locked))));
    let address = element_of(&person(), ElementType::Address);
    let refused = engine.save(conformance::new(address), &SaveOptions::default()).await;
    assert!(matches!(refused, Err(SaveError::Refused(Refusal::Locked))), "{refused:?}");
    assert_eq!(secret_id(&stage), id);

    engine.client().call(&GetAll { password: PASSWORD }).await.unwrap();
    assert_ne!(secret_id(&stage), id, "TDLib alone replaces it");
}

/// Settings of the server as our vault wraps a secret.
fn settings(wrapped: WrappedSecret) -> SecureSecretSettings {
    let SecretKdf::Pbkdf2HmacSha512Iter100000 { salt } = wrapped.kdf else { panic!("another derivation") };
    SecureSecretSettings {
        secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt },
        secure_secret: wrapped.encrypted,
        secure_secret_id: wrapped.id.0,
    }
}

pub(crate) async fn with_the_vaults_channel_a_damaged_secret_is_named_and_left_alone() {
    let stage = with_an_address().await;
    let other = Vault::new(PassportSecret::generate());
    let wrapped = |password: &str| settings(other.wrap_secret(&password.into(), &[8; 8]).unwrap());
    let damages = [
        // The password was changed by a client that did not wrap the secret anew (docs/protocol.md §11 no. 13).
        wrapped("the password before"),
        SecureSecretSettings { secure_secret_id: 1, ..wrapped(PASSWORD) },
        SecureSecretSettings { secure_secret: vec![7; 32], ..wrapped(PASSWORD) },
        SecureSecretSettings { secure_secret: vec![7; 31], ..wrapped(PASSWORD) },
        SecureSecretSettings { secure_algo: SecurePasswordKdfAlgo::Unknown, ..wrapped(PASSWORD) },
    ];
    let stored = || stage.state.summary(stage.user_id).unwrap().secret;
    for damaged in damages {
        stage.state.replace_secure_settings(stage.user_id, Some(damaged)).unwrap();
        let before = stored();
        let engine = cautious(&stage).await.beside(Arc::new(Vaulted::new(stage.cloud())));
        let refused = engine.unlock(&PASSWORD.into()).await;
        let named = matches!(
            refused,
            Err(PasswordError::SecretUnreadable | PasswordError::Refused(Refusal::UpdateRequired))
        );
        assert!(named, "{refused:?}");
        let refused = engine.set_password(Some(&PASSWORD.into()), &"another".into(), "").await;
        assert!(refused.is_err(), "{refused:?}");
        let refused = engine.create_secret(&PASSWORD.into()).await;
        assert!(matches!(refused, Err(PasswordError::SecretExists)), "{refused:?}");
        assert!(matches!(engine.list().await, Err(ListError::Refused(Refusal::Locked))));
        assert_eq!(stored(), before, "nothing was written");

        engine.client().call(&GetAll { password: PASSWORD }).await.unwrap();
        assert_ne!(stored(), before, "TDLib alone replaces it");
    }

    // With the person's explicit word the vault gives up a secret that does not open; what was stored is listed as lost.
    stage.state.replace_secure_settings(stage.user_id, Some(wrapped("the password before"))).unwrap();
    let vault = Vaulted::new(stage.cloud());
    vault.reset_secret(&PASSWORD.into(), AcceptLoss).await.unwrap();
    let engine = cautious(&stage).await.beside(Arc::new(vault));
    assert_eq!(engine.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    let listed = engine.list().await.unwrap();
    assert!(matches!(listed.as_slice(), [lost] if lost.element().is_none()), "{listed:?}");
    let address = element_of(&person(), ElementType::Address);
    conformance::save(&engine, address.clone()).await;
    assert_eq!(as_our_vault_sees_it(&stage, ElementType::Address).await, contents(address));
}

pub(crate) async fn with_the_vaults_channel_a_sound_secret_needs_no_word() {
    let stage = with_an_address().await;
    let engine = cautious(&stage).await.beside(Arc::new(Vaulted::new(stage.cloud())));
    assert!(matches!(engine.unlock(&"wrong".into()).await, Err(PasswordError::WrongPassword)));
    assert_eq!(engine.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    assert_eq!(engine.list().await.unwrap().len(), 1);
    engine.set_password(Some(&PASSWORD.into()), &"new horse".into(), "").await.unwrap();
    engine.lock();
    assert_eq!(engine.unlock(&"new horse".into()).await.unwrap(), SecretState::Unlocked);
    assert_eq!(engine.list().await.unwrap().len(), 1);
}

pub(crate) async fn with_the_vaults_channel_a_hidden_element_is_shown_with_its_flaw() {
    let stage = with_an_address().await;
    let secret = Vault::new(PassportSecret::generate());
    let wrapped = settings(secret.wrap_secret(&PASSWORD.into(), &[8; 8]).unwrap());
    stage.state.replace_secure_settings(stage.user_id, Some(wrapped)).unwrap();
    stage.cloud().delete_secure_values(&ElementType::ALL).await.unwrap();
    let vault = Vaulted::new(stage.cloud());
    vault.unlock(&PASSWORD.into()).await.unwrap();
    let licence = element_of(&person(), ElementType::DriverLicense);
    conformance::save(&vault, licence.clone()).await;
    // Its number becomes longer than TDLib bears, as another client may write it (docs/protocol.md §6.3).
    let stored = stage.cloud().secure_values(&[ElementType::DriverLicense]).await.unwrap().remove(0);
    let sealed =
        secret.seal_data(br#"{"document_no":"1234567890123456789012345","expiry_date":""}"#).unwrap();
    let keep = |file: Option<SecureFile>| {
        file.map(|file| InputSecureFile::Stored { id: file.id, access_hash: file.access_hash })
    };
    let mut flawed = InputSecureValue::empty(ElementType::DriverLicense);
    flawed.data = Some(SecureData {
        data: sealed.ciphertext,
        data_hash: sealed.hash.0.to_vec(),
        secret: sealed.secret.0.to_vec(),
    });
    flawed.parts.front_side = keep(stored.parts.front_side);
    flawed.parts.reverse_side = keep(stored.parts.reverse_side);
    flawed.parts.selfie = keep(stored.parts.selfie);
    flawed.parts.translation =
        stored.parts.translation.into_iter().filter_map(|file| keep(Some(file))).collect();
    stage.cloud().save_secure_value(flawed, secret_id(&stage)).await.unwrap();

    let alone = OverTdlib.session(&stage).await;
    alone.unlock(&PASSWORD.into()).await.unwrap();
    let listed = alone.list().await.unwrap();
    assert!(listed.iter().all(|saved| saved.element().is_none()), "TDLib does not show it: {listed:?}");

    let engine = cautious(&stage).await.beside(Arc::new(Vaulted::new(stage.cloud())));
    engine.unlock(&PASSWORD.into()).await.unwrap();
    let listed = engine.list().await.unwrap();
    let [shown] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!(shown.kind, ElementType::DriverLicense);
    assert!(!shown.is_sound(), "its flaw is told");
    assert_eq!(engine.get(ElementType::DriverLicense).await.unwrap().as_ref(), Some(shown));

    // The number is put right, the scans stay where they are, and TDLib shows the licence.
    let mut mended = shown.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    let document = mended.identity_document_mut().unwrap();
    document.document_no.clone_from(&licence.identity_document().unwrap().document_no);
    document.expiry_date = licence.identity_document().unwrap().expiry_date;
    engine.save(mended, &SaveOptions::default()).await.unwrap();
    let kind = enums::PassportElementType::DriverLicense;
    engine.client().call(&Get { r#type: kind, password: PASSWORD }).await.unwrap();
    assert_eq!(as_our_vault_sees_it(&stage, ElementType::DriverLicense).await, contents(licence));
}

pub(crate) async fn with_the_vaults_channel_what_tdlib_does_not_know_is_seen_and_kept() {
    let (other, stage) = OtherClient::with_stage().await;
    let kind = ElementType::Passport;
    let engine = BesideTheVault.session(&stage).await;
    engine.unlock(&PASSWORD.into()).await.unwrap();
    conformance::save(&engine, element_of(&person(), kind)).await;
    let plain = engine.get(kind).await.unwrap().unwrap();
    assert_eq!(plain.sight, Sight::Whole);
    let kept_by_tdlib = plain.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    other.writes(kind, r#"{"document_no":"X1","expiry_date":"","note":"mine"}"#).await;

    let note = |saved: &SavedElement| {
        let unknown = saved.element().unwrap().unknown_fields().unwrap();
        unknown.iter().map(|(name, json)| format!("{name}={json}")).collect::<Vec<_>>()
    };
    let shown = engine.get(kind).await.unwrap().unwrap();
    assert_eq!((note(&shown).as_slice(), shown.sight), (&["note=\"mine\"".to_owned()][..], Sight::Whole));
    assert_eq!(engine.list().await.unwrap(), std::slice::from_ref(&shown));
    let bot = stage.bot();
    let request = conformance::request(&bot, vec![kind.into()]);
    let form = engine.form(&request).await.unwrap();
    assert_eq!(note(&form.elements()[0]), ["note=\"mine\""], "what leaves is seen");
    engine.send(&form, &form.assess().select().unwrap()).await.unwrap();
    assert_eq!(bot.open_last_share(request.nonce())[0].unknown_fields().unwrap().len(), 1);

    // The next save keeps it, and one that brings such a field along keeps the scans that TDLib has listed.
    let mut changed = shown.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    changed.set_text(Field::DocumentNo, "X2").unwrap();
    engine.save(changed, &SaveOptions::default()).await.unwrap();
    assert_eq!(note(&engine.get(kind).await.unwrap().unwrap()), ["note=\"mine\""]);
    let mut brought = kept_by_tdlib;
    let (unknown, _) = Element::<()>::read_data(kind, br#"{"remark":1}"#).unwrap();
    brought.unknown_fields_mut().unwrap().lay_over(unknown.unknown_fields().unwrap());
    engine.save(brought, &SaveOptions::default()).await.unwrap();
    assert_eq!(note(&engine.get(kind).await.unwrap().unwrap()), ["remark=1"]);
    let stored = as_our_vault_sees_it(&stage, kind).await;
    let own = element_of(&person(), kind);
    let own: Vec<_> = own.files().map(|(part, scan)| (part, scan.as_bytes().to_vec())).collect();
    let stored: Vec<_> = stored.files().map(|(part, scan)| (part, scan.as_bytes().to_vec())).collect();
    assert!(stored == own);
}

pub(crate) async fn with_the_vaults_channel_what_is_not_understood_is_not_saved_over() {
    let (other, stage) = OtherClient::with_stage().await;
    let kind = ElementType::Passport;
    let engine = BesideTheVault.session(&stage).await;
    engine.unlock(&PASSWORD.into()).await.unwrap();
    conformance::save(&engine, element_of(&person(), kind)).await;
    other.writes(kind, r#"{"document_no":"X1","expiry_date":"2020-12-31"}"#).await;

    let shown = engine.get(kind).await.unwrap().unwrap();
    let raw: Vec<_> = shown.element().unwrap().raw_fields().unwrap().iter().collect();
    assert_eq!(raw, [(Field::ExpiryDate, "\"2020-12-31\"")]);
    let bot = stage.bot();
    let form = engine.form(&conformance::request(&bot, vec![kind.into()])).await.unwrap();
    let assessment = form.assess();
    let alternative = &assessment.rows()[0].alternatives()[0];
    assert!(alternative.is_held() && !alternative.is_complete(), "{alternative:?}");
    assert_eq!(alternative.expiry(), Expiry::NotUnderstood);

    let mut changed = shown.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    changed.set_text(Field::DocumentNo, "X2").unwrap();
    let refused = engine.save(changed.clone(), &SaveOptions::default()).await;
    let Err(SaveError::Flawed { problems, .. }) = refused else { panic!("{refused:?}") };
    let not_understood = |problem: &SaveProblem| matches!(problem, SaveProblem::Rule(rule) if rule.trouble == Trouble::NotUnderstood);
    assert!(problems.iter().all(not_understood), "{problems:?}");
    changed.set_text(Field::ExpiryDate, "31.12.2030").unwrap();
    engine.save(changed, &SaveOptions::default()).await.unwrap();
    assert_eq!(engine.get(kind).await.unwrap().unwrap().flaws, []);
}

pub(crate) async fn without_the_channel_it_is_said_that_tdlib_does_not_show_all() {
    let stage = Stage::new();
    let engine = cautious(&stage).await;
    conformance::prepare(&engine, &stage).await;
    let kind = ElementType::Address;
    conformance::save(&engine, element_of(&person(), kind)).await;
    assert_eq!(engine.get(kind).await.unwrap().unwrap().sight, Sight::KnownFields);
    let again = conformance::save(&engine, element_of(&person(), kind)).await;
    assert_eq!(again.sight, Sight::KnownFields);
    // Where there are pictures alone, nothing can be unseen.
    for _ in 0..2 {
        conformance::save(&engine, element_of(&person(), ElementType::UtilityBill)).await;
    }
    let accepting = OverTdlib.session(&stage).await;
    accepting.unlock(&PASSWORD.into()).await.unwrap();
    conformance::save(&accepting, element_of(&person(), kind)).await;
}

pub(crate) async fn without_the_channel_a_save_says_what_it_may_have_dropped() {
    let (other, stage) = OtherClient::with_stage().await;
    let kind = ElementType::Passport;
    let beside = BesideTheVault.session(&stage).await;
    beside.unlock(&PASSWORD.into()).await.unwrap();
    conformance::save(&beside, element_of(&person(), kind)).await;
    other.writes(kind, r#"{"document_no":"X1","expiry_date":"","note":"mine"}"#).await;
    let engine = OverTdlib.session(&stage).await;
    engine.unlock(&PASSWORD.into()).await.unwrap();
    let shown = engine.get(kind).await.unwrap().unwrap();
    assert_eq!(shown.sight, Sight::KnownFields);
    let mut changed = shown.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    changed.set_text(Field::DocumentNo, "X2").unwrap();
    let saved = engine.save(changed, &SaveOptions::default()).await.unwrap();
    assert_eq!(saved.sight, Sight::KnownFields);
    let stored = as_our_vault_sees_it(&stage, kind).await;
    assert!(stored.unknown_fields().unwrap().is_empty(), "it is dropped");
    assert_eq!(stored.text(Field::DocumentNo).unwrap().as_str(), "X2");

    // With the channel all is kept, and there is nothing to tell.
    other.writes(kind, r#"{"document_no":"X3","expiry_date":"","note":"mine"}"#).await;
    let shown = beside.get(kind).await.unwrap().unwrap();
    let kept = shown.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    assert_eq!(beside.save(kept, &SaveOptions::default()).await.unwrap().sight, Sight::Whole);
    let stored = as_our_vault_sees_it(&stage, kind).await;
    assert_eq!(stored.unknown_fields().unwrap().len(), 1);
}

/// TDLib sends what it has in memory. Between the last comparison and that, no other task changes it.
pub(crate) async fn what_is_sent_is_what_was_shown_whatever_another_task_saves() {
    let stage = Stage::new();
    let engine = over_tdlib::ready(&stage).await;
    let bot = stage.bot();
    let kinds = [ElementType::PersonalDetails, ElementType::Address];
    for kind in kinds {
        conformance::save(&engine, element_of(&person(), kind)).await;
    }
    let request = conformance::request(&bot, kinds.map(Into::into).to_vec());
    let form = engine.form(&request).await.unwrap();
    let selection = form.assess().select().unwrap();
    let faults = stage.owned::<DataCentres>()[0].faults().clone();
    // Each answer takes its time, so that what may come in between does.
    faults.inject(Fault::SlowLink { delay: Duration::from_millis(200) }, 30);
    let Element::Address(mut moved) = element_of(&person(), ElementType::Address) else { unreachable!() };
    moved.city = "Elsewhere".to_owned();
    let save = async {
        // Behind the share, which has begun.
        tokio::task::yield_now().await;
        conformance::save(&engine, Element::Address(moved)).await
    };
    let (sent, _) = tokio::join!(engine.send(&form, &selection), save);
    faults.clear();
    match sent {
        Ok(()) => {
            let shared = bot.open_last_share(request.nonce());
            assert_eq!(shared[1], element_of(&person(), ElementType::Address), "what was shown was sent");
        }
        Err(SendError::ElementChanged { .. }) => assert_eq!(bot.shares(), 0),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn a_sound_secret_is_not_touched_either_without_the_callers_word() {
    let stage = with_an_address().await;
    let engine = cautious(&stage).await;
    let refused = engine.unlock(&PASSWORD.into()).await;
    assert!(matches!(refused, Err(PasswordError::SecretUnproven)), "{refused:?}");
    let accepting = OverTdlib.session(&stage).await;
    assert_eq!(accepting.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    assert_eq!(accepting.list().await.unwrap().len(), 1);
}

pub(crate) async fn with_nothing_stored_no_word_is_needed() {
    let stage = Stage::new();
    let engine = cautious(&stage).await;
    engine.set_password(None, &PASSWORD.into(), "").await.unwrap();
    assert_eq!(engine.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Missing);
    assert!(stage.state.summary(stage.user_id).unwrap().secret.is_none(), "looking makes no secret");
    engine.create_secret(&PASSWORD.into()).await.unwrap();
    conformance::save(&engine, element_of(&person(), ElementType::Address)).await;
    // TDLib still holds the secret that it made under this engine's eyes.
    engine.lock();
    assert_eq!(engine.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    assert_eq!(engine.list().await.unwrap().len(), 1);
}

pub(crate) async fn a_wrong_password_is_refused_although_tdlib_remembers_the_secret() {
    let stage = Stage::new();
    let engine = over_tdlib::ready(&stage).await;
    conformance::save(&engine, element_of(&person(), ElementType::Address)).await;
    let all = engine.client().call(&GetAll { password: "wrong" }).await.unwrap();
    assert_eq!(all.elements.len(), 1, "TDLib alone takes any password");
    engine.lock();
    let refused = engine.unlock(&"wrong".into()).await;
    assert!(matches!(refused, Err(PasswordError::WrongPassword)), "{refused:?}");
    assert!(matches!(engine.list().await, Err(ListError::Refused(Refusal::Locked))));
}

pub(crate) async fn a_password_that_tdlib_would_alter_is_refused() {
    let stage = Stage::new();
    let engine = cautious(&stage).await;
    let refused = engine.set_password(None, &"tab\there".into(), "").await;
    assert!(matches!(refused, Err(PasswordError::NewPasswordAltered(_))), "{refused:?}");
    stage.plant_password("tab\there").await;
    let refused = engine.unlock(&"tab\there".into()).await;
    let tab = Alteration::Sign('\t');
    assert!(matches!(refused, Err(PasswordError::PasswordAltered(sign)) if sign == tab), "{refused:?}");
    // The vault proves it as it is.
    let vault = Vaulted::new(stage.cloud());
    assert_eq!(vault.unlock(&"tab\there".into()).await.unwrap(), SecretState::Missing);
    vault.set_password(Some(&"tab\there".into()), &PASSWORD.into(), "").await.unwrap();
    assert_eq!(engine.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Missing);
}

/// What is held to be altered, TDLib sends otherwise than it was typed; what is held to be kept, it does not.
pub(crate) async fn the_rule_for_texts_is_tdlibs_own() {
    let altered = ["a\tb", "a\u{2028}b", "\u{202A}x", "A\u{30A}", "a\u{200E}\u{200F}b"];
    let kept = ["a\u{200E}b\u{200F}", "x\u{202F}y", "Å 🔑"];
    for (password, is_kept) in
        altered.map(|text| (text, false)).into_iter().chain(kept.map(|text| (text, true)))
    {
        let stage = Stage::new();
        let engine = cautious(&stage).await;
        stage.plant_password(password).await;
        let proved = engine.client().call(&GetRecovery { password }).await;
        assert_eq!((Alteration::of(password).is_none(), proved.is_ok()), (is_kept, is_kept), "{password:?}");
    }
}

pub(crate) async fn a_position_in_a_picture_stays_at_home() {
    let stage = Stage::new();
    let engine = over_tdlib::ready(&stage).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bill.jpg");
    std::fs::write(&path, with_position()).unwrap();
    engine.client().call(&Set { element: bill(&path), password: PASSWORD }).await.unwrap();
    let stored = as_our_vault_sees_it(&stage, ElementType::UtilityBill).await;
    let page = stored.file(Part::File(0)).unwrap();
    assert!(page.as_bytes() == with_position(), "TDLib alone uploads it as it is");
    assert_eq!(stored.files().count(), 1, "and drops a repeated file without a word");

    let mut element = Element::empty(ElementType::UtilityBill);
    let page = || FileSource::New(scan::prepare(&with_position()).unwrap());
    element.personal_document_mut().unwrap().parts.files = vec![page()];
    engine.save(element.clone(), &SaveOptions::default()).await.unwrap();
    let stored = as_our_vault_sees_it(&stage, ElementType::UtilityBill).await;
    let page_stored = stored.file(Part::File(0)).unwrap();
    let inspection = scan::inspect(page_stored.as_bytes()).unwrap();
    assert!(!inspection.metadata.is_any());

    element.personal_document_mut().unwrap().parts.files.push(page());
    let refused = engine.save(element, &SaveOptions::default()).await;
    let Err(SaveError::Flawed { problems, .. }) = refused else { panic!("{refused:?}") };
    let repeated = |problem: &SaveProblem| matches!(problem, SaveProblem::Rule(rule) if rule.trouble == Trouble::SameAs(Part::File(0)));
    assert!(problems.iter().any(repeated), "{problems:?}");
}

pub(crate) async fn opened_scans_are_left_nowhere() {
    let stage = Stage::new();
    let engine = over_tdlib::ready(&stage).await;
    let element = element_of(&person(), ElementType::Passport);
    let saved = conformance::save(&engine, element.clone()).await;
    // As another session sees it, which has uploaded nothing.
    let other = cautious(&stage).await.accepting_risk(RiskAccepted);
    other.unlock(&PASSWORD.into()).await.unwrap();
    assert_eq!(conformance::downloaded(&other, &saved).await, element);
    let pictures: Vec<&[u8]> = element.files().map(|(_, file)| file.as_bytes()).collect();
    assert_eq!(traces(&stage, &pictures), 0);

    let kind = enums::PassportElementType::Passport;
    let passport = other.client().call(&Get { r#type: kind, password: PASSWORD }).await.unwrap();
    let enums::PassportElement::Passport(passport) = passport else { panic!("a passport") };
    let file_id = passport.passport.front_side.file.id;
    let download = Download { file_id, priority: 1, offset: 0, limit: 0, synchronous: true };
    other.client().call(&download).await.unwrap();
    assert_eq!(traces(&stage, &pictures), 1, "TDLib alone leaves it in its folder");
}

/// How many files of this stage's sessions hold a piece of one of these pictures.
fn traces(stage: &Stage, pictures: &[&[u8]]) -> usize {
    let sessions = stage.owned::<tempfile::TempDir>();
    assert!(!sessions.is_empty());
    let mut folders: Vec<_> = sessions.iter().map(|session| session.path().to_owned()).collect();
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let contents = std::fs::read(entry.path()).unwrap();
            let holds = |picture: &&[u8]| {
                let piece = &picture[picture.len() / 2..][..64];
                contents.windows(64).any(|window| window == piece)
            };
            found += usize::from(pictures.iter().any(holds));
        }
    }
    found
}

pub(crate) async fn an_incomplete_form_is_not_sent() {
    let stage = Stage::new();
    let engine = over_tdlib::ready(&stage).await;
    let bot = stage.bot();
    let mut passport = element_of(&person(), ElementType::Passport);
    passport.identity_document_mut().unwrap().parts.selfie = None;
    conformance::save(&engine, passport).await;
    let asked = SuitableElement::new(ElementType::Passport).with_selfie();
    let request = conformance::request(&bot, vec![asked.into(), ElementType::Address.into()]);
    let form = engine.form(&request).await.unwrap();
    assert_eq!(form.assess().select(), Err(SelectionError::NotReady { rows: vec![1, 2] }));
    assert_eq!(bot.shares(), 0);

    let ask = GetForm {
        bot_user_id: TestBot::ID,
        scope: request.scope().to_owned(),
        public_key: request.public_key().to_owned(),
        nonce: request.nonce().to_owned(),
    };
    let form = engine.client().call(&ask).await.unwrap();
    let types = vec![enums::PassportElementType::Passport];
    let send = SendForm { authorization_form_id: form.id, types };
    // TDLib alone leaves it to the server to mind.
    let refused = engine.client().call(&send).await;
    let Err(RequestError::Refused { message, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(message, "SECURE_VALUE_REQUIRED");
}

pub(crate) async fn an_element_that_tdlib_leaves_out_is_listed() {
    let stage = Stage::new();
    let engine = over_tdlib::ready(&stage).await;
    let mut damaged = InputSecureValue::empty(ElementType::Address);
    damaged.data = Some(SecureData { data: vec![3; 64], data_hash: vec![4; 32], secret: vec![5; 32] });
    stage.cloud().save_secure_value(damaged, secret_id(&stage)).await.unwrap();
    let all = engine.client().call(&GetAll { password: PASSWORD }).await.unwrap();
    assert_eq!(all.elements.len(), 0, "TDLib alone leaves it out");
    let listed = engine.list().await.unwrap();
    let [hidden] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!(hidden.kind, ElementType::Address);
    assert_eq!(hidden.content, SavedContent::Unreadable(Unreadable::Hidden));
    assert_eq!(engine.get(ElementType::Address).await.unwrap().as_ref(), Some(hidden));
}

pub(crate) async fn a_text_that_tdlib_would_alter_is_refused() {
    let stage = Stage::new();
    let engine = over_tdlib::ready(&stage).await;
    let Element::Address(mut address) = element_of(&person(), ElementType::Address) else {
        panic!("an address")
    };
    address.city = "A\u{30A}rhus".to_owned();
    let td = types::Address {
        country_code: address.country.unwrap().code().to_owned(),
        state: address.state.clone(),
        city: address.city.clone(),
        street_line1: address.street_line1.clone(),
        street_line2: address.street_line2.clone(),
        postal_code: address.post_code.clone(),
    };
    let element = enums::InputPassportElement::Address(types::InputPassportElementAddress { address: td });
    engine.client().call(&Set { element, password: PASSWORD }).await.unwrap();
    let Element::Address(Address { city, .. }) = &as_our_vault_sees_it(&stage, ElementType::Address).await
    else {
        panic!("an address")
    };
    assert_eq!(city, "Arhus", "TDLib alone drops the ring");

    let refused = engine.save(Element::Address(address), &SaveOptions::default()).await;
    let Err(SaveError::Flawed { problems, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(problems, [SaveProblem::Altered { field: Field::City }]);
}
