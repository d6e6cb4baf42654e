//! How a command ends when it does not answer: one sentence, what would help, an exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;

/// What went wrong, as a script has to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Something did not work, or a file is not what it should be.
    Failed,
    /// What stands on the command line makes no sense.
    Usage,
    /// To go on would harm somebody: data lost, or something unverified taken for true.
    Refused,
    /// The other side said no.
    Denied,
}

impl Kind {
    /// The exit code. 5, the person declined, belongs to commands that ask a person.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Denied => 4,
        }
    }
}

/// One sentence about what went wrong and, where there is one, the remedy.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    remedy: Option<String>,
}

#[derive(Serialize)]
struct ErrorDocument<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    kind: Kind,
    exit_code: u8,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
}

impl Failure {
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::new(Kind::Denied, message)
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), remedy: None }
    }

    /// Adds what would help.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Tells it: on standard error in words, or with `--json` as one object on standard output, where the
    /// answer would have been.
    pub(crate) fn print(&self, json: bool) -> ExitCode {
        // When even this cannot be written, the exit code is all that is left.
        let _ = if json { self.write_json(&mut io::stdout()) } else { self.write_text(&mut io::stderr()) };
        ExitCode::from(self.kind.code())
    }

    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "tgpassport: {}", crate::printable::line(&self.message))?;
        if let Some(remedy) = &self.remedy {
            writeln!(out, "            {remedy}")?;
        }
        Ok(())
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let error = ErrorBody {
            kind: self.kind,
            exit_code: self.kind.code(),
            message: &self.message,
            remedy: self.remedy.as_deref(),
        };
        serde_json::to_writer(&mut *out, &ErrorDocument { error })?;
        writeln!(out)
    }
}

/// An error and everything under it, as one sentence.
pub(crate) fn sentence(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !sentence.contains(&cause_text) {
            sentence.push_str(": ");
            sentence.push_str(&cause_text);
        }
        source = cause.source();
    }
    sentence
}

/// The first paragraph of what clap says, without its prefix.
pub(crate) fn clap_sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    first.strip_prefix("error: ").unwrap_or(first).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_the_contract() {
        let codes = [Kind::Failed, Kind::Usage, Kind::Refused, Kind::Denied].map(Kind::code);
        assert_eq!(codes, [1, 2, 3, 4]);
    }

    #[test]
    fn a_failure_in_words_is_one_line_and_the_remedy_another() {
        let mut out = Vec::new();
        Failure::refused("a\u{1b}b").remedy("do this").write_text(&mut out).expect("memory");
        assert_eq!(String::from_utf8(out).expect("text"), "tgpassport: ab\n            do this\n");
    }
}
