//! How a command ends when it does not answer: one sentence, what would help, an exit code.

mod from;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use telegram_passport::cloud::SignedOut;
use telegram_passport::element::ElementType;

/// Whether `--json` was said, for what is told wherever a command is.
static JSON: AtomicBool = AtomicBool::new(false);

/// What is told from now on is told as a program wants it, or a person.
pub(crate) fn tell_as(json: bool) {
    JSON.store(json, Ordering::Relaxed);
}

/// Tells a failure that ends the process where it is; gives the exit code.
pub(crate) fn tell(failure: &Failure) -> u8 {
    let _ = failure.print(JSON.load(Ordering::Relaxed));
    failure.kind.code()
}

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
    /// The person declined.
    Declined,
    /// It, or part of it, may have happened: nobody can tell from here.
    Unknown,
}

impl Kind {
    /// The exit code.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Denied => 4,
            Self::Declined => 5,
            Self::Unknown => 6,
        }
    }
}

/// One sentence about what went wrong and, where there is one, the remedy.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    /// Where several things are at fault: each of them, in a sentence.
    problems: Vec<String>,
    remedy: Option<String>,
    /// What to open so that a service learns of it.
    callback: Option<String>,
    /// What became of each of several elements.
    elements: Box<[Part]>,
}

/// What became of one element of several.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Part {
    kind: &'static str,
    outcome: PartOutcome,
    /// In a word, why it was left as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    fate: Option<&'static str>,
    /// What is to be said of it besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
}

impl Part {
    pub(crate) fn new(kind: ElementType, outcome: PartOutcome) -> Self {
        Self { kind: kind.name(), outcome, fate: None, remarks: Vec::new() }
    }

    /// Says why it was left as it was.
    pub(crate) fn fate(self, fate: &'static str) -> Self {
        Self { fate: Some(fate), ..self }
    }

    /// Says these besides.
    pub(crate) fn remarks(self, remarks: Vec<String>) -> Self {
        Self { remarks, ..self }
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PartOutcome {
    /// It is stored.
    Stored,
    /// It is deleted.
    Deleted,
    /// It was left as it is.
    Untouched,
    /// Nobody can tell.
    Unknown,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome {
            PartOutcome::Stored => "stored",
            PartOutcome::Deleted => "deleted",
            PartOutcome::Untouched => "left as it was",
            PartOutcome::Unknown => "nobody can tell",
        };
        write!(f, "{}: {outcome}", self.kind)
    }
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
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    problems: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Part]>::is_empty")]
    elements: &'a [Part],
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

    pub(crate) fn declined(message: impl Into<String>) -> Self {
        Self::new(Kind::Declined, message)
    }

    /// For a signal that came before anything was done.
    pub(crate) fn interrupted() -> Self {
        Self::declined("interrupted")
    }

    /// For what may have happened, all of it or a part. Its remedy says where to look before it is tried again.
    pub(crate) fn unknown(message: impl Into<String>) -> Self {
        Self::new(Kind::Unknown, message)
    }

    /// For what cannot be stored, with everything that is wrong at once.
    pub(crate) fn flawed(problems: Vec<String>) -> Self {
        Self::failed("nothing was stored, for this cannot be").problems(problems)
    }

    /// For a session that is signed in no more.
    pub(crate) fn signed_out(reason: &SignedOut) -> Self {
        let remedy = if reason.is_certain() {
            "`tgpassport login` signs in anew."
        } else {
            "Nothing was deleted. `tgpassport login` sets the old session aside and signs in anew."
        };
        Self::failed(reason.to_string()).remedy(remedy)
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            problems: Vec::new(),
            remedy: None,
            callback: None,
            elements: Box::default(),
        }
    }

    /// Says what it is about, before all else.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// The exit code.
    #[cfg(test)]
    pub(crate) fn code(&self) -> u8 {
        self.kind.code()
    }

    /// Whether something may have happened.
    pub(crate) fn is_unknown(&self) -> bool {
        self.kind == Kind::Unknown
    }

    /// This failure as it is told after something was done: nobody is to take it for nothing having happened.
    pub(crate) fn after(mut self, done: &str, look: &str) -> Self {
        if self.kind != Kind::Unknown {
            self.kind = Kind::Unknown;
            self.message = format!("{done}, and then: {}", self.message);
            self.remedy.get_or_insert_with(|| look.to_owned());
        }
        self
    }

    /// Tells what became of each element, where several were meant; if any was touched, the whole is not failed.
    pub(crate) fn elements(mut self, elements: Vec<Part>) -> Self {
        if elements.iter().any(|part| part.outcome != PartOutcome::Untouched) {
            self.kind = Kind::Unknown;
        }
        self.elements = elements.into();
        self
    }

    /// Whether something was missing on the command line, or in what it read.
    pub(crate) fn is_usage(&self) -> bool {
        self.kind == Kind::Usage
    }

    /// Tells each thing that is at fault.
    pub(crate) fn problems(mut self, problems: Vec<String>) -> Self {
        self.problems = problems;
        self
    }

    /// Tells these too, before the others.
    pub(crate) fn and_problems(mut self, problems: &[String]) -> Self {
        self.problems.splice(0..0, problems.iter().cloned());
        self
    }

    /// Tells what to open so that a service learns of it.
    pub(crate) fn callback(mut self, address: Option<String>) -> Self {
        self.callback = address;
        self
    }

    /// Adds what would help: plain sentences, which scripts read too.
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        let remedy = remedy.into();
        debug_assert!(!remedy.contains('\n'), "its lines are broken where it is written: {remedy}");
        self.remedy = Some(remedy);
        self
    }

    /// What to open so that a service learns of it.
    pub(crate) fn address(&self) -> Option<&str> {
        self.callback.as_deref()
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
        for problem in &self.problems {
            writeln!(out, "            - {}", crate::printable::line(problem))?;
        }
        for part in &*self.elements {
            writeln!(out, "            {part}")?;
            for remark in &part.remarks {
                writeln!(out, "              ! {}", crate::printable::line(remark))?;
            }
        }
        if let Some(remedy) = &self.remedy {
            writeln!(out, "            {remedy}")?;
        }
        if let Some(callback) = &self.callback {
            writeln!(out, "            To tell the service, open {}", crate::printable::line(callback))?;
        }
        Ok(())
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let error = ErrorBody {
            kind: self.kind,
            exit_code: self.kind.code(),
            message: &self.message,
            problems: &self.problems,
            remedy: self.remedy.as_deref(),
            callback: self.callback.as_deref(),
            elements: &self.elements,
        };
        serde_json::to_writer(&mut *out, &ErrorDocument { error })?;
        writeln!(out)
    }
}

/// The sentence alone.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::printable::line(&self.message))
    }
}

/// The failure that a session which is signed in no more is, wherever in an error that stands: one sentence and one
/// remedy for every command.
pub(crate) fn signed_out(error: &(dyn std::error::Error + 'static)) -> Option<Failure> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(reason) = error.downcast_ref::<SignedOut>() {
            return Some(Failure::signed_out(reason));
        }
        next = error.source();
    }
    None
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
        let all = [Kind::Failed, Kind::Usage, Kind::Refused, Kind::Denied, Kind::Declined, Kind::Unknown];
        assert_eq!(all.map(Kind::code), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_failure_in_words_is_one_line_and_the_remedy_another() {
        let mut out = Vec::new();
        Failure::refused("a\u{1b}b").remedy("do this").write_text(&mut out).expect("memory");
        assert_eq!(String::from_utf8(out).expect("text"), "tgpassport: ab\n            do this\n");
    }
}
