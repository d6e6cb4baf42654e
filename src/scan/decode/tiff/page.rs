use crate::scan::directory::Directory;
use crate::scan::{Format, ScanError};

use super::super::picture::{MAX_DECODED_BYTES, check_bounds};
use super::fault::{DAMAGED, Fault};
use super::fax::Coding;
use super::tag;

/// How strips and tiles are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    PackBits,
    Lzw,
    Deflate,
    Fax(Coding),
    Jpeg,
    /// A whole JPEG file, as old scanning programs put it inside.
    OldJpeg,
}

/// What the samples of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// With `white_is_zero`, inverted.
    Gray {
        white_is_zero: bool,
    },
    Rgb,
    Palette,
    Inks,
    YCbCr,
}

impl Colours {
    /// How many samples make a colour.
    pub(super) const fn samples(self) -> usize {
        match self {
            Self::Gray { .. } | Self::Palette => 1,
            Self::Rgb | Self::YCbCr => 3,
            Self::Inks => 4,
        }
    }
}

/// What stands behind the samples of a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alpha {
    None,
    /// The colour is multiplied with it already.
    Associated,
    Unassociated,
}

/// How a number stands for a brightness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sample {
    /// Of 1 to 16 bits.
    Unsigned(usize),
    /// 32 bits, 0 to 1.
    Float,
}

impl Sample {
    pub(super) const fn bits(self) -> usize {
        match self {
            Self::Unsigned(bits) => bits,
            Self::Float => 32,
        }
    }
}

/// One strip or tile: where its data begins, and where it ends if that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    pub(super) start: usize,
    /// By the directory; wrong in some files.
    pub(super) stated_end: Option<usize>,
    /// What lies behind is something else.
    pub(super) furthest_end: usize,
}

/// How a page is laid out.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) colours: Colours,
    pub(super) alpha: Alpha,
    pub(super) sample: Sample,
    /// All samples of a pixel, those that mean nothing here among them.
    pub(super) samples: usize,
    /// Each sample has a plane of its own.
    pub(super) planar: bool,
    pub(super) compression: Compression,
    pub(super) predictor: u64,
    /// The least significant bit of each byte comes first.
    pub(super) low_bit_first: bool,
    pub(super) chunk_width: usize,
    pub(super) chunk_height: usize,
    /// The last strip ends with the page; a tile does not.
    pub(super) tiled: bool,
    pub(super) chunks: Vec<Chunk>,
    /// Pixels that share one pair of chroma samples, across and down.
    pub(super) subsampling: (usize, usize),
}

impl Page {
    pub(super) fn read(directory: &Directory<'_>, file_length: usize) -> Result<Self, ScanError> {
        let side =
            |tag| directory.number(tag).and_then(|side| u32::try_from(side).ok()).filter(|side| *side > 0);
        let (Some(width), Some(height)) = (side(tag::WIDTH), side(tag::HEIGHT)) else { return Err(DAMAGED) };
        let compression = compression(directory)?;
        let bits = directory.numbers(tag::BITS_PER_SAMPLE).unwrap_or_else(|| vec![1]);
        let samples = directory.number(tag::SAMPLES_PER_PIXEL).unwrap_or(bits.len() as u64);
        if !(1..=16).contains(&samples) {
            return Err(Fault::Unsupported("more than 16 samples in a pixel").into());
        }
        let samples = samples as usize;
        if bits.iter().take(samples).any(|other| *other != bits[0]) {
            return Err(Fault::Unsupported("samples of several sizes").into());
        }
        let planar = directory.number(tag::PLANAR) == Some(2) && samples > 1;
        let colours = colours(directory, samples, compression)?;
        if samples < colours.samples() {
            return Err(DAMAGED);
        }
        let sample = sample(directory, bits[0])?;
        check_bounds(width, height, (samples * sample.bits().div_ceil(8)) as u64)?;
        let (width, height) = (width as usize, height as usize);
        let mut page = Self {
            width,
            height,
            colours,
            alpha: alpha(directory, samples, colours),
            sample,
            samples,
            planar,
            compression,
            predictor: directory.number(tag::PREDICTOR).unwrap_or(1),
            low_bit_first: directory.number(tag::FILL_ORDER) == Some(2),
            chunk_width: width,
            chunk_height: height,
            tiled: false,
            chunks: Vec::new(),
            subsampling: (1, 1),
        };
        if colours == Colours::YCbCr && !matches!(compression, Compression::Jpeg | Compression::OldJpeg) {
            page.subsampling = subsampling(directory)?;
            if page.subsampling != (1, 1) && (planar || sample != Sample::Unsigned(8) || samples != 3) {
                return Err(Fault::Unsupported("an unusual form of luminance and chroma").into());
            }
        }
        if compression != Compression::OldJpeg {
            page.lay_out(directory, file_length)?;
        }
        Ok(page)
    }

    /// Finds the strips or tiles.
    fn lay_out(&mut self, directory: &Directory<'_>, file_length: usize) -> Result<(), ScanError> {
        let side = |tag, most: usize| {
            let side = directory.number(tag).and_then(|side| usize::try_from(side).ok())?;
            Some(if most == 0 { side } else { side.min(most) }).filter(|side| *side > 0)
        };
        self.tiled = side(tag::TILE_WIDTH, 0).is_some();
        let (offsets, counts) = if self.tiled {
            self.chunk_width = side(tag::TILE_WIDTH, 0).ok_or(DAMAGED)?;
            self.chunk_height = side(tag::TILE_HEIGHT, 0).ok_or(DAMAGED)?;
            // Early programs gave the places of tiles as if they were strips.
            match directory.numbers(tag::TILE_OFFSETS) {
                Some(_) => (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS),
                None => (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS),
            }
        } else {
            self.chunk_height = side(tag::ROWS_PER_STRIP, self.height).unwrap_or(self.height);
            (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
        };
        let starts = directory.numbers(offsets).ok_or(ScanError::Truncated(Format::Tiff))?;
        let counts = directory.numbers(counts).unwrap_or_default();
        let planes = if self.planar { self.samples } else { 1 };
        if !self.tiled && starts.len() == planes {
            // One strip is the page, whatever is said of its rows.
            self.chunk_height = self.height;
        }
        let most = usize::try_from(MAX_DECODED_BYTES).unwrap_or(usize::MAX);
        let row_bytes = self.row_bytes();
        if self.chunk_width > most
            || row_bytes.checked_mul(self.chunk_height).is_none_or(|bytes| bytes > most)
        {
            return Err(DAMAGED);
        }
        let wanted = planes * self.chunks_across() * self.chunks_down();
        if starts.len() < wanted {
            return Err(ScanError::Truncated(Format::Tiff));
        }
        // Data ends where other data begins, or the directory and its values.
        let mut barriers: Vec<usize> = directory.places().collect();
        barriers.extend(starts.iter().filter_map(|start| usize::try_from(*start).ok()));
        barriers.push(file_length);
        barriers.sort_unstable();
        for (index, start) in starts.into_iter().take(wanted).enumerate() {
            let start = usize::try_from(start).ok().filter(|start| *start < file_length);
            let start = start.ok_or(ScanError::Truncated(Format::Tiff))?;
            let count = counts.get(index).and_then(|count| usize::try_from(*count).ok());
            let stated_end = count.filter(|count| *count > 0).and_then(|count| start.checked_add(count));
            let next = barriers.partition_point(|barrier| *barrier <= start);
            let furthest_end = barriers.get(next).copied().unwrap_or(file_length).min(file_length);
            self.chunks.push(Chunk { start, stated_end, furthest_end });
        }
        Ok(())
    }

    /// Samples of a pixel that lie side by side.
    pub(super) fn interleaved(&self) -> usize {
        if self.planar { 1 } else { self.samples }
    }

    /// Bytes of a row of a strip or tile, decompressed; with subsampling, of as many rows as share their chroma.
    pub(super) fn row_bytes(&self) -> usize {
        let (across, down) = self.subsampling;
        if (across, down) != (1, 1) {
            return self.chunk_width.div_ceil(across).saturating_mul(across * down + 2);
        }
        self.chunk_width.saturating_mul(self.interleaved() * self.sample.bits()).div_ceil(8)
    }

    pub(super) fn chunks_across(&self) -> usize {
        self.width.div_ceil(self.chunk_width)
    }

    pub(super) fn chunks_down(&self) -> usize {
        self.height.div_ceil(self.chunk_height)
    }
}

fn compression(directory: &Directory<'_>) -> Result<Compression, Fault> {
    let options = directory.number(tag::T4_OPTIONS).unwrap_or(0);
    Ok(match directory.number(tag::COMPRESSION).unwrap_or(1) {
        1 => Compression::None,
        2 => Compression::Fax(Coding::Aligned(8)),
        3 => Compression::Fax(Coding::Group3 { two_dimensional: options & 1 == 1 }),
        4 => Compression::Fax(Coding::Group4),
        5 => Compression::Lzw,
        6 => Compression::OldJpeg,
        7 => Compression::Jpeg,
        8 | 32946 => Compression::Deflate,
        32771 => Compression::Fax(Coding::Aligned(16)),
        32773 => Compression::PackBits,
        9 | 10 | 34661 => return Err(Fault::Unsupported("JBIG compression")),
        32766 => return Err(Fault::Unsupported("NeXT compression")),
        32809 => return Err(Fault::Unsupported("ThunderScan compression")),
        34676 | 34677 => return Err(Fault::Unsupported("SGI's logarithmic compression")),
        34712 | 33003 | 33005 => return Err(Fault::Unsupported("JPEG 2000 compression")),
        34887 => return Err(Fault::Unsupported("LERC compression")),
        34925 => return Err(Fault::Unsupported("LZMA compression")),
        34926 | 50000 => return Err(Fault::Unsupported("Zstandard compression")),
        34927 | 50001 => return Err(Fault::Unsupported("WebP compression")),
        50002 | 52546 => return Err(Fault::Unsupported("JPEG XL compression")),
        _ => return Err(Fault::Unsupported("a compression that is not known here")),
    })
}

fn colours(directory: &Directory<'_>, samples: usize, compression: Compression) -> Result<Colours, Fault> {
    let fax = matches!(compression, Compression::Fax(_));
    // Without a word, fax programs mean white by 0 and others black. Four samples may be inks as well as colours.
    let named_extra = directory.numbers(tag::EXTRA_SAMPLES).map_or(0, |extra| extra.len());
    let meant = match samples.saturating_sub(named_extra) {
        1 | 2 if fax => Some(0),
        1 | 2 => Some(1),
        3 => Some(2),
        _ => None,
    };
    let said = directory.number(tag::PHOTOMETRIC).or(meant);
    Ok(match said.ok_or(Fault::Unsupported("no word of what its colours are"))? {
        0 => Colours::Gray { white_is_zero: true },
        1 => Colours::Gray { white_is_zero: false },
        2 => Colours::Rgb,
        3 => Colours::Palette,
        4 => return Err(Fault::Unsupported("nothing but a mask")),
        5 if directory.number(tag::INK_SET).unwrap_or(1) == 1 => Colours::Inks,
        5 => return Err(Fault::Unsupported("inks that are not cyan, magenta, yellow and black")),
        6 => Colours::YCbCr,
        8..=10 => return Err(Fault::Unsupported("colours of CIE L*a*b*")),
        32844 | 32845 => return Err(Fault::Unsupported("logarithmic colours")),
        32803 | 34892 => return Err(Fault::Unsupported("a camera's raw data")),
        _ => return Err(Fault::Unsupported("colours that are not known here")),
    })
}

fn sample(directory: &Directory<'_>, bits: u64) -> Result<Sample, Fault> {
    match (directory.number(tag::SAMPLE_FORMAT).unwrap_or(1), bits) {
        (1 | 4, 1..=16) => Ok(Sample::Unsigned(bits as usize)),
        (3, 32) => Ok(Sample::Float),
        (1 | 4, _) => Err(Fault::Unsupported("samples of more than 16 bits")),
        (2, _) => Err(Fault::Unsupported("signed samples")),
        (3, _) => Err(Fault::Unsupported("floating-point samples that have not 32 bits")),
        _ => Err(Fault::Unsupported("complex samples")),
    }
}

fn alpha(directory: &Directory<'_>, samples: usize, colours: Colours) -> Alpha {
    if samples == colours.samples() {
        return Alpha::None;
    }
    match directory.number(tag::EXTRA_SAMPLES) {
        Some(1) => Alpha::Associated,
        Some(2) => Alpha::Unassociated,
        // Without a word a fourth sample beside red, green and blue is alpha.
        None if colours == Colours::Rgb => Alpha::Unassociated,
        _ => Alpha::None,
    }
}

/// How chroma is subsampled where no JPEG does it.
fn subsampling(directory: &Directory<'_>) -> Result<(usize, usize), Fault> {
    let pair = directory.numbers(tag::YCBCR_SUBSAMPLING).unwrap_or_else(|| vec![2, 2]);
    let (Some(across @ (1 | 2 | 4)), Some(down @ (1 | 2 | 4))) = (pair.first(), pair.get(1)) else {
        return Err(Fault::Bad);
    };
    let usual = |tag, values: &[f64]| {
        let near = |found: Vec<f64>| found.iter().zip(values).all(|(a, b)| (a - b).abs() < 0.002);
        directory.fractions(tag).is_none_or(near)
    };
    let usual = usual(tag::YCBCR_COEFFICIENTS, &[0.299, 0.587, 0.114])
        && usual(tag::REFERENCE_BLACK_WHITE, &[0.0, 255.0, 128.0, 255.0, 128.0, 255.0]);
    if !usual {
        return Err(Fault::Unsupported("an unusual form of luminance and chroma"));
    }
    Ok((*across as usize, *down as usize))
}
