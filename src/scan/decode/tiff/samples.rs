//! The samples of strips and tiles, put in their places.

use image::metadata::Orientation;
use zeroize::Zeroizing;

use super::super::entropy::{self, Data, End};
use super::super::jpeg;
use super::super::picture::{Channels, Picture, narrow};
use super::fault::{DAMAGED, Fault};
use super::page::{Alpha, Colours, Compression, Page, Sample};
use super::{chunk, tag};
use crate::scan::directory::Directory;
use crate::scan::{Format, ScanError};

/// Samples of 8 bits as they lie in the page, all of each pixel side by side; those of a palette are its indexes.
struct Canvas<'a> {
    page: &'a Page,
    little: bool,
    samples: Zeroizing<Vec<u8>>,
}

pub(super) fn read(page: &Page, directory: &Directory<'_>, bytes: &[u8]) -> Result<Picture, ScanError> {
    if page.compression == Compression::OldJpeg {
        return old_jpeg(page, directory, bytes);
    }
    let mut canvas = Canvas {
        page,
        little: directory.is_little(),
        samples: Zeroizing::new(vec![0; page.width * page.height * page.samples]),
    };
    let per_plane = page.chunks_across() * page.chunks_down();
    for (index, chunk) in page.chunks.iter().enumerate() {
        let (plane, place) = (index / per_plane, index % per_plane);
        let (left, top) = (
            place % page.chunks_across() * page.chunk_width,
            place / page.chunks_across() * page.chunk_height,
        );
        let rows = if page.tiled { page.chunk_height } else { page.chunk_height.min(page.height - top) };
        if page.compression == Compression::Jpeg {
            let end = chunk.stated_end.unwrap_or(chunk.furthest_end).min(bytes.len());
            let data = bytes.get(chunk.start..end).ok_or(ScanError::Truncated(Format::Tiff))?;
            canvas.jpeg(data, directory.bytes(tag::JPEG_TABLES), plane, left, top)?;
            continue;
        }
        if page.subsampling != (1, 1) {
            let data = chunk::unpack(page, *chunk, bytes, rows.div_ceil(page.subsampling.1))?;
            canvas.subsampled(&data, left, top);
            continue;
        }
        let mut data = chunk::unpack(page, *chunk, bytes, rows)?;
        for (y, row) in data.chunks_exact_mut(page.row_bytes().max(1)).enumerate() {
            if top + y < page.height {
                canvas.row(row, plane, left, top + y)?;
            }
        }
    }
    canvas.picture(directory)
}

impl Canvas<'_> {
    /// Puts one row of a strip or tile in its place.
    fn row(&mut self, row: &mut [u8], plane: usize, left: usize, y: usize) -> Result<(), ScanError> {
        let page = self.page;
        let step = page.interleaved();
        if matches!(page.compression, Compression::Lzw | Compression::Deflate) {
            self.undo_prediction(row, step)?;
        }
        let count = page.chunk_width.min(page.width - left) * step;
        let first = (y * page.width + left) * page.samples + if page.planar { plane } else { 0 };
        for index in 0..count {
            let sample = self.sample(row, index)?;
            let at = if page.planar { first + index * page.samples } else { first + index };
            self.samples[at] = sample;
        }
        Ok(())
    }

    /// Each sample was stored as its difference from the one to its left.
    fn undo_prediction(&self, row: &mut [u8], step: usize) -> Result<(), Fault> {
        match (self.page.predictor, self.page.sample) {
            (1, _) => {}
            (2, Sample::Unsigned(8)) => {
                for at in step..row.len() {
                    row[at] = row[at].wrapping_add(row[at - step]);
                }
            }
            (2, Sample::Unsigned(16)) => {
                let (pairs, _) = row.as_chunks_mut::<2>();
                for at in step..pairs.len() {
                    let (before, here) = (pairs[at - step], pairs[at]);
                    pairs[at] = if self.little {
                        u16::from_le_bytes(here).wrapping_add(u16::from_le_bytes(before)).to_le_bytes()
                    } else {
                        u16::from_be_bytes(here).wrapping_add(u16::from_be_bytes(before)).to_be_bytes()
                    };
                }
            }
            _ => return Err(Fault::Unsupported("a predictor that is not known here")),
        }
        Ok(())
    }

    /// A sample of a row, by its number, brought to 8 bits.
    fn sample(&self, row: &[u8], index: usize) -> Result<u8, Fault> {
        let bits = match self.page.sample {
            Sample::Unsigned(8) => return row.get(index).copied().ok_or(Fault::Bad),
            Sample::Unsigned(16) => {
                let pair = row.get(2 * index..).and_then(<[u8]>::first_chunk).copied().ok_or(Fault::Bad)?;
                return Ok(narrow(if self.little {
                    u16::from_le_bytes(pair)
                } else {
                    u16::from_be_bytes(pair)
                }));
            }
            Sample::Float => {
                let bytes = row.get(4 * index..).and_then(<[u8]>::first_chunk).copied().ok_or(Fault::Bad)?;
                let value = if self.little { f32::from_le_bytes(bytes) } else { f32::from_be_bytes(bytes) };
                // Where black and white are would be a guess otherwise.
                return if (0.0..=1.0).contains(&value) {
                    Ok((value * 255.0).round() as u8)
                } else {
                    Err(Fault::Unsupported("floating-point samples beyond 0 and 1"))
                };
            }
            Sample::Unsigned(bits) => bits,
        };
        let mut value = 0u32;
        for bit in index * bits..(index + 1) * bits {
            value = value << 1 | u32::from(row.get(bit / 8).ok_or(Fault::Bad)? >> (7 - bit % 8) & 1);
        }
        if self.page.colours == Colours::Palette {
            return Ok(value as u8);
        }
        let most = (1u32 << bits) - 1;
        Ok(((value * 255 + most / 2) / most) as u8)
    }

    /// Luminance of several pixels, and one pair of chroma for them: 8 bits each.
    fn subsampled(&mut self, data: &[u8], left: usize, top: usize) {
        let page = self.page;
        let (across, down) = page.subsampling;
        let units = page.chunk_width.div_ceil(across);
        let size = across * down + 2;
        for (number, unit) in data.chunks_exact(size).enumerate() {
            let (unit_left, unit_top) = (left + number % units * across, top + number / units * down);
            for (index, luminance) in unit[..size - 2].iter().enumerate() {
                let (x, y) = (unit_left + index % across, unit_top + index / across);
                if x < page.width && y < page.height {
                    let at = (y * page.width + x) * page.samples;
                    self.samples[at..at + 3].copy_from_slice(&[*luminance, unit[size - 2], unit[size - 1]]);
                }
            }
        }
    }

    /// A strip or tile that is a JPEG, whose tables may stand in the directory.
    fn jpeg(
        &mut self,
        data: &[u8],
        tables: Option<&[u8]>,
        plane: usize,
        left: usize,
        top: usize,
    ) -> Result<(), ScanError> {
        let page = self.page;
        let joined;
        let data = match (tables.and_then(|tables| tables.strip_suffix(&[0xFF, 0xD9])), data.get(2..)) {
            (Some(tables), Some(after)) => {
                joined = Zeroizing::new([tables, after].concat());
                &joined
            }
            _ => data,
        };
        if page.sample != Sample::Unsigned(8) {
            return Err(Fault::Unsupported("JPEG compression of samples that have not 8 bits").into());
        }
        let frame = jpeg::components(data).map_err(|error| within(&error))?;
        let (width, height) =
            (page.chunk_width.min(page.width - left), page.chunk_height.min(page.height - top));
        if frame.count != page.interleaved() || frame.width < width || frame.height < height {
            let planes = page.planar && page.colours == Colours::YCbCr;
            return Err(if planes { Fault::Unsupported("planes of chroma").into() } else { DAMAGED });
        }
        for y in 0..height {
            let row = &frame.samples[y * frame.width * frame.count..][..width * frame.count];
            let first = ((top + y) * page.width + left) * page.samples + if page.planar { plane } else { 0 };
            for (index, sample) in row.iter().enumerate() {
                let at = if page.planar { first + index * page.samples } else { first + index };
                self.samples[at] = *sample;
            }
        }
        Ok(())
    }

    /// The picture that the samples are of.
    fn picture(mut self, directory: &Directory<'_>) -> Result<Picture, ScanError> {
        let page = self.page;
        let colour = page.colours.samples();
        let map = match page.colours {
            Colours::Palette => Some(palette(directory, page.sample)?),
            _ => None,
        };
        let coloured = match page.colours {
            Colours::Gray { .. } => 1,
            Colours::Inks => 4,
            _ => 3,
        };
        let with_alpha = page.alpha != Alpha::None && page.colours != Colours::Inks;
        let channels = match (coloured, with_alpha) {
            (1, false) => Channels::Gray,
            (1, true) => Channels::GrayAlpha,
            (4, _) => Channels::Cmyk,
            (_, false) => Channels::Rgb,
            (_, true) => Channels::RgbAlpha,
        };
        let mut samples = Zeroizing::new(Vec::with_capacity(page.width * page.height * channels.count()));
        // Where alpha is 0 throughout, nothing was multiplied with it.
        let multiplied = page.alpha == Alpha::Associated
            && self
                .samples
                .chunks_exact(page.samples)
                .any(|pixel| pixel.get(colour).is_some_and(|alpha| *alpha > 0));
        for pixel in self.samples.chunks_exact_mut(page.samples) {
            let alpha = pixel.get(colour).copied();
            match (page.colours, &map) {
                (Colours::Gray { white_is_zero: true }, _) => pixel[0] = 255 - pixel[0],
                (Colours::YCbCr, _) => {
                    let rgb = super::super::picture::from_ycbcr([pixel[0], pixel[1], pixel[2]]);
                    pixel[..3].copy_from_slice(&rgb);
                }
                _ => {}
            }
            if let (Some(alpha), true, true) = (alpha, multiplied, with_alpha) {
                for sample in &mut pixel[..colour] {
                    let whole = (u32::from(*sample) * 255).checked_div(u32::from(alpha)).unwrap_or(0);
                    *sample = whole.min(255) as u8;
                }
            }
            match &map {
                Some(map) => samples.extend(map.get(usize::from(pixel[0])).ok_or(DAMAGED)?),
                None => samples.extend(&pixel[..colour]),
            }
            if let (true, Some(alpha)) = (with_alpha, alpha) {
                samples.push(alpha);
            }
        }
        Ok(picture(page, channels, samples))
    }
}

fn picture(page: &Page, channels: Channels, samples: Zeroizing<Vec<u8>>) -> Picture {
    Picture {
        width: page.width as u32,
        height: page.height as u32,
        channels,
        samples,
        orientation: Orientation::NoTransforms,
        icc: None,
        several: false,
    }
}

/// The colours of a palette: `ColorMap` holds all reds, then all greens, then all blues, 16 bits each.
fn palette(directory: &Directory<'_>, sample: Sample) -> Result<Vec<[u8; 3]>, ScanError> {
    if sample.bits() > 8 {
        return Err(Fault::Unsupported("a palette of more than 256 colours").into());
    }
    let map = directory.numbers(tag::COLOR_MAP).ok_or(DAMAGED)?;
    let count = map.len() / 3;
    if count < 1 << sample.bits() {
        return Err(DAMAGED);
    }
    // Some programs write 8 bits of each, as libtiff's own notes tell.
    let small = map.iter().all(|value| *value < 256);
    let level = |value: u64| match u16::try_from(value) {
        Ok(value) if small => value as u8, // each is below 256
        Ok(value) => narrow(value),
        Err(_) => 255,
    };
    Ok((0..count).map(|index| [0, 1, 2].map(|channel| level(map[channel * count + index]))).collect())
}

/// Before compression 7 was agreed on, programs put a whole JPEG file inside.
fn old_jpeg(page: &Page, directory: &Directory<'_>, bytes: &[u8]) -> Result<Picture, ScanError> {
    let unsupported = Fault::Unsupported("JPEG compression of the old kind");
    let start = directory.number(tag::OLD_JPEG).and_then(|start| usize::try_from(start).ok());
    let data = start.and_then(|start| bytes.get(start..)).filter(|data| data.starts_with(&[0xFF, 0xD8]));
    let data = data.ok_or(unsupported)?;
    let Some(Data { end: End::Marked(_), in_parts }) = entropy::walk(data) else {
        return Err(unsupported.into());
    };
    let picture = jpeg::decode(data, false, in_parts).map_err(|_| unsupported)?;
    if (picture.width as usize, picture.height as usize) != (page.width, page.height) {
        return Err(unsupported.into());
    }
    Ok(picture)
}

/// What is wrong with a JPEG inside is wrong with the TIFF.
fn within(error: &ScanError) -> ScanError {
    match error {
        ScanError::Truncated(_) => ScanError::Truncated(Format::Tiff),
        ScanError::Unsupported { what, .. } => ScanError::Unsupported { format: Format::Tiff, what },
        _ => DAMAGED,
    }
}
