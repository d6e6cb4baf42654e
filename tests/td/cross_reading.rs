//! What TDLib stores our vault reads byte for byte, and the reverse; the server has no plaintext of either.
//!
//! Differences that remain, with their reasons:
//! - TDLib tells neither id nor size of a stored file, so `SavedFile::id` and `ciphertext_size` are `None` there.
//! - TDLib stores no fields that it does not know; its engine refuses to save an element that has some.
//! - TDLib shows no element that it cannot open or whose flaws it minds: `Unreadable::Hidden`, or nothing, where the
//!   vault says what is wrong.
//! - TDLib does not say whether there is a passport secret that nothing is stored under: `SecretState::Missing`.

use std::sync::Arc;

use telegram_passport::element::ElementType;
use telegram_passport::login::{LoginSteps as _, Step};
use telegram_passport::mtproto::Login;
use telegram_passport::passport::{Passport, SecretState, Vaulted};
use telegram_passport_sandbox::Description;
use telegram_passport_sandbox::dc::DataCentres;

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
