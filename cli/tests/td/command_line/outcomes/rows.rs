//! The commands that change something: what each begins with, its point of no return, and where to look whether it
//! happened.

use std::fs;
use std::path::{Path, PathBuf};

use telegram_passport_sandbox::state::CodePurpose;

use super::super::PASSWORD;
use super::ground::{Cell, Ground, NEW_PASSWORD, PASSPHRASE};
use crate::conformance::stage::{Stage, TestBot};

/// A command.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) ground: Ground,
    /// One with `@` is what the file of this name holds.
    pub(super) arguments: &'static [&'static str],
    pub(super) answers: &'static [Answer],
    pub(super) course: Course,
    /// Another afterwards, if it happened.
    pub(super) trace: fn(&Cell) -> String,
    /// The file or folder that it writes, which may hold what is in the clear.
    pub(super) leaves: Option<&'static str>,
}

/// What is written on standard input.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    Line(&'static str),
    /// The code that is sent meanwhile.
    Code(CodePurpose),
    LoginCode,
}

/// How a command goes.
#[derive(Clone, Copy)]
pub(super) enum Course {
    /// By queries to the server.
    Queries {
        /// One that changes nothing yet.
        before: &'static str,
        /// The one after which it cannot be taken back, or before whose end nothing is written.
        at: &'static str,
        /// How many of these go well first.
        spared: u64,
    },
    /// On this machine alone.
    Here {
        /// What it reads first, if it reads anything.
        reads: Option<&'static str>,
    },
}

use Answer::{Code, Line, LoginCode};

/// By the second of these, which is not sent before the first is answered.
const fn queries(before: &'static str, at: &'static str) -> Course {
    Course::Queries { before, at, spared: 0 }
}

/// What is asked to see whether the session is known.
const CHECK: &str = "account.getPassword";

fn sessions(cell: &Cell) -> String {
    cell.centres().sessions(cell.user_id).to_string()
}

/// How many keys anybody is signed in under, or half.
fn keys(cell: &Cell) -> String {
    let records = cell.centres().records();
    records.keys().filter(|name| name.starts_with("dc/authorisation/")).count().to_string()
}

fn secret(cell: &Cell) -> String {
    format!("{:?}", cell.state.summary(cell.user_id).unwrap().secret)
}

fn values(cell: &Cell) -> String {
    format!("{:?}", cell.state.summary(cell.user_id).unwrap().values)
}

fn secret_and_values(cell: &Cell) -> String {
    secret(cell) + &values(cell)
}

fn password(cell: &Cell) -> String {
    let password = cell.state.account_password(cell.user_id).unwrap();
    let salts = password.current.map(|current| format!("{:?}", current.algorithm));
    format!("{salts:?} {:?} {} {:?}", password.hint, password.has_recovery, password.pending_reset_date)
}

fn password_and_sessions(cell: &Cell) -> String {
    password(cell) + &sessions(cell)
}

fn shares(cell: &Cell) -> String {
    cell.state.inbox(TestBot::ID).len().to_string()
}

/// The names and sizes of what lies there.
fn written(cell: &Cell, name: &str) -> String {
    let mut files = files_below(&cell.path(name));
    files.sort();
    files
        .iter()
        .map(|file| format!("{}:{} ", file.display(), fs::metadata(file).map_or(0, |it| it.len())))
        .collect()
}

fn out(cell: &Cell) -> String {
    written(cell, "out")
}

/// The files of a folder, or the one file; temporary ones are none.
pub(super) fn files_below(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return if is_temporary(path) { Vec::new() } else { vec![path.to_owned()] };
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.flat_map(|entry| files_below(&entry.path())).collect()
}

/// Whether a file is half of another by its name.
pub(super) fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    [".tgpassport-", ".tmp"].iter().any(|beginning| name.starts_with(beginning))
}

macro_rules! rows {
    ($($name:ident = $row:expr;)+) => {
        /// Each row as a case.
        pub(crate) mod cases {
            $(pub(crate) async fn $name() {
                static ROW: super::Row = { use super::*; $row };
                super::super::fill(&ROW).await;
            })+
        }
    };
}

rows! {
    login = Row {
        name: "login",
        ground: Ground::Nobody,
        arguments: &["login", "--sandbox", "sandbox.json", "--phone", Stage::PHONE, "--password-stdin"],
        answers: &[LoginCode, Line(PASSWORD)],
        course: queries("auth.sendCode", "auth.checkPassword"),
        trace: sessions,
        leaves: None,
    };
    login_recovery = Row {
        name: "login, password forgotten",
        ground: Ground::Forgotten,
        arguments: &["login", "--sandbox", "sandbox.json", "--phone", Stage::PHONE, "--password-stdin"],
        answers: &[
            LoginCode,
            Line(""),
            Line("lose my documents"),
            Line("no"),
            Line(NEW_PASSWORD),
            Code(CodePurpose::RecoverPassword),
        ],
        course: queries("auth.requestPasswordRecovery", "auth.recoverPassword"),
        trace: password_and_sessions,
        leaves: None,
    };
    approve = Row {
        name: "approve",
        ground: Ground::Device,
        arguments: &["approve", "@device.txt"],
        answers: &[],
        course: queries(CHECK, "auth.acceptLoginToken"),
        trace: keys,
        leaves: None,
    };
    sessions_end = Row {
        name: "sessions --end NUMBER",
        ground: Ground::Elsewhere,
        arguments: &["sessions", "--end", "@session.txt", "--yes"],
        answers: &[],
        course: queries("account.getAuthorizations", "account.resetAuthorization"),
        trace: sessions,
        leaves: None,
    };
    sessions_end_vault = Row {
        name: "sessions --end vault",
        ground: Ground::Channel,
        arguments: &["sessions", "--end", "vault", "--yes"],
        answers: &[],
        course: queries("account.getAuthorizations", "auth.logOut"),
        trace: sessions,
        leaves: None,
    };
    secret_create = Row {
        name: "put, which makes the secret",
        ground: Ground::Empty,
        arguments: &["put", "address", "--from", "anna", "--password-stdin", "--accept-risk"],
        answers: &[Line(PASSWORD)],
        course: queries("account.getPasswordSettings", "account.updatePasswordSettings"),
        trace: secret_and_values,
        leaves: None,
    };
    secret_reset = Row {
        name: "secret reset",
        ground: Ground::Damaged,
        arguments: &["secret", "reset", "--password-stdin"],
        answers: &[Line(PASSWORD), Line("lose")],
        course: queries("account.getPasswordSettings", "account.updatePasswordSettings"),
        trace: secret,
        leaves: None,
    };
    secret_upgrade = Row {
        name: "secret upgrade",
        ground: Ground::Legacy,
        arguments: &["secret", "upgrade", "--password-stdin"],
        answers: &[Line(PASSWORD)],
        course: queries("account.getPasswordSettings", "account.updatePasswordSettings"),
        trace: secret,
        leaves: None,
    };
    password_set = Row {
        name: "password set",
        ground: Ground::NoPassword,
        arguments: &["password", "set", "--password-stdin"],
        answers: &[Line(NEW_PASSWORD)],
        course: queries(CHECK, "account.updatePasswordSettings"),
        trace: password,
        leaves: None,
    };
    password_change = Row {
        name: "password change",
        ground: Ground::Stored,
        arguments: &["password", "change", "--password-stdin", "--accept-risk"],
        answers: &[Line(PASSWORD), Line(NEW_PASSWORD)],
        course: queries("account.getPasswordSettings", "account.updatePasswordSettings"),
        trace: password,
        leaves: None,
    };
    password_remove = Row {
        name: "password remove",
        ground: Ground::Stored,
        arguments: &["password", "remove", "--password-stdin", "--accept-risk"],
        answers: &[Line(PASSWORD), Line("lose")],
        course: queries("account.getPasswordSettings", "account.updatePasswordSettings"),
        trace: password,
        leaves: None,
    };
    password_email = Row {
        name: "password email",
        ground: Ground::Stored,
        arguments: &["password", "email", "anna@example.com", "--password-stdin"],
        answers: &[Line(PASSWORD), Code(CodePurpose::ConfirmRecoveryEmail)],
        course: queries(CHECK, "account.confirmPasswordEmail"),
        trace: password,
        leaves: None,
    };
    password_email_remove = Row {
        name: "password email --remove",
        ground: Ground::Recoverable,
        arguments: &["password", "email", "--remove", "--password-stdin"],
        answers: &[Line(PASSWORD)],
        course: queries(CHECK, "account.updatePasswordSettings"),
        trace: password,
        leaves: None,
    };
    password_recover = Row {
        name: "password recover",
        ground: Ground::Recoverable,
        arguments: &["password", "recover", "--password-stdin"],
        answers: &[Line("lose"), Line(NEW_PASSWORD), Code(CodePurpose::RecoverPassword)],
        course: queries("auth.requestPasswordRecovery", "auth.recoverPassword"),
        trace: password,
        leaves: None,
    };
    password_reset = Row {
        name: "password reset",
        ground: Ground::Stored,
        arguments: &["password", "reset", "--password-stdin"],
        answers: &[Line("lose")],
        course: queries(CHECK, "account.resetPassword"),
        trace: password,
        leaves: None,
    };
    password_reset_decline = Row {
        name: "password reset --decline",
        ground: Ground::ResetPending,
        arguments: &["password", "reset", "--decline"],
        answers: &[],
        course: queries(CHECK, "account.declinePasswordReset"),
        trace: password,
        leaves: None,
    };
    put = Row {
        name: "put, one kind",
        ground: Ground::Stored,
        arguments: &["put", "passport", "--from", "anna", "--replace", "--password-stdin", "--accept-risk"],
        answers: &[Line(PASSWORD)],
        course: queries("account.getPasswordSettings", "account.saveSecureValue"),
        trace: values,
        leaves: None,
    };
    put_several = Row {
        name: "put, at the second of several",
        ground: Ground::Stored,
        arguments: &[
            "put",
            "passport",
            "address",
            "--from",
            "anna",
            "--replace",
            "--password-stdin",
            "--accept-risk",
        ],
        answers: &[Line(PASSWORD)],
        course: Course::Queries {
            before: "account.getPasswordSettings",
            at: "account.saveSecureValue",
            spared: 1,
        },
        trace: values,
        leaves: None,
    };
    delete = Row {
        name: "delete KIND",
        ground: Ground::Stored,
        arguments: &["delete", "address", "--yes"],
        answers: &[],
        course: queries(CHECK, "account.deleteSecureValue"),
        trace: values,
        leaves: None,
    };
    delete_all = Row {
        name: "delete --all",
        ground: Ground::Stored,
        arguments: &["delete", "--all"],
        answers: &[Line("delete")],
        // The first is of what is not stored.
        course: Course::Queries { before: CHECK, at: "account.deleteSecureValue", spared: 1 },
        trace: values,
        leaves: None,
    };
    import = Row {
        name: "import",
        ground: Ground::Exported,
        arguments: &["import", "backup", "--yes", "--password-stdin", "--accept-risk"],
        answers: &[Line(PASSPHRASE), Line(PASSWORD)],
        course: queries("account.getPasswordSettings", "account.saveSecureValue"),
        trace: secret_and_values,
        leaves: None,
    };
    share = Row {
        name: "share",
        ground: Ground::Stored,
        arguments: &["share", "link.txt", "--yes", "--password-stdin", "--accept-risk"],
        answers: &[Line(PASSWORD)],
        course: queries("account.getAuthorizationForm", "account.acceptAuthorization"),
        trace: shares,
        leaves: None,
    };
    logout = Row {
        name: "logout",
        ground: Ground::Stored,
        arguments: &["logout"],
        answers: &[],
        course: queries(CHECK, "auth.logOut"),
        trace: sessions,
        leaves: None,
    };
    logout_of_both = Row {
        name: "logout, at the second session",
        ground: Ground::Channel,
        arguments: &["logout"],
        answers: &[],
        course: Course::Queries { before: CHECK, at: "auth.logOut", spared: 1 },
        trace: sessions,
        leaves: None,
    };
    export = Row {
        name: "export",
        ground: Ground::Stored,
        arguments: &["export", "out", "--password-stdin", "--accept-risk"],
        answers: &[Line(PASSWORD), Line(PASSPHRASE)],
        course: queries("account.getPasswordSettings", "upload.getFile"),
        trace: out,
        leaves: Some("out"),
    };
    show = Row {
        name: "show --out",
        ground: Ground::Stored,
        arguments: &["show", "passport", "--out", "out", "--password-stdin", "--accept-risk"],
        answers: &[Line(PASSWORD)],
        course: queries("account.getPasswordSettings", "upload.getFile"),
        trace: out,
        leaves: Some("out"),
    };
    unpack = Row {
        name: "unpack --out",
        ground: Ground::Exported,
        arguments: &["unpack", "backup", "--out", "out", "--password-stdin"],
        answers: &[Line(PASSPHRASE)],
        course: Course::Here { reads: None },
        trace: out,
        leaves: Some("out"),
    };
    open = Row {
        name: "open --out",
        ground: Ground::Received,
        arguments: &["open", "share/update.json", "--key", "bot.pem", "--files", "share/files", "--out", "out"],
        answers: &[],
        course: Course::Here { reads: Some("share/update.json") },
        trace: out,
        leaves: Some("out"),
    };
    simulate = Row {
        name: "simulate",
        ground: Ground::Received,
        arguments: &["simulate", "@request.txt", "--person", "anna", "--out", "out"],
        answers: &[],
        course: Course::Here { reads: None },
        trace: out,
        leaves: Some("out"),
    };
    person_new = Row {
        name: "person new",
        ground: Ground::Received,
        arguments: &["person", "new", "--country", "CZ", "--seed", "7", "--out", "out"],
        answers: &[],
        course: Course::Here { reads: None },
        trace: out,
        leaves: Some("out"),
    };
    request_new = Row {
        name: "request new --new-key",
        ground: Ground::Received,
        arguments: &["request", "new", "--bot-id", "7000000001", "--ask", "address", "--new-key", "out"],
        answers: &[],
        course: Course::Here { reads: None },
        trace: out,
        leaves: Some("out"),
    };
}
