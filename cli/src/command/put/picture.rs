//! Pictures made Passport scans; a HEIC photo is converted first, and a PDF drawn page by page.

use std::path::PathBuf;

use serde::Serialize;
use telegram_passport::element::Part;
use telegram_passport::scan::{self, Foreign, MAX_INPUT_BYTES, PassportJpeg, Remark, ScanError};
use telegram_passport::tdlib::Session;
use telegram_passport::vault::FileContents;

use crate::{heif, printable, reading};

/// A picture on its way to be stored.
pub(super) enum Picture {
    File(PathBuf),
    Contents(FileContents),
    /// Made scans already: one, or one of each page.
    Scans(Vec<Scan>),
}

/// A scan, and what was changed in the picture.
pub(super) struct Scan {
    pub(super) scan: PassportJpeg,
    changes: Vec<String>,
}

/// A new scan at its place, as it is told.
#[derive(Serialize)]
pub(super) struct ScanFacts {
    pub(super) part: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: u64,
    pub(super) changes: Vec<String>,
}

impl ScanFacts {
    pub(super) fn of(part: Part, made: &Scan) -> Self {
        Self {
            part: part.to_string(),
            width: made.scan.width(),
            height: made.scan.height(),
            bytes: made.scan.as_bytes().len() as u64,
            changes: made.changes.clone(),
        }
    }
}

impl From<PassportJpeg> for Scan {
    fn from(scan: PassportJpeg) -> Self {
        let changes = scan.remarks().iter().map(ToString::to_string).collect();
        Self { scan, changes }
    }
}

/// Makes Passport scans of a picture, one or one of each page; one that is a scan already stays as it is, byte for byte.
/// `place` is that of the first, and of a part that is no list the only one; a converter's files lie in the session's
/// folder.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub(super) async fn scans(place: Part, picture: Picture, session: &Session) -> Result<Vec<Scan>, String> {
    let made = match read(picture).await {
        Ok(Read::Made(made)) if made.len() > 1 && !place.kind().is_list() => {
            Err(format!("the PDF has {} pages, and one is needed; save that page alone", made.len()))
        }
        Ok(Read::Made(made)) => Ok(made),
        Ok(Read::Heic(photo)) => converted(&photo, session).await,
        Err(problem) => Err(problem),
    };
    made.map_err(|problem| printable::line(&format!("{place}: {problem}")))
}

enum Read {
    Made(Vec<Scan>),
    Heic(FileContents),
}

async fn read(picture: Picture) -> Result<Read, String> {
    beside(move || {
        let contents = match picture {
            Picture::Scans(made) => return Ok(Read::Made(made)),
            Picture::Contents(contents) => contents,
            Picture::File(path) => reading::picture(&path, MAX_INPUT_BYTES as u64)
                .map_err(|error| format!("{} cannot be read: {error}", path.display()))?,
        };
        match scan::prepare(contents.as_bytes()) {
            Ok(scan) => Ok(Read::Made(vec![scan.into()])),
            Err(ScanError::Foreign(Foreign::Heic)) => Ok(Read::Heic(contents)),
            #[cfg(feature = "pdf")]
            Err(ScanError::Foreign(Foreign::Pdf)) => pages(&contents).map(Read::Made),
            Err(error) => Err(error.to_string()),
        }
    })
    .await
}

#[cfg(feature = "pdf")]
fn pages(pdf: &FileContents) -> Result<Vec<Scan>, String> {
    let pages = scan::prepare_pdf(pdf.as_bytes()).map_err(|error| error.to_string())?;
    Ok(pages.into_iter().map(Scan::from).collect())
}

async fn converted(photo: &FileContents, session: &Session) -> Result<Vec<Scan>, String> {
    let folder =
        session.plain_folder().map_err(|error| format!("there is no place to convert it: {error}"))?;
    let converted =
        heif::convert(photo, folder).await.map_err(|why| format!("this is a HEIC photo: {why}"))?;
    let several = converted.several;
    beside(move || {
        let scan = scan::prepare_converted(converted.picture.as_bytes(), converted.upright);
        let scan = scan.map_err(|error| error.to_string())?;
        // What the converter made of it on the way is nobody's business.
        let others = scan.remarks().iter().filter(|remark| !matches!(remark, Remark::Converted { .. }));
        let mut changes: Vec<String> = others.map(ToString::to_string).collect();
        changes.insert(0, "converted from HEIC".to_owned());
        if several {
            changes.insert(1, Remark::FirstOfSeveral.to_string());
        }
        Ok(vec![Scan { scan, changes }])
    })
    .await
}

async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err("the picture cannot be prepared".to_owned()))
}
