use image::metadata::Orientation;
use zeroize::Zeroizing;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::{Channels, Picture, check_bounds};
use crate::scan::{Format, ScanError};

/// Decodes a JPEG.
///
/// The `image` crate would do, but for two things: it fills damaged data with grey instead of saying so, and it
/// turns inks into RGB before their profile could be applied.
pub(super) fn decode(bytes: &[u8], adobe: bool) -> Result<Picture, ScanError> {
    // Headers leniently, since cameras write odd ones; the picture's data strictly.
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
    decoder.set_options(options.jpeg_set_out_colorspace(output).set_strict_mode(true));
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
        return Err(ScanError::Unsupported(Format::Jpeg));
    }
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    Ok(Picture {
        width,
        height,
        channels,
        samples,
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
        icc: decoder.icc_profile(),
        several: false,
    })
}

/// YCCK is CMYK whose first three inks were turned to YCbCr as if they were RGB inverted (ITU-T T.872 6.5.3).
fn from_ycck(samples: &mut [u8]) {
    for pixel in samples.chunks_exact_mut(4) {
        let [luma, blue, red] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
        let (blue, red) = (blue - 128.0, red - 128.0);
        let rgb = [luma + 1.402 * red, luma - 0.344_136 * blue - 0.714_136 * red, luma + 1.772 * blue];
        for (ink, colour) in pixel.iter_mut().zip(rgb) {
            *ink = 255 - colour.round().clamp(0.0, 255.0) as u8;
        }
    }
}

fn refusal(error: DecodeErrors) -> ScanError {
    match error {
        DecodeErrors::Unsupported(_) => ScanError::Unsupported(Format::Jpeg),
        DecodeErrors::ExhaustedData => ScanError::Truncated(Format::Jpeg),
        _ => ScanError::Damaged(Format::Jpeg),
    }
}
