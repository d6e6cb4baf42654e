use image::codecs::jpeg::JpegEncoder;
use zeroize::Zeroizing;

use super::format::{Kind, recognise};
use super::{PassportJpeg, ScanError};

/// Most bytes of input: 100 MiB.
pub const MAX_INPUT_BYTES: usize = 100 * 1024 * 1024;
/// Most bytes of a scan: 10 MiB.
pub const MAX_JPEG_BYTES: usize = 10 * 1024 * 1024;
/// Most pixels that are decoded at all.
pub const MAX_PIXELS: u64 = 120_000_000;
/// Longest side of a scan, in pixels.
pub const MAX_SIDE: u32 = 2048;
/// One side may be at most this many times the other.
pub const MAX_RATIO: u32 = 20;
/// The JPEG quality of Telegram's own clients.
pub const QUALITY: u8 = 89;

/// Makes a Passport scan of a picture.
///
/// # Errors
/// [`ScanError`] says what is wrong with the picture.
pub fn prepare(picture: &[u8]) -> Result<PassportJpeg, ScanError> {
    if picture.is_empty() {
        return Err(ScanError::Empty);
    }
    let format = match recognise(picture) {
        Kind::Picture(format) => format,
        Kind::Foreign(foreign) => return Err(ScanError::Foreign(foreign)),
        Kind::Unknown => return Err(ScanError::NotAPicture),
    };
    let image = image::load_from_memory(picture).map_err(|_| ScanError::Damaged(format))?.to_rgb8();
    let mut bytes = Zeroizing::new(Vec::new());
    JpegEncoder::new_with_quality(&mut *bytes, QUALITY)
        .encode_image(&image)
        .map_err(|_| ScanError::TooDetailed)?;
    let (width, height) = image.dimensions();
    Ok(PassportJpeg { bytes, width, height, quality: QUALITY, remarks: Vec::new() })
}

/// Width and height of a complete JPEG that decodes, for remarks on a scan somebody else made.
///
/// # Errors
/// [`ScanError`] says why it is no JPEG one can look at.
pub fn inspect(scan: &[u8]) -> Result<(u32, u32), ScanError> {
    let jpeg = prepare(scan)?;
    Ok((jpeg.width, jpeg.height))
}
