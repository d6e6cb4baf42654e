//! Pictures made Passport scans.

use serde::Serialize;
use telegram_passport::element::Part;
use telegram_passport::scan::{self, MAX_INPUT_BYTES, PassportJpeg};

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

/// Makes a Passport scan of a picture; one that is a scan already stays as it is, byte for byte.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub(super) async fn scan(part: Part, picture: Picture) -> Result<(PassportJpeg, ScanFacts), String> {
    let prepared = tokio::task::spawn_blocking(move || {
        let contents = match picture {
            Picture::Contents(contents) => contents,
            Picture::File(path) => reading::picture(&path, MAX_INPUT_BYTES as u64)
                .map_err(|error| format!("{part}: {} cannot be read: {error}", path.display()))?,
        };
        let scan = scan::prepare(contents.as_bytes()).map_err(|error| format!("{part}: {error}"))?;
        let facts = ScanFacts {
            part: part.to_string(),
            width: scan.width(),
            height: scan.height(),
            bytes: scan.as_bytes().len() as u64,
            changes: scan.remarks().iter().map(ToString::to_string).collect(),
        };
        Ok((scan, facts))
    });
    prepared
        .await
        .unwrap_or_else(|_| Err(format!("{part}: the picture cannot be prepared")))
        .map_err(|problem: String| printable::line(&problem))
}
