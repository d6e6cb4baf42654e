//! Shares as other people's programs see them: real bot libraries open what we seal, field by field and byte by byte.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use telegram_passport::element::{Element, ElementType, Field, Part, PartKind};
use telegram_passport::scan::PassportJpeg;
use telegram_passport_sandbox::person::Person;

use crate::tool::run;
use crate::{openssl, packages};

/// A share in a folder of its own: `person/`, `key.pem`, `update.json`, `files/`.
struct MadeShare {
    place: tempfile::TempDir,
    person: Person,
}

const NONCE: &str = "a nonce: \"quoted\", ünï¢ødé, 🦀";

impl MadeShare {
    /// A synthetic person shares this with a bot.
    fn new(country: &str, form: &str, ask: &[String]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name).display().to_string();
        let (folder, key, link) = (at("person"), at("key.pem"), at("link.txt"));
        let succeeds = |arguments: &[&str]| {
            let ended = run(arguments);
            assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.stderr);
            ended.stdout
        };
        succeeds(&["person", "new", "--country", country, "--seed", "11", "--out", &folder]);
        let mut new = vec!["request", "new", "--bot-id", "7500000001", "--new-key", &key, "--nonce", NONCE];
        new.extend(["--form", form]);
        new.extend(ask.iter().flat_map(|what| ["--ask", what.as_str()]));
        std::fs::write(&link, succeeds(&new)).unwrap();
        succeeds(&["simulate", &link, "--person", &folder, "--out", &at("")]);
        let person = Person::read(Path::new(&folder)).unwrap();
        Self { place, person }
    }

    /// Everything a bot can ask for.
    fn of_everything(country: &str) -> Self {
        let ask = ElementType::ALL.map(|kind| {
            let native = if kind == ElementType::PersonalDetails { "+native-names" } else { "" };
            let selfie = if kind.is_identity_document() { "+selfie" } else { "" };
            let documents = kind.is_identity_document() || kind.is_personal_document();
            let translation = if documents { "+translation" } else { "" };
            format!("{kind}{native}{selfie}{translation}")
        });
        Self::new(country, "long", &ask)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn update(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("update.json")).unwrap()).unwrap()
    }

    fn opened_with(&self, script: &str) -> Value {
        let (update, key, files) = (self.path("update.json"), self.path("key.pem"), self.path("files"));
        packages::run(script, &[&update, &key, &files])
    }
}

/// Every element that was opened is the person's: each field, each file, each part that there is.
fn assert_is_the_persons(opened: &Value, person: &Person, kinds: &[ElementType]) {
    let elements = opened["elements"].as_array().unwrap();
    let names: Vec<&str> = elements.iter().map(|element| element["type"].as_str().unwrap()).collect();
    assert_eq!(names, kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>());
    for element in elements {
        let kind = ElementType::from_name(element["type"].as_str().unwrap()).unwrap();
        let own = person.elements.iter().find(|own| own.kind() == kind).unwrap();
        let of_data = if own.plain().is_some() { element } else { &element["data"] };
        for field in Field::of(kind) {
            let text = of_data[field.name()].as_str().unwrap_or_default();
            assert_eq!(text, own.text(*field).unwrap().as_str(), "{field} of {kind}");
        }
        assert_has_the_files(element, own);
    }
}

fn assert_has_the_files(opened: &Value, own: &Element<PassportJpeg>) {
    let mut expected = 0;
    for (part, contents) in own.files() {
        let name = part.kind().name();
        let file = match part {
            Part::File(index) | Part::Translation(index) => &opened[name][index],
            _ => &opened[name],
        };
        let bytes = BASE64_STANDARD.decode(file.as_str().unwrap_or_default()).unwrap();
        assert!(bytes == contents.as_bytes(), "{part} of {}", own.kind());
        expected += 1;
    }
    let lists = [PartKind::Files, PartKind::Translation]
        .map(|part| opened[part.name()].as_array().map_or(0, Vec::len));
    let singles = [PartKind::FrontSide, PartKind::ReverseSide, PartKind::Selfie]
        .iter()
        .filter(|part| opened.get(part.name()).is_some())
        .count();
    assert_eq!(lists.iter().sum::<usize>() + singles, expected, "{}", own.kind());
}

pub(crate) fn python_telegram_bot_opens_a_share_of_everything() {
    for country in ["JP", "GE"] {
        let share = MadeShare::of_everything(country);
        let documents = share.person.elements.iter().filter(|element| element.kind().is_personal_document());
        assert!(
            documents.clone().count() == 5 && documents.clone().all(|element| element.files().count() > 2)
        );
        let native =
            share.person.elements.iter().find_map(|element| element.text(Field::FirstNameNative)).unwrap();
        assert!(!native.is_ascii(), "{country} writes names in a script of its own");

        let opened = share.opened_with("open_with_python_telegram_bot.py");
        assert_eq!(opened["nonce"], NONCE);
        assert_is_the_persons(&opened, &share.person, &ElementType::ALL);
    }
}

pub(crate) fn a_second_implementation_opens_a_share_of_everything() {
    let share = MadeShare::of_everything("UA");
    let opened = share.opened_with("open_with_cryptography.py");
    assert_eq!(opened["nonce"], NONCE);
    assert_is_the_persons(&opened, &share.person, &ElementType::ALL);
}

pub(crate) fn a_legacy_scope_gets_a_payload() {
    let ask = ["personal_details", "passport+selfie", "address", "utility_bill", "phone_number", "email"];
    let mut share = MadeShare::new("BG", "legacy", &ask.map(str::to_owned));
    let opened = share.opened_with("open_with_cryptography.py");
    assert_eq!(opened["payload"], NONCE);
    assert!(opened.get("nonce").is_none());
    // Version 1.0 knew no translations, so none were shared.
    for element in &mut share.person.elements {
        if let Some(document) = element.identity_document_mut() {
            document.parts.translation.clear();
        }
        if let Some(document) = element.personal_document_mut() {
            document.parts.translation.clear();
        }
    }
    let kinds = [
        ElementType::PersonalDetails,
        ElementType::Passport,
        ElementType::Address,
        ElementType::UtilityBill,
        ElementType::PhoneNumber,
        ElementType::Email,
    ];
    assert_is_the_persons(&opened, &share.person, &kinds);
}

pub(crate) fn the_openssl_command_opens_the_credentials() {
    let share = MadeShare::new("PL", "compact", &["passport".to_owned()]);
    let credentials = &share.update()["message"]["passport_data"]["credentials"];
    let part = |name: &str| BASE64_STANDARD.decode(credentials[name].as_str().unwrap()).unwrap();
    let secret = openssl::decrypt_oaep_sha1(&share.path("key.pem"), &part("secret"));
    assert_eq!(secret.len(), 32);
    assert_eq!(secret.iter().map(|byte| u32::from(*byte)).sum::<u32>() % 255, 239);

    let padded = openssl::open_cbc(&secret, &part("hash"), &part("data"));
    assert_eq!(openssl::digest("sha256", &padded), part("hash"));
    let prefix = usize::from(padded[0]);
    assert!((32..=127).contains(&prefix), "a widespread library breaks from 128");
    let json: Value = serde_json::from_slice(&padded[prefix..]).unwrap();
    assert_eq!(json["nonce"], NONCE);
    let passport = json["secure_data"]["passport"].as_object().unwrap();
    assert_eq!(passport.keys().collect::<Vec<_>>(), ["data", "front_side"], "only what was asked for");
    let order: Vec<_> = passport["data"].as_object().unwrap().keys().collect();
    assert_eq!(order, ["data_hash", "secret"], "some bots unpack by position");
}

pub(crate) fn frankenstein_parses_the_update() {
    let share = MadeShare::of_everything("AM");
    let text = std::fs::read_to_string(share.path("update.json")).unwrap();
    let update: frankenstein::updates::Update = serde_json::from_str(&text).unwrap();
    let frankenstein::updates::UpdateContent::Message(message) = update.content else {
        panic!("not a message");
    };
    let data = message.passport_data.expect("the share is in it");
    assert_eq!(data.data.len(), 13);
    for (element, kind) in data.data.iter().zip(ElementType::ALL) {
        let own = share.person.elements.iter().find(|own| own.kind() == kind).unwrap();
        let files =
            element.files.as_ref().map_or(0, Vec::len) + element.translation.as_ref().map_or(0, Vec::len);
        let sides =
            [&element.front_side, &element.reverse_side, &element.selfie].into_iter().flatten().count();
        assert_eq!(files + sides, own.files().count(), "{kind}");
    }
}
