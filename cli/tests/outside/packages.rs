//! Python's packages of `tests/interop/requirements.txt`, installed once below the target folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::cases::Unmet;
use crate::python;

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/requirements.txt");

static INSTALLED: OnceLock<Result<PathBuf, Unmet>> = OnceLock::new();

/// Needs Python with these packages.
pub(crate) fn installed() -> Result<(), Unmet> {
    INSTALLED.get_or_init(place).as_ref().map(drop).map_err(Unmet::clone)
}

/// Runs a script of `tests/interop` and answers the JSON it prints.
pub(crate) fn run(script: &str, arguments: &[&Path]) -> serde_json::Value {
    let output = command(script).args(arguments).output().expect("python3 could be started a moment ago");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} failed:\n{complaint}");
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}

/// What starts a script of `tests/interop`.
pub(crate) fn command(script: &str) -> Command {
    let packages = INSTALLED.get_or_init(place).as_ref().expect("the case needs them");
    let mut python = python::command();
    python
        .env("PYTHONPATH", packages)
        .env("PYTHONIOENCODING", "utf-8")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(script));
    python
}

/// The folder of installed packages. The first case that asks installs them; others, of this run or of another, wait
/// for the lock. A set with other pins or for another Python has another folder.
fn place() -> Result<PathBuf, Unmet> {
    let version = python::version()?;
    let pins = fs::read(REQUIREMENTS).expect("it is part of the package");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop");
    let installed = place.join(format!("python-{version}-{:08x}", fingerprint(&pins)));
    fs::create_dir_all(&place).expect("the target folder can be written");
    let lock = File::create(place.join("lock")).expect("the target folder can be written");
    lock.lock().expect("locks work in the target folder");
    if !installed.is_dir() {
        install(&place, &installed)?;
    }
    Ok(installed)
}

fn install(place: &Path, installed: &Path) -> Result<(), Unmet> {
    let mut pip = pip(place)?;
    let aside = place.join("installing");
    // What an interrupted run left behind.
    let _ = fs::remove_dir_all(&aside);
    let output = pip
        .args(["install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"])
        .args([Path::new("--target"), &aside, Path::new("--requirement"), Path::new(REQUIREMENTS)])
        .output()
        .expect("pip could be started a moment ago");
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let last = complaint.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let why = format!("pip cannot install tests/interop/requirements.txt: {last}");
        return Err(Unmet::missing(why, "let it reach its package index this once"));
    }
    fs::rename(&aside, installed).expect("both are in the target folder");
    Ok(())
}

/// Python's own pip, or that of a virtual environment below the target folder.
fn pip(place: &Path) -> Result<Command, Unmet> {
    let with_pip = |mut python: Command| {
        let answers =
            python.args(["-m", "pip", "--version"]).output().is_ok_and(|output| output.status.success());
        answers.then(|| {
            let mut pip = Command::new(python.get_program());
            pip.args(["-m", "pip"]);
            pip
        })
    };
    let environment = place.join("environment");
    let inside = environment.join(if cfg!(windows) { "Scripts/python" } else { "bin/python" });
    with_pip(python::command())
        .or_else(|| {
            python::command().args(["-m", "venv", "--clear"]).arg(&environment).output().ok()?;
            with_pip(Command::new(inside))
        })
        .ok_or_else(|| Unmet::install("this Python has neither pip nor venv", "python3-pip"))
}

/// FNV-1a: tells sets of pins apart.
pub(crate) fn fingerprint(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
