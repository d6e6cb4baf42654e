//! What TDLib stores our vault reads byte for byte, and the reverse; the server has no plaintext of either.
//!
//! Differences that remain, with their reasons:
//! - TDLib tells neither id nor size of a stored file, so `SavedFile::id` and `ciphertext_size` are `None` there.
//! - TDLib stores no fields that it does not know; its engine refuses to save an element that has some.
//! - TDLib shows no element that it cannot open or whose flaws it minds: `Unreadable::Hidden`, or nothing, where the
//!   vault says what is wrong.
//! - TDLib does not say whether there is a passport secret that nothing is stored under: `SecretState::Missing`.

use telegram_passport::element::ElementType;
use telegram_passport::passport::{Passport, SecretState, Vaulted};

use crate::conformance::stage::Stage;
use crate::conformance::{self, Engine, PASSWORD};
use crate::over_tdlib::OverTdlib;

async fn stored_by_one_is_read_by_the_other(stage: &Stage, one: &impl Passport, other: &impl Passport) {
    let person = conformance::person();
    assert_eq!(person.elements.len(), 13);
    for element in person.elements.clone() {
        conformance::save_verified(one, stage, element).await;
    }
    assert_eq!(other.unlock(PASSWORD.into()).await.unwrap(), SecretState::Unlocked);
    let listed = other.list().await.unwrap();
    assert_eq!(listed.iter().map(|saved| saved.kind).collect::<Vec<_>>(), ElementType::ALL);
    for (saved, element) in listed.iter().zip(&person.elements) {
        assert_eq!(conformance::downloaded(other, saved).await, *element, "{}", saved.kind);
    }
}

pub(crate) async fn our_vault_reads_what_tdlib_stores() {
    let stage = Stage::new();
    let tdlib = conformance::ready::<OverTdlib>(&stage).await;
    let vault = Vaulted::new(stage.cloud());
    stored_by_one_is_read_by_the_other(&stage, &tdlib, &vault).await;
}

pub(crate) async fn tdlib_reads_what_our_vault_stores() {
    let stage = Stage::new();
    let vault = Vaulted::new(stage.cloud());
    vault.set_password(None, PASSWORD.into(), "").await.unwrap();
    vault.create_secret(PASSWORD.into()).await.unwrap();
    stage.remember_password(PASSWORD);
    let tdlib = OverTdlib::session(&stage).await;
    stored_by_one_is_read_by_the_other(&stage, &vault, &tdlib).await;
}
