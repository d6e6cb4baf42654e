//! That a world in a directory outlives its process, whole.

use std::fs;
use std::path::Path;

use super::{BOT_ID, KEY, credentials, open_account, passport, register, save_details, set_secret};
use crate::state::{
    BotCommand, BotProfile, ButtonAction, CallbackAnswer, Clock, CodePurpose, Content, InlineButton,
    Outgoing, ReplyMarkup, State, UploadedFile, Webhook,
};
use crate::{Store, StoreError};
use telegram_passport::cloud::{SecureValueError, SecureValueHash};
use telegram_passport::element::{ElementType, UnixTime};
use telegram_passport::request::ErrorSource;

fn open(directory: &Path) -> Result<State, StoreError> {
    State::open(Clock::standing_at(UnixTime::from_seconds(1_700_000_000)), "{}", &Store::open(directory)?)
}

/// Some of everything, each step compared with what a process that starts from the files as they are would find.
pub(super) fn live(state: &State, after_each: impl Fn()) {
    let user_id = open_account(state);
    after_each();
    set_secret(state, user_id);
    register(state);
    after_each();
    let details = save_details(state, user_id);
    let value = passport(state, user_id);
    after_each();
    let passport = state.save_secure_value(user_id, value, 77).expect("a sound value");
    after_each();
    let hashes =
        [&details, &passport].map(|value| SecureValueHash { kind: value.kind, hash: value.hash.clone() });
    let scope = r#"{"v":1,"d":["pd",{"_":"pp","s":1}]}"#;
    state.accept_authorization(user_id, BOT_ID, scope, KEY, &hashes, credentials()).expect("complete");
    after_each();
    talk(state, user_id);
    after_each();
    let objection = SecureValueError {
        kind: ElementType::PersonalDetails,
        source: ErrorSource::DataField { data_hash: vec![1; 32], field: "first_name".to_owned() },
        text: "no".to_owned(),
    };
    state.set_secure_value_errors(BOT_ID, user_id, vec![objection]).expect("it was shared");
    let sent = state.send_verify_phone_code(user_id, "4915112345678").expect("a number");
    let code = state.last_code(user_id, CodePurpose::VerifyPhone).expect("it was sent");
    after_each();
    state.verify_phone(user_id, "4915112345678", &sent.phone_code_hash, &code).expect("the code");
    state.send_verify_email_code(user_id, "anna@example.com").expect("an address");
    state.send_login_code("12025550123").expect("a number");
    state.send_login_code("12025550124").expect("a number");
    state.account_password(user_id).expect("an account");
    state.save_big_file_part(user_id, 9, 1, 3, vec![9; 2048]).expect("a sound part");
    state.save_big_file_part(user_id, 9, 0, 3, vec![8; 2048]).expect("a sound part");
    after_each();
    state.delete_secure_values(user_id, &[ElementType::Passport]).expect("an account");
    state.reset_password(user_id).expect("an account");
    after_each();
}

/// A chat with some of everything that can be in one.
fn talk(state: &State, user_id: i64) {
    state.start_bot(user_id, BOT_ID, "payload").expect("a bot");
    let file = UploadedFile::new("form.pdf", Some("application/pdf".to_owned()), None, vec![7; 100]);
    state.upload_file(BOT_ID, file.clone()).expect("a bot");
    let button = |text: &str, action| InlineButton { text: text.to_owned(), action };
    let buttons = vec![
        button("Yes", ButtonAction::Callback("answer=yes".to_owned())),
        button("Where", ButtonAction::Url("https://example.com/where".to_owned())),
    ];
    let sent = state.send_message(
        BOT_ID,
        user_id,
        Outgoing {
            content: Content::Document { file_id: file.name.file_id, caption: "A form".into() },
            markup: Some(ReplyMarkup::Inline(vec![buttons])),
            reply_to: None,
        },
    );
    let pressed = state.press_button(user_id, BOT_ID, sent.expect("a chat").id, "answer=yes");
    let answer = CallbackAnswer { text: "Thank you".to_owned(), ..CallbackAnswer::default() };
    state.answer_callback_query(BOT_ID, pressed.expect("a button"), answer).expect("in time");
    let webhook =
        Webhook { secret_token: Some("secret".to_owned()), ..Webhook::new("http://127.0.0.1:1/hook") };
    state.set_webhook(BOT_ID, Some(webhook)).expect("a bot");
    state.note_failed_delivery(BOT_ID, "Connection refused").expect("a bot");
    let kinds = ["message", "callback_query"].map(str::to_owned);
    state.allow_updates(BOT_ID, Some(kinds.into())).expect("a bot");
    let profile = |profile: &mut BotProfile| {
        profile.descriptions.insert("de".to_owned(), "Ein Bot".to_owned());
        let start = BotCommand { command: "start".to_owned(), description: "Begins".to_owned() };
        profile.commands.insert((r#"{"type":"default"}"#.to_owned(), String::new()), vec![start]);
    };
    state.change_bot_profile(BOT_ID, profile).expect("a bot");
    let first = state.pending_updates(BOT_ID, 1)[0].id;
    state.confirm_updates(BOT_ID, first + 1).expect("a bot");
}

#[test]
fn every_change_is_in_the_files_before_the_call_returns() {
    let place = tempfile::tempdir().expect("a folder");
    let state = open(&place.path().join("state")).expect("a new store");
    let copy = place.path().join("copy");
    live(&state, || {
        // What a kill would leave: the files as they are, while the store is open.
        let _ = fs::remove_dir_all(&copy);
        fs::create_dir(&copy).expect("a folder");
        for file in fs::read_dir(place.path().join("state")).expect("the store") {
            let file = file.expect("its file");
            fs::copy(file.path(), copy.join(file.file_name())).expect("copied");
        }
        let killed = open(&copy).expect("a whole store");
        assert_eq!(killed.records(), state.records());
    });
    let records = state.records();
    for name in
        ["state/account/5000000001", "state/account/5000000001/upload/9/part/1", "state/login/12025550124"]
    {
        assert!(records.contains_key(name), "{name} is not among {:?}", records.keys());
    }
    drop(state);
    assert_eq!(open(&place.path().join("state")).expect("the store").records(), records);
}

#[test]
fn an_upload_goes_on_where_it_was() {
    let place = tempfile::tempdir().expect("a folder");
    let state = open(place.path()).expect("a new store");
    let user_id = open_account(&state);
    state.save_big_file_part(user_id, 1, 0, 2, vec![1; 1024]).expect("a sound part");
    drop(state);
    let state = open(place.path()).expect("the store");
    state.save_big_file_part(user_id, 1, 1, 2, vec![2; 16]).expect("a sound part");
    let world = state.world();
    let file =
        world.account(user_id).expect("an account").values.uploads.assembled(1, 2, "").expect("both parts");
    assert_eq!(file, [vec![1; 1024], vec![2; 16]].concat());
}

#[test]
fn a_directory_has_one_process_and_one_owner() {
    let place = tempfile::tempdir().expect("a folder");
    let directory = place.path().join("deep").join("state");
    let state = open(&directory).expect("a new store");
    assert!(matches!(open(&directory), Err(StoreError::InUse { .. })));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&directory), 0o700);
        for file in fs::read_dir(&directory).expect("the store") {
            assert_eq!(mode(&file.expect("its file").path()), 0o600);
        }
    }
    drop(state);
    open(&directory).expect("free again");
    assert!(matches!(open(&directory.join("lock")), Err(StoreError::Io { .. })));
}

#[test]
fn damage_is_told_and_nothing_is_overwritten() {
    let place = tempfile::tempdir().expect("a folder");
    let directory = place.path().join("state");
    let state = open(&directory).expect("a new store");
    live(&state, || {});
    drop(state);
    let path = directory.join("state.redb");
    let good = fs::read(&path).expect("the store");
    let refused = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).expect("written");
        let outcome = std::panic::catch_unwind(|| open(&directory));
        let outcome = outcome.unwrap_or_else(|_| panic!("{what}: a panic"));
        let error = outcome.err().unwrap_or_else(|| panic!("{what}: opened"));
        assert!(matches!(error, StoreError::Damaged { .. } | StoreError::Record(_)), "{what}: {error:?}");
        assert!(fs::read(&path).expect("still there") == bytes, "{what}: overwritten");
    };
    refused(b"", "empty");
    refused(b"something else altogether", "another file");
    refused(&good[..good.len() / 2], "half");
    refused(&good[..good.len() - 1], "without its last byte");
    refused(&good[..64], "the head only");
    fs::write(&path, &good).expect("written");
    let whole = open(&directory).expect("sound again").records();

    // A flipped bit in what one record says; the file also has copies of it that are out of date.
    let mut refusals = 0;
    let places = good.windows(4).enumerate().filter(|(_, bytes)| bytes == b"Anna");
    for (place, _) in places.collect::<Vec<_>>() {
        let mut flipped = good.clone();
        flipped[place] ^= 1;
        fs::write(&path, &flipped).expect("written");
        match open(&directory) {
            Ok(state) => assert_eq!(state.records(), whole, "at {place}"),
            Err(error) => {
                assert!(matches!(error, StoreError::Damaged { .. } | StoreError::Record(_)), "{error:?}");
                assert!(fs::read(&path).expect("still there") == flipped, "at {place}: overwritten");
                refusals += 1;
            }
        }
    }
    assert!(refusals > 0, "no copy was the one that counts");
}
