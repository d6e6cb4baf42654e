//! `tdlib install`.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use telegram_passport::tdlib::{InstallStep, TDLIB_VERSION};

use crate::account;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::progress::Progress;

#[derive(Serialize)]
struct Installed {
    version: &'static str,
    library: PathBuf,
    /// Whether it was there already.
    present: bool,
}

pub(crate) fn run() -> Result<Box<dyn Answer>, Failure> {
    let place = account::data()?;
    let progress = Progress::start("looking for TDLib");
    let mut present = false;
    let library = account::install(&place, &progress, |step| present |= *step == InstallStep::Present)?;
    drop(progress);
    Ok(Box::new(Installed { version: TDLIB_VERSION, library, present }))
}

impl fmt::Display for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.present { "is installed already" } else { "is installed" };
        writeln!(f, "TDLib {} {state}: {}", self.version, self.library.display())
    }
}
