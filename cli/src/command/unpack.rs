//! `unpack FILE [--out DIR]`.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Serialize;
use telegram_passport::archive::{Archive, ArchiveError};
use telegram_passport::element::{Element, UnixTime};
use telegram_passport::passport::RestoredFile;
use telegram_passport::vault::at_rest::Passphrase;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::arguments;
use crate::asking::{Answered, Asker};
use crate::failure::{Failure, sentence};
use crate::printable;
use crate::progress::Progress;
use crate::writing::{Batch, Folder};

/// What an export holds.
#[derive(Serialize)]
struct Unpacked {
    file: PathBuf,
    /// When it was made.
    created: UnixTime,
    elements: Vec<UnpackedElement>,
    omitted: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct UnpackedElement {
    kind: &'static str,
    files: Vec<String>,
}

pub(crate) async fn run(options: &arguments::Unpack) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.password_stdin);
    let mut archive = open(&options.file, asker).await?;
    let mut elements = Vec::new();
    for element in archive.elements().to_vec() {
        let kind = element.kind();
        let contents = archive.element(kind)?;
        if let (Some(out), Some(contents)) = (&options.out, contents) {
            write(&contents, &Folder::create(out)?)?;
        }
        let files = element.files().map(|(part, _)| part.to_string()).collect();
        elements.push(UnpackedElement { kind: kind.name(), files });
    }
    Ok(Box::new(Unpacked {
        file: options.file.clone(),
        created: archive.created(),
        elements,
        omitted: archive.omitted().iter().map(ToString::to_string).collect(),
        out: options.out.clone(),
    }))
}

/// Opens an export; its passphrase is asked for until it is right.
pub(super) async fn open(path: &Path, asker: Asker) -> Result<Archive<File>, Failure> {
    if !path.is_file() {
        return Err(Failure::failed(format!("there is no file {}", path.display())));
    }
    asker
        .until("Passphrase of the file", true, async |passphrase| {
            let passphrase = match Passphrase::try_from(passphrase) {
                Ok(passphrase) => passphrase,
                Err(empty) => return Ok(Answered::Wrong(Failure::denied(sentence(&empty)))),
            };
            let _progress = Progress::start("opening the file");
            let path = path.to_owned();
            let opened = spawn_blocking(move || Archive::open(&path, &passphrase)).await;
            match opened.map_err(|error| Failure::failed(sentence(&error)))? {
                Ok(archive) => Ok(Answered::Well(archive)),
                Err(error @ ArchiveError::WrongPassphrase) => Ok(Answered::Wrong(Failure::from(error))),
                Err(error) => Err(Failure::from(error)),
            }
        })
        .await
}

/// The element as JSON in its flat form, and its pictures beside it.
fn write(element: &Element<RestoredFile>, folder: &Folder) -> Result<(), Failure> {
    let kind = element.kind();
    let mut batch = Batch::default();
    for (part, contents) in element.files() {
        let contents = contents.contents().as_bytes();
        batch.add(folder, &format!("{kind}-{}.jpg", part.file_stem()), contents)?;
    }
    let named = element.clone().map_files(|part, _| format!("{kind}-{}.jpg", part.file_stem()));
    let json = serde_json::to_vec_pretty(&named).map(Zeroizing::new);
    let json = json.map_err(|error| Failure::failed(sentence(&error)))?;
    batch.add(folder, &format!("{kind}.json"), &json)?;
    batch.place()
}

impl fmt::Display for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, of {}, is whole.", self.file.display(), self.created)?;
        for element in &self.elements {
            write!(f, "  {}", element.kind)?;
            if !element.files.is_empty() {
                write!(f, ": {}", element.files.join(", "))?;
            }
            writeln!(f)?;
        }
        for omitted in &self.omitted {
            writeln!(f, "  not in it: {}", printable::line(omitted))?;
        }
        match &self.out {
            Some(out) => writeln!(f, "Written to {}.", out.display()),
            None => Ok(()),
        }
    }
}
