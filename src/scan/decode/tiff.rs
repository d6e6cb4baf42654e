use std::borrow::Cow;
use std::io::{Cursor, ErrorKind};

use image::metadata::Orientation;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};
use zeroize::{Zeroize, Zeroizing};

use super::{Channels, MAX_DECODED_BYTES, Picture, check_bounds, narrow};
use crate::scan::metadata::first_directory;
use crate::scan::{Format, ScanError};

type TiffReader<'a> = Decoder<Cursor<&'a [u8]>>;

const PHOTOMETRIC_INTERPRETATION: u16 = 262;
const DAMAGED: ScanError = ScanError::Damaged(Format::Tiff);
const UNSUPPORTED: ScanError = ScanError::Unsupported(Format::Tiff);

/// Decodes the first page of a TIFF.
///
/// The `image` crate would do, but for what scanners and fax programs make: pages of 1 or 4 bits, palettes, JPEG
/// in YCbCr, and inks with a profile.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, ScanError> {
    let (bytes, palette) = palette_as_gray(bytes);
    let mut decoder = Decoder::new(Cursor::new(&*bytes)).map_err(refusal)?.with_limits(limits());
    let (width, height) = decoder.dimensions().map_err(refusal)?;
    let color = decoder.colortype().map_err(refusal)?;
    check_bounds(width, height, 4 * u64::from(color.bit_depth().div_ceil(8)))?;
    check_strips(&mut decoder, bytes.len())?;
    let orientation = decoder
        .find_tag_unsigned::<u8>(Tag::Orientation)
        .ok()
        .flatten()
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms);
    let icc = decoder.get_tag_u8_vec(Tag::IccProfile).ok();
    let several = decoder.more_images();
    let raw = samples(&mut decoder, width, color)?;
    let mut picture = arrange(&raw, width, height, color)?;
    if palette {
        picture = look_up(&picture, &mut decoder, color.bit_depth())?;
    }
    Ok(Picture { orientation, icc, several, ..picture })
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    let most = usize::try_from(MAX_DECODED_BYTES).unwrap_or(usize::MAX);
    limits.decoding_buffer_size = most;
    limits.intermediate_buffer_size = most;
    limits.ifd_value_size = 16 * 1024 * 1024;
    limits
}

/// The decoder refuses palettes, but to it their indexes are grey samples like any other: in a copy the one tag
/// is rewritten. The second value says whether that was so.
fn palette_as_gray(bytes: &[u8]) -> (Cow<'_, [u8]>, bool) {
    let entry = first_directory(bytes)
        .and_then(|mut entries| entries.find(|(tag, _)| *tag == PHOTOMETRIC_INTERPRETATION));
    // A SHORT in either byte order occupies the first two of the entry's four bytes of value.
    let value = entry.map(|(_, at)| at + 8..at + 10);
    match value.and_then(|value| Some((value.clone(), bytes.get(value)?))) {
        Some((value, [3, 0])) => {
            let mut copy = bytes.to_vec();
            copy[value].copy_from_slice(&[1, 0]);
            (Cow::Owned(copy), true)
        }
        Some((value, [0, 3])) => {
            let mut copy = bytes.to_vec();
            copy[value].copy_from_slice(&[0, 1]);
            (Cow::Owned(copy), true)
        }
        _ => (Cow::Borrowed(bytes), false),
    }
}

/// JPEG strips that are cut off would otherwise be filled with grey.
fn check_strips(decoder: &mut TiffReader<'_>, length: usize) -> Result<(), ScanError> {
    for (offsets, counts) in
        [(Tag::StripOffsets, Tag::StripByteCounts), (Tag::TileOffsets, Tag::TileByteCounts)]
    {
        let (Ok(offsets), Ok(counts)) = (decoder.get_tag_u64_vec(offsets), decoder.get_tag_u64_vec(counts))
        else {
            continue;
        };
        if offsets.iter().zip(&counts).any(|(at, count)| at.saturating_add(*count) > length as u64) {
            return Err(ScanError::Truncated(Format::Tiff));
        }
    }
    Ok(())
}

/// Samples of 8 bits, interleaved; samples below 8 bits are spread to 0..=255, but for palettes the caller
/// undoes that.
fn samples(
    decoder: &mut TiffReader<'_>,
    width: u32,
    color: ColorType,
) -> Result<Zeroizing<Vec<u8>>, ScanError> {
    let mut buffer = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut buffer).map_err(refusal)?;
    if buffer.as_buffer(0).as_bytes().len() < layout.complete_len {
        return Err(UNSUPPORTED);
    }
    let mut samples = Zeroizing::new(match &buffer {
        DecodingResult::U8(samples) => unpack(samples, width, color),
        DecodingResult::U16(samples) => samples.iter().copied().map(narrow).collect(),
        DecodingResult::U32(samples) => samples.iter().map(|s| (s >> 24) as u8).collect(),
        DecodingResult::F32(samples) => {
            samples.iter().map(|s| (s.clamp(0.0, 1.0) * 255.0).round() as u8).collect()
        }
        _ => return Err(UNSUPPORTED),
    });
    match &mut buffer {
        DecodingResult::U8(samples) => samples.zeroize(),
        DecodingResult::U16(samples) => samples.zeroize(),
        DecodingResult::U32(samples) => samples.zeroize(),
        DecodingResult::F32(samples) => samples.zeroize(),
        _ => {}
    }
    if layout.planes > 1 {
        let plane = samples.len() / layout.planes;
        samples = Zeroizing::new(
            (0..plane)
                .flat_map(|pixel| (0..layout.planes).map(move |index| (index, pixel)))
                .map(|(index, pixel)| samples[index * plane + pixel])
                .collect(),
        );
    }
    Ok(samples)
}

/// Rows of samples of 1, 2 or 4 bits, each row beginning a new byte, as samples of 8 bits.
fn unpack(packed: &[u8], width: u32, color: ColorType) -> Vec<u8> {
    let depth = match color {
        ColorType::Gray(depth @ (1 | 2 | 4)) => depth,
        _ => return packed.to_vec(),
    };
    let per_byte = usize::from(8 / depth);
    let width = width as usize;
    let spread = 255 / ((1 << depth) - 1);
    let mask = (1u8 << depth) - 1;
    packed
        .chunks_exact(width.div_ceil(per_byte).max(1))
        .flat_map(|row| {
            (0..width).map(move |x| {
                let shift = 8 - depth * (x % per_byte + 1) as u8;
                ((row[x / per_byte] >> shift) & mask) * spread
            })
        })
        .collect()
}

/// Names the channels, and drops those that mean nothing here.
fn arrange(raw: &[u8], width: u32, height: u32, color: ColorType) -> Result<Picture, ScanError> {
    let pixels = width as usize * height as usize;
    let per_pixel = raw.len().checked_div(pixels).ok_or(DAMAGED)?;
    let channels = match color {
        ColorType::Gray(_) => Channels::Gray,
        ColorType::GrayA(_) | ColorType::Multiband { num_samples: 2, .. } => Channels::GrayAlpha,
        ColorType::RGB(_) | ColorType::YCbCr(_) => Channels::Rgb,
        ColorType::RGBA(_) => Channels::RgbAlpha,
        ColorType::CMYK(_) | ColorType::CMYKA(_) => Channels::Cmyk,
        _ => return Err(UNSUPPORTED),
    };
    if raw.len() != pixels * per_pixel || per_pixel < channels.count() {
        return Err(DAMAGED);
    }
    let mut samples = Zeroizing::new(Vec::with_capacity(pixels * channels.count()));
    for pixel in raw.chunks_exact(per_pixel) {
        samples.extend(&pixel[..channels.count()]);
    }
    if matches!(color, ColorType::YCbCr(_)) {
        for pixel in samples.chunks_exact_mut(3) {
            let [luma, blue, red] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
            let (blue, red) = (blue - 128.0, red - 128.0);
            let rgb = [luma + 1.402 * red, luma - 0.344_136 * blue - 0.714_136 * red, luma + 1.772 * blue];
            for (sample, colour) in pixel.iter_mut().zip(rgb) {
                *sample = colour.round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    Ok(Picture {
        width,
        height,
        channels,
        samples,
        orientation: Orientation::NoTransforms,
        icc: None,
        several: false,
    })
}

/// Colours of a palette: `ColorMap` holds all reds, then all greens, then all blues, 16 bits each.
fn look_up(indexes: &Picture, decoder: &mut TiffReader<'_>, depth: u8) -> Result<Picture, ScanError> {
    if depth > 8 || indexes.channels != Channels::Gray {
        return Err(UNSUPPORTED);
    }
    let map = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(refusal)?;
    let spread = 255 / ((1u16 << depth) - 1);
    let colours = 1 << depth;
    if map.len() < 3 * colours {
        return Err(DAMAGED);
    }
    let mut samples = Zeroizing::new(Vec::with_capacity(3 * indexes.samples.len()));
    for index in indexes.samples.iter() {
        let index = usize::from(u16::from(*index) / spread);
        samples.extend([0, 1, 2].map(|channel| narrow(map[channel * colours + index])));
    }
    Ok(indexes.with_samples(Channels::Rgb, samples))
}

fn refusal(error: TiffError) -> ScanError {
    match error {
        TiffError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            ScanError::Truncated(Format::Tiff)
        }
        TiffError::UnsupportedError(_) => UNSUPPORTED,
        _ => DAMAGED,
    }
}
