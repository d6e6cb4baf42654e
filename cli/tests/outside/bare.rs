//! A machine on which nothing is installed.

use std::env;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use telegram_passport::tdlib;

use crate::cases::{Ignored, STRICT_VARIABLE, Unmet, failures, summed_up};
use crate::tool::run_with_variables;

/// This target, or one case of it, where no program is found.
fn this_target(place: &Path, arguments: &[&str], strict: bool) -> (Output, String) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(arguments).env("PATH", place).env_remove("PYTHON").env_remove(STRICT_VARIABLE);
    if strict {
        command.env(STRICT_VARIABLE, "all");
    }
    let output = command.output().unwrap();
    let said = [&output.stdout[..], &output.stderr].concat();
    (output, String::from_utf8(said).unwrap())
}

pub(crate) fn what_is_missing_is_told_and_never_passed() {
    let place = tempfile::tempdir().unwrap();
    let (output, said) = this_target(place.path(), &["--skip", "bare::"], false);
    assert!(output.status.success(), "{said}");
    let needy: Vec<&str> =
        crate::all_cases().iter().filter(|case| !case.needs.is_empty()).map(|case| case.name).collect();
    let needy = needy.into_iter().filter(|name| !name.starts_with("bare::")).collect::<Vec<_>>();
    for name in &needy {
        let line = said.lines().find(|line| line.contains(name)).unwrap();
        assert!(line.contains("ignored") && line.contains("there is no "), "{line}");
        assert!(line.contains("on Debian `apt-get install "), "{line}");
    }
    let (_, summary) = said.split_once(&format!("{} ignored:\n", needy.len())).unwrap();
    assert!(needy.iter().all(|name| summary.contains(&format!("    {name}\n"))), "{summary}");

    let openssl = ["--exact", "interop::the_openssl_command_opens_the_credentials"];
    let (output, said) = this_target(place.path(), &openssl, false);
    assert!(output.status.success() && said.contains("1 ignored:\n"), "{said}");
    let (output, said) = this_target(place.path(), &openssl, true);
    assert!(!output.status.success() && said.contains("which fails: interop::the_openssl"), "{said}");
}

pub(crate) fn what_the_kernel_forbids_may_be_ignored_and_nothing_else() {
    let forbidden = Unmet::Forbidden { why: "a network namespace".to_owned() };
    let mut ignored = Ignored::from([(forbidden, vec!["b", "a"])]);
    assert_eq!(failures(&ignored), [""; 0]);
    ignored.insert(Unmet::install("there is no dog", "dog"), vec!["c"]);
    assert_eq!(failures(&ignored), ["c"]);
    assert_eq!(
        summed_up(&ignored),
        "3 ignored:\n  there is no dog; on Debian `apt-get install dog`\n    c\n  \
         the kernel forbids it: a network namespace\n    a\n    b\n"
    );
    assert_eq!(summed_up(&Ignored::new()), "");
}

/// Needs a machine on which no TDLib is found without being installed for its user.
pub(crate) fn no_library() -> Result<(), Unmet> {
    match tdlib::find(None, None) {
        Ok((path, tdlib::LibraryPlace::System | tdlib::LibraryPlace::BesideProgram)) => {
            let why = format!("every program finds a TDLib, at {}", path.display());
            Err(Unmet::missing(why, "take it away from there"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn the_demo_without_pip_and_npm_goes_through_the_vault() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let (home, nothing) = (at("home"), at("nothing"));
    std::fs::create_dir(&nothing).unwrap();
    let bare = [("HOME", home.as_str()), ("TGPASSPORT_HOME", &home), ("PATH", &nothing), ("TDLIB_PATH", "")];
    let told = run_with_variables(&bare, &["--json", "demo"]);
    assert_eq!(told.code, 0, "{told:?}");
    let json: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!((&json["engine"], &json["tdlib"]), (&"vault".into(), &Value::Null));
    let why = json["without_tdlib"].as_str().unwrap();
    assert!(why.contains("install Python's pip or npm"), "{why}");
    assert_eq!(json["bot_gets"]["elements"].as_array().unwrap().len(), 5);

    let told = run_with_variables(&bare, &["demo"]);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(told.stdout.contains("without TDLib") && told.stdout.contains(why), "{}", told.stdout);

    // A Python that has no pip is no way to it either.
    std::fs::write(place.path().join("nothing/python3"), "#!/bin/sh\necho No module named pip >&2\nexit 1\n")
        .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let executable = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(place.path().join("nothing/python3"), executable).unwrap();
    }
    let told = run_with_variables(&bare, &["--json", "demo"]);
    assert_eq!(serde_json::from_str::<Value>(&told.stdout).unwrap()["without_tdlib"], why, "{told:?}");

    // Who asks for TDLib by name gets nothing else.
    let told = run_with_variables(&bare, &["--json", "demo", "--engine", "tdlib"]);
    assert_eq!(told.code, 1, "{told:?}");
    let named =
        run_with_variables(&[&bare[..3], &[("TDLIB_PATH", "/nowhere")]].concat(), &["--json", "demo"]);
    assert_eq!(named.code, 1, "what is named is not replaced by something else: {named:?}");
}
