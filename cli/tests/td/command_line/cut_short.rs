//! Commands that something ends in the middle, a case for each thing that the table of `outcomes` has shown.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::json;
use telegram_passport_sandbox::dc::Fault;

use super::{Desk, PASSWORD, Running, kinds, person};
use crate::signals;

pub(crate) async fn a_secret_that_is_being_made_is_told_to_whoever_interrupts() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    person(&desk, "anna", 1);
    let held = desk.armed(Fault::AnswerLost { method: "account.updatePasswordSettings" }, 100_000);
    let running = desk.begin(&["put", "address", "--from", "anna", "--accept-risk"]);
    desk.came_to_pass(&held).await;
    let told = running.interrupted_twice().await.refusal(6);
    assert!(told.contains("making the passport secret"), "{told}");
    assert!(desk.stage.state.summary(desk.stage.user_id).unwrap().secret.is_some(), "it was made");
}

pub(crate) async fn the_vaults_session_is_signed_in_and_kept_or_not_at_all() {
    let desk = Desk::with_address().await;
    let sessions = || desk.data_centres.sessions(desk.stage.user_id);
    let account = desk.account();

    // What cannot be kept is not signed in.
    let begun = account.join("channel.begun");
    fs::create_dir(&begun).unwrap();
    let refused = desk.run(&["list", "--password-stdin"], &format!("{PASSWORD}\n")).await.refusal(1);
    assert!(refused.contains("cannot be kept"), "{refused}");
    assert_eq!(sessions(), 1);
    fs::remove_dir(begun).unwrap();

    // Who interrupts it finds it again, and nothing else is begun.
    let held = desk.armed(Fault::AnswerLost { method: "auth.checkPassword" }, 1);
    let running = desk.begin(&["put", "address", "--set", "city=Brno"]);
    let before = desk.stage.state.summary(desk.stage.user_id).unwrap().values;
    desk.came_to_pass(&held).await;
    signals::send("INT", &running.0);
    assert_eq!(running.ended().await.refusal(5), "interrupted");
    assert_eq!(sessions(), 2);
    assert!(account.join("channel.session").is_file());
    assert_eq!(desk.stage.state.summary(desk.stage.user_id).unwrap().values, before);
    let listed = desk.run(&["list", "--password-stdin"], &format!("{PASSWORD}\n")).await.answer();
    assert_eq!(kinds(&listed["elements"]), ["address"]);
    assert_eq!(sessions(), 2, "no other is signed in");
}

/// TDLib aborts a process in which it cannot write. A small bound on the size of a file stands for a full disk here,
/// which takes a disk of one's own: in `outcomes`.
pub(crate) async fn a_tdlib_that_cannot_write_ends_the_command_in_words() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let program = desk.command(&["--json", "status"]);
    let mut bounded = Command::new("sh");
    bounded.args(["-c", "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\""]).arg(program.get_program());
    bounded.args(program.get_args()).current_dir(desk.place.path());
    bounded.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let child = bounded.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let ended = Running(child.unwrap()).ended().await;
    let told = ended.refusal(1);
    assert!(told.contains("TDLib cannot write"), "{ended:?}");
    assert_eq!(ended.stderr, "");
    let status = desk.run(&["status"], "").await.answer();
    assert_eq!(status["signed_in"], json!(true));
}
