//! What becomes of each command that changes something when something ends it before, at and after its point of no
//! return: a table, written where `TGPASSPORT_OUTCOMES` says. Only with it do these cases run, for they wait for TDLib's
//! patience many times; `.ci/full` has them run.
//!
//! No cell says "failed" where something happened, and in none anything lies on the disk in the clear.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use telegram_passport::element::ElementType;
use telegram_passport::passport::{Passport as _, Vaulted};
use telegram_passport::request::SuitableElement;
use telegram_passport::sandbox::dc::Fault;

use super::{Desk, PASSWORD, eventually, link, person};
use crate::signals;

/// Names the file that the table is appended to.
pub(crate) const VARIABLE: &str = "TGPASSPORT_OUTCOMES";

/// What ends a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    Signal(&'static str),
    DiskFull,
    ServerGone,
    ServerSilent,
}

const BLOWS: [Blow; 7] = [
    Blow::Signal("INT"),
    Blow::Signal("TERM"),
    Blow::Signal("HUP"),
    Blow::Signal("KILL"),
    Blow::DiskFull,
    Blow::ServerGone,
    Blow::ServerSilent,
];

/// When.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Before,
    At,
    After,
}

/// A command, and the queries that it makes.
struct Row {
    name: &'static str,
    arguments: &'static [&'static str],
    input: &'static [&'static str],
    /// A query that changes nothing yet.
    before: &'static str,
    /// The query after which it cannot be taken back.
    at: &'static str,
    /// How many of these queries go well first.
    spared: u32,
}

const SHARE: Row = Row {
    name: "share",
    arguments: &["share", "link.txt", "--yes", "--password-stdin", "--accept-risk"],
    input: &[PASSWORD],
    before: "account.getAuthorizationForm",
    at: "account.acceptAuthorization",
    spared: 0,
};
const PUT: Row = Row {
    name: "put",
    arguments: &["put", "passport", "--from", "anna", "--replace", "--password-stdin", "--accept-risk"],
    input: &[PASSWORD],
    before: "account.getPasswordSettings",
    at: "account.saveSecureValue",
    spared: 0,
};
const PUT_SEVERAL: Row = Row {
    name: "put, several",
    arguments: &[
        "put",
        "personal_details",
        "address",
        "--from",
        "anna",
        "--replace",
        "--password-stdin",
        "--accept-risk",
    ],
    input: &[PASSWORD],
    before: "account.getPasswordSettings",
    at: "account.saveSecureValue",
    spared: 1,
};
const DELETE: Row = Row {
    name: "delete",
    arguments: &["delete", "--all"],
    input: &["delete"],
    before: "account.getPassword",
    at: "account.deleteSecureValue",
    spared: 0,
};
const IMPORT: Row = Row {
    name: "import",
    arguments: &["import", "backup", "--yes", "--password-stdin", "--accept-risk"],
    input: &["a phrase", PASSWORD],
    before: "account.getPasswordSettings",
    at: "account.saveSecureValue",
    spared: 0,
};
const CHANGE: Row = Row {
    name: "password change",
    arguments: &["password", "change", "--password-stdin", "--accept-risk"],
    input: &[PASSWORD, "another horse"],
    before: "account.getPasswordSettings",
    at: "account.updatePasswordSettings",
    spared: 0,
};
const EXPORT: Row = Row {
    name: "export",
    arguments: &["export", "another", "--password-stdin", "--accept-risk"],
    input: &[PASSWORD, "a phrase"],
    before: "account.getPasswordSettings",
    at: "upload.getFile",
    spared: 0,
};
const LOGOUT: Row = Row {
    name: "logout",
    arguments: &["logout"],
    input: &[],
    before: "account.getPassword",
    at: "auth.logOut",
    spared: 0,
};

/// What a run left.
struct Outcome {
    code: Option<i32>,
    said: String,
    happened: bool,
    in_the_clear: Vec<PathBuf>,
}

macro_rules! rows {
    ($($name:ident = $row:ident;)+) => {$(
        pub(crate) async fn $name() {
            fill(&$row).await;
        }
    )+};
}

rows! {
    share = SHARE;
    put = PUT;
    put_several = PUT_SEVERAL;
    delete = DELETE;
    import = IMPORT;
    password_change = CHANGE;
    export = EXPORT;
    logout = LOGOUT;
}

async fn fill(row: &Row) {
    let mut wrong = Vec::new();
    for moment in [Moment::Before, Moment::At, Moment::After] {
        for blow in BLOWS {
            let Some(outcome) = run(row, moment, blow).await else { continue };
            let code = outcome.code.map_or("killed".to_owned(), |code| code.to_string());
            let happened = if outcome.happened { "yes" } else { "no" };
            let clear = outcome.in_the_clear.len();
            let line = format!(
                "| {} | {moment:?} | {blow:?} | {code} | {happened} | {clear} | {} |",
                row.name, outcome.said
            );
            let path = std::env::var_os(VARIABLE).expect("it is set, or this would not run");
            let mut table = OpenOptions::new().append(true).create(true).open(path).unwrap();
            writeln!(table, "{line}").unwrap();
            let failed = outcome.happened && !matches!(outcome.code, Some(0 | 6) | None);
            let invented = !outcome.happened && outcome.code == Some(0);
            if failed || invented || !outcome.in_the_clear.is_empty() {
                wrong.push(line);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// One cell; `None` where a command has no such moment.
async fn run(row: &Row, moment: Moment, blow: Blow) -> Option<Outcome> {
    // What a full disk does at the point of no return, it does before or after.
    if blow == Blow::DiskFull && moment == Moment::At {
        return None;
    }
    let desk = prepared(row).await;
    let faults = desk.data_centres.faults();
    let calls = |method: &str| desk.data_centres.calls().get(method).copied().unwrap_or_default();
    let done_before = calls(row.at);
    let spared = if moment == Moment::At { row.spared } else { 0 };
    let waits_at = if moment == Moment::Before { row.before } else { row.at };
    let silent = Fault::AnswerLost { method: waits_at };
    if blow != Blow::DiskFull && (moment != Moment::After || blow == Blow::ServerSilent) {
        faults.inject_after(spared, silent.clone(), 100_000);
    }
    let armed = faults.pending();

    let temporary = desk.place.path().join("temporary");
    let mut command = desk.command(&[&["--json"], row.arguments].concat());
    command.env("TMPDIR", &temporary).stdin(Stdio::piped()).stderr(Stdio::piped()).stdout(Stdio::piped());
    if blow == Blow::DiskFull && moment == Moment::Before {
        let program = command.get_program().to_owned();
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""]).arg(program).args(arguments);
        shell
            .current_dir(desk.place.path())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .stdout(Stdio::piped());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                shell.env(name, value);
            }
        }
        command = shell;
    }
    if blow == Blow::DiskFull && moment == Moment::After {
        command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap());
    }
    let mut child = command.spawn().unwrap();
    {
        let mut input = child.stdin.take().unwrap();
        for line in row.input {
            // What ends without reading is free to do so.
            let _ = writeln!(input, "{line}");
        }
    }
    // Until it waits there, or has gone past, or has ended by itself.
    let mut ended = false;
    eventually(|| {
        ended = child.try_wait().unwrap().is_some();
        let reached = match moment {
            Moment::After if blow != Blow::ServerSilent => {
                calls(row.at) > done_before + u64::from(row.spared)
            }
            _ => faults.pending() != armed,
        };
        (ended || reached || blow == Blow::DiskFull).then_some(())
    })
    .await;
    let Desk { stage, place, data_centres } = desk;
    let mut centres = Some(data_centres);
    match blow {
        _ if ended => {}
        Blow::Signal(name) => signals::send(name, &child),
        Blow::ServerGone => drop(centres.take_if(|_| moment != Moment::After)),
        Blow::ServerSilent | Blow::DiskFull => {}
    }
    let output: Output =
        tokio::task::spawn_blocking(move || child.wait_with_output()).await.unwrap().unwrap();
    let calls = centres.as_ref().map(|centres| centres.calls().get(row.at).copied().unwrap_or_default());
    let happened = match row.name {
        "export" => place.path().join("another").exists(),
        // Gone in the middle: whether it was done, the state tells.
        _ => calls.map_or(moment != Moment::Before, |calls| calls > done_before),
    };
    let said = said(&output);
    assert!(!said.contains("panicked"), "{said}");
    // What a killed process left is swept when a session opens the next time.
    if let Some(centres) = centres {
        centres.faults().clear();
        let desk = Desk { stage, place, data_centres: centres };
        let _ = desk.run(&["status"], "").await;
        let in_the_clear = in_the_clear(&desk);
        return Some(Outcome { code: output.status.code(), said, happened, in_the_clear });
    }
    Some(Outcome { code: output.status.code(), said, happened, in_the_clear: Vec::new() })
}

/// An account with what the command needs.
async fn prepared(row: &Row) -> Desk {
    let desk = Desk::new(PASSWORD).await;
    desk.sign_in().await;
    person(&desk, "anna", 1);
    fs::create_dir(desk.place.path().join("temporary")).unwrap();
    desk.put_from("anna", &["passport", "address"]).await;
    match row.name {
        "share" => {
            let rows = vec![SuitableElement::new(ElementType::Address).into()];
            fs::write(desk.place.path().join("link.txt"), link(&desk.stage.bot(), "nonce", rows)).unwrap();
        }
        "import" => {
            let export = ["export", "backup", "--password-stdin", "--accept-risk"];
            desk.run(&export, &format!("{PASSWORD}\na phrase\n")).await.answer();
            let vault = Vaulted::new(desk.stage.cloud());
            vault.delete(&ElementType::ALL).await.unwrap();
        }
        _ => {}
    }
    desk
}

/// The first words of what it said.
fn said(output: &Output) -> String {
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let message = match &document["error"]["message"] {
        serde_json::Value::String(message) => message.clone(),
        _ if document.is_null() => String::from_utf8_lossy(&output.stderr).into_owned(),
        _ => "its answer".to_owned(),
    };
    message.replace(['\n', '|'], " ").chars().take(160).collect()
}

/// Pictures below the account's directory and the temporary one: those of the person lie in the clear by right.
fn in_the_clear(desk: &Desk) -> Vec<PathBuf> {
    let mut pictures = Vec::new();
    let mut places = ["home", "temporary"].map(|name| desk.place.path().join(name)).to_vec();
    while let Some(place) = places.pop() {
        // A folder that goes away meanwhile has nothing in it.
        for entry in fs::read_dir(&place).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                places.push(path);
            } else if fs::read(&path).is_ok_and(|bytes| bytes.starts_with(&[0xFF, 0xD8, 0xFF])) {
                pictures.push(path);
            }
        }
    }
    pictures
}
