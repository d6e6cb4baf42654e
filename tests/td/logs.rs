//! What reaches a log. TDLib's log is one for a whole process, so each of the two has a process of its own.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use telegram_passport::cloud::SecureCloud as _;
use telegram_passport::element::ElementType;
use telegram_passport::passport::Vaulted;
use telegram_passport_sandbox::dc::DataCentres;

use crate::cases::Unmet;
use crate::conformance::stage::{Stage, TestBot};
use crate::conformance::{self, PASSWORD, element_of, person, request};
use crate::{python, stage};

/// As TDLib counts: fatal errors are 0, and what it informs of is 3.
const INFO: i32 = 3;

/// Needs Python, which calls a C library without any package.
pub(crate) fn python() -> Result<(), Unmet> {
    python::version().map(drop)
}

/// Shares an address by TDLib alone; gives what it logged.
fn logged_by_tdlib_alone(told: &serde_json::Value, code: impl FnOnce() -> String) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("cli/tests/interop/share_with_tdlib_alone.py");
    let log = tempfile::tempfile().unwrap();
    let mut alone = python::command();
    alone.arg(script).arg(told.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut alone = alone.stderr(log.try_clone().unwrap()).spawn().unwrap();
    let mut question = String::new();
    BufReader::new(alone.stdout.take().unwrap()).read_line(&mut question).unwrap();
    if question.trim() == "code?" {
        writeln!(alone.stdin.take().unwrap(), "{}", code()).unwrap();
    }
    let status = alone.wait().unwrap();
    let log = std::io::read_to_string(rewound(log)).unwrap();
    let end: String = log.lines().rev().take(3).collect();
    assert!(status.success(), "{end}");
    log
}

fn rewound(mut file: std::fs::File) -> std::fs::File {
    std::io::Seek::rewind(&mut file).unwrap();
    file
}

pub(crate) async fn credentials_are_in_none() {
    let stage = Stage::new();
    let vault = Vaulted::new(stage.cloud());
    conformance::prepare(&vault, &stage).await;
    conformance::save(&vault, element_of(&person(), ElementType::Address)).await;
    let bot = stage.bot();
    let request = request(&bot, vec![ElementType::Address.into()]);
    let data_centres = DataCentres::start(stage.state.clone(), stage::identity()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let told = json!({
        "library": crate::library().path(),
        "verbosity": INFO,
        "directory": folder.path(),
        "proxy": { "server": data_centres.address().ip(), "port": data_centres.address().port() },
        "api_id": stage::application().api_id,
        "api_hash": *stage::application().api_hash,
        "phone": Stage::PHONE,
        "password": PASSWORD,
        "bot_id": TestBot::ID,
        "scope": request.scope(),
        "public_key": request.public_key(),
        "nonce": request.nonce(),
    });
    let state = stage.state.clone();
    let code = move || state.last_login_code(Stage::PHONE).unwrap();
    let log = tokio::task::spawn_blocking(move || logged_by_tdlib_alone(&told, code)).await.unwrap();
    assert_eq!(bot.open_last_share(request.nonce()), [element_of(&person(), ElementType::Address)]);
    let stored = stage.cloud().all_secure_values().await.unwrap().remove(0).data.unwrap();
    let hash = STANDARD.encode(stored.data_hash);
    let lines: Vec<_> =
        log.lines().filter(|line| line.contains(&hash) && line.contains("\"secret\"")).collect();
    assert!(!lines.is_empty(), "TDLib alone logs the credentials");

    // Two shares by our engine, in another process: this one's log is shared by all cases.
    let program = env::current_exe().unwrap();
    let case = "over_tdlib::one_alternative_and_no_unasked_selfie";
    let run = move || Command::new(program).args(["--exact", case]).output().unwrap();
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let (said, log) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success() && said.contains("1 passed"), "{said}{log}");
    assert_eq!(log, "");
}
