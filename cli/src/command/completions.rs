//! `completions SHELL`.

use std::fmt;

use clap::CommandFactory;
use serde::Serialize;

use crate::answer::Answer;
use crate::arguments::{Arguments, Completions};
use crate::failure::Failure;

#[derive(Serialize)]
struct Script {
    shell: String,
    script: String,
}

pub(crate) fn run(options: &Completions) -> Result<Box<dyn Answer>, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "tgpassport", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Ok(Box::new(Script { shell: options.shell.to_string(), script }))
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.script)
    }
}
