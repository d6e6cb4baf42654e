use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use zeroize::Zeroizing;

use super::picture::Picture;
use super::raster;
use crate::scan::{Format, ScanError};

/// Where the screen's width and height stand.
const SCREEN: std::ops::Range<usize> = 6..10;

/// Decodes the first picture of a GIF, which is described at `first`.
///
/// Some programs state a screen that is smaller than the picture. The decoder would cut the picture off at its edges;
/// others, browsers among them, enlarge the screen.
pub(super) fn decode(bytes: &[u8], first: Option<usize>) -> Result<Picture, ScanError> {
    let screen = first.and_then(|first| screen_for(bytes, first));
    let Some(screen) = screen.filter(|screen| bytes[SCREEN] != *screen) else { return read(bytes) };
    let mut enlarged = Zeroizing::new(bytes.to_vec());
    enlarged[SCREEN].copy_from_slice(&screen);
    read(&enlarged)
}

fn read(bytes: &[u8]) -> Result<Picture, ScanError> {
    let decoder = GifDecoder::new(Cursor::new(bytes)).map_err(|error| raster::refusal(Format::Gif, error))?;
    raster::read(Format::Gif, decoder)
}

/// Width and height of a screen on which all of the picture lies, and all of the present one.
fn screen_for(bytes: &[u8], first: usize) -> Option<[u8; 4]> {
    let number = |at: usize| Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let side = |screen: usize, place: usize, size: usize| {
        Some(number(screen)?.max(number(first + place)?.saturating_add(number(first + size)?)).to_le_bytes())
    };
    let (width, height) = (side(SCREEN.start, 1, 5)?, side(SCREEN.start + 2, 3, 7)?);
    Some([width[0], width[1], height[0], height[1]])
}
