//! `export FILE`.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use telegram_passport::archive::{self, ExportError, ExportOptions, ExportReport, Missing};

use crate::account::unlock;
use crate::answer::Answer;
use crate::arguments;
use crate::asking::Asker;
use crate::deed::Deed;
use crate::failure::Failure;
use crate::printable;
use crate::progress::Progress;

#[derive(Serialize)]
struct Exported {
    file: PathBuf,
    elements: Vec<&'static str>,
    files: usize,
    bytes: u64,
    /// What could not be read, and is not in it.
    omitted: Vec<String>,
    /// What is in it as it is stored, with what is wrong with it.
    flawed: Vec<String>,
    /// Elements to which another client may have added fields, which TDLib does not show, and which are not in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unseen: Vec<&'static str>,
}

pub(crate) async fn run(options: &arguments::Export) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.unlock.engine.account.password_stdin);
    if options.file.symlink_metadata().is_ok() {
        return Err(Failure::from(&ExportError::Exists { path: options.file.clone() }));
    }
    let unlocked = unlock(&options.unlock, asker).await?;
    let passphrase = asker.new_passphrase("New passphrase for the file").await?;
    let bar = Progress::bytes("exporting");
    let missing = if options.partial { Missing::LeftOut } else { Missing::Refused };
    let how = ExportOptions { progress: bar.transfer(), missing, ..ExportOptions::default() };
    let report = archive::export(&unlocked.passport, &options.file, passphrase, &how).await;
    drop(bar);
    let report = report?;
    Deed::export().note();
    Ok(unlocked.close().await.beside(Exported::new(options.file.clone(), report)))
}

impl Exported {
    fn new(file: PathBuf, report: ExportReport) -> Self {
        let flaws = report.flawed.iter().flat_map(|(kind, flaws)| {
            flaws.iter().map(|flaw| format!("{}: {flaw}", kind.title())).collect::<Vec<_>>()
        });
        Self {
            file,
            elements: report.elements.iter().map(|kind| kind.name()).collect(),
            files: report.files,
            bytes: report.bytes,
            omitted: report.omitted.iter().map(ToString::to_string).collect(),
            flawed: flaws.collect(),
            unseen: report.unseen.iter().map(|kind| kind.name()).collect(),
        }
    }
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} elements, {} files, {}. Only its passphrase opens it.",
            self.file.display(),
            self.elements.len(),
            self.files,
            printable::size(self.bytes)
        )?;
        for omitted in &self.omitted {
            writeln!(f, "  not in it: {}", printable::line(omitted))?;
        }
        for flaw in &self.flawed {
            writeln!(f, "  ! {}", printable::line(flaw))?;
        }
        if !self.unseen.is_empty() {
            writeln!(
                f,
                "  ! TDLib shows the fields that it knows: what another client may have added to {} is not in it. \
                 Without --accept-risk it is.",
                self.unseen.join(", ")
            )?;
        }
        Ok(())
    }
}
