use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::{ColorType, ImageDecoder, ImageError, Limits};
use zeroize::Zeroizing;

use super::picture::{Channels, MAX_DECODED_BYTES, Picture, check_bounds, narrow};
use crate::scan::{Format, ScanError, orientation};

/// Decodes a WebP; of an animation the first picture.
pub(super) fn webp(bytes: &[u8]) -> Result<Picture, ScanError> {
    let decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|error| refusal(Format::WebP, error))?;
    read(Format::WebP, decoder)
}

pub(super) fn limits() -> Limits {
    let mut limits = Limits::default();
    // Twice, for the decoder's own buffers beside the samples.
    limits.max_alloc = Some(2 * MAX_DECODED_BYTES);
    limits
}

pub(super) fn read(format: Format, mut decoder: impl ImageDecoder) -> Result<Picture, ScanError> {
    let refusal = |error| refusal(format, error);
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    check_bounds(width, height, u64::from(color.bytes_per_pixel()))?;
    decoder.set_limits(limits()).map_err(refusal)?;
    // A profile or an EXIF block that cannot be read is as good as none.
    let icc = decoder.icc_profile().ok().flatten();
    let exif = decoder.exif_metadata().ok().flatten();
    let orientation = orientation::of_exif(&exif.unwrap_or_default());
    let length =
        usize::try_from(decoder.total_bytes()).map_err(|_| ScanError::TooManyPixels { width, height })?;
    let mut samples = Zeroizing::new(vec![0; length]);
    decoder.read_image(&mut samples).map_err(refusal)?;
    let (channels, wide) = match color {
        ColorType::L8 => (Channels::Gray, false),
        ColorType::La8 => (Channels::GrayAlpha, false),
        ColorType::Rgb8 => (Channels::Rgb, false),
        ColorType::Rgba8 => (Channels::RgbAlpha, false),
        ColorType::L16 => (Channels::Gray, true),
        ColorType::La16 => (Channels::GrayAlpha, true),
        ColorType::Rgb16 => (Channels::Rgb, true),
        ColorType::Rgba16 => (Channels::RgbAlpha, true),
        _ => return Err(unsupported(format)),
    };
    if wide {
        let narrowed = samples.as_chunks::<2>().0.iter().map(|pair| narrow(u16::from_ne_bytes(*pair)));
        samples = Zeroizing::new(narrowed.collect());
    }
    Ok(Picture { width, height, channels, samples, orientation, icc, several: false })
}

fn unsupported(format: Format) -> ScanError {
    ScanError::Unsupported { format, what: "a form of pixels that is not known here" }
}

pub(super) fn refusal(format: Format, error: ImageError) -> ScanError {
    match error {
        ImageError::Unsupported(_) => unsupported(format),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            ScanError::Truncated(format)
        }
        _ => ScanError::Damaged(format),
    }
}
