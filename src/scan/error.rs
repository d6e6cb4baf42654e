use super::format::{Foreign, Format};

/// Why a picture cannot become a Passport scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// There are no bytes.
    #[error("the file is empty")]
    Empty,
    /// More than 100 MiB of input, or than 512 MiB that a converter made.
    #[error("the file has {bytes} bytes; at most {most} are taken")]
    FileTooLarge {
        /// Its size.
        bytes: usize,
        /// The most that is taken.
        most: usize,
    },
    /// Not a picture of any format this crate knows.
    #[error("this is not a picture (JPEG, PNG, WebP, GIF, BMP or TIFF)")]
    NotAPicture,
    /// A known kind of file that has to be converted first.
    #[error("this is {0}")]
    Foreign(Foreign),
    /// A picture, but no JPEG, where Passport has JPEGs only.
    #[error("this is a {0}, not a JPEG")]
    NotJpeg(Format),
    /// The end of the file is missing.
    #[error("the {0} is cut off: its end is missing")]
    Truncated(Format),
    /// The file contradicts its format.
    #[error("the {0} is damaged")]
    Damaged(Format),
    /// A rare variety of the format.
    #[error("this {format} has {what}, which cannot be read; save it as an ordinary JPEG or PNG")]
    Unsupported {
        /// The format.
        format: Format,
        /// What it has that is not read, in words.
        what: &'static str,
    },
    /// More pixels than are decoded, or more memory than is spent on it.
    #[error("the picture has {width}×{height} pixels, more than can be read; scale it down first")]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// More than twenty times as long as wide, or the reverse.
    #[error("the picture has {width}×{height} pixels; one side may be at most 20 times the other")]
    TooNarrow {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Even the lowest quality does not fit into 10 MiB; no real picture does this.
    #[error("the picture does not fit into 10 MiB")]
    TooDetailed,
}
