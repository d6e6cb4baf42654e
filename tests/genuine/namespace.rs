//! A network namespace of one's own, with nothing but loopback in it.

use std::env;
use std::ffi::OsStr;
use std::process::{Command, ExitCode, Output};

use crate::cases::Unmet;
use crate::program;

/// Set in a process that has one.
const VARIABLE: &str = "TELEGRAM_PASSPORT_NAMESPACE";

const LOOPBACK_UP: &str = "ip link set lo up || ifconfig lo up";

fn unshared(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--net", "--map-root-user", "sh", "-c", script]);
    command
}

/// Whether the system allows one.
fn possible() -> Result<(), Unmet> {
    let tried = |script| unshared(script).output().ok();
    let succeeds = |output: &Option<Output>| output.as_ref().is_some_and(|output| output.status.success());
    if succeeds(&tried(LOOPBACK_UP)) {
        return Ok(());
    }
    program::all(&[("unshare", "util-linux")])?;
    let bare = tried("true");
    if succeeds(&bare) {
        return Err(Unmet::install("neither ip nor ifconfig brings loopback up in a namespace", "iproute2"));
    }
    let said = bare.map(|output| String::from_utf8_lossy(&output.stderr).trim().to_owned());
    Err(Unmet::Forbidden { why: format!("a network namespace; {}", said.unwrap_or_default()) })
}

/// What a case needs that takes ports which are not its own to take elsewhere.
#[allow(dead_code)] // no target needs all of it
pub(crate) fn own() -> Result<(), Unmet> {
    if env::var_os(VARIABLE).is_some() {
        return Ok(());
    }
    possible()?;
    Err(Unmet::missing("the process has no network namespace of its own", "start it by `cargo test`"))
}

/// Starts this program again with this environment variable, in a namespace of its own if the system allows one; in one
/// for what is mounted, too, if that is wanted.
pub(crate) fn start_again(name: &str, value: &OsStr, mounts: bool) -> ExitCode {
    let program = env::current_exe().unwrap();
    let mut command = match possible() {
        Ok(()) => {
            eprintln!("TDLib runs in a network namespace of its own, with nothing but loopback in it");
            let mount = if mounts { "unshare --mount" } else { "" };
            let mut command = unshared(&format!("({LOOPBACK_UP}) && exec {mount} \"$0\" \"$@\""));
            command.arg(program).env(VARIABLE, "1");
            command
        }
        Err(why) => {
            eprintln!(
                "TDLib runs in no namespace of its own ({why}). Its copy knows loopback addresses only"
            );
            Command::new(program)
        }
    };
    match command.args(env::args_os().skip(1)).env(name, value).status() {
        Ok(status) => match status.code() {
            Some(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
            None => {
                eprintln!("the tests were ended from outside: {status}");
                ExitCode::FAILURE
            }
        },
        Err(why) => {
            eprintln!("the tests cannot be started: {why}");
            ExitCode::FAILURE
        }
    }
}
