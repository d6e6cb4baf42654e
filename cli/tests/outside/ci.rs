//! `.ci/full`, with tools that only note how they are called.

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cases::Unmet;
use crate::program;

/// What the script takes for granted.
const GIVEN: [(&str, &str); 7] = [
    ("bash", "bash"),
    ("dirname", "coreutils"),
    ("id", "coreutils"),
    ("mktemp", "coreutils"),
    ("realpath", "coreutils"),
    ("rm", "coreutils"),
    ("sed", "sed"),
];

/// Needs a shell and its usual company.
pub(crate) fn shell() -> Result<(), Unmet> {
    program::all(&GIVEN)
}

/// A machine with nothing but that, and what is put on it.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        let path = env::var_os("PATH").unwrap();
        for (program, _) in GIVEN {
            let found =
                env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
            symlink(found.unwrap(), machine.0.path().join(program)).unwrap();
        }
        // The scripts that it starts have much to build: they are only to be started.
        let scripts = machine.0.path().join(".ci");
        fs::create_dir(&scripts).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for file in [".ci/full", ".ci/needs", "deny.toml"] {
            fs::copy(root.join(file), machine.0.path().join(file)).unwrap();
        }
        for script in ["linked", "package"] {
            machine.put_at(&scripts.join(script), script);
        }
        machine
    }

    /// Puts a tool on it that notes how it is called, and cannot install anything.
    fn put(&self, tool: &str) {
        self.put_at(&self.0.path().join(tool), tool);
    }

    fn put_at(&self, file: &Path, tool: &str) {
        let script = format!("#!/bin/sh\necho \"{tool} $*\" >>\"$CALLS\"\n[ \"$1\" != install ]\n");
        fs::write(file, script).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// Runs the script; gives whether it passed, what it said, and what it called.
    fn run(&self, advisories: Option<&str>) -> (bool, String, String) {
        let calls = self.0.path().join("calls");
        let _ = fs::remove_file(&calls);
        let mut command = Command::new(self.0.path().join("bash"));
        command.arg(self.0.path().join(".ci/full")).env_clear();
        command.env("PATH", self.0.path()).env("CALLS", &calls).stdin(Stdio::null());
        command.envs(advisories.map(|place| ("ADVISORY_DB", place)));
        let output = command.output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.success(), said, fs::read_to_string(&calls).unwrap_or_default())
    }
}

pub(crate) fn full_fails_where_a_tool_is_missing_and_tells_what_was_not_checked() {
    let machine = Machine::new();
    let missing = |tool: &str| {
        let (passed, said, calls) = machine.run(None);
        assert!(!passed && said.contains(&format!("{tool} is missing")), "{said}");
        assert!(!calls.contains("check"), "{calls}");
        calls
    };
    missing("cargo");
    machine.put("cargo");
    missing("cc");
    machine.put("cc");
    missing("pkg-config");
    machine.put("pkg-config");
    assert!(missing("cargo deny").contains("cargo install --locked cargo-deny\n"));
    machine.put("cargo-deny");

    let (passed, said, calls) = machine.run(None);
    assert!(passed && said.contains("advisories were NOT CHECKED"), "{said}");
    for feature in ["", "tdlib", "mtproto", "keychain", "pdf"] {
        let alone = format!(
            "cargo check --locked -p telegram-passport --lib --no-default-features --features {feature}\n"
        );
        assert!(calls.contains(&alone), "{calls}");
    }
    assert!(calls.contains("linked \n") && calls.contains("package \n"), "{calls}");
    assert!(calls.contains("check licenses bans sources\n") && !calls.contains("advisories"), "{calls}");

    machine.put("git");
    let clone = machine.0.path().to_str().unwrap();
    let (passed, said, calls) = machine.run(Some(clone));
    assert!(passed && said.contains(&format!("advisories of {clone}")), "{said}");
    assert!(!said.contains("NOT CHECKED") && calls.contains("check advisories\n"), "{said}{calls}");
}
