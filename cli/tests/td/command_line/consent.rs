//! What is consented to: the choice among alternatives, objections from one run to the next, callbacks, and what other
//! clients wrote.

use std::fs;

use serde_json::json;
use telegram_passport::element::{ElementType, Field};
use telegram_passport::request::{RequiredElement, SuitableElement};

use super::{Desk, PASSWORD, Terminal, link, person, strings};

const CUSTOM_SCHEME: &str = "wallet://auth/passport-callback";

fn one_of() -> Vec<RequiredElement> {
    let kinds = [ElementType::Passport, ElementType::IdentityCard];
    vec![RequiredElement::one_of(kinds.map(|kind| SuitableElement::new(kind).with_selfie()))]
}

pub(crate) async fn the_form_says_which_alternatives_there_are_and_why_this_one() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    person(&desk, "anna", 1);
    let bot = desk.stage.bot();
    desk.put_from("anna", &["passport", "identity_card"]).await;
    let link = link(&bot, "nonce 1", one_of());
    fs::write(desk.place.path().join("link.txt"), &link).unwrap();

    let shared = desk.unlocked(&["share", &link, "--yes"]).await.answer();
    let element = &shared["elements"][0];
    assert_eq!(
        (&element["kind"], &element["alternatives"][0]["kind"]),
        (&json!("passport"), &json!("identity_card"))
    );
    assert_eq!(element["alternatives"][0]["complete"], true);
    assert_eq!(element["why"], "it comes first of those that would do");

    // One that has expired is passed over for one that has not.
    desk.unlocked(&["put", "passport", "--set", "expiry_date=01.02.2020"]).await.answer();
    let shared = desk.unlocked(&["share", &link, "--yes"]).await.answer();
    let element = &shared["elements"][0];
    assert_eq!(element["kind"], "identity_card");
    assert_eq!(element["alternatives"][0]["expired"], true);
    assert!(
        element["why"].as_str().unwrap().contains("passport, which comes before it, has expired"),
        "{element}"
    );
    let shared = desk.unlocked(&["share", &link, "--yes", "--use", "passport"]).await.answer();
    assert_eq!(
        (&shared["elements"][0]["kind"], &shared["elements"][0]["why"]),
        (&json!("passport"), &json!("it was chosen"))
    );

    // At the terminal the person chooses; y is yes.
    let mut terminal = Terminal::open(&desk, "share link.txt --accept-risk");
    terminal.shows("Password (hint: a horse): ").await;
    terminal.types(&format!("{PASSWORD}\n"));
    terminal.shows("The bot takes one of these:").await;
    terminal.shows("Passport (passport), expired on 01.02.2020").await;
    terminal.shows("Which one? [identity_card]: ").await;
    terminal.types("drivers licence\n");
    terminal.shows("it is one of passport, identity_card").await;
    terminal.shows("Which one? [identity_card]: ").await;
    terminal.types("passport\n");
    terminal.shows("! it expired on 01.02.2020").await;
    terminal.shows("this one, for it was chosen").await;
    terminal.shows("type yes: ").await;
    terminal.types("y\n");
    terminal.ends_with(0).await;
    assert_eq!(bot.open_last_share("nonce 1")[0].kind(), ElementType::Passport);

    // An objection is not passed over in silence.
    desk.unlocked(&["put", "passport", "--set", "expiry_date=01.02.2040"]).await.answer();
    bot.object_to_front_side_of(desk.stage.user_id, ElementType::Passport, "too dark");
    let shared = desk.unlocked(&["share", &link, "--yes"]).await.answer();
    let element = &shared["elements"][0];
    assert_eq!(element["kind"], "identity_card");
    assert!(element["why"].as_str().unwrap().contains("the bot objected to the passport"), "{element}");
    assert!(strings(&element["alternatives"][0]["obstacles"])[0].contains("too dark"), "{element}");
}

pub(crate) async fn a_callback_is_told_as_it_was_asked_for() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    person(&desk, "anna", 1);
    let bot = desk.stage.bot();
    desk.put_from("anna", &["address"]).await;
    let asked = link(&bot, "nonce 1", vec![ElementType::Address.into()]);
    let with = |callback: &str| {
        let (request, _) = asked.split_once("&callback_url=").unwrap();
        format!("{request}&callback_url={}", callback.replace(':', "%3A").replace('/', "%2F"))
    };
    let wallet = with(CUSTOM_SCHEME);
    let shown = desk.run(&["request", "show", &wallet], "").await.answer();
    let callback = &shown["callback"];
    assert_eq!((&callback["asked_for"], &callback["app"]), (&json!(CUSTOM_SCHEME), &json!("wallet")));
    assert_eq!((&callback["foreign"], &shown["remarks"]), (&json!(true), &json!([])));
    let success = format!("{CUSTOM_SCHEME}?tg_passport=success");
    assert_eq!(callback["success"], success.as_str());
    let shared = desk.unlocked(&["share", &wallet, "--yes"]).await.answer();
    assert_eq!(shared["callback"], success.as_str());

    // Which program opens what: one that writes down what it is given.
    let programs = desk.place.path().join("programs");
    fs::create_dir(&programs).unwrap();
    let opener = programs.join("xdg-open");
    let opened = desk.place.path().join("opened");
    fs::write(&opener, format!("#!/bin/sh\necho \"$1\" >> '{}'\n", opened.display())).unwrap();
    make_executable(&opener);
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let run = async |arguments: &[&str]| {
        let with = [&["--json"], arguments, &["--password-stdin", "--accept-risk"]].concat();
        desk.run_in(&with, &format!("{PASSWORD}\n"), &[("PATH", &path)]).await.answer()
    };
    let unasked = run(&["share", &wallet, "--yes", "--open"]).await;
    assert_eq!(unasked["sent"], true);
    assert!(strings(&unasked["warnings"])[0].contains("--open-scheme wallet"), "{unasked}");
    let other = run(&["share", &wallet, "--yes", "--open", "--open-scheme", "purse"]).await;
    assert!(!other["warnings"].is_null(), "{other}");
    let agreed = run(&["share", &wallet, "--yes", "--open", "--open-scheme", "wallet"]).await;
    assert!(agreed["warnings"].is_null(), "{agreed}");
    let own = with(&format!("tgbot{}://passport", crate::conformance::stage::TestBot::ID));
    run(&["share", &own, "--yes", "--open"]).await;
    let own = format!("tgbot{}://passport/success", crate::conformance::stage::TestBot::ID);
    let lines = super::eventually(|| {
        let text = fs::read_to_string(&opened).ok()?;
        (text.lines().count() == 2).then_some(text)
    })
    .await;
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, [own.as_str(), success.as_str()], "nothing else was opened");

    // The SDK for iOS hears of errors, too, of a bot that nobody knows.
    let unknown = own.replace("/success", "").replace("7000000001", "7000000009");
    let unknown = with(&unknown).replace("bot_id=7000000001", "bot_id=7000000009");
    for arguments in [&["--accept-risk"][..], &["--engine", "vault"]] {
        let arguments = [&["share", &unknown, "--yes", "--password-stdin"], arguments].concat();
        let refused = desk.run(&arguments, &format!("{PASSWORD}\n")).await;
        refused.refusal(4);
        let callback = &refused.json()["error"]["callback"];
        assert_eq!(*callback, "tgbot7000000009://passport/error?error=BOT_INVALID", "{refused:?}");
    }

    // What is no address to open is shown, and nothing is opened in its place.
    let script = with("javascript:alert(1)");
    let shown = desk.run(&["request", "show", &script], "").await.answer();
    assert_eq!(shown["callback"]["asked_for"], "javascript:alert(1)");
    assert_eq!(shown["callback"]["success"], serde_json::Value::Null);
    assert_eq!(
        desk.unlocked(&["share", &script, "--yes"]).await.answer()["callback"],
        serde_json::Value::Null
    );
}

#[cfg(unix)]
fn make_executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn make_executable(_: &std::path::Path) {}

pub(crate) async fn fields_of_other_clients_are_kept_and_disclosed() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let folder = desk.place.path().join("anna");
    person(&desk, "anna", 1);
    let toml = fs::read_to_string(folder.join("person.toml")).unwrap();
    let with_note =
        toml.replace("type = \"passport\"\n", "type = \"passport\"\nunknown = [[\"note\", '\"mine\"']]\n");
    assert_ne!(with_note, toml);
    fs::write(folder.join("person.toml"), with_note).unwrap();
    let password = format!("{PASSWORD}\n");

    // TDLib alone would drop it, and says so.
    let alone = desk.unlocked(&["put", "passport", "--from", "anna"]).await;
    let problems = alone.json()["error"]["problems"].to_string();
    assert!(alone.code != 0 && problems.contains("fields that TDLib does not know"), "{alone:?}");
    // The vault's engine stores it, and what is stored is kept by the next save, through either.
    let put = ["put", "passport", "--from", "anna", "--engine", "vault", "--password-stdin"];
    desk.run(&put, &password).await.answer();
    let note = json!([["note", "\"mine\""]]);
    for engine in ["vault", "tdlib"] {
        let with = ["--engine", engine, "--password-stdin"];
        let number = format!("document_no=NEW {}", engine.len());
        desk.run(&[&["put", "passport", "--set", &number][..], &with].concat(), &password).await.answer();
        let shown = desk.run(&[&["show", "passport"][..], &with].concat(), &password).await.answer();
        assert_eq!(shown["element"]["unknown"], note, "{engine}: {shown}");
        assert!(shown["unseen"].is_null(), "{engine}: {shown}");
    }
    let bot = desk.stage.bot();
    let link = link(&bot, "nonce 1", vec![ElementType::Passport.into()]);
    for engine in ["vault", "tdlib"] {
        let share = ["share", &link, "--yes", "--engine", engine, "--password-stdin"];
        let shared = desk.run(&share, &password).await.answer();
        let fields = shared["elements"][0]["fields"].as_array().unwrap();
        assert!(fields.contains(&json!({"name": "note", "value": "\"mine\""})), "{engine}: {shared}");
    }
    // Without the channel TDLib does not show it, and that is said.
    let shared = desk.unlocked(&["share", &link, "--yes"]).await.answer();
    assert_eq!(shared["elements"][0]["unseen"], true);
    assert_eq!(desk.unlocked(&["show", "passport"]).await.answer()["unseen"], true);
    assert_eq!(desk.unlocked(&["list"]).await.answer()["elements"][0]["unseen"], true);
    let answers = format!("{PASSWORD}\na phrase\n");
    let alone = desk.run(&["export", "alone", "--accept-risk", "--password-stdin"], &answers).await.answer();
    assert_eq!(alone["unseen"], json!(["passport"]), "{alone}");
    let whole = desk.run(&["export", "whole", "--password-stdin"], &answers).await.answer();
    assert!(whole["unseen"].is_null(), "{whole}");
    let dry = ["import", "alone", "--dry-run", "--accept-risk", "--password-stdin"];
    let planned = desk.run(&dry, &format!("a phrase\n{PASSWORD}\n")).await.answer();
    let (fate, said) = (&planned["elements"][0]["fate"], planned["elements"][0]["problems"].to_string());
    assert!(fate == "equal" && said.contains("another client"), "{planned}");
    let opened = bot.open_last_share("nonce 1");
    assert_eq!(opened[0].unknown_fields().unwrap().len(), 1, "it leaves all the same");
    assert_eq!(opened[0].text(Field::DocumentNo).unwrap().as_str(), "NEW 5");
    // Nor is it kept, which is said, too.
    let put = desk.unlocked(&["put", "passport", "--set", "document_no=NEW 6"]).await.answer();
    assert_eq!(put["elements"][0]["unseen"], true, "{put}");
    let show = ["show", "passport", "--engine", "vault", "--password-stdin"];
    let shown = desk.run(&show, &password).await.answer();
    assert_eq!(shown["element"]["unknown"], serde_json::Value::Null, "{shown}");
}
