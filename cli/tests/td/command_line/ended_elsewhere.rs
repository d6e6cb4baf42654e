//! A session that was ended elsewhere, or that the server knows no more: every command says so in one sentence, `login`
//! works at once, and nothing is left behind or lost.

use std::fs;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use telegram_passport::cloud::SignedOut;
use telegram_passport::login::{Application, Device, LoginSteps as _};
use telegram_passport::mtproto::{Login, Network};
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport_sandbox::dc::{DataCentres, Fault};

use super::{Desk, Ended, PASSWORD, eventually, person};
use crate::conformance::stage::Stage;
use crate::stage;

/// The names that Telegram has for it, and one that is newer than this version.
fn family() -> Vec<SignedOut> {
    let newer = SignedOut::from_rpc(401, "SESSION_MELTED").unwrap();
    // TDLib gives this one back as it came, and stays signed in.
    let named = SignedOut::NAMED.iter().filter(|reason| **reason != SignedOut::KeyDuplicated);
    named.cloned().chain([newer]).collect()
}

/// One plain sentence, and what helps.
fn says_so(ended: &Ended) {
    let message = ended.refusal(1);
    let remedy = ended.json()["error"]["remedy"].as_str().unwrap().to_owned();
    assert!(remedy.contains("`tgpassport login`"), "{ended:?}");
    for raw in ["401", "400", "getMe", "getPasswordState", "HASH_INVALID", "not finished", "\n"] {
        assert!(!message.contains(raw), "{message}");
    }
}

/// How many sessions the account has, which ends them.
fn sessions_left(desk: &Desk) -> usize {
    desk.data_centres.end_sessions(desk.stage.user_id, &SignedOut::Revoked)
}

/// Signs the vault's channel in, and gives the list of sessions.
async fn with_channel(desk: &Desk) -> Value {
    desk.run(&["sessions", "--password-stdin"], &format!("{PASSWORD}\n")).await.answer()
}

pub(crate) async fn a_session_ended_elsewhere_is_told_by_every_command_and_login_works_at_once() {
    let desk = Desk::new(PASSWORD).await;
    person(&desk, "anna", 1);
    let commands: &[&[&str]] = &[
        &["list"],
        &["show", "address"],
        &["put", "address", "--from", "anna"],
        &["delete", "address", "--yes"],
        &["sessions"],
        &["export", "backup"],
        &["password", "change"],
        &["secret", "check"],
        &["list", "--engine", "vault"],
    ];
    for (turn, reason) in family().iter().enumerate() {
        desk.sign_in().await;
        assert_eq!(desk.data_centres.end_sessions(desk.stage.user_id, reason), 1);
        // Each of them is the first to hear of it once.
        let first = [commands[turn % commands.len()], &["--password-stdin"]].concat();
        let input = format!("{PASSWORD}\nnew horse\n");
        says_so(&desk.run(&first, &input).await);
        let status = desk.run(&["status"], "").await.answer();
        assert_eq!(status["signed_in"], false, "{reason:?}: {status}");
    }
    for command in commands {
        let arguments = [*command, &["--password-stdin"]].concat();
        says_so(&desk.run(&arguments, &format!("{PASSWORD}\nnew horse\n")).await);
    }
    // Where nobody has heard of it yet, `status` and `login` do.
    desk.sign_in().await;
    desk.data_centres.end_sessions(desk.stage.user_id, &SignedOut::Revoked);
    let status = desk.run(&["status"], "").await.answer();
    assert_eq!(status["signed_in"], false, "{status}");
    assert!(status["signed_out"].is_string(), "{status}");
    desk.sign_in().await;
    desk.data_centres.end_sessions(desk.stage.user_id, &SignedOut::Expired);
    desk.sign_in().await;
    assert_eq!(desk.run(&["login"], "").await.answer()["already"], true);
    // What was told for certain, TDLib has removed itself.
    let kept = fs::read_dir(desk.account()).unwrap().map(|entry| entry.unwrap().file_name());
    let kept: Vec<_> = kept.filter(|name| name.to_string_lossy().contains("aside")).collect();
    assert!(kept.is_empty(), "{kept:?}");
}

pub(crate) async fn a_channel_ended_elsewhere_is_signed_in_anew() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let listed = with_channel(&desk).await;
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2);
    let ended = desk.run(&["sessions", "--end", "vault", "--yes"], "").await.answer();
    assert_eq!(ended["ended"], true);
    assert_eq!(with_channel(&desk).await["sessions"].as_array().unwrap().len(), 2);
}

pub(crate) async fn a_server_that_forgot_all_keys_is_told_and_login_works() {
    let mut desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    with_channel(&desk).await;
    // It starts anew at the same place, with its own key and with nothing that it knew.
    let at = desk.data_centres.addresses().clone();
    let other = Desk::new(PASSWORD).await;
    let before = std::mem::replace(&mut desk.data_centres, other.data_centres);
    drop(before);
    while TcpStream::connect(at[&1]).is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    desk.stage = other.stage;
    desk.data_centres =
        DataCentres::start_at(desk.stage.state.clone(), stage::identity(), &at).await.unwrap();

    let begin = Instant::now();
    let status = desk.run(&["status"], "").await.answer();
    eprintln!("told after {:?}", begin.elapsed());
    assert_eq!(status["signed_in"], false, "{status}");
    assert!(status["signed_out"].is_string(), "{status}");
    // TDLib makes sure of it by another key when its own is a minute old, and removes the session itself then; before,
    // it is set aside. The channel's is, in any case.
    desk.sign_in().await;
    assert_eq!(desk.run(&["status"], "").await.answer()["signed_in"], true);
    assert!(desk.account().join("channel.session.aside-1").is_file());
    assert!(!desk.account().join("channel.session").exists());
    assert_eq!(with_channel(&desk).await["sessions"].as_array().unwrap().len(), 2);
    desk.run(&["logout"], "").await.answer();
    assert!(!desk.account().exists());
    assert_eq!(sessions_left(&desk), 0);
}

/// What anybody on the way can say.
pub(crate) async fn a_lie_about_the_key_deletes_nothing_and_login_sets_the_session_aside() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    with_channel(&desk).await;
    let faults = desk.data_centres.faults();
    let lie = || faults.inject(Fault::KeyUnknown, u32::MAX);
    lie();
    let begin = Instant::now();
    let status = desk.run(&["status"], "").await.answer();
    eprintln!("told after {:?}", begin.elapsed());
    assert_eq!(status["signed_in"], false, "{status}");
    assert!(status["signed_out"].as_str().unwrap().contains("somebody on the way"), "{status}");
    says_so(&desk.run(&["list", "--password-stdin"], &format!("{PASSWORD}\n")).await);
    let refused = desk.run(&["logout"], "").await;
    refused.refusal(1);
    assert!(refused.json()["error"]["remedy"].as_str().unwrap().contains("--only-here"), "{refused:?}");
    faults.clear();
    assert_eq!(desk.run(&["status"], "").await.answer()["signed_in"], true);
    assert_eq!(with_channel(&desk).await["sessions"].as_array().unwrap().len(), 2);

    // Who does not get in has the session back.
    lie();
    let aside = desk.account().join("session.aside-1");
    let sandbox = desk.path("sandbox.json");
    let nobody = desk.start(&["login", "--sandbox", &sandbox, "--phone", "12", "--password-stdin"]);
    eventually(|| aside.is_dir().then_some(())).await;
    faults.clear();
    nobody.ended().await.refusal(4);
    assert!(!aside.exists());
    assert_eq!(desk.run(&["status"], "").await.answer()["signed_in"], true);

    // Who gets in has it still, aside.
    lie();
    let told_the_truth = async {
        eventually(|| aside.is_dir().then_some(())).await;
        faults.clear();
    };
    tokio::join!(desk.sign_in(), told_the_truth);
    assert!(aside.join("database").is_dir());
    assert_eq!(desk.run(&["status"], "").await.answer()["signed_in"], true);
    assert_eq!(desk.run(&["sessions"], "").await.answer()["sessions"].as_array().unwrap().len(), 3);
}

pub(crate) async fn a_log_out_leaves_no_session_although_the_channel_cannot_be_opened() {
    for spoil in ["garbage", "another key"] {
        let desk = Desk::new(PASSWORD).await;
        desk.sign_in().await;
        with_channel(&desk).await;
        let spoilt = match spoil {
            "garbage" => b"spoilt".to_vec(),
            _ => StorageKey::generate().seal(&[0; 300], b"telegram-passport MTProto session, form 2"),
        };
        fs::write(desk.account().join("channel.session"), spoilt).unwrap();
        let out = desk.run(&["logout"], "").await.answer();
        assert_eq!(out, json!({ "account": "default", "signed_out": true }), "{spoil}");
        assert!(!desk.account().exists(), "{spoil}");
        assert_eq!(sessions_left(&desk), 0, "{spoil}");
    }
}

pub(crate) async fn a_log_out_after_the_session_was_ended_ends_the_channel_too() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let listed = with_channel(&desk).await;
    let of_tdlib = listed["sessions"].as_array().unwrap().iter().find(|session| session["vault"] == false);
    let hash = of_tdlib.unwrap()["session"].as_str().unwrap().to_owned();
    desk.run(&["sessions", "--end", &hash, "--yes"], "").await.answer();
    let out = desk.run(&["logout"], "").await.answer();
    assert_eq!(out, json!({ "account": "default", "signed_out": false }));
    assert!(!desk.account().exists());
    assert_eq!(sessions_left(&desk), 0);
}

pub(crate) async fn ending_a_session_in_use_asks_first() {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    let listed = with_channel(&desk).await;
    let sessions = listed["sessions"].as_array().unwrap();
    assert!(sessions.iter().all(|session| session["in_use"] == true), "{listed}");
    for session in sessions {
        let name = session["session"].as_str().unwrap();
        let refused = desk.run(&["sessions", "--end", name], "").await;
        refused.refusal(2);
        assert!(refused.json()["error"]["remedy"].as_str().unwrap().contains("--yes"), "{refused:?}");
    }
    assert_eq!(with_channel(&desk).await["sessions"].as_array().unwrap().len(), 2);

    // A session of somebody else's program is not in use here.
    let network = Network::sandbox(desk.data_centres.addresses(), &stage::identity().public_key()).unwrap();
    let application = Application::new(7, "0123456789abcdef0123456789abcdef");
    let (elsewhere, _) = Login::begin(network, application.on(Device::named("another program")));
    elsewhere.set_phone_number(Stage::PHONE).await.unwrap();
    elsewhere.check_code(&desk.stage.state.last_login_code(Stage::PHONE).unwrap()).await.unwrap();
    elsewhere.check_password(&PASSWORD.into()).await.unwrap();
    let listed = with_channel(&desk).await;
    let other = listed["sessions"].as_array().unwrap().iter().find(|session| session["in_use"] == false);
    let hash = other.unwrap()["session"].as_str().unwrap().to_owned();
    assert_eq!(desk.run(&["sessions", "--end", &hash], "").await.answer()["ended"], true);
    // There is none of that number any more, which is said in words.
    assert_eq!(
        desk.run(&["sessions", "--end", &hash], "").await.refusal(4),
        "the account has no such session"
    );
    assert_eq!(with_channel(&desk).await["sessions"].as_array().unwrap().len(), 2);
}
