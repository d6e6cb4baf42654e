//! The file where codes appear as they are sent: what a phone and a mailbox are in the real world.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::state::{CodePurpose, Recipient, SentMessage, State};
use telegram_passport::element::UnixTime;

/// The usual name of the file.
pub const CODES_FILE_NAME: &str = "codes.jsonl";

/// One line of the file, a JSON object.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeLine {
    /// Counts the codes of a sandbox, from 1.
    pub number: u64,
    /// When it was sent.
    pub date: UnixTime,
    /// To whom: a phone number, digits only, or an e-mail address.
    pub to: String,
    /// What it is for: `log_in`, `verify_phone`, ….
    pub purpose: CodePurpose,
    /// The code.
    pub code: String,
}

impl CodeLine {
    fn new(number: u64, message: SentMessage) -> Self {
        let to = match &message.recipient {
            Recipient::Phone(phone) => phone.0.clone(),
            Recipient::Email(email) => email.0.clone(),
        };
        Self { number, date: message.date, to, purpose: message.purpose, code: message.code }
    }

    /// Every line of a file, oldest first; one that is still being written is left out.
    ///
    /// # Errors
    /// Whatever reading gave; [`io::ErrorKind::InvalidData`] for another file.
    pub fn read_all(path: &Path) -> io::Result<Vec<Self>> {
        parse(&std::fs::read_to_string(path)?)
    }
}

impl fmt::Debug for CodeLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeLine")
            .field("number", &self.number)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// The file, to be appended to.
#[derive(Debug)]
pub struct CodesFile {
    file: File,
    last: u64,
    /// Locked as long as the sandbox lives: two would write into each other's lines, and number them twice.
    _lock: File,
}

impl CodesFile {
    /// The file of a sandbox that goes on: what it holds stays, and what was sent since is
    /// [appended](Self::append). Made if it is not there, mode 0600.
    ///
    /// # Errors
    /// As [`CodeLine::read_all`], and [`io::ErrorKind::ResourceBusy`] if another sandbox is at it; the file is left as
    /// it is.
    pub fn resume(path: &Path) -> io::Result<Self> {
        let lock = open(&path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::ResourceBusy.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut file = open(path)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let last = parse(&text)?.last().map_or(0, |line| line.number);
        // A line that a kill cut short is written again, whole.
        let whole = text.rfind('\n').map_or(0, |end| end as u64 + 1);
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        Ok(Self { file, last, _lock: lock })
    }

    /// The file of a sandbox that begins: empty, mode 0600. The codes of another that stand there are lost.
    ///
    /// # Errors
    /// As [`resume`](Self::resume); the file is left as it is.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let Self { mut file, _lock, .. } = Self::resume(path)?;
        file.set_len(0)?;
        file.rewind()?;
        Ok(Self { file, last: 0, _lock })
    }

    /// Appends the codes that were sent since; gives them.
    ///
    /// # Errors
    /// Whatever writing gave.
    pub fn append(&mut self, state: &State) -> io::Result<Vec<CodeLine>> {
        let new = state.messages_after(self.last).into_iter();
        let lines: Vec<CodeLine> = new.map(|(number, message)| CodeLine::new(number, message)).collect();
        let mut text = String::new();
        for line in &lines {
            text += &serde_json::to_string(line)?;
            text.push('\n');
        }
        self.file.write_all(text.as_bytes())?;
        self.last = lines.last().map_or(self.last, |line| line.number);
        Ok(lines)
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn parse(text: &str) -> io::Result<Vec<CodeLine>> {
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    lines.map(|line| serde_json::from_str(line).map_err(io::Error::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Clock;

    #[test]
    fn every_code_is_there_once_even_after_a_kill() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join(CODES_FILE_NAME);
        let state = State::new(Clock::standing_at(UnixTime::from_seconds(1_700_000_000)), "{}");
        state.send_login_code("12025550123").expect("a number");
        let mut codes = CodesFile::resume(&path).expect("a new file");
        assert_eq!(codes.append(&state).expect("written").len(), 1);
        assert!(codes.append(&state).expect("nothing new").is_empty());
        state.send_login_code("12025550124").expect("a number");
        codes.append(&state).expect("written");
        drop(codes);
        let whole = std::fs::read_to_string(&path).expect("the file");
        std::fs::write(&path, &whole[..whole.len() - 5]).expect("a line cut short");
        assert_eq!(CodeLine::read_all(&path).expect("what is whole").len(), 1);
        CodesFile::resume(&path).expect("the file").append(&state).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("the file"), whole);
        let lines = CodeLine::read_all(&path).expect("whole");
        assert_eq!(
            (lines[1].number, lines[1].to.as_str(), lines[1].purpose),
            (2, "12025550124", CodePurpose::LogIn)
        );
        assert_eq!(Some(&lines[1].code), state.last_login_code("12025550124").as_ref());
        assert!(whole.contains(r#""purpose":"log_in""#));

        std::fs::write(&path, "something else\n").expect("written");
        assert!(CodesFile::resume(&path).is_err() && CodesFile::begin(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).expect("the file"), "something else\n");
        std::fs::write(&path, &whole).expect("written");
        CodesFile::begin(&path).expect("a file of codes");
        assert!(CodeLine::read_all(&path).expect("empty").is_empty());
    }

    #[test]
    fn a_folder_has_one_living_sandbox() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join(CODES_FILE_NAME);
        let state = State::new(Clock::standing_at(UnixTime::from_seconds(1_700_000_000)), "{}");
        state.send_login_code("12025550123").expect("a number");
        let mut codes = CodesFile::begin(&path).expect("a new file");
        codes.append(&state).expect("written");
        let written = std::fs::read(&path).expect("the file");
        for open in [CodesFile::begin, CodesFile::resume] {
            let refused = open(&path).expect_err("somebody is at it");
            assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
        }
        assert_eq!(std::fs::read(&path).expect("the file"), written, "and nothing was changed");
        drop(codes);
        CodesFile::resume(&path).expect("nobody is at it any more");
    }
}
