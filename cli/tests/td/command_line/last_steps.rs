//! What is said of a command's smaller steps: the vault's own session that is being signed in, the end of a session, a
//! code that is sent and checked, and a server in trouble.

use std::fs;

use serde_json::json;
use telegram_passport::cloud::SignedOut;
use telegram_passport_sandbox::dc::Fault;
use telegram_passport_sandbox::state::CodePurpose;

use super::{Desk, Ended, PASSWORD, eventually, kinds, person};
use crate::signals;

fn remedy(ended: &Ended) -> String {
    ended.json()["error"]["remedy"].as_str().unwrap_or_else(|| panic!("{ended:?}")).to_owned()
}

/// Lists what is stored, which signs the vault's session in.
async fn listed(desk: &Desk) -> Ended {
    desk.run(&["list", "--password-stdin"], &format!("{PASSWORD}\n")).await
}

fn refused(method: &'static str) -> Fault {
    // TDLib makes a wait of a 500 by itself.
    Fault::Refused { method, code: 503, message: "Timeout".to_owned() }
}

/// Waits until the server was asked for this.
async fn asked(desk: &Desk, method: &str, before: u64) {
    eventually(|| (calls(desk, method) > before).then_some(())).await;
}

fn calls(desk: &Desk, method: &str) -> u64 {
    desk.data_centres.calls().get(method).copied().unwrap_or_default()
}

pub(crate) async fn a_vaults_session_that_is_cut_short_is_found_and_ended() {
    let desk = Desk::with_address().await;
    let sessions = || desk.data_centres.sessions(desk.stage.user_id);
    let faults = desk.data_centres.faults();

    // It is signed in, and nobody knows here.
    faults.inject(Fault::AnswerLost { method: "auth.checkPassword" }, 100_000);
    let before = calls(&desk, "auth.checkPassword");
    let running = desk.begin(&["list"]);
    asked(&desk, "auth.checkPassword", before).await;
    let ended = running.interrupted_twice().await;
    let told = ended.refusal(6);
    assert!(told.contains("signing in the vault's own session"), "{told}");
    assert_eq!(sessions(), 2);
    faults.clear();
    assert_eq!(kinds(&listed(&desk).await.answer()["elements"]), ["address"]);
    assert_eq!(sessions(), 2, "the one that was cut short is ended");

    // Whoever ends that, ends it there.
    faults.inject(Fault::AnswerLost { method: "auth.checkPassword" }, 100_000);
    desk.run(&["sessions", "--end", "vault", "--yes"], "").await.answer();
    let before = calls(&desk, "auth.checkPassword");
    let mut running = desk.begin(&["list"]);
    running.meanwhile(|| (calls(&desk, "auth.checkPassword") > before).then_some(())).await;
    signals::send("KILL", &running.0);
    tokio::task::spawn_blocking(move || running.0.wait()).await.unwrap().unwrap();
    faults.clear();
    assert_eq!(sessions(), 2);
    desk.run(&["logout"], "").await.answer();
    assert_eq!(sessions(), 0);
}

pub(crate) async fn a_vaults_session_that_cannot_be_kept_is_ended_or_told() {
    let desk = Desk::with_address().await;
    let sessions = || desk.data_centres.sessions(desk.stage.user_id);
    let faults = desk.data_centres.faults();

    // A wrong password leaves none that waits for the right one.
    let before = calls(&desk, "auth.logOut");
    desk.run(&["sessions", "--password-stdin"], "wrong horse\n").await.refusal(4);
    assert_eq!(calls(&desk, "auth.logOut"), before + 1);

    let file = desk.account().join("channel.session");
    fs::create_dir(&file).unwrap();
    let told = listed(&desk).await.refusal(1);
    assert!(told.contains("cannot be kept"), "{told}");
    assert_eq!(sessions(), 1);

    // The one that does not end stays known.
    for method in ["auth.logOut", "account.resetAuthorization"] {
        faults.inject(refused(method), 100_000);
    }
    let ended = listed(&desk).await;
    let told = ended.refusal(6);
    assert!(told.contains("cannot be kept") && told.contains("not ended"), "{told}");
    assert!(remedy(&ended).contains("telegram-passport vault"), "{ended:?}");
    assert_eq!(sessions(), 2);
    faults.clear();
    fs::remove_dir(&file).unwrap();
    listed(&desk).await.answer();
    assert_eq!(sessions(), 2);
}

pub(crate) async fn a_log_out_that_nobody_has_answered_deletes_nothing() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let sessions = || desk.data_centres.sessions(desk.stage.user_id);
    let faults = desk.data_centres.faults();
    faults.inject(Fault::ConnectionDropped { method: "auth.logOut" }, 100_000);
    let before = faults.pending();
    let running = desk.start(&["logout"]);
    eventually(|| (faults.pending() != before).then_some(())).await;
    running.interrupted_twice().await.refusal(6);
    assert!(desk.account().join("account.toml").is_file());

    // The second goes on with it, and knows no more.
    let again = desk.run(&["logout"], "").await;
    let told = again.refusal(6);
    assert!(told.contains("signing out"), "{told}");
    assert!(remedy(&again).contains("--only-here"), "{again:?}");
    assert!(desk.account().join("account.toml").is_file());
    assert_eq!(sessions(), 1);
    let status = desk.run(&["status"], "").await.answer();
    assert!(status["signed_out"].as_str().unwrap().contains("being ended"), "{status}");

    faults.clear();
    let out = desk.run(&["logout"], "").await.answer();
    assert_eq!(out, json!({ "account": "default", "signed_out": false }));
    assert!(!desk.account().exists());
    assert_eq!(sessions(), 0);
}

pub(crate) async fn a_log_out_says_which_session_has_ended() {
    let desk = Desk::with_address().await;
    listed(&desk).await.answer();
    let faults = desk.data_centres.faults();
    faults.inject(Fault::AnswerLost { method: "auth.logOut" }, 1);
    let before = faults.pending();
    let running = desk.start(&["logout"]);
    eventually(|| (faults.pending() != before).then_some(())).await;
    signals::send("INT", &running.0);
    let ended = running.ended().await;
    let told = ended.refusal(6);
    assert!(told.contains("the vault's own session is ended"), "{told}");
    // That would sign in another.
    assert!(!remedy(&ended).contains("tgpassport sessions"), "{ended:?}");
    assert_eq!(desk.data_centres.sessions(desk.stage.user_id), 1);
    assert_eq!(desk.run(&["status"], "").await.answer()["signed_in"], true);
    desk.run(&["logout"], "").await.answer();
    assert_eq!(desk.data_centres.end_sessions(desk.stage.user_id, &SignedOut::Revoked), 0);
}

pub(crate) async fn a_code_that_nobody_answers_may_have_been_sent_or_taken() {
    let desk = Desk::with_address().await;
    let faults = desk.data_centres.faults();
    // What is proved stays proved, whoever was told so.
    for (engine, kind, purpose, send, check) in [
        ("tdlib", "email", CodePurpose::VerifyEmail, "account.sendVerifyEmailCode", "account.verifyEmail"),
        (
            "vault",
            "phone_number",
            CodePurpose::VerifyPhone,
            "account.sendVerifyPhoneCode",
            "account.verifyPhone",
        ),
    ] {
        let put = ["put", kind, "--from", "anna", "--accept-risk", "--engine", engine];
        faults.inject(refused(send), 100_000);
        let ended = desk.begin(&put).ended().await;
        let told = ended.refusal(6);
        assert!(told.contains("sending a code"), "{engine}: {told}");
        assert!(remedy(&ended).contains("another code"), "{engine}: {ended:?}");
        faults.clear();

        let code = || desk.stage.state.last_code(desk.stage.user_id, purpose);
        let typed = async || {
            let before = code();
            let mut running = desk.begin(&put);
            let sent = running.meanwhile(|| code().filter(|code| before.as_ref() != Some(code))).await;
            running.type_line(&sent);
            running
        };
        faults.inject(refused(check), 100_000);
        let told = typed().await.ended().await.refusal(6);
        assert!(told.contains("checking the code"), "{engine}: {told}");
        faults.clear();

        // Who interrupts it is told the same.
        faults.inject(Fault::AnswerLost { method: check }, 100_000);
        let before = calls(&desk, check);
        let running = typed().await;
        asked(&desk, check, before).await;
        let told = running.interrupted_twice().await.refusal(6);
        assert!(told.contains("checking the code"), "{engine}: {told}");
        faults.clear();
    }
}

pub(crate) async fn a_server_in_trouble_may_have_changed_the_password() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let faults = desk.data_centres.faults();
    // The secret is made by the same call of Telegram's, and is told as what it is.
    person(&desk, "anna", 1);
    for engine in ["tdlib", "vault"] {
        faults.inject(refused("account.updatePasswordSettings"), 100_000);
        let put = ["put", "address", "--from", "anna", "--accept-risk", "--engine", engine];
        let told = desk.begin(&put).ended().await.refusal(6);
        assert!(told.contains("making the passport secret"), "{engine}: {told}");
        faults.clear();
    }
    for engine in ["tdlib", "vault"] {
        faults.inject(refused("account.updatePasswordSettings"), 100_000);
        let change = ["password", "change", "--password-stdin", "--engine", engine];
        let told = desk.run(&change, &format!("{PASSWORD}\nanother horse\n")).await.refusal(6);
        assert!(told.contains("changing the password"), "{engine}: {told}");
        faults.clear();
    }
}
