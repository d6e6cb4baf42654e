//! `tgpassport sandbox`: a process that describes itself, ends when it is told to, and goes on where it was.
#![cfg(unix)] // it is told by signals

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::Deserialize as _;
use serde_json::Value;
use telegram_passport_sandbox::Description;

use crate::signals;
use crate::tool::{Ended, run};

struct Running {
    child: Child,
    description: Description,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tgpassport"))
            .args(["--json", "sandbox"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command line was built for these tests");
        let stdout = child.stdout.take().expect("piped");
        let described = Description::deserialize(&mut serde_json::Deserializer::from_reader(stdout));
        Self { child, description: described.expect("the one document of --json") }
    }

    /// Sends a signal; gives the exit code.
    fn end(mut self, signal: &str) -> Option<i32> {
        signals::send(signal, &self.child);
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// Fails with this code and one sentence, which it gives.
fn fails(code: i32, arguments: &[&str]) -> String {
    let ended: Ended = run(&[&["--json", "sandbox"], arguments].concat());
    assert_eq!(ended.code, code, "{arguments:?}: {ended:?}");
    let error: Value = serde_json::from_str(&ended.stdout).expect("one document");
    error["error"]["message"].as_str().expect("a sentence").to_owned()
}

#[test]
fn it_describes_itself_and_goes_on_where_it_was() {
    let place = tempfile::tempdir().expect("a folder");
    let state = place.path().join("state");
    let first = Running::start(&["--state", text(&state), "--data-centres", "2"]);
    let file = state.join("sandbox.json");
    let described = first.description.clone();
    assert_eq!(Description::read(&file).expect("it is written"), described);
    assert_eq!(described.data_centres.len(), 2);
    assert_eq!(described.codes, state.join("codes.jsonl"));
    assert_eq!(described.process_id, Some(first.child.id()));
    assert_eq!(fs::metadata(&state).expect("there").permissions().mode() & 0o777, 0o700);
    for file in fs::read_dir(&state).expect("there") {
        let path = file.expect("a file").path();
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600, "{path:?}");
    }
    assert!(fails(1, &["--state", text(&state)]).contains("another sandbox runs on"));
    assert_eq!(Description::read(&file).expect("untouched"), described);
    assert_eq!(first.end("TERM"), Some(0));

    for signal in ["INT", "KILL", "TERM"] {
        let again = Running::start(&["--state", text(&state)]);
        let mut now = again.description.clone();
        now.process_id = described.process_id;
        assert_eq!(now, described);
        assert_eq!(again.end(signal), (signal != "KILL").then_some(0), "{signal}");
    }
}

#[test]
fn a_folder_has_one_living_sandbox() {
    let place = tempfile::tempdir().expect("a folder");
    let (one, other) = (place.path().join("one.json"), place.path().join("other.json"));
    let first = Running::start(&["--describe", text(&one)]);
    let codes = place.path().join("codes.jsonl");
    let line = r#"{"number":1,"date":0,"to":"1","purpose":"log_in","code":"12345"}"#;
    fs::write(&codes, format!("{line}\n")).expect("written");
    for file in [&one, &other] {
        let told = fails(1, &["--describe", text(file)]);
        assert!(told.contains("another sandbox lives here"), "{told}");
    }
    // The state of another does not make it another place.
    let state = place.path().join("state");
    fails(1, &["--describe", text(&other), "--state", text(&state)]);
    assert_eq!(fs::read_to_string(&codes).expect("there"), format!("{line}\n"), "nothing was changed");
    assert_eq!(Description::read(&one).expect("untouched"), first.description);
    assert!(!other.exists());
    assert_eq!(first.end("KILL"), None);
    let second = Running::start(&["--describe", text(&other)]);
    assert_eq!(second.end("HUP"), Some(0));
}

#[test]
fn what_is_in_the_way_is_told_and_left() {
    let place = tempfile::tempdir().expect("a folder");
    let spoilt = |name: &str| {
        let state = place.path().join(name.replace('.', "-"));
        fs::create_dir(&state).expect("a folder");
        fs::write(state.join(name), "something else\n").expect("written");
        (state.clone(), state.join(name))
    };
    for (name, code, why) in [
        ("server-key.der", 1, "holds no RSA key"),
        ("state.redb", 1, "is damaged, or no sandbox's state"),
        ("sandbox.json", 3, "is there already"),
        ("codes.jsonl", 1, "holds no codes"),
    ] {
        let (state, file) = spoilt(name);
        let told = fails(code, &["--state", text(&state)]);
        assert!(told.contains(why), "{name}: {told}");
        assert_eq!(fs::read(&file).expect("there"), b"something else\n", "{name}");
    }
    let (_, file) = spoilt("a-file");
    fails(1, &["--state", text(&file)]);
    for wrong in [
        &["--data-centres", "0"] as &[&str],
        &["--data-centres", "many"],
        &["--password-stdin"],
        &["--bot", "https://example.com/"],
    ] {
        fails(2, wrong);
    }
    fails(1, &["--person", text(&place.path().join("nobody"))]);
}

/// Asks the Bot API of a sandbox for this, and gives the whole response.
fn ask(description: &Description, path: &str) -> String {
    let address =
        description.bot_api.as_ref().expect("it is served").socket_addrs(|| None).expect("an address");
    let mut stream = TcpStream::connect(address[0]).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("it answers");
    response
}

#[test]
fn a_bot_finds_its_token_and_the_address_in_the_description() {
    let place = tempfile::tempdir().expect("a folder");
    let state = place.path().join("state");
    let first = Running::start(&["--state", text(&state), "--bot-token", "42:own_token"]);
    let bots = &first.description.bots;
    assert_eq!((bots.len(), bots[0].id, bots[0].token.as_str()), (1, 42, "42:own_token"));
    assert!(ask(&first.description, "/bot42:own_token/getMe").contains(r#""ok":true"#));
    assert!(ask(&first.description, "/bot42:another/getMe").contains(r#""error_code":401"#));
    let port = first.description.bot_api.as_ref().and_then(|url| url.port()).expect("a port");
    let told = run(&["sandbox", "--settings", "grammy", "--state", text(&state)]);
    let expected =
        format!(r#"new Bot("42:own_token", {{ client: {{ apiRoot: "http://127.0.0.1:{port}" }} }})"#);
    assert_eq!((told.code, told.stdout.trim()), (0, expected.as_str()), "{told:?}");

    // A poll that is held is answered when the sandbox ends.
    let description = first.description.clone();
    let held = std::thread::spawn(move || ask(&description, "/bot42:own_token/getUpdates?timeout=50"));
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(first.end("TERM"), Some(0));
    assert!(held.join().expect("no panic").contains(r#""result":[]"#));
    assert!(fails(1, &["--state", text(&state), "--bot-token", "42:another"]).contains("another token"));
    fails(2, &["--bot-token", "no token"]);
    let nowhere =
        run(&["sandbox", "--settings", "aiogram", "--describe", text(&place.path().join("none.json"))]);
    assert_eq!(nowhere.code, 1, "{nowhere:?}");
}
