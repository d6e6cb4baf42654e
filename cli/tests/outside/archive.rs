//! An archive, read by a script that was written from its description alone.

use std::fs;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use telegram_passport::archive::{ExportOptions, export};
use telegram_passport::passport::Vaulted;

use crate::conformance::stage::Stage;
use crate::conformance::{person, prepare, save_verified};
use crate::packages;

const PASSPHRASE: &str = "a long and lonely passphrase, ünï¢ødé";

pub(crate) async fn a_reader_written_from_the_description_finds_the_same() {
    let place = tempfile::tempdir().unwrap();
    let (path, secret) = (place.path().join("archive"), place.path().join("passphrase"));
    let person = person();
    let stage = Stage::new();
    let passport = Vaulted::new(stage.cloud());
    prepare(&passport, &stage).await;
    for element in person.elements.clone() {
        save_verified(&passport, &stage, element).await;
    }
    export(&passport, &path, PASSPHRASE.try_into().unwrap(), &ExportOptions::default()).await.unwrap();
    fs::write(&secret, PASSPHRASE).unwrap();
    assert!(fs::metadata(&path).unwrap().len() > 3 * 65_536, "it has several chunks");

    let found = packages::run("open_archive.py", &[&path, &secret]);
    let expected: Vec<serde_json::Value> = person
        .elements
        .into_iter()
        .map(|element| {
            let element = element.map_files(|_, contents| BASE64_STANDARD.encode(contents.as_bytes()));
            serde_json::to_value(element).unwrap()
        })
        .collect();
    assert_eq!(found["elements"].as_array().unwrap(), &expected);
    assert_eq!(found["omitted"], serde_json::json!([]));
    assert!(found["created"].as_i64().unwrap() > 1_700_000_000);
}
