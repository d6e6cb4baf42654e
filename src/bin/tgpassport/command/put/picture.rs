//! Pictures made Passport scans.

use serde::Serialize;
use telegram_passport::element::Part;
use telegram_passport::scan::{self, MAX_INPUT_BYTES, MAX_JPEG_BYTES};
use telegram_passport::vault::FileContents;

use super::wish::Picture;
use crate::{printable, reading};

/// A new scan, and what was changed in the picture.
#[derive(Serialize)]
pub(super) struct ScanFacts {
    pub(super) part: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bytes: u64,
    pub(super) changes: Vec<String>,
}

/// Makes a Passport scan of a picture; a JPEG in which there is nothing to change stays as it is, byte for byte.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub(super) async fn scan(part: Part, picture: Picture) -> Result<(FileContents, ScanFacts), String> {
    let prepared = tokio::task::spawn_blocking(move || {
        let contents = match picture {
            Picture::Contents(contents) => contents,
            Picture::File(path) => reading::picture(&path, MAX_INPUT_BYTES as u64)
                .map_err(|error| format!("{part}: {} cannot be read: {error}", path.display()))?,
        };
        let scan = scan::prepare(contents.as_bytes()).map_err(|error| format!("{part}: {error}"))?;
        let changes: Vec<String> = scan.remarks().iter().map(ToString::to_string).collect();
        let (width, height) = (scan.width(), scan.height());
        let good_already = changes.is_empty() && contents.as_bytes().len() <= MAX_JPEG_BYTES;
        let contents = if good_already { contents } else { scan.into_bytes().into() };
        let bytes = contents.as_bytes().len() as u64;
        Ok((contents, ScanFacts { part: part.to_string(), width, height, bytes, changes }))
    });
    prepared
        .await
        .unwrap_or_else(|_| Err(format!("{part}: the picture cannot be prepared")))
        .map_err(|problem: String| printable::line(&problem))
}
