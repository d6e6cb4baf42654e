//! `show KIND [--out DIR]`.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use telegram_passport::element::{Element, Part, UnixTime};
use telegram_passport::passport::{
    DownloadError, OperationError as _, Passport, Refusal, SavedElement, SavedFile, Sight,
};
use telegram_passport::vault::FileContents;
use zeroize::Zeroizing;

use super::list::flaws;
use crate::account::{Unlocked, unlock};
use crate::answer::Answer;
use crate::arguments;
use crate::asking::Asker;
use crate::failure::{Failure, sentence};
use crate::printable;
use crate::progress::Progress;
use crate::writing::{Batch, Folder};

/// An element, with everything in it.
#[derive(Serialize)]
struct Shown {
    /// Absent if it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<ShownElement>,
    kind: &'static str,
    #[serde(skip)]
    title: &'static str,
    flaws: Vec<String>,
    /// Whether another client may have added fields, which TDLib does not show.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unseen: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
}

/// The element in its flat form, its files as what is told of them.
#[derive(Serialize)]
#[serde(transparent)]
struct ShownElement(Element<FileFacts>);

#[derive(Clone, Serialize)]
struct FileFacts {
    /// When it was uploaded.
    date: UnixTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved_as: Option<String>,
}

pub(crate) async fn run(options: &arguments::Show) -> Result<Box<dyn Answer>, Failure> {
    let asker = Asker::new(options.unlock.engine.account.password_stdin);
    let unlocked = unlock(&options.unlock, asker).await?;
    let saved = {
        let _progress = Progress::start("opening the element");
        unlocked.passport.get(options.kind).await?
    };
    let Some(saved) = saved else {
        unlocked.close().await;
        return Err(Failure::failed(format!("there is no {}", options.kind))
            .remedy(format!("`tgpassport put {}` stores one.", options.kind)));
    };
    let shown = show(&unlocked, saved, options.out.clone()).await?;
    Ok(unlocked.close().await.beside(shown))
}

async fn show(unlocked: &Unlocked, saved: SavedElement, out: Option<PathBuf>) -> Result<Shown, Failure> {
    let flaws = flaws(&saved);
    let mut element = saved.element().cloned().map(facts);
    if let (Some(folder), Some(stored), Some(facts)) = (&out, saved.element(), &mut element) {
        write(unlocked, stored, facts, &Folder::create(folder)?).await?;
    }
    Ok(Shown {
        element: element.map(ShownElement),
        kind: saved.kind.name(),
        title: saved.kind.title(),
        flaws,
        unseen: saved.sight == Sight::KnownFields,
        out,
    })
}

fn facts(element: Element<SavedFile>) -> Element<FileFacts> {
    element.map_files(|_, file| FileFacts { date: file.date(), size: None, saved_as: None })
}

/// Downloads the scans and writes them, and beside them the element as JSON.
async fn write(
    unlocked: &Unlocked,
    stored: &Element<SavedFile>,
    facts: &mut Element<FileFacts>,
    folder: &Folder,
) -> Result<(), Failure> {
    let kind = stored.kind();
    let aside = unlocked.signed_in.session.plain_folder();
    let aside =
        aside.map_err(|error| Failure::failed(format!("no folder can be made for the pictures: {error}")))?;
    let mut batch = Batch::aside(aside);
    let mut written = Vec::new();
    for (part, file) in stored.files() {
        let progress = Progress::bytes(format!("downloading {part}"));
        let contents = unlocked.passport.download(file, &progress.transfer()).await;
        let contents: FileContents = contents.map_err(|error| not_downloaded(part, &error))?;
        let name = format!("{kind}-{}.jpg", part.file_stem());
        batch.add(folder, &name, contents.as_bytes())?;
        written.push((part, name, contents.as_bytes().len()));
    }
    *facts = facts.clone().map_files(|part, file| {
        let found = written.iter().find(|(place, ..)| *place == part);
        match found {
            Some((_, name, size)) => FileFacts { size: Some(*size), saved_as: Some(name.clone()), ..file },
            None => file,
        }
    });
    let json = serde_json::to_vec_pretty(facts).map(Zeroizing::new);
    let json = json.map_err(|error| Failure::failed(sentence(&error)))?;
    batch.add(folder, &format!("{kind}.json"), &json)?;
    batch.place()
}

fn not_downloaded(part: Part, error: &DownloadError) -> Failure {
    if error.refusal().is_some_and(|refusal| matches!(refusal, Refusal::SignedOut(_))) {
        return error.into();
    }
    Failure::from(error).about(&part.to_string())
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        if let Some(ShownElement(element)) = &self.element {
            for field in element.filled_fields() {
                writeln!(f, "  {}", printable::field(&field))?;
            }
            for (part, file) in element.files() {
                write!(f, "  {:<22} a scan", part.to_string())?;
                if let Some(size) = file.size {
                    write!(f, ", {}", printable::size(size as u64))?;
                }
                match (&file.saved_as, &self.out) {
                    (Some(name), Some(folder)) => writeln!(f, "  {}", folder.join(name).display())?,
                    _ => writeln!(f)?,
                }
            }
        }
        for flaw in &self.flaws {
            writeln!(f, "  ! {}", printable::line(flaw))?;
        }
        if self.unseen {
            writeln!(
                f,
                "  ! TDLib shows the fields that it knows; what another client added is not seen here"
            )?;
        }
        Ok(())
    }
}
