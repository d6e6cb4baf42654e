//! What reaches the disk, as the kernel hears it.

use std::fs;
use std::process::Command;

use crate::cases::Unmet;
use crate::program;

/// Needs strace, and that the kernel lets it watch.
pub(crate) fn strace() -> Result<(), Unmet> {
    program::all(&[("strace", "strace")])?;
    let watched = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    match watched.is_ok_and(|output| output.status.success()) {
        true => Ok(()),
        false => Err(Unmet::missing("the kernel lets no process watch another", "allow ptrace")),
    }
}

/// A key is written, then it gets its name, then the folder's names are written.
pub(crate) fn a_name_is_on_the_disk_when_it_is_given() {
    let place = tempfile::tempdir().unwrap();
    let calls = place.path().join("calls");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-e", "trace=/fsync|fdatasync|rename.*|link.*", "-o"]).arg(&calls);
    command.arg(env!("CARGO_BIN_EXE_tgpassport"));
    command.args(["request", "new", "--bot-id", "7500000001", "--new-key", "bot.pem", "--ask", "email"]);
    let output = command.current_dir(place.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(place.path().join("bot.pem").is_file());
    let calls = fs::read_to_string(&calls).unwrap();
    let after = |from: &str, what: &dyn Fn(&str) -> bool| {
        let rest = from.lines().position(what).unwrap_or_else(|| panic!("it does not come: {calls}"));
        from.lines().skip(rest + 1).collect::<Vec<_>>().join("\n")
    };
    let synced = |call: &str, path: &str| call.contains("sync(") && call.contains(&format!("{path}>)"));
    let written = after(&calls, &|call| synced(call, "") && call.contains("/.tgpassport-"));
    let named = after(&written, &|call| call.contains("bot.pem\"") && call.contains("= 0"));
    let folder = place.path().canonicalize().unwrap();
    after(&named, &|call| synced(call, folder.to_str().unwrap()));
}
