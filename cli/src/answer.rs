//! What a command answers, and the one place that prints it.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

use crate::deed;
use crate::failure::Failure;

/// A command's result: written for a person by `Display`, for a program by `Serialize`.
pub(crate) trait Answer: Send {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()>;
    fn write_json(&self, out: &mut dyn Write) -> io::Result<()>;
}

impl<T: Serialize + fmt::Display + Send> Answer for T {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{self}")
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

/// What went wrong after a command's work was done: told beside its answer, never in place of it. Whoever read that the
/// command failed would do it again.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<String>);

impl Warnings {
    /// What became of a last step.
    pub(crate) fn of(step: Result<(), Failure>) -> Self {
        let mut warnings = Self::default();
        warnings.note(step);
        warnings
    }

    /// Notes these, too.
    pub(crate) fn and(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Notes a step that did not succeed.
    pub(crate) fn note(&mut self, step: Result<(), Failure>) {
        if let Err(failure) = step {
            self.0.push(failure.to_string());
        }
    }

    /// The answer, and these beside it.
    pub(crate) fn beside<T: Serialize + fmt::Display + Send + 'static>(self, answer: T) -> Box<dyn Answer> {
        Box::new(Warned { answer, warnings: self.0 })
    }
}

/// An answer with what is to be said besides.
#[derive(Serialize)]
struct Warned<T> {
    #[serde(flatten)]
    answer: T,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl<T: fmt::Display> fmt::Display for Warned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.answer)?;
        for warning in &self.warnings {
            writeln!(f, "  ! {}", crate::printable::line(warning))?;
        }
        Ok(())
    }
}

/// Prints an answer on standard output. A reader who closed the pipe (`| head`) is no failure.
pub(crate) fn print(answer: &dyn Answer, json: bool) -> ExitCode {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if json { answer.write_json(&mut out) } else { answer.write_text(&mut out) };
    match written.and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        // Whoever reads that it failed does it again.
        Err(error) if !deed::none() => {
            let _ =
                writeln!(io::stderr(), "tgpassport: it is done, but the answer cannot be written: {error}");
            ExitCode::SUCCESS
        }
        Err(error) => Failure::failed(format!("the answer cannot be written: {error}")).print(false),
    }
}
