//! Pictures made Passport scans; a HEIC photo is converted first, and a PDF drawn page by page.

use serde::Serialize;
use telegram_passport::element::{Part, PartKind};
use telegram_passport::scan::{self, Foreign, MAX_INPUT_BYTES, PassportJpeg, Remark, ScanError};
use telegram_passport::tdlib::Session;
use telegram_passport::vault::FileContents;

use super::wish::Picture;
use crate::{heif, printable, reading};

/// A new scan, and what was changed in the picture.
#[derive(Serialize)]
pub(super) struct ScanFacts {
    pub(super) part: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: u64,
    pub(super) changes: Vec<String>,
}

impl ScanFacts {
    fn of(part: Part, scan: &PassportJpeg) -> Self {
        Self {
            part: part.to_string(),
            width: scan.width(),
            height: scan.height(),
            bytes: scan.as_bytes().len() as u64,
            changes: scan.remarks().iter().map(ToString::to_string).collect(),
        }
    }
}

/// What a file gave: one scan, or one of each page.
pub(super) type Scans = Vec<(PassportJpeg, ScanFacts)>;

/// Makes Passport scans of a picture; one that is a scan already stays as it is, byte for byte. `index` is the place of
/// the first among those of its part, a converter's files lie in the session's folder.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub(super) async fn scans(
    part: PartKind,
    index: usize,
    picture: Picture,
    session: &Session,
) -> Result<Scans, String> {
    let made = match read(part, index, picture).await {
        Ok(Read::Made(made)) => Ok(made),
        Ok(Read::Heic(photo)) => converted(part, index, &photo, session).await,
        Err(problem) => Err(problem),
    };
    made.map_err(|problem| printable::line(&format!("{}: {problem}", place(part, index))))
}

/// The part of an element that a picture becomes, the `index`th of its kind.
pub(super) fn place(part: PartKind, index: usize) -> Part {
    match part {
        PartKind::ReverseSide => Part::ReverseSide,
        PartKind::Selfie => Part::Selfie,
        PartKind::Translation => Part::Translation(index),
        PartKind::Files => Part::File(index),
        _ => Part::FrontSide,
    }
}

enum Read {
    Made(Scans),
    Heic(FileContents),
}

async fn read(part: PartKind, index: usize, picture: Picture) -> Result<Read, String> {
    beside(move || {
        let contents = match picture {
            Picture::Contents(contents) => contents,
            Picture::File(path) => reading::picture(&path, MAX_INPUT_BYTES as u64)
                .map_err(|error| format!("{} cannot be read: {error}", path.display()))?,
        };
        match scan::prepare(contents.as_bytes()) {
            Ok(scan) => Ok(Read::Made(vec![(scan.clone(), ScanFacts::of(place(part, index), &scan))])),
            Err(ScanError::Foreign(Foreign::Heic)) => Ok(Read::Heic(contents)),
            #[cfg(feature = "pdf")]
            Err(ScanError::Foreign(Foreign::Pdf)) => pages(part, index, &contents).map(Read::Made),
            Err(error) => Err(error.to_string()),
        }
    })
    .await
}

/// The pages of a PDF: as many files where there may be several, else one.
#[cfg(feature = "pdf")]
fn pages(part: PartKind, index: usize, pdf: &FileContents) -> Result<Scans, String> {
    let pages = scan::prepare_pdf(pdf.as_bytes()).map_err(|error| error.to_string())?;
    if pages.len() > 1 && !is_list(part) {
        return Err(format!("the PDF has {} pages, and one is needed; save that page alone", pages.len()));
    }
    let of = |(number, scan): (usize, PassportJpeg)| {
        let facts = ScanFacts::of(place(part, index + number), &scan);
        (scan, facts)
    };
    Ok(pages.into_iter().enumerate().map(of).collect())
}

/// Whether a part consists of any number of pages.
pub(super) fn is_list(part: PartKind) -> bool {
    matches!(part, PartKind::Translation | PartKind::Files)
}

async fn converted(
    part: PartKind,
    index: usize,
    photo: &FileContents,
    session: &Session,
) -> Result<Scans, String> {
    let folder =
        session.plain_folder().map_err(|error| format!("there is no place to convert it: {error}"))?;
    let converted =
        heif::convert(photo, folder).await.map_err(|why| format!("this is a HEIC photo: {why}"))?;
    let several = converted.several;
    beside(move || {
        let scan = scan::prepare_converted(converted.picture.as_bytes(), converted.upright);
        let scan = scan.map_err(|error| error.to_string())?;
        let mut facts = ScanFacts::of(place(part, index), &scan);
        // What the converter made of it on the way is nobody's business.
        let others = scan.remarks().iter().filter(|remark| !matches!(remark, Remark::Converted { .. }));
        facts.changes = others.map(ToString::to_string).collect();
        facts.changes.insert(0, "converted from HEIC".to_owned());
        if several {
            facts.changes.insert(1, Remark::FirstOfSeveral.to_string());
        }
        Ok(vec![(scan, facts)])
    })
    .await
}

async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err("the picture cannot be prepared".to_owned()))
}
