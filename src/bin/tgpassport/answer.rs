//! What a command answers, and the one place that prints it.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::failure::Failure;

/// A command's result: written for a person by `Display`, for a program by `Serialize`.
pub(crate) trait Answer {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()>;
    fn write_json(&self, out: &mut dyn Write) -> io::Result<()>;
}

impl<T: Serialize + fmt::Display> Answer for T {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{self}")
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

/// Prints an answer on standard output. A reader who closed the pipe (`| head`) is no failure.
pub(crate) fn print(answer: &dyn Answer, json: bool) -> ExitCode {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if json { answer.write_json(&mut out) } else { answer.write_text(&mut out) };
    match written.and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => Failure::failed(format!("the answer cannot be written: {error}")).print(false),
    }
}
