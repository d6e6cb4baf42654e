use zeroize::Zeroizing;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::entropy::{self, Data, End};
use super::picture::{Channels, MAX_DECODED_BYTES, Picture, check_bounds, from_ycbcr};
use crate::scan::{Format, ScanError, orientation};

/// The marker at the end.
pub(super) const END: [u8; 2] = [0xFF, 0xD9];

/// Decodes a JPEG whose data is known to be whole, and whether it comes in parts.
///
/// The `image` crate would do, but that it turns inks into RGB before their profile could be applied.
pub(super) fn decode(bytes: &[u8], adobe: bool, in_parts: bool) -> Result<Picture, ScanError> {
    // That the data is whole was seen before; the decoder's own strictness refuses pictures in which nothing is wrong.
    let options =
        DecoderOptions::default().set_max_width(usize::from(u16::MAX)).set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(refusal)?;
    let damaged = ScanError::Damaged(Format::Jpeg);
    let (width, height) = decoder.dimensions().ok_or(damaged)?;
    let (width, height) =
        (u32::try_from(width).map_err(|_| damaged)?, u32::try_from(height).map_err(|_| damaged)?);
    let stored = decoder.input_colorspace().ok_or(damaged)?;
    let (output, channels) = match stored {
        ColorSpace::Luma => (ColorSpace::Luma, Channels::Gray),
        ColorSpace::YCCK | ColorSpace::CMYK if has_four_components(&decoder) => (stored, Channels::Cmyk),
        _ => (ColorSpace::RGB, Channels::Rgb),
    };
    check_bounds(width, height, channels.count() as u64)?;
    // The decoder would take the components of the first scan for all of them, and say nothing.
    if in_parts {
        let samples = from_parts(bytes, channels)?;
        return finish(&decoder, width, height, channels, samples);
    }
    decoder.set_options(options.jpeg_set_out_colorspace(output));
    let length = decoder.output_buffer_size().ok_or(damaged)?;
    let mut samples = Zeroizing::new(vec![0; length]);
    decoder.decode_into(&mut samples).map_err(refusal)?;
    match output {
        ColorSpace::YCCK => from_ycck(&mut samples),
        ColorSpace::CMYK => {}
        _ => return finish(&decoder, width, height, channels, samples),
    }
    if adobe {
        samples.iter_mut().for_each(|sample| *sample = 255 - *sample);
    }
    finish(&decoder, width, height, channels, samples)
}

fn from_parts(bytes: &[u8], channels: Channels) -> Result<Zeroizing<Vec<u8>>, ScanError> {
    if channels == Channels::Cmyk {
        let what = "inks in scans of their own";
        return Err(ScanError::Unsupported { format: Format::Jpeg, what });
    }
    let samples = jpeg_decoder::Decoder::new(bytes).decode();
    samples.map(Zeroizing::new).map_err(|_| ScanError::Damaged(Format::Jpeg))
}

fn has_four_components(decoder: &JpegDecoder<ZCursor<&[u8]>>) -> bool {
    decoder.info().is_some_and(|info| info.components == 4)
}

fn finish(
    decoder: &JpegDecoder<ZCursor<&[u8]>>,
    width: u32,
    height: u32,
    channels: Channels,
    samples: Zeroizing<Vec<u8>>,
) -> Result<Picture, ScanError> {
    let pixels = u64::from(width) * u64::from(height);
    if samples.len() as u64 != pixels * channels.count() as u64 {
        return Err(UNSUPPORTED);
    }
    let orientation = decoder.exif().map(|exif| orientation::of_exif(exif));
    Ok(Picture {
        width,
        height,
        channels,
        samples,
        orientation: orientation.unwrap_or(image::metadata::Orientation::NoTransforms),
        icc: decoder.icc_profile(),
        several: false,
    })
}

/// YCCK is CMYK whose first three inks were turned to YCbCr as if they were RGB inverted (ITU-T T.872 6.5.3).
fn from_ycck(samples: &mut [u8]) {
    for pixel in samples.chunks_exact_mut(4) {
        let rgb = from_ycbcr([pixel[0], pixel[1], pixel[2]]);
        for (ink, colour) in pixel.iter_mut().zip(rgb) {
            *ink = 255 - colour;
        }
    }
}

/// The components of a JPEG as they are stored, 8 bits each, side by side: what another format has put inside.
pub(super) struct Components {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) count: usize,
    pub(super) samples: Zeroizing<Vec<u8>>,
}

/// Decodes a JPEG without saying what its components mean.
pub(super) fn components(bytes: &[u8]) -> Result<Components, ScanError> {
    let Data { end, in_parts } = entropy::walk(bytes).ok_or(ScanError::Truncated(Format::Jpeg))?;
    match end {
        End::NotSought => return Err(UNSUPPORTED),
        End::Unread(what) => return Err(ScanError::Unsupported { format: Format::Jpeg, what }),
        _ if in_parts => return Err(UNSUPPORTED),
        End::Marked(_) | End::Unmarked(_) => {}
    }
    let options = DecoderOptions::default();
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(refusal)?;
    let damaged = ScanError::Damaged(Format::Jpeg);
    let (width, height) = decoder.dimensions().ok_or(damaged)?;
    let stored = decoder.input_colorspace().ok_or(damaged)?;
    let count = stored.num_components();
    decoder.set_options(options.jpeg_set_out_colorspace(stored));
    let length = decoder.output_buffer_size().ok_or(damaged)?;
    if length as u64 > MAX_DECODED_BYTES {
        return Err(damaged);
    }
    if length != width * height * count {
        return Err(UNSUPPORTED);
    }
    let mut samples = Zeroizing::new(vec![0; length]);
    decoder.decode_into(&mut samples).map_err(refusal)?;
    Ok(Components { width, height, count, samples })
}

const UNSUPPORTED: ScanError =
    ScanError::Unsupported { format: Format::Jpeg, what: "a coding that is not known here" };

fn refusal(error: DecodeErrors) -> ScanError {
    match error {
        DecodeErrors::Unsupported(_) => UNSUPPORTED,
        DecodeErrors::ExhaustedData => ScanError::Truncated(Format::Jpeg),
        _ => ScanError::Damaged(Format::Jpeg),
    }
}
