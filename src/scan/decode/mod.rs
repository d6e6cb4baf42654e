//! Bytes to 8-bit samples, within bounds that are checked before anything is allocated.

mod bmp;
pub(super) mod entropy;
mod gif;
mod jpeg;
pub(super) mod picture;
pub(super) mod png;
mod raster;
mod tiff;

use zeroize::Zeroizing;

use super::error::ScanError;
use super::format::Format;
use super::structure::Structure;
use picture::Picture;

/// Decodes the first picture of the file.
pub(super) fn decode(format: Format, bytes: &[u8], structure: &Structure) -> Result<Picture, ScanError> {
    match format {
        Format::Jpeg => match (structure.unread, structure.unmarked_end) {
            (Some(what), _) => Err(ScanError::Unsupported { format, what }),
            (None, Some(end)) => {
                let ended = Zeroizing::new([&bytes[..end], &jpeg::END].concat());
                jpeg::decode(&ended, structure.adobe, structure.in_parts)
            }
            (None, None) => jpeg::decode(bytes, structure.adobe, structure.in_parts),
        },
        Format::Tiff => tiff::decode(bytes),
        Format::Png => png::decode(bytes),
        Format::Bmp => bmp::decode(bytes),
        Format::Gif => gif::decode(bytes, structure.first_picture),
        Format::WebP => raster::webp(bytes),
    }
}
