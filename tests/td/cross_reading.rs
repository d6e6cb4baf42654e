//! What TDLib stores our vault reads byte for byte, and the reverse; the server has no plaintext of either.
//!
//! Differences that remain, with their reasons:
//! - TDLib tells neither id nor size of a stored file, so `SavedFile::id` and `ciphertext_size` are `None` there.
//! - TDLib stores no fields that it does not know; its engine refuses to save an element that has some.
//! - TDLib shows no element that it cannot open or whose flaws it minds: `Unreadable::Hidden`, or nothing, where the
//!   vault says what is wrong.
//! - TDLib does not say whether there is a passport secret that nothing is stored under: `SecretState::Missing`.

use std::sync::Arc;

use telegram_passport::element::{ElementType, Part, PhoneNumber};
use telegram_passport::login::{LoginSteps as _, Step};
use telegram_passport::mtproto::Login;
use telegram_passport::passport::{
    DownloadError, Passport, Progress, SaveError, SaveOptions, SecretState, SendError, Vaulted,
    VerificationError,
};
use telegram_passport_sandbox::Description;
use telegram_passport_sandbox::dc::DataCentres;
use telegram_passport_sandbox::state::CodePurpose;

use crate::conformance::stage::Stage;
use crate::conformance::{self, Engine, Opening, PASSWORD};
use crate::over_tdlib::OverTdlib;
use crate::stage;

async fn stored_by_one_is_read_by_the_other(stage: &Stage, one: &dyn Passport, other: &dyn Passport) {
    let person = conformance::person();
    assert_eq!(person.elements.len(), 13);
    for element in person.elements.clone() {
        conformance::save_verified(one, stage, element).await;
    }
    assert_eq!(other.unlock(&PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    let listed = other.list().await.unwrap();
    assert_eq!(listed.iter().map(|saved| saved.kind).collect::<Vec<_>>(), ElementType::ALL);
    for (saved, element) in listed.iter().zip(&person.elements) {
        assert_eq!(conformance::downloaded(other, saved).await, *element, "{}", saved.kind);
    }
}

pub(crate) async fn our_vault_reads_what_tdlib_stores() {
    let stage = Stage::new();
    let tdlib = conformance::ready(&OverTdlib, &stage).await;
    let vault = Vaulted::new(stage.cloud());
    stored_by_one_is_read_by_the_other(&stage, &tdlib, &vault).await;
}

pub(crate) async fn tdlib_reads_what_our_vault_stores() {
    let stage = Stage::new();
    let vault = Vaulted::new(stage.cloud());
    vault.set_password(None, &PASSWORD.into(), "").await.unwrap();
    vault.create_secret(&PASSWORD.into()).await.unwrap();
    stage.remember_password(PASSWORD);
    let tdlib = OverTdlib.session(&stage).await;
    stored_by_one_is_read_by_the_other(&stage, &vault, &tdlib).await;
}

/// Our vault over a channel of its own, through the same data centre as TDLib.
struct OverMtproto;

impl Engine for OverMtproto {
    fn sees_an_unused_secret(&self) -> bool {
        true
    }

    fn session<'a>(&'a self, stage: &'a Stage) -> Opening<'a> {
        Box::pin(async move {
            let data_centres = match stage.owned::<DataCentres>().pop() {
                Some(data_centres) => data_centres,
                None => stage.own(DataCentres::start(stage.state.clone(), stage::identity()).await.unwrap()),
            };
            let network = Description::in_process(&data_centres, stage::identity()).network().unwrap();
            let (login, _) = Login::begin(network, stage::application());
            login.set_phone_number(Stage::PHONE).await.unwrap();
            let step = login.check_code(&stage.state.last_login_code(Stage::PHONE).unwrap()).await.unwrap();
            if let (Step::Password { .. }, Some(password)) = (&step, stage.password()) {
                login.check_password(&password.into()).await.unwrap();
            }
            let cloud = login.finish().await.map_err(|(why, _)| why).unwrap();
            Arc::new(Vaulted::new(cloud)) as Arc<dyn Passport>
        })
    }
}

pub(crate) async fn the_vaults_channel_reads_what_tdlib_stores() {
    let stage = Stage::new();
    let tdlib = conformance::ready(&OverTdlib, &stage).await;
    let channel = OverMtproto.session(&stage).await;
    stored_by_one_is_read_by_the_other(&stage, &tdlib, &channel).await;
}

pub(crate) async fn tdlib_reads_what_the_vaults_channel_stores() {
    let stage = Stage::new();
    let channel = conformance::ready(&OverMtproto, &stage).await;
    let tdlib = OverTdlib.session(&stage).await;
    stored_by_one_is_read_by_the_other(&stage, &channel, &tdlib).await;
}

pub(crate) async fn what_one_engine_gives_out_another_kind_refuses() {
    let stage = Stage::new();
    let tdlib = conformance::ready(&OverTdlib, &stage).await;
    let vault: Arc<dyn Passport> = Arc::new(Vaulted::new(stage.cloud()));
    vault.unlock(&PASSWORD.into()).await.unwrap();
    let kind = ElementType::Passport;
    conformance::save(&tdlib, conformance::element_of(&conformance::person(), kind)).await;
    let bot = stage.bot();
    let request = conformance::request(&bot, vec![kind.into()]);
    let number = PhoneNumber("12025550199".to_owned());
    let options = SaveOptions::default();
    for (one, other) in [(&tdlib, &vault), (&vault, &tdlib)] {
        let listed = one.get(kind).await.unwrap().unwrap();
        let file = listed.element().unwrap().file(Part::FrontSide).unwrap();
        let refused = other.download(file, &Progress::none()).await;
        assert!(matches!(refused, Err(DownloadError::OtherEngine)), "{refused:?}");
        let refused = other.save(listed.edit().unwrap().element, &options).await;
        assert!(matches!(refused, Err(SaveError::OtherEngine { .. })), "{refused:?}");
        // What is stored is the same, and it is not what the other one showed.
        let refused = listed.edit().unwrap().save(other, &options).await;
        assert!(matches!(refused, Err(SaveError::ElementChanged { .. })), "{refused:?}");
        let form = one.form(&request).await.unwrap();
        let refused = other.send(&form, &form.assess().select().unwrap()).await;
        assert!(matches!(refused, Err(SendError::OtherForm)), "{refused:?}");
        assert_eq!(bot.shares(), 0);
        let sent = one.send_phone_code(&number).await.unwrap();
        let code = stage.last_code(CodePurpose::VerifyPhone);
        let refused = other.check_phone_code(&sent, &code).await;
        assert!(matches!(refused, Err(VerificationError::CodeExpired)), "{refused:?}");
        one.check_phone_code(&sent, &code).await.unwrap();
    }
}
