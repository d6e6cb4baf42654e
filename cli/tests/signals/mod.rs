//! Signals to processes that a test has started.

use std::process::{Child, Command};

/// Sends one, by its name (`TERM`). A shell knows how by itself; the program `kill` is not on every machine.
pub(crate) fn send(signal: &str, to: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", to.id())]).status();
    assert!(sent.expect("there is a shell").success());
}
