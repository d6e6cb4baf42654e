//! A picture in, a Passport JPEG out.
//!
//! [`prepare`] takes the bytes of any JPEG, PNG, WebP, GIF, BMP or TIFF and makes of them what Telegram's own
//! clients upload: an upright RGB JPEG of at most 2048×2048 pixels and 10 MiB, in sRGB, without metadata. What
//! cannot be used is refused with the reason ([`ScanError`]); what was done to the picture is told ([`Remark`]).
//! A picture is whole if all of its data is there: an end that is not marked, or a count that is wrong, is no obstacle.
//! A picture that is a Passport scan already ([`accept`]) stays as it is. Both answer a [`PassportJpeg`], which is all
//! that an engine stores as a new file. Whoever receives a share looks at its scans with [`inspect`], and what any
//! picture tells beside its pixels says [`carried_by`].
//!
//! The way of a picture: its first bytes say what it is (`format`), its structure whether it is whole and what
//! metadata it carries (`structure`), then it is decoded within bounds (`decode`), its colours become sRGB
//! (`colour`), and it is laid on white, scaled, turned and encoded (`prepare`).
//!
//! Decoders are third-party code fed with outside bytes: a panic in one of them is caught and reported as
//! [`ScanError::Damaged`]. The buffers of pixels made here are wiped; what decoders and the scaler allocate for
//! themselves is theirs and is not.
//!
//! ```
//! use telegram_passport::scan;
//!
//! // A bitmap of one pixel, as a scanner's driver may write it.
//! let mut bitmap = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
//! bitmap.resize(54, 0);
//! bitmap.extend([0x20, 0x40, 0x80, 0]);
//! let scan = scan::prepare(&bitmap)?;
//! assert_eq!((scan.width(), scan.height()), (1, 1));
//! assert!(scan::accept(scan.as_bytes()).is_ok()); // what was made is a scan already, and stays as it is
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
mod colour;
mod decode;
mod directory;
mod error;
mod format;
mod inspect;
mod jpeg;
mod limits;
mod metadata;
mod orientation;
#[cfg(feature = "pdf")]
mod pdf;
mod prepare;
mod structure;

pub use accept::{AcceptError, accept};
pub use error::ScanError;
pub use format::{Foreign, Format};
pub use inspect::{Inspection, carried_by, inspect};
pub use jpeg::{PassportJpeg, Remark};
pub use limits::{
    MAX_CONVERTED_BYTES, MAX_INPUT_BYTES, MAX_JPEG_BYTES, MAX_PIXELS, MAX_RATIO, MAX_SIDE, QUALITY,
};
pub use metadata::Metadata;
#[cfg(feature = "pdf")]
pub use pdf::{MAX_PDF_PAGES, PdfError, prepare_pdf};
pub use prepare::{prepare, prepare_converted};
