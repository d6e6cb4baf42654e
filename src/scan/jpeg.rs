use std::fmt;

use zeroize::Zeroizing;

use super::format::Format;

/// Bytes that are a Passport scan: an upright JPEG, at most 2048×2048 pixels and 10 MiB, without metadata, thumbnail or
/// profile. Made by [`prepare`](super::prepare) of any picture, or by [`accept`](super::accept) of one that is a scan
/// already; nothing else can be stored as a new file.
///
/// Two are equal if their bytes are. The bytes are wiped on drop; `Debug` does not show them.
#[derive(Clone)]
pub struct PassportJpeg {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) quality: Option<u8>,
    pub(super) remarks: Vec<Remark>,
}

/// Something [`prepare`](super::prepare) did to the picture that its owner may want to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// The picture was no JPEG.
    Converted {
        /// What it was.
        from: Format,
    },
    /// The file had no end: its picture was whole, but what marks the end was missing.
    EndAdded,
    /// A page of a PDF was drawn.
    Drawn {
        /// Which, from 1.
        page: usize,
        /// Of how many.
        pages: usize,
    },
    /// Something on the page could not be drawn: a font, or a picture.
    NotAllDrawn,
    /// Only the first picture of an animation, or the first page of several, was taken.
    FirstOfSeveral,
    /// The orientation the camera had noted was applied to the pixels.
    Turned,
    /// The picture was scaled down to fit 2048×2048.
    Reduced {
        /// Width before, upright, in pixels.
        width: u32,
        /// Height before, upright, in pixels.
        height: u32,
    },
    /// Colours were converted from an embedded profile to sRGB.
    ColoursConverted,
    /// Colours were converted from printing inks (CMYK) to sRGB.
    InksConverted,
    /// The embedded colour profile could not be used; colours were taken as sRGB.
    ProfileIgnored,
    /// Transparent places became white.
    LaidOnWhite,
    /// Every place was transparent, which nobody means: the picture was taken as opaque.
    TransparencyIgnored,
    /// Metadata telling where the picture was taken was left out.
    LocationRemoved,
    /// Other metadata (camera, time, comments, thumbnails) was left out.
    MetadataRemoved,
    /// The quality had to go below 89 to stay within 10 MiB.
    QualityLowered {
        /// The JPEG quality it came to.
        quality: u8,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converted { from } => write!(f, "converted from {from}"),
            Self::EndAdded => f.write_str("the missing end of the file added"),
            Self::Drawn { page, pages } => write!(f, "drawn from page {page} of {pages} of a PDF"),
            Self::NotAllDrawn => f.write_str("something on the page could not be drawn; look at it"),
            Self::FirstOfSeveral => f.write_str("only the first of several pictures was taken"),
            Self::Turned => f.write_str("turned upright"),
            Self::Reduced { width, height } => write!(f, "reduced from {width}×{height}"),
            Self::ColoursConverted => f.write_str("colours converted to sRGB"),
            Self::InksConverted => f.write_str("colours converted from CMYK"),
            Self::ProfileIgnored => f.write_str("the colour profile could not be used"),
            Self::TransparencyIgnored => f.write_str("transparent throughout; taken as opaque"),
            Self::LaidOnWhite => f.write_str("transparent places made white"),
            Self::LocationRemoved => f.write_str("the place where it was taken (GPS) removed"),
            Self::MetadataRemoved => f.write_str("metadata removed"),
            Self::QualityLowered { quality } => write!(f, "quality lowered to {quality}"),
        }
    }
}

impl PassportJpeg {
    /// The JPEG.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The JPEG, still wiped on drop.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.bytes
    }

    /// Width in pixels, 1..=2048.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, 1..=2048.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The JPEG quality it was encoded with here: 89 unless the size demanded less. `None` for a picture that was a
    /// scan already, and stayed as it was.
    #[must_use]
    pub fn quality(&self) -> Option<u8> {
        self.quality
    }

    /// What was done to the picture, in the order it was done.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }
}

impl PartialEq for PassportJpeg {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PassportJpeg {}

impl fmt::Debug for PassportJpeg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassportJpeg")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("quality", &self.quality)
            .field("remarks", &self.remarks)
            .finish_non_exhaustive()
    }
}
