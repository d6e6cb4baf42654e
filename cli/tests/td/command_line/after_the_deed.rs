//! After the point of no return: what happened is told as that, whatever comes after it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use telegram_passport::element::ElementType;
use telegram_passport::passport::{Passport, Vaulted};
use telegram_passport_sandbox::dc::Fault;
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::state::{Clock, State};

use super::{Desk, Ended, PASSWORD, Running, link, person, strings};
use crate::conformance::stage::Stage;
use crate::signals;

/// An account with these elements stored.
async fn with_stored(kinds: &[&str]) -> Desk {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    person(&desk, "anna", 1);
    desk.put_from("anna", kinds).await;
    desk
}

fn answers(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn remedy(ended: &Ended) -> String {
    ended.json()["error"]["remedy"].as_str().unwrap().to_owned()
}

pub(crate) async fn a_share_that_nobody_answers_may_have_arrived() {
    let desk = with_stored(&["address"]).await;
    let bot = desk.stage.bot();
    let link = link(&bot, "nonce 1", vec![ElementType::Address.into()]);
    let silent = Fault::AnswerLost { method: "account.acceptAuthorization" };
    desk.data_centres.faults().inject(silent, 100_000);
    let unknown = desk.unlocked(&["share", &link, "--yes"]).await;
    let told = unknown.refusal(6);
    assert!(!told.contains("failed"), "{told}");
    let look = remedy(&unknown);
    assert!(look.contains("in the bot's chat") && look.contains("`tgpassport errors`"), "{look}");
    assert_eq!(bot.shares(), 1, "it has arrived");
    // There it can be looked for.
    desk.data_centres.faults().clear();
    let told = desk.unlocked(&["errors"]).await.answer();
    assert_eq!(told["requests"].as_array().unwrap().len(), 1, "{told}");
}

pub(crate) async fn an_answer_that_cannot_be_written_is_no_share_that_failed() {
    let desk = with_stored(&["address"]).await;
    let bot = desk.stage.bot();
    let link = link(&bot, "nonce 1", vec![ElementType::Address.into()]);
    let share = ["share", &link, "--yes", "--password-stdin", "--accept-risk"];
    for (arguments, shares) in [(share.to_vec(), 1), ([&["--json"], &share[..]].concat(), 2)] {
        let mut command = desk.command(&arguments);
        command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap());
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(answers(&[PASSWORD]).as_bytes()).unwrap();
        let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
        assert!(told.contains("it is done, but the answer cannot be written"), "{told}");
        assert_eq!(bot.shares(), shares);
    }
}

pub(crate) async fn a_keyring_that_refuses_the_new_password_is_a_warning() {
    let desk = Desk::new(PASSWORD).await;
    let sandbox = desk.path("sandbox.json");
    let login = ["login", "--sandbox", &sandbox, "--phone", Stage::PHONE, "--password-stdin"];
    let mut running = desk.start(&[&login[..], &["--keyring", "file", "--remember-password"]].concat());
    running.type_line("open sesame");
    let code = running.meanwhile(|| desk.stage.state.last_login_code(Stage::PHONE)).await;
    running.type_line(&code);
    running.type_line(PASSWORD);
    running.ended().await.answer();

    let keyring = desk.account().join("keys.locked");
    let number = || fs::metadata(&keyring).unwrap().ino();
    let before = number();
    let mut running = desk.start(&["password", "change", "--password-stdin"]);
    running.type_line("open sesame");
    running.type_line(PASSWORD);
    // The one that was right is kept again; what follows is about the new one.
    running.meanwhile(|| (number() != before).then_some(())).await;
    fs::remove_file(&keyring).unwrap();
    fs::create_dir(&keyring).unwrap();
    running.type_line("another horse");
    let changed = running.ended().await.answer();
    assert_eq!(changed["outcome"], "changed");
    assert!(strings(&changed["warnings"])[0].starts_with("the password is not kept: "), "{changed}");
    Vaulted::new(desk.stage.cloud()).unlock(&"another horse".into()).await.unwrap();
    let record = fs::read_to_string(keyring.with_file_name("account.toml")).unwrap();
    assert!(!record.contains("password_kept = true"), "the old one is not proved any more: {record}");
}

pub(crate) async fn an_export_without_a_scan_is_none_unless_a_part_is_wanted() {
    let desk = with_stored(&["passport", "address"]).await;
    desk.data_centres.faults().inject(Fault::FileTampered, 100_000);
    let export = ["export", "backup", "--password-stdin", "--accept-risk"];
    let input = answers(&[PASSWORD, "a phrase"]);
    let before = fs::read_dir(desk.place.path()).unwrap().count();
    let refused = desk.run(&export, &input).await;
    refused.refusal(3);
    let problems = refused.json()["error"]["problems"].clone();
    assert!(strings(&problems).iter().any(|missing| missing.contains("front_side")), "{problems}");
    assert!(remedy(&refused).contains("--partial"), "{refused:?}");
    assert_eq!(fs::read_dir(desk.place.path()).unwrap().count(), before, "nothing is written");

    let exported = desk.run(&[&export[..], &["--partial"]].concat(), &input).await.answer();
    assert_eq!(exported["elements"], json!(["passport", "address"]));
    assert!(strings(&exported["omitted"]).iter().any(|omitted| omitted.contains("front_side")), "{exported}");
    desk.data_centres.faults().clear();
    // Said before anything else, to whoever is not asked too.
    let import = ["import", "backup", "--dry-run", "--password-stdin", "--accept-risk"];
    let planned = desk.run(&import, &answers(&["a phrase", PASSWORD])).await;
    let first = planned.stderr.lines().next().unwrap_or_default();
    assert_eq!(first, "This export does not have all that was stored when it was made:", "{planned:?}");
    assert!(planned.stderr.lines().nth(1).unwrap().contains("front_side"), "{planned:?}");
    planned.answer();
}

/// What a batch is of, in this order: the second has scans, whose upload never gets through.
const BATCH: [&str; 3] = ["personal_details", "passport", "address"];

/// What stands over the list of what is stored, and is true of it.
const IN_PART: &str = "a part of it is stored, and then: interrupted before Passport was stored";

fn stored(desk: &Desk) -> Vec<ElementType> {
    let values = desk.stage.state.summary(desk.stage.user_id).unwrap().values;
    values.iter().map(|value| value.kind).collect()
}

/// Interrupts a batch at its second element, when the first is stored.
async fn interrupted(desk: &Desk, mut running: Running, input: &str) -> std::process::Output {
    let faults = desk.data_centres.faults();
    faults.inject(Fault::ConnectionDropped { method: "upload.saveFilePart" }, 100_000);
    running.try_type(input).unwrap();
    running.meanwhile(|| (!stored(desk).is_empty()).then_some(())).await;
    let armed = faults.pending();
    running.meanwhile(|| (faults.pending() != armed).then_some(())).await;
    signals::send("INT", &running.0);
    let output = tokio::task::spawn_blocking(move || running.0.wait_with_output()).await.unwrap().unwrap();
    faults.clear();
    output
}

/// Both ways of telling it, of both commands that store several.
pub(crate) async fn a_batch_that_is_interrupted_says_what_is_stored() {
    let desk = with_stored(&BATCH).await;
    let export = ["export", "backup", "--password-stdin", "--accept-risk"];
    desk.run(&export, &answers(&[PASSWORD, "a phrase"])).await.answer();
    let owner = Vaulted::new(desk.stage.cloud());
    let with = ["--password-stdin", "--accept-risk"];
    let put = [&["put"], &BATCH[..], &["--from", "anna"], &with].concat();
    let import = [&["import", "backup", "--yes"], &with[..]].concat();
    for (arguments, input) in [(put, answers(&[PASSWORD])), (import, answers(&["a phrase", PASSWORD]))] {
        for json in [false, true] {
            owner.delete(&ElementType::ALL).await.unwrap();
            let arguments = if json { [&["--json"], &arguments[..]].concat() } else { arguments.clone() };
            let mut command = desk.command(&arguments);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let output = interrupted(&desk, Running(command.spawn().unwrap()), &input).await;
            assert_eq!(output.status.code(), Some(6), "{output:?}");
            assert_eq!(stored(&desk), [ElementType::PersonalDetails]);
            if json {
                let told: Value = serde_json::from_slice(&output.stdout).unwrap();
                let fates = ["stored", "untouched", "untouched"];
                let expected = BATCH.iter().zip(fates);
                let expected: Vec<Value> =
                    expected.map(|(kind, outcome)| json!({ "kind": kind, "outcome": outcome })).collect();
                assert_eq!(told["error"]["elements"], json!(expected), "{told}");
                assert_eq!(told["error"]["message"], IN_PART, "{told}");
            } else {
                let told = String::from_utf8(output.stderr).unwrap();
                for line in
                    ["personal_details: stored", "passport: left as it was", "address: left as it was"]
                {
                    assert!(told.lines().any(|told| told.trim() == line), "{told}");
                }
                assert!(told.lines().any(|told| told == format!("tgpassport: {IN_PART}")), "{told}");
            }
        }
    }
}

pub(crate) async fn a_reset_that_has_waited_removes_the_password() {
    let clock = Clock::system();
    let state = State::new(clock.clone(), &countries_languages_json());
    let desk = Desk::over(Stage::over(state), PASSWORD).await;
    desk.sign_in().await;
    person(&desk, "anna", 1);
    desk.put_from("anna", &["address"]).await;
    let reset = ["password", "reset", "--password-stdin"];
    let waits = desk.run(&reset, "lose\n").await.answer();
    assert_eq!((&waits["outcome"], &waits["lost"]), (&json!("reset_requested"), &json!(false)));
    let owner = Vaulted::new(desk.stage.cloud());
    assert!(owner.password_state().await.unwrap().has_password);
    clock.advance(Duration::from_secs(8 * 24 * 3600));
    desk.run(&reset, "no\n").await.refusal(5);
    assert!(owner.password_state().await.unwrap().has_password);
    let done = desk.run(&reset, "lose\n").await.answer();
    assert_eq!(done, json!({ "outcome": "removed", "lost": true }));
    assert!(!owner.password_state().await.unwrap().has_password);
    assert_eq!(desk.run(&["status"], "").await.answer()["password"]["set"], false);
}
