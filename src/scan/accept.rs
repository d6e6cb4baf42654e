use zeroize::Zeroizing;

use super::error::ScanError;
use super::inspect::decodes;
use super::jpeg::PassportJpeg;
use super::limits::{MAX_JPEG_BYTES, MAX_RATIO, MAX_SIDE};

/// Why a picture is no Passport scan as it is. [`prepare`](super::prepare) makes one of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// More than 10 MiB.
    #[error("it has {bytes} bytes; a scan has at most {MAX_JPEG_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// It is no JPEG, or none that begins with a JFIF header, which says how its colours are to be read.
    #[error("it does not begin as a JFIF file does")]
    NotJfif,
    /// There is a picture in its JFIF header.
    #[error("its JFIF header holds a thumbnail")]
    Thumbnail,
    /// It has a segment that its pixels do not need: metadata, a profile, a comment, a second header.
    #[error("it has a segment {marker:#04X}, which its pixels do not need")]
    Segment {
        /// The second byte of the segment's marker: `0xE1` for EXIF and XMP, `0xE2` for profiles.
        marker: u8,
    },
    /// It is not grey or YCbCr of 8 bits, or not coded as a baseline, extended or progressive JPEG by Huffman's way.
    #[error("it is coded in a way that scans are not")]
    Coding,
    /// A side is longer than 2048 pixels, or more than twenty times the other.
    #[error("it has {width}×{height} pixels")]
    Bounds {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// It contradicts its format, or its end is missing.
    #[error("it is not made as JPEGs are")]
    Malformed,
    /// There is something after its end.
    #[error("something follows its end")]
    Appendix,
    /// Its structure is sound, and its pixels cannot be read.
    #[error(transparent)]
    Pixels(ScanError),
}

/// Takes a picture that is a Passport scan already, byte for byte.
///
/// What it may consist of is listed: a JFIF header without a thumbnail, then only what the pixels need (quantisation
/// and Huffman tables, a frame of 8 bits within the bounds, scans, restart markers), and nothing after its end. So it
/// has no place for metadata or a profile, and without an orientation it is upright. Its pixels are decoded once, to
/// see that they can be.
///
/// # Errors
/// [`AcceptError`] with the first thing that scans do not have.
///
/// # Examples
///
/// ```
/// use telegram_passport::scan::{AcceptError, accept};
///
/// assert_eq!(accept(b"GIF89a").unwrap_err(), AcceptError::NotJfif);
/// ```
pub fn accept(scan: &[u8]) -> Result<PassportJpeg, AcceptError> {
    let shaped = Shaped::new(scan)?;
    decodes(scan).map_err(AcceptError::Pixels)?;
    Ok(shaped.decoded())
}

/// A picture that is a Passport scan already if its pixels can be read, which nobody has seen yet.
pub(super) struct Shaped<'a> {
    scan: &'a [u8],
    width: u32,
    height: u32,
}

impl<'a> Shaped<'a> {
    pub(super) fn new(scan: &'a [u8]) -> Result<Self, AcceptError> {
        if scan.len() > MAX_JPEG_BYTES {
            return Err(AcceptError::TooLarge { bytes: scan.len() });
        }
        let (width, height) = Walk { rest: scan }.size_at_end()?;
        if width.max(height) > MAX_SIDE || width > height * MAX_RATIO || height > width * MAX_RATIO {
            return Err(AcceptError::Bounds { width, height });
        }
        Ok(Self { scan, width, height })
    }

    /// The scan, by whoever has read its pixels.
    pub(super) fn decoded(self) -> PassportJpeg {
        let bytes = Zeroizing::new(self.scan.to_vec());
        PassportJpeg { bytes, width: self.width, height: self.height, quality: None, remarks: Vec::new() }
    }
}

/// What is left of a JPEG on the way through it.
struct Walk<'a> {
    rest: &'a [u8],
}

/// The components of a frame, and its size.
struct Frame<'a> {
    width: u32,
    height: u32,
    /// Three bytes each, of which the first is its name.
    components: &'a [u8],
}

impl<'a> Walk<'a> {
    /// Width and height, if there is nothing but a scan from the first byte to the last.
    fn size_at_end(mut self) -> Result<(u32, u32), AcceptError> {
        self.header()?;
        let mut frame: Option<Frame<'_>> = None;
        let mut scans = false;
        loop {
            match self.marker()? {
                0xD9 if scans => break,
                0xDB => quantisation(self.segment()?)?,
                0xC4 => huffman(self.segment()?)?,
                0xDD => {
                    let _: [u8; 2] = self.segment()?.try_into().map_err(|_| AcceptError::Malformed)?;
                }
                0xC0..=0xC2 if frame.is_none() => frame = Some(Frame::read(self.segment()?)?),
                0xC3 | 0xC5..=0xC7 | 0xC9..=0xCF => return Err(AcceptError::Coding),
                0xDA => {
                    let frame = frame.as_ref().ok_or(AcceptError::Malformed)?;
                    frame.check_scan(self.segment()?)?;
                    self.skip_coded();
                    scans = true;
                }
                marker @ (0xE0..=0xEF | 0xFE | 0xF0..=0xFD | 0xDC | 0xDE | 0xDF) => {
                    return Err(AcceptError::Segment { marker });
                }
                _ => return Err(AcceptError::Malformed),
            }
        }
        if !self.rest.is_empty() {
            return Err(AcceptError::Appendix);
        }
        frame.map(|frame| (frame.width, frame.height)).ok_or(AcceptError::Malformed)
    }

    /// The start of the image and the JFIF header, of which the density may be any.
    fn header(&mut self) -> Result<(), AcceptError> {
        self.rest = self.rest.strip_prefix(&[0xFF, 0xD8, 0xFF, 0xE0]).ok_or(AcceptError::NotJfif)?;
        let header = self.segment()?;
        let header = header.strip_prefix(b"JFIF\0\x01").ok_or(AcceptError::NotJfif)?;
        match header {
            [_minor, _unit, _, _, _, _, 0, 0] => Ok(()),
            [_, _, _, _, _, _, ..] => Err(AcceptError::Thumbnail),
            _ => Err(AcceptError::Malformed),
        }
    }

    /// The next marker; any number of bytes FF may fill the space before it.
    fn marker(&mut self) -> Result<u8, AcceptError> {
        let fill = self.rest.iter().take_while(|byte| **byte == 0xFF).count();
        match self.rest.get(fill..) {
            Some([marker, rest @ ..]) if fill > 0 => {
                self.rest = rest;
                Ok(*marker)
            }
            _ => Err(AcceptError::Malformed),
        }
    }

    /// What a segment holds, without its length.
    fn segment(&mut self) -> Result<&'a [u8], AcceptError> {
        let (length, rest) = self.rest.split_first_chunk().ok_or(AcceptError::Malformed)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let content = length.checked_sub(2).and_then(|length| rest.split_at_checked(length));
        let (content, rest) = content.ok_or(AcceptError::Malformed)?;
        self.rest = rest;
        Ok(content)
    }

    /// Goes on to the marker after coded data, in which FF is followed by 00 or a restart marker.
    fn skip_coded(&mut self) {
        let mut at = 0;
        while let Some(pair) = self.rest.get(at..at + 2) {
            if pair[0] == 0xFF && !matches!(pair[1], 0 | 0xD0..=0xD7) {
                break;
            }
            at += if pair[0] == 0xFF { 2 } else { 1 };
        }
        self.rest = &self.rest[at.min(self.rest.len())..];
    }
}

impl<'a> Frame<'a> {
    fn read(segment: &'a [u8]) -> Result<Self, AcceptError> {
        let ([precision, size @ .., count], components) =
            segment.split_first_chunk::<6>().ok_or(AcceptError::Malformed)?;
        let [height, width] =
            [[size[0], size[1]], [size[2], size[3]]].map(|side| u32::from(u16::from_be_bytes(side)));
        if *precision != 8 || !matches!(count, 1 | 3) {
            return Err(AcceptError::Coding);
        }
        if components.len() != usize::from(*count) * 3 || width == 0 || height == 0 {
            return Err(AcceptError::Malformed);
        }
        Ok(Self { width, height, components })
    }

    /// The header of a scan: so many components of this frame, and three bytes about their coefficients.
    fn check_scan(&self, segment: &[u8]) -> Result<(), AcceptError> {
        let (count, rest) = segment.split_first().ok_or(AcceptError::Malformed)?;
        let length = usize::from(*count) * 2;
        let known = |name: u8| self.components.chunks_exact(3).any(|component| component[0] == name);
        let whole = length > 0 && rest.len() == length + 3;
        if whole && rest[..length].chunks_exact(2).all(|component| known(component[0])) {
            Ok(())
        } else {
            Err(AcceptError::Malformed)
        }
    }
}

/// Quantisation tables of 8 or 16 bits, one after the other.
fn quantisation(mut tables: &[u8]) -> Result<(), AcceptError> {
    while let Some((head, rest)) = tables.split_first() {
        let length = match head {
            0x00..=0x03 => 64,
            0x10..=0x13 => 128,
            _ => return Err(AcceptError::Malformed),
        };
        tables = rest.get(length..).ok_or(AcceptError::Malformed)?;
    }
    Ok(())
}

/// Huffman tables, one after the other: how many codes there are of each length, and what they mean.
fn huffman(mut tables: &[u8]) -> Result<(), AcceptError> {
    while let Some((head, rest)) = tables.split_first() {
        let (counts, rest) = rest.split_first_chunk::<16>().ok_or(AcceptError::Malformed)?;
        let length: usize = counts.iter().copied().map(usize::from).sum();
        if !matches!(head, 0x00..=0x03 | 0x10..=0x13) || length > 256 {
            return Err(AcceptError::Malformed);
        }
        tables = rest.get(length..).ok_or(AcceptError::Malformed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{ExtendedColorType, RgbImage};

    use super::*;
    use crate::scan::prepare;

    fn encoded(width: u32, height: u32) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 128]));
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, 95)
            .encode(&picture, width, height, ExtendedColorType::Rgb8)
            .unwrap();
        jpeg
    }

    /// A scan with a segment of its own after the header.
    fn with_segment(marker: u8, content: &[u8]) -> Vec<u8> {
        let mut jpeg = encoded(40, 30);
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        jpeg.splice(20..20, [&[0xFF, marker], &length, content].concat());
        jpeg
    }

    #[test]
    fn a_scan_stays_byte_for_byte() {
        let jpeg = encoded(40, 30);
        let scan = accept(&jpeg).unwrap();
        assert_eq!((scan.as_bytes(), scan.width(), scan.height()), (jpeg.as_slice(), 40, 30));
        assert_eq!((scan.quality(), scan.remarks()), (None, &[][..]));
        assert_eq!(prepare(&jpeg).unwrap(), scan);
        // Space before a marker is the standard's own.
        let mut filled = jpeg.clone();
        filled.splice(20..20, [0xFF; 1000]);
        assert_eq!(accept(&filled).unwrap().as_bytes(), filled);
    }

    #[test]
    fn what_tells_anything_beside_its_pixels_is_no_scan_and_becomes_one() {
        let profile = b"ICC_PROFILE\0\x01\x01profile".as_slice();
        let gps = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0".as_slice();
        for (marker, content) in [
            (0xE1, gps),
            (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>".as_slice()),
            (0xE2, profile),
            (0xE0, b"JFXX\0\x10thumbnail".as_slice()),
            (0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0".as_slice()),
            (0xEE, b"Adobe\0\x64\0\0\0\0\x01".as_slice()),
            (0xED, b"Photoshop 3.0\0".as_slice()),
            (0xFE, b"camera".as_slice()),
        ] {
            let jpeg = with_segment(marker, content);
            assert_eq!(accept(&jpeg), Err(AcceptError::Segment { marker }));
            let scan = prepare(&jpeg).unwrap();
            assert!(accept(scan.as_bytes()).is_ok(), "{marker:#X}");
        }
    }

    #[test]
    fn a_thumbnail_in_the_header_is_seen() {
        let mut jpeg = encoded(40, 30);
        jpeg.splice(4..6, [0, 19]);
        jpeg.splice(18..20, [1, 1, 9, 9, 9]);
        assert_eq!(accept(&jpeg), Err(AcceptError::Thumbnail));
        // Its size alone is none either: a program may look beyond the header.
        let mut jpeg = encoded(40, 30);
        jpeg[18..20].copy_from_slice(&[40, 20]);
        assert_eq!(accept(&jpeg), Err(AcceptError::Thumbnail));
        assert!(accept(prepare(&jpeg).unwrap().as_bytes()).is_ok());
    }

    #[test]
    fn an_appendix_and_a_missing_end_are_seen() {
        let mut jpeg = encoded(40, 30);
        for more in [&[0][..], b"a film", &[0xFF, 0xD9]] {
            assert_eq!(accept(&[&jpeg, more].concat()), Err(AcceptError::Appendix));
        }
        jpeg.truncate(jpeg.len() - 2);
        assert_eq!(accept(&jpeg), Err(AcceptError::Malformed));
    }

    #[test]
    fn bounds_are_those_of_prepare() {
        assert!(accept(&encoded(2048, 103)).is_ok());
        for (width, height) in [(2049, 200), (16, 2049), (2048, 102)] {
            assert_eq!(accept(&encoded(width, height)), Err(AcceptError::Bounds { width, height }));
        }
        let mut large = encoded(40, 30);
        large.splice(20..20, vec![0xFF; MAX_JPEG_BYTES]);
        assert!(matches!(accept(&large), Err(AcceptError::TooLarge { .. })));
    }

    #[test]
    fn tables_hold_nothing_beside_themselves() {
        let jpeg = encoded(40, 30);
        for marker in [0xDB, 0xC4] {
            let at = jpeg.windows(2).position(|pair| pair == [0xFF, marker]).unwrap();
            let mut longer = jpeg.clone();
            longer[at + 3] += 5;
            let end = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
            longer.splice(end..end, *b"\x22hide");
            assert_eq!(accept(&longer), Err(AcceptError::Malformed), "{marker:#X}");
        }
    }

    #[test]
    fn every_shortening_is_refused_and_none_panics() {
        let jpeg = encoded(24, 16);
        for end in 0..jpeg.len() {
            assert!(accept(&jpeg[..end]).is_err(), "{end}");
        }
    }
}
