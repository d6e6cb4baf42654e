use std::panic::catch_unwind;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, RgbImage};
use zeroize::{Zeroize, Zeroizing};

use super::accept::accept;
use super::colour::{on_white, to_srgb};
use super::decode::{Picture, decode};
use super::format::{Kind, recognise};
use super::structure::{Structure, examine};
use super::{Format, Metadata, PassportJpeg, Remark, ScanError};

/// Most bytes of input: 100 MiB.
pub const MAX_INPUT_BYTES: usize = 100 * 1024 * 1024;
/// Most bytes of a picture that a converter made: 512 MiB. A photo of 48 megapixels has some 100 MiB without loss.
pub const MAX_CONVERTED_BYTES: usize = 512 * 1024 * 1024;
/// Most bytes of a scan: 10 MiB, as official clients check.
pub const MAX_JPEG_BYTES: usize = 10 * 1024 * 1024;
/// Most pixels that are decoded at all.
pub const MAX_PIXELS: u64 = 120_000_000;
/// Longest side of a scan, in pixels.
pub const MAX_SIDE: u32 = 2048;
/// One side may be at most this many times the other.
pub const MAX_RATIO: u32 = 20;
/// The marker at a JPEG's end.
const END_OF_IMAGE: &[u8] = &[0xFF, 0xD9];
/// The JPEG quality of Telegram's own clients.
pub const QUALITY: u8 = 89;

/// Makes a Passport scan of a picture: JPEG, PNG, WebP, GIF, BMP or TIFF.
///
/// The result is upright, in sRGB, opaque, at most [`MAX_SIDE`] pixels on either side (never enlarged) and
/// [`MAX_JPEG_BYTES`] long, of [`QUALITY`] or, only if the length demands it, less. It carries no metadata and
/// no profile. These are the steps and limits of the official clients (they decode, scale to fit 2048×2048,
/// encode with 89, and refuse beyond 20:1), with orientation, profiles and transparency done right.
///
/// A picture that is a Passport scan already ([`accept`](super::accept)) stays as it is, byte for byte.
///
/// Synchronous, and slow for large photos (a second for 50 megapixels); async callers use `spawn_blocking`.
///
/// # Errors
/// [`ScanError`] says what is wrong with the picture.
///
/// # Examples
///
/// ```
/// use telegram_passport::scan::{self, ScanError};
///
/// assert_eq!(scan::prepare(b"").unwrap_err(), ScanError::Empty);
/// let pdf = scan::prepare(b"%PDF-1.7").unwrap_err();
/// assert!(pdf.to_string().contains("pdftoppm"));
/// ```
pub fn prepare(picture: &[u8]) -> Result<PassportJpeg, ScanError> {
    made_of(picture, MAX_INPUT_BYTES, None)
}

/// Makes a Passport scan, as [`prepare`] does, of a picture that a converter made of another: of up to
/// [`MAX_CONVERTED_BYTES`]. If it is known to be `upright`, it stays as it lies, whatever is noted beside the pixels:
/// the converter has turned them, and left the camera's note as it was.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_converted(picture: &[u8], upright: bool) -> Result<PassportJpeg, ScanError> {
    made_of(picture, MAX_CONVERTED_BYTES, upright.then_some(Orientation::NoTransforms))
}

/// A scan of a picture of at most so many bytes, turned as it says, unless it is known better.
fn made_of(picture: &[u8], most: usize, known: Option<Orientation>) -> Result<PassportJpeg, ScanError> {
    let format = format_within(picture, most)?;
    if format == Format::Jpeg
        && let Ok(scan) = accept(picture)
    {
        return Ok(scan);
    }
    let mut remarks = Vec::new();
    let (decoded, structure) = caught(format, || read(format, picture))?;
    let metadata = structure.metadata;
    if format == Format::Jpeg
        && let Some(scan) = with_its_end(picture, &structure)
    {
        return Ok(scan);
    }
    let picture = decoded;
    if format != Format::Jpeg {
        remarks.push(Remark::Converted { from: format });
    }
    if structure.unmarked_end.is_some() {
        remarks.push(Remark::EndAdded);
    }
    if picture.several {
        remarks.push(Remark::FirstOfSeveral);
    }
    let (width, height) = (picture.width, picture.height);
    let orientation = known.unwrap_or(picture.orientation);
    let (samples, mut remarks) = caught(format, || {
        let picture = to_srgb(picture, &mut remarks);
        Ok((on_white(picture, &mut remarks), remarks))
    })?;
    let damaged = ScanError::Damaged(format);
    let samples = fit(samples, width, height, orientation, &mut remarks).ok_or(damaged)?;
    if metadata.location {
        remarks.push(Remark::LocationRemoved);
    }
    if metadata.other {
        remarks.push(Remark::MetadataRemoved);
    }
    encode(samples, remarks, MAX_JPEG_BYTES)
}

/// A JPEG that lacks nothing but its end marker, with one, if that makes it a Passport scan as it is.
fn with_its_end(picture: &[u8], structure: &Structure) -> Option<PassportJpeg> {
    let data = picture.get(..structure.unmarked_end?)?;
    let whole = Zeroizing::new([data, END_OF_IMAGE].concat());
    let mut scan = accept(&whole).ok()?;
    scan.remarks.push(Remark::EndAdded);
    if structure.metadata.other {
        // What was appended is left out.
        scan.remarks.push(Remark::MetadataRemoved);
    }
    Some(scan)
}

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
/// [`ScanError::NotJpeg`] for another picture format; otherwise as [`prepare`].
pub fn inspect(scan: &[u8]) -> Result<Inspection, ScanError> {
    match picture_format(scan)? {
        Format::Jpeg => {}
        other => return Err(ScanError::NotJpeg(other)),
    }
    let (picture, structure) = caught(Format::Jpeg, || read(Format::Jpeg, scan))?;
    Ok(Inspection { width: picture.width, height: picture.height, metadata: structure.metadata })
}

/// What a picture of any format that [`prepare`] takes tells beside its pixels, by its structure alone.
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

fn format_within(bytes: &[u8], most: usize) -> Result<Format, ScanError> {
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

fn read(format: Format, bytes: &[u8]) -> Result<(Picture, Structure), ScanError> {
    let structure = examine(format, bytes)?;
    let mut picture = decode(format, bytes, &structure)?;
    picture.several |= structure.several;
    Ok((picture, structure))
}

/// Runs third-party decoders on outside bytes. They hold no state of ours, so nothing is left half-done by a
/// panic.
fn caught<T>(format: Format, work: impl FnOnce() -> Result<T, ScanError>) -> Result<T, ScanError> {
    catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(Err(ScanError::Damaged(format)))
}

/// Scales down to [`MAX_SIDE`] and turns upright; smaller first, since turning copies.
fn fit(
    mut samples: Zeroizing<Vec<u8>>,
    width: u32,
    height: u32,
    orientation: Orientation,
    remarks: &mut Vec<Remark>,
) -> Option<DynamicImage> {
    let image = RgbImage::from_raw(width, height, std::mem::take(&mut *samples))?;
    let mut image = DynamicImage::from(image);
    if orientation != Orientation::NoTransforms {
        remarks.push(Remark::Turned);
    }
    if width.max(height) > MAX_SIDE {
        let reduced = image.resize(MAX_SIDE, MAX_SIDE, FilterType::Lanczos3);
        wipe(std::mem::replace(&mut image, reduced));
        let (width, height) = match orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (height, width),
            _ => (width, height),
        };
        remarks.push(Remark::Reduced { width, height });
    }
    image.apply_orientation(orientation);
    Some(image)
}

fn wipe(image: DynamicImage) {
    image.into_bytes().zeroize();
}

/// Encodes with [`QUALITY`], or the first lower step that fits into `most` bytes.
pub(super) fn encode(
    image: DynamicImage,
    mut remarks: Vec<Remark>,
    most: usize,
) -> Result<PassportJpeg, ScanError> {
    let (width, height) = (image.width(), image.height());
    let samples = Zeroizing::new(image.into_bytes());
    // Room for the worst case, so that growing leaves no copies of the scan behind.
    let mut scratch = Zeroizing::new(Vec::with_capacity(samples.len() + 64 * 1024));
    for quality in [QUALITY, 85, 80, 75, 70, 60, 50, 40, 30, 20, 10] {
        scratch.clear();
        JpegEncoder::new_with_quality(&mut *scratch, quality)
            .encode(&samples, width, height, ExtendedColorType::Rgb8)
            .map_err(|_| ScanError::TooDetailed)?;
        if scratch.len() <= most {
            if quality < QUALITY {
                remarks.push(Remark::QualityLowered { quality });
            }
            let bytes = Zeroizing::new(scratch.to_vec());
            return Ok(PassportJpeg { bytes, width, height, quality: Some(quality), remarks });
        }
    }
    Err(ScanError::TooDetailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(side: u32) -> DynamicImage {
        let mut state = 1u32;
        RgbImage::from_fn(side, side, |_, _| {
            image::Rgb([0; 3].map(|_: u8| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            }))
        })
        .into()
    }

    #[test]
    fn quality_falls_only_as_far_as_the_size_demands() {
        let free = encode(noise(128), Vec::new(), MAX_JPEG_BYTES).unwrap();
        assert_eq!((free.quality(), free.remarks()), (Some(QUALITY), &[][..]));
        let whole = free.as_bytes().len();
        assert_eq!(encode(noise(128), Vec::new(), whole).unwrap().quality(), Some(QUALITY));
        let lower = encode(noise(128), Vec::new(), whole - 1).unwrap();
        assert_eq!(lower.quality(), Some(85));
        assert_eq!(lower.remarks(), [Remark::QualityLowered { quality: 85 }]);
        assert!(lower.as_bytes().len() < whole);
        assert_eq!(encode(noise(128), Vec::new(), 100).unwrap_err(), ScanError::TooDetailed);
    }

    #[test]
    fn the_worst_picture_fits() {
        let worst = encode(noise(MAX_SIDE), Vec::new(), MAX_JPEG_BYTES).unwrap();
        assert!(worst.as_bytes().len() <= MAX_JPEG_BYTES);
    }

    #[test]
    fn debug_shows_no_bytes() {
        let scan = encode(noise(8), vec![Remark::Turned], MAX_JPEG_BYTES).unwrap();
        assert_eq!(
            format!("{scan:?}"),
            "PassportJpeg { width: 8, height: 8, quality: Some(89), remarks: [Turned], .. }"
        );
    }

    #[test]
    fn a_panicking_decoder_is_a_damaged_picture() {
        let outcome: Result<(), _> = caught(Format::Png, || panic!("a decoder's bug"));
        assert_eq!(outcome, Err(ScanError::Damaged(Format::Png)));
    }
}
