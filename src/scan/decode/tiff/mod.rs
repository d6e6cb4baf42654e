//! TIFF, as scanners, fax programs and cameras write it.
//!
//! The directory says how the page is laid out (`page`), in strips or tiles; each is decompressed (`chunk`, `fax`),
//! and its samples are put in their places (`samples`). What the counts in the directory say is believed as far as
//! it can be true: many programs leave them out or get them wrong, and a page is whole if its data is.

mod chunk;
mod fault;
mod fax;
mod page;
mod samples;
mod tag;

use super::picture::Picture;
use crate::scan::directory::Directory;
use crate::scan::{Format, ScanError, orientation};

use fault::Fault;
use page::Page;

/// A page that is smaller than another one of the file.
const REDUCED: u64 = 1;
/// More pages are not looked through for the first that is no preview.
const MAX_PAGES: usize = 64;

/// Decodes the first page of a TIFF that is no preview of another.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, ScanError> {
    let first = Directory::first(bytes).ok_or(ScanError::Truncated(Format::Tiff))?;
    let several = first.next.is_some();
    let mut directory = first;
    for _ in 0..MAX_PAGES {
        if !is_preview(&directory) {
            break;
        }
        directory = directory.following().ok_or(Fault::Unsupported(RAW))?;
    }
    if is_preview(&directory) {
        return Err(Fault::Unsupported(RAW).into());
    }
    if directory.is_cut_off || tag::NEEDED.iter().any(|tag| directory.has_lost(*tag)) {
        return Err(Fault::Short.into());
    }
    let page = Page::read(&directory, bytes.len())?;
    let picture = samples::read(&page, &directory, bytes)?;
    Ok(Picture {
        orientation: orientation::of_directory(&directory),
        icc: directory.bytes(tag::ICC_PROFILE).map(<[u8]>::to_vec),
        several,
        ..picture
    })
}

const RAW: &str = "nothing but a preview where pictures are (it may be a camera's raw file)";

/// Some programs call their only page reduced; raw files of cameras begin with a preview, and keep the picture in a
/// directory of its own.
fn is_preview(directory: &Directory<'_>) -> bool {
    let reduced = directory.number(tag::NEW_SUBFILE_TYPE).is_some_and(|kind| kind & REDUCED != 0);
    reduced && (directory.next.is_some() || directory.number(tag::SUB_DIRECTORIES).is_some())
}
