//! The codes of a sandbox, read where it writes them, in place of a phone and a mailbox: for scripts.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use telegram_passport_sandbox::CodeLine;
use telegram_passport_sandbox::state::CodePurpose;

use crate::account::Server;
use crate::failure::Failure;

/// A sandbox writes a code before it says that it has sent it, or a moment later.
const TIME_OUT: Duration = Duration::from_secs(20);

/// The codes that a sandbox sends from now on.
#[derive(Debug)]
pub(crate) struct SandboxCodes {
    path: PathBuf,
    /// The number of the last code that was there before.
    last: u64,
}

impl SandboxCodes {
    /// Codes that are sent after this.
    pub(crate) fn from_now(server: &Server) -> Result<Self, Failure> {
        let sandbox = server.sandbox().ok_or_else(|| {
            Failure::usage("--sandbox-codes is for sandboxes: Telegram sends its codes to the person")
        })?;
        let path = sandbox.codes().to_owned();
        let last = read(&path)?.last().map_or(0, |line| line.number);
        Ok(Self { path, last })
    }

    /// The next code for this purpose to this phone number or e-mail address.
    pub(crate) async fn next(&mut self, to: &str, purpose: CodePurpose) -> Result<String, Failure> {
        let begin = Instant::now();
        loop {
            let lines = read(&self.path)?.into_iter();
            let mut new =
                lines.filter(|line| line.number > self.last && line.to == to && line.purpose == purpose);
            if let Some(line) = new.next_back() {
                self.last = line.number;
                return Ok(line.code);
            }
            if begin.elapsed() > TIME_OUT {
                return Err(Failure::failed(format!(
                    "the sandbox wrote no code into {}",
                    self.path.display()
                )));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn read(path: &Path) -> Result<Vec<CodeLine>, Failure> {
    match CodeLine::read_all(path) {
        Ok(lines) => Ok(lines),
        // Nothing was sent yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Failure::failed(format!("{} cannot be read: {error}", path.display()))),
    }
}
