//! A decoded picture, and what all decoders need to make one.

use image::metadata::Orientation;
use zeroize::Zeroizing;

use crate::scan::error::ScanError;
use crate::scan::limits::{MAX_PIXELS, MAX_RATIO};

/// Most bytes the decoded samples may take before they are brought to 8 bits.
pub(super) const MAX_DECODED_BYTES: u64 = 512 * 1024 * 1024;

/// The samples of a pixel, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::scan) enum Channels {
    Gray,
    GrayAlpha,
    Rgb,
    RgbAlpha,
    /// Inks: 0 is none, 255 is full.
    Cmyk,
}

impl Channels {
    pub(in crate::scan) const fn count(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::RgbAlpha | Self::Cmyk => 4,
        }
    }
}

/// A decoded picture as it lies in the file, not yet upright.
pub(in crate::scan) struct Picture {
    pub(in crate::scan) width: u32,
    pub(in crate::scan) height: u32,
    pub(in crate::scan) channels: Channels,
    /// `width * height * channels.count()` samples of 8 bits, row by row. Alpha is not premultiplied.
    pub(in crate::scan) samples: Zeroizing<Vec<u8>>,
    pub(in crate::scan) orientation: Orientation,
    pub(in crate::scan) icc: Option<Vec<u8>>,
    /// It was the first page of several.
    pub(in crate::scan) several: bool,
}

impl Picture {
    pub(in crate::scan) fn pixels(&self) -> usize {
        self.samples.len() / self.channels.count()
    }

    pub(in crate::scan) fn with_samples(&self, channels: Channels, samples: Zeroizing<Vec<u8>>) -> Self {
        Self {
            width: self.width,
            height: self.height,
            channels,
            samples,
            orientation: self.orientation,
            icc: None,
            several: self.several,
        }
    }

    /// Grey as three equal samples; an alpha stays.
    pub(in crate::scan) fn repeat_gray(&self) -> Self {
        let channels = if self.channels == Channels::Gray { Channels::Rgb } else { Channels::RgbAlpha };
        let mut samples = Zeroizing::new(Vec::with_capacity(self.pixels() * channels.count()));
        for pixel in self.samples.chunks_exact(self.channels.count()) {
            samples.extend([pixel[0]; 3]);
            samples.extend(&pixel[1..]);
        }
        self.with_samples(channels, samples)
    }
}

/// Refuses what should not be decoded at all.
pub(super) fn check_bounds(width: u32, height: u32, bytes_per_pixel: u64) -> Result<(), ScanError> {
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || pixels * bytes_per_pixel > MAX_DECODED_BYTES {
        return Err(ScanError::TooManyPixels { width, height });
    }
    if width > height.saturating_mul(MAX_RATIO) || height > width.saturating_mul(MAX_RATIO) {
        return Err(ScanError::TooNarrow { width, height });
    }
    Ok(())
}

/// The most significant bytes of 16-bit samples in native order, rounded as the nearest of 256 levels.
pub(super) fn narrow(sample: u16) -> u8 {
    ((u32::from(sample) * 255 + 32767) / 65535) as u8
}

/// Luminance and chroma as JPEG has them (ITU-T T.871) to red, green and blue.
pub(super) fn from_ycbcr(sample: [u8; 3]) -> [u8; 3] {
    let [luma, blue, red] = sample.map(f32::from);
    let (blue, red) = (blue - 128.0, red - 128.0);
    let rgb = [luma + 1.402 * red, luma - 0.344_136 * blue - 0.714_136 * red, luma + 1.772 * blue];
    rgb.map(|colour| colour.round().clamp(0.0, 255.0) as u8)
}
