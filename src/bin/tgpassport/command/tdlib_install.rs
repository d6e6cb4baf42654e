//! `tdlib install`.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use telegram_passport::tdlib::{InstallError, InstallStep, TDLIB_VERSION, data_directory, install};

use crate::answer::Answer;
use crate::failure::{Failure, sentence};
use crate::progress::Progress;

#[derive(Serialize)]
struct Installed {
    version: &'static str,
    library: PathBuf,
    /// Whether it was there already.
    present: bool,
}

pub(crate) fn run() -> Result<Box<dyn Answer>, Failure> {
    let place = data_directory().ok_or_else(|| {
        Failure::failed("there is no directory for data: neither TGPASSPORT_HOME nor HOME is set")
            .remedy("set TGPASSPORT_HOME to a directory")
    })?;
    let progress = Progress::start("looking for TDLib");
    let mut present = false;
    let library = install(&place, |step| match step {
        InstallStep::Present => present = true,
        InstallStep::Waiting => progress.step("waiting for another installation"),
        InstallStep::Downloading { client, package } => progress.step(format!("{client} fetches {package}")),
        InstallStep::Verifying => progress.step("verifying"),
        _ => {}
    })
    .map_err(|error| failure(&error))?;
    drop(progress);
    Ok(Box::new(Installed { version: TDLIB_VERSION, library, present }))
}

/// A package with another checksum than the pinned one is refused; everything else did not work.
fn failure(error: &InstallError) -> Failure {
    match error {
        InstallError::Archive(_) => Failure::refused(sentence(error)),
        _ => Failure::failed(sentence(error)),
    }
}

impl fmt::Display for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.present { "is installed already" } else { "is installed" };
        writeln!(f, "TDLib {} {state}: {}", self.version, self.library.display())
    }
}
