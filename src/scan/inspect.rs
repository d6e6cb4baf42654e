use std::panic::catch_unwind;

use super::decode::decode;
use super::decode::picture::Picture;
use super::error::ScanError;
use super::format::{Format, Kind, recognise};
use super::limits::MAX_INPUT_BYTES;
use super::metadata::Metadata;
use super::structure::{Structure, examine};

/// What a scan somebody else made looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Width in pixels, as stored.
    pub width: u32,
    /// Height in pixels, as stored.
    pub height: u32,
    /// What it tells beside its pixels.
    pub metadata: Metadata,
}

/// Looks at a scan somebody else made: is it a complete JPEG that decodes, how large, with metadata?
///
/// # Errors
/// [`ScanError::NotJpeg`] for another picture format; otherwise as [`prepare`](super::prepare()).
pub fn inspect(scan: &[u8]) -> Result<Inspection, ScanError> {
    match picture_format(scan)? {
        Format::Jpeg => {}
        other => return Err(ScanError::NotJpeg(other)),
    }
    let (picture, structure) = caught(Format::Jpeg, || read(Format::Jpeg, scan))?;
    Ok(Inspection { width: picture.width, height: picture.height, metadata: structure.metadata })
}

/// What a picture of any format that [`prepare`](super::prepare()) takes tells beside its pixels, by its structure alone.
///
/// # Errors
/// [`ScanError`] if it is no such picture, or cut off.
pub fn carried_by(picture: &[u8]) -> Result<Metadata, ScanError> {
    let format = picture_format(picture)?;
    examine(format, picture).map(|structure| structure.metadata)
}

/// Whether a JPEG's pixels can be read, all of them.
pub(super) fn decodes(jpeg: &[u8]) -> Result<(), ScanError> {
    caught(Format::Jpeg, || read(Format::Jpeg, jpeg)).map(drop)
}

fn picture_format(bytes: &[u8]) -> Result<Format, ScanError> {
    format_within(bytes, MAX_INPUT_BYTES)
}

pub(super) fn format_within(bytes: &[u8], most: usize) -> Result<Format, ScanError> {
    if bytes.is_empty() {
        return Err(ScanError::Empty);
    }
    if bytes.len() > most {
        return Err(ScanError::FileTooLarge { bytes: bytes.len(), most });
    }
    match recognise(bytes) {
        Kind::Picture(format) => Ok(format),
        Kind::Foreign(foreign) => Err(ScanError::Foreign(foreign)),
        Kind::Unknown => Err(ScanError::NotAPicture),
    }
}

/// Decodes a picture, and says what its structure tells.
pub(super) fn read(format: Format, bytes: &[u8]) -> Result<(Picture, Structure), ScanError> {
    let structure = examine(format, bytes)?;
    let mut picture = decode(format, bytes, &structure)?;
    picture.several |= structure.several;
    Ok((picture, structure))
}

/// Runs third-party decoders on outside bytes. They hold no state of ours, so nothing is left half-done by a
/// panic.
pub(super) fn caught<T>(format: Format, work: impl FnOnce() -> Result<T, ScanError>) -> Result<T, ScanError> {
    catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(Err(ScanError::Damaged(format)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panicking_decoder_is_a_damaged_picture() {
        let outcome: Result<(), _> = caught(Format::Png, || panic!("a decoder's bug"));
        assert_eq!(outcome, Err(ScanError::Damaged(Format::Png)));
    }
}
