use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, RgbImage};
use zeroize::{Zeroize, Zeroizing};

use super::accept::Shaped;
use super::colour::{on_white, to_srgb};
use super::error::ScanError;
use super::format::Format;
use super::inspect::{caught, format_within, read};
use super::jpeg::{PassportJpeg, Remark};
use super::limits::{MAX_CONVERTED_BYTES, MAX_INPUT_BYTES, MAX_JPEG_BYTES, MAX_SIDE, QUALITY};
use super::structure::Structure;

/// The marker at a JPEG's end.
const END_OF_IMAGE: &[u8] = &[0xFF, 0xD9];

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
    let mut remarks = Vec::new();
    // The one time that its pixels are decoded.
    let (decoded, structure) = caught(format, || read(format, picture))?;
    if format == Format::Jpeg
        && let Ok(scan) = Shaped::new(picture)
    {
        return Ok(scan.decoded());
    }
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

/// A JPEG that lacks nothing but its end marker, with one, if that makes it a Passport scan as it is. Its pixels were
/// decoded, with such an end.
fn with_its_end(picture: &[u8], structure: &Structure) -> Option<PassportJpeg> {
    let data = picture.get(..structure.unmarked_end?)?;
    let whole = Zeroizing::new([data, END_OF_IMAGE].concat());
    let mut scan = Shaped::new(&whole).ok()?.decoded();
    scan.remarks.push(Remark::EndAdded);
    if structure.metadata.other {
        // What was appended is left out.
        scan.remarks.push(Remark::MetadataRemoved);
    }
    Some(scan)
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
}
