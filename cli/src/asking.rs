//! What a person is asked for while a command runs: on a terminal, or on standard input, one answer a line.
//!
//! Questions go to standard error, so that standard output holds the answer alone. Reading happens beside the
//! runtime, so that Ctrl-C ends a question like everything else.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use telegram_passport::vault::at_rest::Passphrase;
use zeroize::Zeroizing;

use crate::failure::{Failure, sentence};
use crate::interrupt;
use crate::terminal::{self, LONGEST_LINE};

/// How often a wrong answer may be given.
const ATTEMPTS: u32 = 3;

/// Whoever answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A person at a terminal, whose secrets are typed unseen.
    Terminal,
    /// A script: it writes each answer on a line of its own, in the order in which a person would be asked, and once.
    Lines,
    /// Nobody: there is no terminal, and standard input was not named as the place of answers.
    Nobody,
}

impl Asker {
    /// A script if it says so, else the person at the terminal if there is one.
    pub(crate) fn new(from_stdin: bool) -> Self {
        if from_stdin {
            Self::Lines
        } else if io::stdin().is_terminal() && io::stderr().is_terminal() {
            Self::Terminal
        } else {
            Self::Nobody
        }
    }

    /// Whether a person watches.
    pub(crate) fn is_terminal(self) -> bool {
        self == Self::Terminal
    }

    /// Something that is typed unseen.
    pub(crate) async fn secret(self, what: &str) -> Result<Zeroizing<String>, Failure> {
        self.answer(what, true).await?.ok_or_else(|| ended(what))
    }

    /// Something that may be seen.
    pub(crate) async fn line(self, what: &str) -> Result<Zeroizing<String>, Failure> {
        self.answer(what, false).await?.ok_or_else(|| ended(what))
    }

    /// Whether the answer to this is yes, in a word or a letter. Everything else is no: who is not sure presses return.
    pub(crate) async fn agrees(self, question: &str) -> Result<bool, Failure> {
        self.says_yes(&format!("{question} [y/N]")).await
    }

    /// Whether the answer is yes, where the question itself says what to type.
    pub(crate) async fn says_yes(self, question: &str) -> Result<bool, Failure> {
        Ok(is_yes(&self.line(question).await?))
    }

    /// Asks until `check` is content, which says of a wrong answer why it is wrong.
    ///
    /// A person is told and asked again, a few times. A script's line is one answer to one question: a wrong one is the
    /// end, for the next line answers something else.
    pub(crate) async fn until<T>(
        self,
        what: &str,
        unseen: bool,
        mut check: impl AsyncFnMut(Zeroizing<String>) -> Result<Answered<T>, Failure>,
    ) -> Result<T, Failure> {
        let mut wrong: Option<Failure> = None;
        let mut attempts = ATTEMPTS;
        loop {
            let Some(answer) = self.answer(what, unseen).await? else {
                return Err(wrong.unwrap_or_else(|| ended(what)));
            };
            match check(answer).await? {
                Answered::Well(result) => return Ok(result),
                Answered::Again => wrong = None,
                Answered::Wrong(reason) => {
                    attempts -= 1;
                    if attempts == 0 || !self.is_terminal() {
                        return Err(reason);
                    }
                    self.tell(&reason.to_string());
                    wrong = Some(reason);
                }
            }
        }
    }

    /// A passphrase that is new; a person types it twice.
    pub(crate) async fn new_passphrase(self, what: &str) -> Result<Passphrase, Failure> {
        self.until(what, true, async |passphrase| {
            if self.is_terminal() && *self.secret("The same again").await? != *passphrase {
                return Ok(Answered::Wrong(Failure::usage("these are two passphrases")));
            }
            Ok(match Passphrase::try_from(passphrase) {
                Ok(passphrase) => Answered::Well(passphrase),
                Err(empty) => Answered::Wrong(Failure::usage(sentence(&empty))),
            })
        })
        .await
    }

    /// Says something to whoever is asked; a script reads it in the answer, or not at all.
    pub(crate) fn tell(self, text: &str) {
        if self.is_terminal() {
            // Nothing is left to tell a person whose terminal has gone.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Asks, unless a signal has come, or comes while somebody is asked: nobody answers any more then.
    async fn answer(self, what: &str, unseen: bool) -> Result<Option<Zeroizing<String>>, Failure> {
        tokio::select! {
            biased;
            () = interrupt::interrupted() => Err(Failure::interrupted()),
            answer = self.read(what, unseen) => answer,
        }
    }

    async fn read(self, what: &str, unseen: bool) -> Result<Option<Zeroizing<String>>, Failure> {
        let prompt = format!("{what}: ");
        let read = match self {
            Self::Nobody => {
                return Err(Failure::usage(format!("there is no terminal to ask on: {what}"))
                    .remedy("--password-stdin reads the answers from standard input, one a line."));
            }
            Self::Terminal if unseen => {
                terminal::mind_stops();
                beside(move || terminal::unseen(&prompt)).await
            }
            Self::Terminal => {
                beside(move || {
                    write!(io::stderr(), "{prompt}")?;
                    io::stderr().flush()?;
                    read_line()
                })
                .await
            }
            Self::Lines => beside(read_line).await,
        };
        read.map_err(|error| Failure::failed(format!("{what} cannot be read: {error}")))
    }
}

/// What an answer was worth.
pub(crate) enum Answered<T> {
    /// It was right.
    Well(T),
    /// It was no answer, and the question is put again: a code was sent again, for example.
    Again,
    /// It was wrong.
    Wrong(Failure),
}

impl<T> Answered<T> {
    /// What came of an answer; one that was wrong may be given anew, and any other failure is the end.
    pub(crate) fn of(outcome: Result<T, Failure>, wrong: bool) -> Result<Self, Failure> {
        match outcome {
            Ok(value) => Ok(Self::Well(value)),
            Err(failure) if wrong => Ok(Self::Wrong(failure)),
            Err(failure) => Err(failure),
        }
    }
}

/// `y` and `yes` say it, however they are written.
fn is_yes(answer: &str) -> bool {
    ["y", "yes"].iter().any(|yes| answer.trim().eq_ignore_ascii_case(yes))
}

fn ended(what: &str) -> Failure {
    Failure::usage(format!("the input ended where an answer was expected: {what}"))
}

async fn beside<T: Send + 'static>(read: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?
}

/// One line of standard input, without its end; `None` where there is none any more.
fn read_line() -> io::Result<Option<Zeroizing<String>>> {
    let mut line = Zeroizing::new(String::with_capacity(4096));
    if io::stdin().lock().take(LONGEST_LINE).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let length = line.trim_end_matches(['\n', '\r']).len();
    line.truncate(length);
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn y_and_yes_are_yes_and_everything_else_is_no() {
        for yes in ["y", "Y", "yes", "Yes", "YES", " yes "] {
            assert!(is_yes(yes), "{yes:?}");
        }
        for no in ["", "n", "no", "ye", "yess", "y e s", "j", "ja", "delete", "да"] {
            assert!(!is_yes(no), "{no:?}");
        }
    }
}
