//! The command line: its words, its exit codes, what it leaves behind. `open` has a module of its own.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::forge;
use crate::tool::{Ended, run, run_with_input, run_with_variables};

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

/// Fails with this code, in one sentence (and perhaps problems and a remedy); with `--json` the same as one object.
/// Gives the sentence and the problems, a line each.
fn fails(code: i32, arguments: &[&str]) -> String {
    let ended = run(arguments);
    assert_eq!((ended.code, ended.stdout.as_str()), (code, ""), "{arguments:?}: {}", ended.stderr);
    assert!(!ended.stderr.trim().is_empty(), "{arguments:?} says nothing");

    let mut with_json = vec!["--json"];
    with_json.extend_from_slice(arguments);
    let told = run(&with_json);
    assert_eq!((told.code, told.stderr.as_str()), (code, ""), "{with_json:?}");
    let error = &json(&told)["error"];
    assert_eq!(error["exit_code"], code, "{with_json:?}");
    let problems = error["problems"].as_array().into_iter().flatten();
    let told = std::iter::once(&error["message"]).chain(problems);
    told.map(|text| text.as_str().expect("a sentence")).collect::<Vec<_>>().join("\n")
}

fn path(place: &Path, name: &str) -> String {
    place.join(name).display().to_string()
}

fn made_request(place: &Path, ask: &[&str]) -> String {
    let key = path(place, "bot.pem");
    let mut arguments = vec!["request", "new", "--bot-id", "7500000001", "--new-key", &key, "--force"];
    for what in ask {
        arguments.extend_from_slice(&["--ask", what]);
    }
    let ended = run(&arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stdout.trim().to_owned()
}

#[test]
fn help_man_and_completions_print() {
    for command in [
        &["--help"] as &[&str],
        &["demo", "--help"],
        &["login", "--help"],
        &["logout", "--help"],
        &["status", "--help"],
        &["approve", "--help"],
        &["list", "--help"],
        &["show", "--help"],
        &["put", "--help"],
        &["delete", "--help"],
        &["share", "--help"],
        &["errors", "--help"],
        &["simulate", "--help"],
        &["open", "--help"],
        &["request", "show", "--help"],
        &["request", "new", "--help"],
        &["person", "new", "--help"],
        &["sandbox", "--help"],
        &["completions", "--help"],
        &["man", "--help"],
    ] {
        let ended = run(command);
        assert_eq!(ended.code, 0, "{command:?}");
        assert!(ended.stdout.contains("Usage: tgpassport"), "{command:?}");
        assert!(ended.stdout.contains("Examples:"), "{command:?} teaches nothing");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = run(&["completions", shell]);
        assert_eq!(ended.code, 0, "{shell}");
        assert!(ended.stdout.contains("simulate"), "{shell}");
    }
    let page = run(&["man"]);
    assert!(page.code == 0 && page.stdout.contains(".TH tgpassport"), "{page:?}");
    let page = run(&["--json", "man", "request", "new"]);
    assert_eq!(json(&page)["name"], "tgpassport-request-new");
    assert!(run(&["--version"]).stdout.contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_is_2() {
    for wrong in [
        &["nonsense"] as &[&str],
        &["open"],
        &["request"],
        &["request", "new"],
        &["completions", "tcsh-2000"],
        &["man", "nonsense"],
        &["person", "new", "--out", "x", "--seed", "minus one"],
    ] {
        fails(2, wrong);
    }
    let place = tempfile::tempdir().expect("a folder");
    let out = path(place.path(), "out");
    fails(2, &["person", "new", "--country", "Atlantis", "--out", &out]);
    fails(2, &["person", "new", "--country", "AQ", "--out", &out]);
    assert!(!place.path().join("out").exists());
}

#[test]
fn a_request_is_made_and_explained() {
    let place = tempfile::tempdir().expect("a folder");
    let link = made_request(place.path(), &["passport+selfie/identity_card+selfie+translation", "email"]);
    let shown = json(&run(&["--json", "request", "show", &link]));
    assert_eq!(shown["bot_id"], 7_500_000_001_i64);
    assert_eq!(shown["asks_for"][0][1]["kind"], "identity_card");
    assert_eq!(shown["asks_for"][0][1]["translation"], true);
    assert_eq!(shown["asks_for"][0][0]["translation"], false);
    assert_eq!(shown["asks_for"][1][0]["kind"], "email");
    assert_eq!(shown["public_key"]["bits"], 2048);

    let in_words = run(&["request", "show", "-"]);
    assert_eq!(in_words.code, 1, "an empty standard input holds no link");
    let in_words = run_with_input(&["request", "show", "-"], link.as_bytes());
    assert!(in_words.stdout.contains("Passport, with a selfie"), "{in_words:?}");

    let file = path(place.path(), "link.txt");
    fs::write(&file, format!("{link}\n")).expect("a file");
    assert_eq!(json(&run(&["--json", "request", "show", &file])), shown);
}

#[test]
fn a_key_is_0600_and_not_replaced() {
    let place = tempfile::tempdir().expect("a folder");
    let key = path(place.path(), "bot.pem");
    let new = ["request", "new", "--bot-id", "1", "--ask", "email", "--new-key", &key];
    assert_eq!(run(&new).code, 0);
    let first = fs::read_to_string(&key).expect("it was written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&key).expect("there").permissions().mode() & 0o777, 0o600);
    }
    fails(3, &new);
    assert_eq!(fs::read_to_string(&key).expect("still there"), first);

    // The private key is taken as well as the public one, and the link carries the public half only.
    let ended = run(&["--json", "request", "new", "--bot-id", "1", "--ask", "email", "--key", &key]);
    let public = json(&ended)["public_key"].as_str().expect("text").to_owned();
    assert!(public.starts_with("-----BEGIN PUBLIC KEY-----"));
    let file = path(place.path(), "public.pem");
    fs::write(&file, public.replace('\n', "\r\n")).expect("a file");
    assert_eq!(run(&["request", "new", "--bot-id", "1", "--ask", "email", "--key", &file]).code, 0);
}

#[test]
fn bad_requests_are_told() {
    let place = tempfile::tempdir().expect("a folder");
    let key = path(place.path(), "key.pem");
    fs::write(&key, forge::public_key_pem()).expect("a file");
    let new = |more: &[&'static str]| {
        let mut arguments = vec!["request", "new", "--key", key.as_str()];
        arguments.extend_from_slice(more);
        fails(2, &arguments)
    };
    let mut said = vec![
        new(&["--bot-id", "0", "--ask", "email"]),
        new(&["--bot-id", "1", "--ask", "visa"]),
        new(&["--bot-id", "1", "--ask", "email+selfie"]),
        new(&["--bot-id", "1", "--ask", "passport+sefie"]),
        new(&["--bot-id", "1", "--ask", "email", "--ask", "email"]),
        new(&["--bot-id", "1", "--ask", "passport/utility_bill"]),
        new(&["--bot-id", "1", "--ask", "email", "--nonce", ""]),
        new(&["--bot-id", "1", "--ask", "email", "--callback", "javascript:alert(1)"]),
        new(&["--bot-id", "1", "--ask", "passport+translation", "--form", "legacy"]),
        fails(2, &["request", "show", "tg://resolve?domain=durov"]),
        fails(2, &["request", "show", "tg://passport?bot_id=1&scope=%7B%7D&public_key=x"]),
        fails(2, &["request", "show", "no/such/file"]),
        fails(1, &["request", "show", "tg://passport?bot_id=1&scope=%7B%7D&public_key=x&nonce=n"]),
    ];
    let scope = r#"{"v":1,"d":["em"]}"#.replace('"', "%22");
    let link = format!("tg://passport?bot_id=1&scope={scope}&nonce=n&public_key=");
    said.push(fails(1, &["request", "show", &format!("{link}x")]));
    let short = "-----BEGIN PUBLIC KEY-----%0AMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf%0A\
                 9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit%2BCqvjWYzvQwECAwEAAQ==%0A-----END PUBLIC KEY-----";
    said.push(fails(1, &["request", "show", &format!("{link}{short}")]));
    let count = said.len();
    said.sort();
    said.dedup();
    assert_eq!(said.len(), count, "each has words of its own: {said:#?}");
}

#[test]
fn a_person_is_shared_with_a_bot_and_opened() {
    let place = tempfile::tempdir().expect("a folder");
    let (person, share, out) =
        (path(place.path(), "person"), path(place.path(), "share"), path(place.path(), "out"));
    let made = run(&["--json", "person", "new", "--country", "JP", "--seed", "3", "--out", &person]);
    assert_eq!(json(&made)["elements"].as_array().map(Vec::len), Some(13));

    let link =
        made_request(place.path(), &["passport/identity_card+selfie", "personal_details+native-names"]);
    fs::create_dir(place.path().join("share")).expect("a folder");
    fs::write(place.path().join("share/mine.txt"), "mine").expect("a file");
    let simulate =
        ["simulate", link.as_str(), "--person", &person, "--out", &share, "--use", "identity_card"];
    let ended = run(&simulate);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(fs::read_to_string(place.path().join("share/mine.txt")).expect("there"), "mine");

    let (update, key, files) = (
        path(place.path(), "share/update.json"),
        path(place.path(), "bot.pem"),
        path(place.path(), "share/files"),
    );
    let open = ["--json", "open", &update, "--key", &key, "--files", &files, "--out", &out];
    let opened = json(&run(&open));
    let kinds: Vec<&str> =
        opened["elements"].as_array().expect("a list").iter().filter_map(|e| e["type"].as_str()).collect();
    assert_eq!(kinds, ["identity_card", "personal_details"]);
    assert!(
        opened["elements"][0].get("selfie").is_some() && opened["elements"][0].get("translation").is_none()
    );
    assert_eq!(
        fs::read(place.path().join("out/identity_card-selfie.jpg")).expect("written"),
        fs::read(place.path().join("person/identity_card/selfie.jpg")).expect("the source")
    );

    // Without the files, the data alone.
    let data_only = json(&run(&["--json", "open", &update, "--key", &key]));
    assert_eq!(data_only["unopened_files"], 3);
    assert_eq!(data_only["elements"][0]["data"], opened["elements"][0]["data"]);
    // From standard input.
    let piped = run_with_input(&["--json", "open", "-", "--key", &key], &fs::read(&update).expect("there"));
    assert_eq!(json(&piped), data_only);
}

#[test]
fn what_is_missing_is_told_at_once_and_nothing_is_written() {
    let place = tempfile::tempdir().expect("a folder");
    let (person, share) = (path(place.path(), "person"), path(place.path(), "share"));
    fs::create_dir(&person).expect("a folder");
    fs::write(
        place.path().join("person/person.toml"),
        "[[element]]\ntype = \"email\"\nemail = \"ada@example.org\"\n",
    )
    .expect("a file");
    let link = made_request(place.path(), &["passport/identity_card", "phone_number", "email"]);
    let message = fails(3, &["simulate", &link, "--person", &person, "--out", &share]);
    assert!(message.contains("passport") && message.contains("phone"), "{message}");
    assert!(!place.path().join("share").exists());

    let only = made_request(place.path(), &["email"]);
    assert_eq!(run(&["simulate", &only, "--person", &person, "--out", &share]).code, 0);
    fails(2, &["simulate", &only, "--person", &person, "--out", &share, "--use", "visa"]);
}

#[test]
fn bad_people_are_told() {
    let place = tempfile::tempdir().expect("a folder");
    let (person, share) = (path(place.path(), "person"), path(place.path(), "share"));
    let link = made_request(place.path(), &["email"]);
    let simulate = ["simulate", &link, "--person", &person, "--out", &share];
    fails(1, &simulate);
    fs::create_dir(&person).expect("a folder");
    for bad in [
        "not toml at all [",
        "[[element]]\n",
        "[[element]]\ntype = \"visa\"\n",
        "[[element]]\ntype = \"email\"\nemail = 7\n",
        "[[element]]\ntype = \"email\"\nemial = \"ada@example.org\"\n",
        "[[element]]\ntype = \"passport\"\ndocument_no = \"1\"\nfront_side = \"../../etc/passwd\"\n",
        "[[element]]\ntype = \"passport\"\ndocument_no = \"1\"\nfront_side = \"missing.jpg\"\n",
        "[[element]]\ntype = \"passport\"\ndocument_no = \"1\"\nfront_side = \"person.toml\"\n",
        "[[element]]\ntype = \"passport\"\ndocument_no = \"1\"\nexpiry_date = \"30.02.2030\"\n",
    ] {
        fs::write(place.path().join("person/person.toml"), bad).expect("a file");
        fails(1, &simulate);
    }
    assert!(!place.path().join("share").exists());
}

#[test]
fn bad_updates_and_keys_are_told() {
    let place = tempfile::tempdir().expect("a folder");
    let at = |name: &str| path(place.path(), name);
    forge::Share::honest().deliver().write(place.path());
    let (update, key, files) = (at("update.json"), at("key.pem"), at("files"));
    let good = fs::read_to_string(&update).expect("there");

    fails(1, &["open", &at("nothing.json"), "--key", &key]);
    fails(1, &["open", &update, "--key", &at("nothing.pem")]);
    fails(1, &["open", &update, "--key", &update]);
    fails(1, &["open", &update, "--key", &key, "--files", &at("no-folder")]);
    for bad in [
        "",
        "{",
        "[]",
        "{}",
        "null",
        r#"{"update_id":1,"message":{"text":"hello"}}"#,
        &good[..good.len() / 2],
    ] {
        fs::write(place.path().join("bad.json"), bad).expect("a file");
        fails(1, &["open", &at("bad.json"), "--key", &key]);
    }
    fs::write(place.path().join("bad.json"), [0xff, 0xfe, 0x00]).expect("a file");
    fails(1, &["open", &at("bad.json"), "--key", &key]);
    fs::remove_file(place.path().join("files/bill-2")).expect("it was there");
    let message = fails(1, &["open", &update, "--key", &key, "--files", &files, "--out", &at("out")]);
    assert!(message.contains("utility_bill"), "{message}");
    assert!(!place.path().join("out").exists());

    fs::write(place.path().join("public.pem"), forge::public_key_pem()).expect("a file");
    fails(1, &["open", &update, "--key", &at("public.pem")]);
    let other = at("other.pem");
    assert_eq!(run(&["request", "new", "--bot-id", "1", "--ask", "email", "--new-key", &other]).code, 0);
    fails(3, &["open", &update, "--key", &other]);
}

/// Nothing here reaches TDLib: what is wrong is found before.
#[test]
fn accounts_are_named_and_looked_for() {
    let place = tempfile::tempdir().expect("a folder");
    let home = place.path().join("home");
    let ended = |variables: &[(&str, &str)], arguments: &[&str]| {
        let home = home.to_str().expect("text");
        run_with_variables(&[&[("TGPASSPORT_HOME", home)], variables].concat(), arguments)
    };
    let fails = |code: i32, variables: &[(&str, &str)], arguments: &[&str]| {
        let told = ended(variables, &[&["--json"], arguments].concat());
        assert_eq!((told.code, told.stderr.as_str()), (code, ""), "{arguments:?}: {told:?}");
        json(&told)["error"].clone()
    };
    for command in [
        &["status"] as &[&str],
        &["logout"],
        &["list"],
        &["show", "passport"],
        &["put", "passport", "--set", "document_no=1"],
        &["delete", "passport", "--yes"],
        &["errors"],
        &["approve", "tg://login?token=AAAA"],
    ] {
        let error = fails(1, &[], command);
        assert_eq!(error["message"], "there is no account default", "{command:?}");
        assert!(error["remedy"].as_str().expect("a remedy").contains("tgpassport login"));
        let error = fails(1, &[("TGPASSPORT_ACCOUNT", "work")], command);
        assert_eq!(error["message"], "there is no account work", "{command:?}");
        let error = fails(1, &[("TGPASSPORT_ACCOUNT", "work")], &[command, &["--account", "other"]].concat());
        assert_eq!(error["message"], "there is no account other", "{command:?}");
        fails(2, &[("TGPASSPORT_ACCOUNT", "../work")], command);
        fails(2, &[], &[command, &["--account", "a/b"]].concat());
    }
    fails(2, &[], &["show", "visa"]);
    fails(2, &[], &["put"]);
    fails(2, &[], &["put", "passport", "address", "--set", "city=Brno"]);
    fails(2, &[], &["put", "passport", "--from", "alice", "--front", "front.jpg"]);
    fails(2, &[], &["delete"]);
    fails(2, &[], &["delete", "passport"]);
    fails(2, &[], &["delete", "passport", "--all"]);
    fails(2, &[], &["approve", "https://example.org/"]);
    fails(2, &[], &["login", "--qr", "--phone", "1"]);
    fails(1, &[], &["login", "--sandbox", &path(place.path(), "nothing.json")]);
    // Without the word nothing is deleted, nor looked for.
    fails(2, &[], &["delete", "--all"]);
    assert!(!home.exists(), "nothing was made");
}

/// Whoever has somebody's api_hash can speak in their name.
#[test]
fn api_credentials_come_from_the_environment_or_a_private_file() {
    let place = tempfile::tempdir().expect("a folder");
    let home = place.path().to_str().expect("text");
    let login = |variables: &[(&str, &str)]| {
        let variables = [&[("TGPASSPORT_HOME", home)], variables].concat();
        let ended = run_with_variables(&variables, &["--json", "login", "--keyring", "beside"]);
        (ended.code, json(&ended)["error"].to_string())
    };
    let (code, error) = login(&[]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("my.telegram.org") && error.contains("api.toml"), "{error}");
    let hash = "0123456789abcdef0123456789abcdef";
    let (code, error) = login(&[("TGPASSPORT_API_ID", "x"), ("TGPASSPORT_API_HASH", hash)]);
    assert!(code == 2 && !error.contains(hash), "{error}");
    // With credentials the next thing that is wrong is found: a real account's key would lie unlocked.
    let found = |(code, error): (i32, String)| code == 2 && error.contains("beside is for sandboxes");
    assert!(found(login(&[("TGPASSPORT_API_ID", "1"), ("TGPASSPORT_API_HASH", hash)])));

    let file = place.path().join("api.toml");
    fs::write(&file, format!("api_id = 1\napi_hash = \"{hash}\"\n")).expect("a file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("ours");
        let (code, error) = login(&[]);
        assert!(code == 3 && error.contains("chmod 600"), "{error}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("ours");
    }
    assert!(found(login(&[])));
    fs::write(&file, "api_id = 1\n").expect("a file");
    assert_eq!(login(&[]).0, 1);
}

#[test]
fn the_demo_tells_its_story() {
    let place = tempfile::tempdir().expect("a folder");
    let out = path(place.path(), "demo");
    let ended = run(&["demo", "--engine", "vault", "--country", "GE", "--seed", "5", "--out", &out]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.lines().count() > 10, "{}", ended.stdout);
    let at = |name: &str| path(place.path(), &format!("demo/{name}"));
    let again =
        run(&["open", &at("share/update.json"), "--key", &at("bot.pem"), "--files", &at("share/files")]);
    assert_eq!(again.code, 0, "what the demo keeps can be opened: {}", again.stderr);
    assert_eq!(json(&run(&["--json", "demo", "--engine", "vault"]))["engine"], "vault");
}

/// A person that somebody has changed is theirs; `person` has what counts as a change.
#[test]
fn a_person_that_was_edited_is_not_replaced() {
    let place = tempfile::tempdir().expect("a folder");
    let out = path(place.path(), "anna");
    let file = place.path().join("anna/person.toml");
    fs::create_dir(place.path().join("anna")).expect("a folder");
    fs::write(&file, "mine").expect("written");
    let new = ["person", "new", "--country", "CZ", "--seed", "1", "--out", out.as_str()];
    let message = fails(3, &new);
    assert!(message.contains("person.toml is not as this program wrote it"), "{message}");
    assert_eq!(fs::read_to_string(&file).expect("text"), "mine");
    assert_eq!(run(&[&new[..], &["--force"]].concat()).code, 0);
    assert_eq!(run(&new).code, 0, "as it was written, it is ours");
}

/// Whether this signal is among those that Linux tells of a process under this name.
#[cfg(target_os = "linux")]
fn is_among(name: &str, process: u32, signal: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal - 1) & 1 == 1
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_that_works_here_alone_ends_by_a_signal_with_nothing_written() {
    use std::process::{Command, Stdio};

    use rustix::process::{Pid, Signal, kill_process};
    let place = tempfile::tempdir().expect("a folder");
    made_request(place.path(), &["address"]);
    let (key, out) = (path(place.path(), "bot.pem"), path(place.path(), "out"));
    for (number, signal) in [(2, Signal::INT), (15, Signal::TERM), (1, Signal::HUP)] {
        // What `nohup` has a process ignore, it goes on ignoring.
        if signal == Signal::HUP && is_among("SigIgn", std::process::id(), number) {
            continue;
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_tgpassport"))
            .args(["open", "-", "--key", &key, "--out", &out])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        // It waits for an update that never comes.
        while !is_among("SigCgt", child.id(), number) {
            assert_eq!(child.try_wait().expect("it was started"), None);
            std::thread::yield_now();
        }
        kill_process(Pid::from_child(&child), signal).expect("it is there");
        let input = child.stdin.take();
        let ended = child.wait_with_output().expect("it ends");
        drop(input);
        assert_eq!(ended.status.code(), Some(5), "{signal:?}");
        assert!(String::from_utf8_lossy(&ended.stderr).contains("interrupted"), "{signal:?}");
        assert!(!Path::new(&out).exists(), "{signal:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_written_is_not_failed_because_the_answer_is_not_taken() {
    let place = tempfile::tempdir().expect("a folder");
    for (out, arguments) in [
        ("person", &["person", "new", "--seed", "7"][..]),
        ("key.pem", &["request", "new", "--bot-id", "7500000001", "--ask", "address"]),
    ] {
        let out = path(place.path(), out);
        let ended = std::process::Command::new(env!("CARGO_BIN_EXE_tgpassport"))
            .args(arguments)
            .args([if arguments[0] == "person" { "--out" } else { "--new-key" }, &out])
            .stdout(fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has one"))
            .output()
            .expect("it starts");
        let told = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}: {told}");
        assert!(told.contains("it is done, but the answer cannot be written"), "{told}");
        assert!(Path::new(&out).exists());
    }
}
