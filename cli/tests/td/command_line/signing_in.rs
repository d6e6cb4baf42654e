//! Signing in changes something, too: a session is made, an account, or a password is replaced and with it everything
//! stored is lost. A signal meanwhile is not told as if nothing had happened.

use std::time::Duration;

use serde_json::json;
use telegram_passport::element::{ElementType, EmailAddress};
use telegram_passport::passport::{Passport, Recovery, Vaulted};
use telegram_passport_sandbox::dc::Fault;
use telegram_passport_sandbox::state::CodePurpose;

use super::{Desk, Ended, PASSWORD, Running, Terminal, eventually, of_kind, person};
use crate::conformance::{save, stage::Stage};
use crate::signals;

const NEW_PASSWORD: &str = "another horse";

/// An account with an address stored, whose password can be recovered.
async fn recoverable() -> Desk {
    let desk = Desk::new(PASSWORD).await;
    let owner = Vaulted::new(desk.stage.cloud());
    owner.set_recovery_email(&PASSWORD.into(), &EmailAddress("anna@example.com".to_owned())).await.unwrap();
    owner.confirm_recovery_email(&desk.stage.last_code(CodePurpose::ConfirmRecoveryEmail)).await.unwrap();
    owner.unlock(&PASSWORD.into()).await.unwrap();
    owner.create_secret(&PASSWORD.into()).await.unwrap();
    save(&owner, of_kind(&person(&desk, "anna", 1), ElementType::Address).clone()).await;
    desk
}

/// A login that has got this far: its code is typed.
async fn begun(desk: &Desk, phone: &str) -> Running {
    let sandbox = desk.path("sandbox.json");
    let mut running = desk.start(&["login", "--sandbox", &sandbox, "--phone", phone, "--password-stdin"]);
    let code = eventually(|| desk.stage.state.last_login_code(phone)).await;
    running.type_line(&code);
    running
}

/// The same up to the code that was mailed, with these answers to what is asked before it.
async fn recovered(desk: &Desk, answers: &[&str]) -> Running {
    let mut running = begun(desk, Stage::PHONE).await;
    for answer in [&["", "lose my documents"], answers].concat() {
        running.type_line(answer);
    }
    let code = || desk.stage.state.last_code(desk.stage.user_id, CodePurpose::RecoverPassword);
    running.type_line(&eventually(code).await);
    running
}

/// Interrupts a login that is at this query, again and again until it ends: the first time asks it to come to an end.
async fn interrupted(desk: &Desk, mut running: Running, method: &str) -> Ended {
    eventually(|| desk.data_centres.calls().get(method).map(drop)).await;
    while running.0.try_wait().unwrap().is_none() {
        signals::send("INT", &running.0);
        for _ in 0..20 {
            if running.0.try_wait().unwrap().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    running.ended().await
}

fn lose(desk: &Desk, method: &'static str) {
    desk.data_centres.faults().inject(Fault::AnswerLost { method }, 100_000);
}

fn is_known_here(desk: &Desk) -> bool {
    desk.account().exists()
}

pub(crate) async fn a_recovery_that_is_interrupted_may_have_replaced_the_password() {
    let desk = recoverable().await;
    lose(&desk, "auth.recoverPassword");
    let running = recovered(&desk, &["n", NEW_PASSWORD]).await;
    let ended = interrupted(&desk, running, "auth.recoverPassword").await;
    let told = ended.refusal(6);
    assert!(told.contains("while changing the password: it may have been done"), "{told}");
    assert!(ended.json()["error"]["remedy"].as_str().unwrap().contains("`tgpassport status`"), "{ended:?}");
    assert!(is_known_here(&desk), "a session that may be signed in is not forgotten");
    Vaulted::new(desk.stage.cloud()).unlock(&NEW_PASSWORD.into()).await.unwrap();
}

pub(crate) async fn a_sign_in_that_is_interrupted_may_have_signed_in() {
    // The password is what signs in.
    let desk = Desk::new(PASSWORD).await;
    lose(&desk, "auth.checkPassword");
    let mut running = begun(&desk, Stage::PHONE).await;
    running.type_line(PASSWORD);
    let told = interrupted(&desk, running, "auth.checkPassword").await.refusal(6);
    assert!(told.contains("while signing in: it may have been done"), "{told}");
    assert!(is_known_here(&desk));

    // The code is, where there is no password.
    let desk = Desk::new(PASSWORD).await;
    let owner = Vaulted::new(desk.stage.cloud());
    owner.remove_password(&PASSWORD.into(), telegram_passport::passport::AcceptLoss).await.unwrap();
    lose(&desk, "auth.signIn");
    let running = begun(&desk, Stage::PHONE).await;
    let told = interrupted(&desk, running, "auth.signIn").await.refusal(6);
    assert!(told.contains("while signing in: it may have been done"), "{told}");
    assert!(is_known_here(&desk));
}

pub(crate) async fn a_sign_up_that_is_interrupted_may_have_made_the_account() {
    let desk = Desk::new(PASSWORD).await;
    lose(&desk, "auth.signUp");
    let mut running = begun(&desk, "12025550199").await;
    running.type_line("Anna");
    running.type_line("");
    let told = interrupted(&desk, running, "auth.signUp").await.refusal(6);
    assert!(told.contains("while making the account: it may have been done"), "{told}");
    assert!(is_known_here(&desk));
}

/// Nothing has happened before, and nothing stays.
pub(crate) async fn a_login_that_is_interrupted_before_leaves_nothing() {
    let desk = Desk::new(PASSWORD).await;
    let mut running = begun(&desk, Stage::PHONE).await;
    eventually(|| desk.data_centres.calls().get("auth.signIn").map(drop)).await;
    signals::send("INT", &running.0);
    assert_eq!(running.0.wait().unwrap().code(), Some(5));
}

/// What an empty line once did: it removed the password.
pub(crate) async fn a_password_that_is_recovered_is_typed_twice_and_removed_only_by_its_own_word() {
    let desk = recoverable().await;
    let mut terminal =
        Terminal::open(&desk, &format!("login --sandbox sandbox.json --phone {}", Stage::PHONE));
    terminal.shows("Code: ").await;
    terminal.types(&format!("{}\n", desk.stage.state.last_login_code(Stage::PHONE).unwrap()));
    let mailed = || desk.stage.state.last_code(desk.stage.user_id, CodePurpose::RecoverPassword);
    for (question, answer) in [
        ("Password (hint: a horse): ", ""),
        ("type: lose my documents: ", "lose my documents"),
        ("Have no password any more, in place of a new one? [y/N]: ", ""),
        ("New password: ", ""),
        ("the new password is empty", ""),
        ("New password: ", NEW_PASSWORD),
        ("The same again: ", "a cow"),
        ("these are two passwords", ""),
        ("New password: ", NEW_PASSWORD),
        ("The same again: ", NEW_PASSWORD),
        ("Code: ", "no code"),
        ("the code is wrong", ""),
    ] {
        terminal.shows(question).await;
        if question.ends_with(": ") {
            terminal.types(&format!("{answer}\n"));
        }
    }
    terminal.shows("Code: ").await;
    terminal.types(&format!("{}\n", mailed().unwrap()));
    terminal.shows("everything that was stored is lost").await;
    terminal.ends_with(0).await;
    Vaulted::new(desk.stage.cloud()).unlock(&NEW_PASSWORD.into()).await.unwrap();

    // A script answers the same questions.
    let desk = recoverable().await;
    let answer = recovered(&desk, &["n", NEW_PASSWORD]).await.ended().await.answer();
    assert_eq!((&answer["already"], &answer["lost"]), (&json!(false), &json!(true)));
    assert_eq!(answer["password"], "replaced");
    Vaulted::new(desk.stage.cloud()).unlock(&NEW_PASSWORD.into()).await.unwrap();
    let desk = recoverable().await;
    let mut running = begun(&desk, Stage::PHONE).await;
    for answer in ["", "lose my documents", "n", ""] {
        running.type_line(answer);
    }
    running.ended().await.refusal(2);
    let has_password =
        async |desk: &Desk| Vaulted::new(desk.stage.cloud()).password_state().await.unwrap().has_password;
    assert!(has_password(&desk).await, "an empty line is no word for that");
    let desk = recoverable().await;
    let answer = recovered(&desk, &["y"]).await.ended().await.answer();
    assert_eq!(answer["password"], "removed");
    assert!(!has_password(&desk).await);
}

pub(crate) async fn a_login_email_address_is_set_up_and_then_used() {
    let desk = Desk::new(PASSWORD).await;
    let state = &desk.stage.state;
    state.require_login_email(desk.stage.user_id).unwrap();
    let sandbox = desk.path("sandbox.json");
    let login = ["login", "--sandbox", &sandbox, "--phone", Stage::PHONE, "--password-stdin"];
    let mut running = desk.start(&login);
    running.type_line("anna@example.com");
    let code = running.meanwhile(|| state.last_code(desk.stage.user_id, CodePurpose::SetUpLoginEmail)).await;
    running.type_line(&code);
    let proved =
        || state.last_login_code(Stage::PHONE).filter(|_| state.login_email(desk.stage.user_id).is_some());
    let code = running.meanwhile(proved).await;
    running.type_line(&code);
    running.type_line(PASSWORD);
    assert_eq!(running.ended().await.answer()["already"], false);
    assert_eq!(state.login_email(desk.stage.user_id).unwrap().0, "anna@example.com");

    desk.run(&["logout"], "").await.answer();
    desk.sign_in().await;
}

/// What a person types wrongly is told in words, and asked for again.
pub(crate) async fn a_name_that_is_not_taken_is_asked_for_again() {
    let desk = Desk::new(PASSWORD).await;
    const UNKNOWN: &str = "12025550198";
    let mut running = begun(&desk, UNKNOWN).await;
    running.type_line("");
    running.type_line("");
    assert_eq!(running.ended().await.refusal(4), "Telegram does not take this name");
    let before = desk.stage.state.last_login_code(UNKNOWN).unwrap();
    let mut terminal = Terminal::open(&desk, &format!("login --sandbox sandbox.json --phone {UNKNOWN}"));
    terminal.shows("Code: ").await;
    let code = eventually(|| desk.stage.state.last_login_code(UNKNOWN).filter(|code| *code != before)).await;
    terminal.types(&format!("{code}\n"));
    for (question, answer) in
        [("First name: ", ""), ("Last name", ""), ("First name: ", "Anna"), ("Last name", "")]
    {
        terminal.shows(question).await;
        terminal.types(&format!("{answer}\n"));
    }
    terminal.shows("Anna is signed in to the sandbox").await;
    terminal.ends_with(0).await;
}
