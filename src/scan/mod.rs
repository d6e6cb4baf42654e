//! A picture in, a Passport JPEG out.
//!
//! [`prepare`] takes the bytes of any JPEG, PNG, WebP, GIF, BMP or TIFF and makes of them what Telegram's own
//! clients upload: an upright RGB JPEG of at most 2048×2048 pixels and 10 MiB, in sRGB, without metadata. What
//! cannot be used is refused with the reason ([`ScanError`]); what was done to the picture is told ([`Remark`]).
//! Whoever receives a share looks at its scans with [`inspect`].

mod error;
mod format;
mod jpeg;
mod prepare;

pub use error::ScanError;
pub use format::{Foreign, Format};
pub use jpeg::{PassportJpeg, Remark};
pub use prepare::{
    MAX_INPUT_BYTES, MAX_JPEG_BYTES, MAX_PIXELS, MAX_RATIO, MAX_SIDE, QUALITY, inspect, prepare,
};
