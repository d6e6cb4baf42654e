//! Python with the packages of `tests/interop/requirements.txt`, installed once below the target folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/requirements.txt");

/// Runs a script of `tests/interop` and answers the JSON it prints.
pub(crate) fn run(script: &str, arguments: &[&Path]) -> serde_json::Value {
    let packages = packages();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(script);
    let output = python()
        .env("PYTHONPATH", packages)
        .env("PYTHONIOENCODING", "utf-8")
        .arg(&script)
        .args(arguments)
        .output()
        .expect("python3 could be started a moment ago");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} failed:\n{complaint}", script.display());
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}

fn python() -> Command {
    Command::new(std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()))
}

/// The folder of installed packages. The first test that asks installs them; others, of this run or of another,
/// wait for the lock. A set with other pins or for another Python has another folder.
fn packages() -> PathBuf {
    let version = python()
        .args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .expect("the interop tests need Python 3.10 or later as python3 (or named by PYTHON), with pip: install it");
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let pins = fs::read(REQUIREMENTS).expect("it is part of the package");
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop");
    let installed = place.join(format!("python-{version}-{:08x}", fingerprint(&pins)));
    fs::create_dir_all(&place).expect("the target folder can be written");
    let lock = File::create(place.join("lock")).expect("the target folder can be written");
    lock.lock().expect("locks work in the target folder");
    if !installed.is_dir() {
        install(&place, &installed);
    }
    installed
}

fn install(place: &Path, installed: &Path) {
    let aside = place.join("installing");
    // What an interrupted run left behind.
    let _ = fs::remove_dir_all(&aside);
    let output = python()
        .args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"])
        .args([Path::new("--target"), &aside, Path::new("--requirement"), Path::new(REQUIREMENTS)])
        .output()
        .expect("python3 could be started a moment ago");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "the interop tests could not install their packages: they need pip (`python3 -m pip`, on Debian the \
         package python3-pip) and, the first time, its package index:\n{complaint}"
    );
    fs::rename(&aside, installed).expect("both are in the target folder");
}

/// FNV-1a: tells sets of pins apart.
fn fingerprint(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
