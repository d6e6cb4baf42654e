//! The Bot API's view of the sandbox, read by a bot library that knows nothing of us.

use std::sync::Arc;

use frankenstein::passport::EncryptedPassportElementType;
use frankenstein::types::{ChatType, Message};
use frankenstein::updates::{Update as BotUpdate, UpdateContent};
use telegram_passport::element::{Country, Element, ElementType, PhoneNumber, UnixTime};
use telegram_passport::passport::{FileSource, Passport, SaveOptions, Vaulted};
use telegram_passport::request::PassportRequest;
use telegram_passport::vault::Password;
use telegram_passport::vault::bot::{BotPrivateKey, PassportData};
use telegram_passport_sandbox::InProcessCloud;
use telegram_passport_sandbox::bot_api::{File, Update, download, updates};
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::person::Person;
use telegram_passport_sandbox::state::{Bot, Clock, CodePurpose, Registration, State};

const BOT_ID: i64 = 7_000_000_001;

/// Everything, with selfies and translations where there can be any.
const EVERYTHING: &str = r#"{"v":1,"d":[{"_":"pd","n":1},"ad","pn","em",
    {"_":"pp","s":1,"t":1},{"_":"dl","s":1,"t":1},{"_":"ic","s":1,"t":1},{"_":"ip","s":1,"t":1},
    {"_":"ub","t":1},{"_":"bs","t":1},{"_":"ra","t":1},{"_":"pr","t":1},{"_":"tr","t":1}]}"#;

/// A person with all 13 elements, whose phone number is the account's, shares what the scope asks for.
struct Shared {
    state: State,
    key: BotPrivateKey,
    person: Person,
}

async fn share(scope: &str) -> Shared {
    let person = Person::generate(Country::from_code("DE").unwrap(), 7).unwrap();
    let phone = person.elements.iter().find_map(|element| match element {
        Element::PhoneNumber(phone) => Some(phone.clone()),
        _ => None,
    });
    let state =
        State::new(Clock::standing_at(UnixTime::from_seconds(1_700_000_000)), &countries_languages_json());
    let registration = Registration {
        last_name: "Muster".to_owned(),
        ..Registration::new(phone.unwrap_or(PhoneNumber("12025550123".to_owned())), "Anna")
    };
    let user_id = state.register_account(registration).unwrap();
    let key = BotPrivateKey::generate(2048).unwrap();
    let pem = key.public_key().to_pem();
    state.register_bot(Bot::new(BOT_ID, "example_bot", "Example", &pem)).unwrap();

    let passport = Vaulted::new(InProcessCloud::signed_in(state.clone(), user_id));
    passport.set_password(None, &Password::from("cucumber"), "").await.unwrap();
    passport.create_secret(&Password::from("cucumber")).await.unwrap();
    for element in &person.elements {
        if let Element::Email(email) = element {
            let sent = passport.send_email_code(email).await.unwrap();
            let code = state.last_code(user_id, CodePurpose::VerifyEmail).unwrap();
            passport.check_email_code(&sent, &code).await.unwrap();
        }
        let element = element.clone().map_files(|_, contents| FileSource::from(contents));
        passport.save(element, &SaveOptions::default()).await.unwrap();
    }
    let request = PassportRequest::new(BOT_ID, scope, &pem, "nonce-1").unwrap();
    let form = passport.form(&request).await.unwrap();
    let selection = form.assess().select().unwrap();
    passport.send(&form, &selection).await.unwrap();
    Shared { state, key, person }
}

fn passport_data(update: BotUpdate) -> (Box<Message>, frankenstein::passport::PassportData) {
    let UpdateContent::Message(message) = update.content else { panic!("a message") };
    let data = message.passport_data.clone().expect("a share");
    (message, *data)
}

#[tokio::test]
async fn frankenstein_reads_all_thirteen_elements() {
    let Shared { state, .. } = share(EVERYTHING).await;
    let [update] = &updates(&state, BOT_ID)[..] else { panic!("one share") };
    let json = serde_json::to_string(update).unwrap();
    let (message, data) = passport_data(serde_json::from_str(&json).unwrap());
    assert_eq!(message.date, 1_700_000_000);
    assert_eq!(message.chat.type_field, ChatType::Private);
    let from = message.from.expect("a person");
    assert_eq!(
        (from.id, from.first_name.as_str(), from.last_name.as_deref()),
        (message.chat.id as u64, "Anna", Some("Muster"))
    );

    assert_eq!(data.data.len(), 13);
    let ours = update.passport_data().expect("a share");
    for (element, kind) in data.data.iter().zip(ours.data.iter().map(|e| e.kind)) {
        let name = serde_json::to_value(element.type_field).unwrap();
        assert_eq!(name, kind);
        let kind = ElementType::from_name(kind).unwrap();
        assert_eq!(
            element.data.is_some(),
            !kind.is_personal_document() && element.phone_number.is_none() && element.email.is_none()
        );
        assert_eq!(element.front_side.is_some(), kind.is_identity_document());
        assert_eq!(element.selfie.is_some(), kind.is_identity_document());
        assert_eq!(element.files.is_some(), kind.is_personal_document());
        let translated = kind.is_identity_document() || kind.is_personal_document();
        assert_eq!(element.translation.is_some(), translated);
        let files = element.files.iter().chain(&element.translation).flatten();
        for file in files.chain(&element.front_side).chain(&element.reverse_side).chain(&element.selfie) {
            let served = File::by_id(&state, BOT_ID, &file.file_id).expect("it was shared");
            assert_eq!((served.file_size, &served.file_unique_id), (file.file_size, &file.file_unique_id));
            let ciphertext = download(&state, BOT_ID, &served.file_path).expect("it was shared");
            assert_eq!(ciphertext.len() as u64, file.file_size);
            assert_eq!(file.file_date, 1_700_000_000);
        }
    }
}

#[tokio::test]
async fn what_the_bot_opens_is_what_the_person_stored() {
    let Shared { state, key, person } = share(EVERYTHING).await;
    let json = serde_json::to_string(&updates(&state, BOT_ID)[0]).unwrap();
    let data = PassportData::parse(&json, &[]).expect("our own strict reader");
    let fetch = |file: &telegram_passport::vault::bot::PassportFile| {
        let ciphertext = state.bot_file(BOT_ID, &file.file_id).map(|held| held.ciphertext.to_vec());
        ciphertext.ok_or_else(|| std::io::ErrorKind::NotFound.into())
    };
    let opened = data.open(&key, Some("nonce-1"), fetch).expect("untampered");
    assert_eq!(opened.elements.len(), 13);
    for shared in opened.elements {
        let stored = person.elements.iter().find(|stored| stored.kind() == shared.element.kind()).cloned();
        let stored = stored.map(|element| element.map_files(|_, scan| scan.into_bytes().into()));
        assert_eq!(Some(&shared.element), stored.as_ref(), "{}", shared.element.kind());
    }
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_there() {
    let Shared { state, .. } = share(r#"{"v":1,"d":["pp","pn"]}"#).await;
    let update = serde_json::to_value(&updates(&state, BOT_ID)[0]).unwrap();
    let [passport, phone] = &update["message"]["passport_data"]["data"].as_array().unwrap()[..] else {
        panic!("two elements");
    };
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(passport), ["type", "data", "front_side", "hash"]);
    assert_eq!(keys(phone), ["type", "phone_number", "hash"]);
    assert_eq!(keys(&passport["front_side"]), ["file_id", "file_unique_id", "file_size", "file_date"]);
    assert_eq!(keys(&update["message"]["passport_data"]), ["data", "credentials"]);
    assert_eq!(keys(&update["message"]["passport_data"]["credentials"]), ["data", "hash", "secret"]);
}

#[tokio::test]
async fn files_are_served_to_the_bot_they_were_shared_with() {
    let Shared { state, .. } = share(r#"{"v":1,"d":["pp"]}"#).await;
    let update: Update = updates(&state, BOT_ID).remove(0);
    let shared = &update.passport_data().expect("a share").data[0];
    let front = shared.parts.front_side.clone().expect("it was shared");
    let other = BOT_ID + 1;
    state.register_bot(Bot::new(other, "other_bot", "Other", "key")).unwrap();
    assert!(File::by_id(&state, other, &front.file_id).is_none());
    let path = File::by_id(&state, BOT_ID, &front.file_id).expect("it was shared").file_path;
    let bytes: Arc<[u8]> = download(&state, BOT_ID, &path).expect("it was shared");
    assert_eq!(bytes.len() as u64, front.file_size);
    for path in [front.file_id.as_str(), "passport/", "passport/../x", ""] {
        assert!(download(&state, BOT_ID, path).is_none(), "{path}");
    }
    assert!(updates(&state, other).is_empty());
    let passport = serde_json::to_value(EncryptedPassportElementType::Passport).unwrap();
    assert_eq!(passport, shared.kind);
}
