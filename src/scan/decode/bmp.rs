use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use zeroize::Zeroizing;

use super::picture::{Picture, check_bounds};
use super::raster;
use crate::scan::{Format, ScanError};

const DAMAGED: ScanError = ScanError::Damaged(Format::Bmp);
const TRUNCATED: ScanError = ScanError::Truncated(Format::Bmp);

/// Where the header's numbers stand, and the palette of its usual form.
mod place {
    pub(super) const PIXELS: usize = 10;
    pub(super) const HEADER: usize = 14;
    pub(super) const WIDTH: usize = 18;
    pub(super) const HEIGHT: usize = 22;
    pub(super) const BITS: usize = 28;
    pub(super) const COMPRESSION: usize = 30;
    pub(super) const COLOURS: usize = 46;
}

/// The header's length from which on it tells of compression and colours.
const FULL_HEADER: u32 = 40;

/// Decodes a bitmap.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, ScanError> {
    let read = |bytes: &[u8]| {
        let decoder =
            BmpDecoder::new(Cursor::new(bytes)).map_err(|error| raster::refusal(Format::Bmp, error))?;
        raster::read(Format::Bmp, decoder)
    };
    let header = Header { bytes };
    // The decoder would take the palette for pixels.
    if header.pixels_in_palette() {
        return Err(DAMAGED);
    }
    match header.runs() {
        Some(bits) => read(&header.unpacked(bits)?),
        None => read(bytes),
    }
}

struct Header<'a> {
    bytes: &'a [u8],
}

impl Header<'_> {
    fn number(&self, at: usize) -> u32 {
        self.bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |four| u32::from_le_bytes(*four))
    }

    fn bits(&self) -> u32 {
        self.number(place::BITS) & 0xFFFF
    }

    fn is_full(&self) -> bool {
        self.number(place::HEADER) >= FULL_HEADER
    }

    /// How many colours the palette has.
    fn colours(&self) -> u32 {
        let (used, most) = (self.number(place::COLOURS), 1 << self.bits().min(8));
        if used == 0 { most } else { used.min(most) }
    }

    fn pixels_in_palette(&self) -> bool {
        let end = self.number(place::HEADER).saturating_add(14 + 4 * self.colours());
        self.is_full() && (1..=8).contains(&self.bits()) && self.number(place::PIXELS) < end
    }

    /// The bits of an index, if the rows are packed as runs of them, from the lowest row up.
    fn runs(&self) -> Option<u32> {
        let rises = self.number(place::HEIGHT).cast_signed() > 0;
        let packed = matches!((self.number(place::COMPRESSION), self.bits()), (1, 8) | (2, 4));
        (self.is_full() && rises && packed).then(|| self.bits())
    }

    /// This bitmap with its runs unpacked, a byte for each index.
    ///
    /// Runs may pass over places. The decoder leaves those black, as it does those that are missing where the data ends
    /// too early; other programs give what is passed over the first colour of the palette.
    fn unpacked(&self, bits: u32) -> Result<Zeroizing<Vec<u8>>, ScanError> {
        let (width, height) = (self.number(place::WIDTH), self.number(place::HEIGHT));
        check_bounds(width, height, 1)?;
        let pixels = self.number(place::PIXELS) as usize;
        let (head, data) = self.bytes.split_at_checked(pixels).ok_or(TRUNCATED)?;
        let stride = (width as usize).next_multiple_of(4);
        let mut whole = Zeroizing::new(vec![0; pixels + stride * height as usize]);
        let (new_head, rows) = whole.split_at_mut(pixels);
        new_head.copy_from_slice(head);
        for (at, number) in
            [(place::COMPRESSION, 0), (place::COMPRESSION + 4, 0), (place::COLOURS, self.colours())]
        {
            new_head.get_mut(at..at + 4).ok_or(DAMAGED)?.copy_from_slice(&number.to_le_bytes());
        }
        new_head.get_mut(place::BITS..place::BITS + 2).ok_or(DAMAGED)?.copy_from_slice(&[8, 0]);
        let mut runs = Runs { data, half: bits == 4, width: width as usize, x: 0, y: 0 };
        runs.unpack(rows, stride)?;
        Ok(whole)
    }
}

/// Runs of indexes: two bytes, how many and which; or zero and what else is meant.
struct Runs<'a> {
    data: &'a [u8],
    /// An index is half a byte.
    half: bool,
    width: usize,
    x: usize,
    y: usize,
}

impl Runs<'_> {
    fn unpack(&mut self, rows: &mut [u8], stride: usize) -> Result<(), ScanError> {
        let height = rows.len() / stride;
        loop {
            let Some((&[count, value], rest)) = self.data.split_first_chunk() else {
                // Nothing but the mark of the end may be missing.
                let complete = self.y >= height || (self.y + 1 == height && self.x >= self.width);
                return if complete { Ok(()) } else { Err(TRUNCATED) };
            };
            self.data = rest;
            match (count, value) {
                (0, 0) => (self.x, self.y) = (0, self.y + 1),
                (0, 1) => return Ok(()),
                (0, 2) => {
                    let (&[across, up], rest) = self.data.split_first_chunk().ok_or(TRUNCATED)?;
                    self.data = rest;
                    (self.x, self.y) = (self.x + usize::from(across), self.y + usize::from(up));
                }
                // So many indexes one by one, filled up to two bytes.
                (0, count) => {
                    let count = usize::from(count);
                    let length = if self.half { count.div_ceil(2) } else { count };
                    let (indexes, rest) = self.data.split_at_checked(length).ok_or(TRUNCATED)?;
                    self.data = rest.get(length % 2..).unwrap_or_default();
                    let place = self.place(rows, stride, count)?;
                    for (number, index) in place.iter_mut().enumerate() {
                        *index = if self.half { half(indexes[number / 2], number) } else { indexes[number] };
                    }
                    self.x += count;
                }
                (count, value) => {
                    let count = usize::from(count);
                    let place = self.place(rows, stride, count)?;
                    for (number, index) in place.iter_mut().enumerate() {
                        *index = if self.half { half(value, number) } else { value };
                    }
                    self.x += count;
                }
            }
        }
    }

    /// Where the next indexes belong. Some programs pack what fills a row up to four bytes, too; it is left out.
    fn place<'r>(&self, rows: &'r mut [u8], stride: usize, count: usize) -> Result<&'r mut [u8], ScanError> {
        let row = rows.chunks_exact_mut(stride).nth(self.y).ok_or(DAMAGED)?;
        let (start, end) = (self.x, self.x + count);
        if end > self.width.next_multiple_of(if self.half { 8 } else { 4 }) {
            return Err(DAMAGED);
        }
        Ok(&mut row[start.min(self.width)..end.min(self.width)])
    }
}

/// The index that is the first or the second half of a byte.
fn half(byte: u8, number: usize) -> u8 {
    if number.is_multiple_of(2) { byte >> 4 } else { byte & 15 }
}
