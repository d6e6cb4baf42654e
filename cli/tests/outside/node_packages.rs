//! Node's packages of `tests/interop/package.json`, installed once below the target folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::cases::Unmet;
use crate::program;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop");
const PINS: [&str; 2] = ["package.json", "package-lock.json"];

static INSTALLED: OnceLock<Result<PathBuf, Unmet>> = OnceLock::new();

/// Needs Node with these packages.
pub(crate) fn installed() -> Result<(), Unmet> {
    INSTALLED.get_or_init(place).as_ref().map(drop).map_err(Unmet::clone)
}

/// What starts a script of `tests/interop`.
pub(crate) fn command(script: &str) -> Command {
    let packages = INSTALLED.get_or_init(place).as_ref().expect("the case needs them");
    let mut node = Command::new("node");
    node.env("NODE_PATH", packages.join("node_modules")).arg(Path::new(FOLDER).join(script));
    node
}

/// The folder of installed packages. The first case that asks installs them; others wait for the lock. Other pins have
/// another folder.
fn place() -> Result<PathBuf, Unmet> {
    program::all(&[("node", "nodejs"), ("npm", "npm")])?;
    let pins = PINS.map(|name| fs::read(Path::new(FOLDER).join(name)).expect("it is part of the package"));
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop-node");
    let installed = place.join(format!("{:08x}", crate::packages::fingerprint(&pins.concat())));
    fs::create_dir_all(&place).expect("the target folder can be written");
    let lock = File::create(place.join("lock")).expect("the target folder can be written");
    lock.lock().expect("locks work in the target folder");
    if installed.is_dir() {
        return Ok(installed);
    }
    let aside = place.join("installing");
    // What an interrupted run left behind.
    let _ = fs::remove_dir_all(&aside);
    fs::create_dir_all(&aside).expect("the target folder can be written");
    for (name, contents) in PINS.iter().zip(&pins) {
        fs::write(aside.join(name), contents).expect("the target folder can be written");
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&aside)
        .output()
        .expect("it is on the path");
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let last = complaint.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let why = format!("npm cannot install tests/interop/package.json: {last}");
        return Err(Unmet::missing(why, "let it reach its registry this once"));
    }
    fs::rename(&aside, &installed).expect("both are in the target folder");
    Ok(installed)
}
