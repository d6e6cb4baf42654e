//! The data centre, by a client that was not written here: Telethon, whose server keys are replaced.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use telegram_passport::element::{Country, Element, ElementType, Part};
use telegram_passport::passport::{FileSource, Passport, SaveOptions, Vaulted};
use telegram_passport_sandbox::dc::{DataCentres, ServerIdentity};
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::State;

use crate::conformance::stage::Stage;
use crate::packages;

const PASSWORD: &str = "correct horse battery";

/// Writes the code of a login to a file as soon as it was sent: what the phone does for its owner.
async fn show_code(state: State, file: PathBuf) {
    loop {
        if let Some(code) = state.last_login_code(Stage::PHONE) {
            // Renamed, so that it is read whole.
            let aside = file.with_extension("new");
            fs::write(&aside, code).unwrap();
            fs::rename(&aside, &file).unwrap();
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn telethon_logs_in_and_reads_sealed_values() {
    let stage = Stage::new();
    let vault = Vaulted::new(stage.cloud());
    vault.set_password(None, &PASSWORD.into(), "").await.unwrap();
    vault.create_secret(&PASSWORD.into()).await.unwrap();
    let person = Person::generate(Country::from_code("CZ").unwrap(), 3).unwrap();
    let passport = person.elements.iter().find(|element| element.kind() == ElementType::Passport).unwrap();
    let passport: Element<FileSource> = passport.clone().map_files(|_, file| file.into());
    vault.save(passport, &SaveOptions::default()).await.unwrap();

    let identity = ServerIdentity::generate();
    let centres = DataCentres::start(stage.state.clone(), &identity).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let code_file = folder.path().join("code");
    let told = folder.path().join("told.json");
    let told_to_telethon = json!({
        "host": centres.address().ip().to_string(),
        "port": centres.address().port(),
        "public_key": identity.public_key(),
        "phone": format!("+{}", Stage::PHONE),
        "password": PASSWORD,
        "code_file": code_file,
    });
    fs::write(&told, told_to_telethon.to_string()).unwrap();
    tokio::spawn(show_code(stage.state.clone(), code_file));
    let seen = tokio::task::spawn_blocking(move || packages::run("log_in_with_telethon.py", &[&told]))
        .await
        .unwrap();

    for transport in ["full", "abridged", "intermediate", "obfuscated"] {
        assert_eq!(seen["addresses"][transport], json!(["127.0.0.1"]), "only loopback is ever named");
    }
    assert_eq!(seen["wrong_code"], "refused");
    assert_eq!(seen["password"], "needed");
    assert_eq!(seen["wrong_password"], "refused");
    assert_eq!(seen["user_id"], stage.user_id);
    assert_eq!(seen["phone"], Stage::PHONE);

    let stored = &stage.state.all_secure_values(stage.user_id).unwrap()[0];
    assert_eq!(seen["values"][0]["type"], "SecureValueTypePassport");
    assert_eq!(seen["values"][0]["data"], hex(&stored.data.as_ref().unwrap().data));
    let front_side = stored.parts.front_side.as_ref().unwrap();
    let chunk = stage
        .state
        .file_part(
            stage.user_id,
            front_side.location(),
            telegram_passport::cloud::FileRange { offset: 0, limit: 1 << 20, precise: false },
        )
        .unwrap();
    assert_eq!(seen["front_side"], hex(&chunk.bytes));
    assert_eq!(
        vault.list().await.unwrap()[0].element().unwrap().file(Part::FrontSide).unwrap().ciphertext_size(),
        Some(front_side.size)
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
