//! Runs the command line as its users do.

use std::io::Write;
use std::process::{Command, Stdio};

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs `tgpassport` without standard input.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    run_with_input(arguments, b"")
}

/// Runs `tgpassport` with these environment variables, and without those that people set for it.
pub(crate) fn run_with_variables(variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tgpassport"));
    for name in ["TGPASSPORT_HOME", "TGPASSPORT_ACCOUNT", "TGPASSPORT_API_ID", "TGPASSPORT_API_HASH"] {
        command.env_remove(name);
    }
    ended(command.args(arguments).envs(variables.iter().copied()), arguments, b"")
}

/// Runs `tgpassport` and gives it something to read.
pub(crate) fn run_with_input(arguments: &[&str], input: &[u8]) -> Ended {
    ended(Command::new(env!("CARGO_BIN_EXE_tgpassport")).args(arguments), arguments, input)
}

fn ended(command: &mut Command, arguments: &[&str], input: &[u8]) -> Ended {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command line was built for these tests");
    // A command that does not read is free to end first.
    let _ = child.stdin.take().expect("piped").write_all(input);
    let output = child.wait_with_output().expect("it was started");
    let ended = Ended {
        code: output.status.code().expect("it ended by itself"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    };
    assert!(!ended.stderr.contains("panicked"), "{arguments:?}: {}", ended.stderr);
    ended
}
