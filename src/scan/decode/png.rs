use std::borrow::Cow;
use std::io::{Cursor, Read};

use flate2::read::ZlibDecoder;
use image::codecs::png::PngDecoder;
use zeroize::Zeroizing;

use super::picture::Picture;
use super::raster;
use crate::scan::{Format, ScanError, orientation};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// A colour profile is as long at most, unpacked; those of printers have a megabyte or two.
const MAX_PROFILE: u64 = 16 * 1024 * 1024;
/// An EXIF block has less than 64 KiB; as digits, with the ends of lines, it is somewhat more than twice as long.
const MAX_EXIF_TEXT: u64 = 160 * 1024;
/// The chunk at the end, which is always the same.
pub(in crate::scan) const END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

/// Decodes a PNG; of an animation the first picture.
///
/// The decoder sees only the chunks that make the picture: texts and whatever else may unpack to gigabytes are left
/// where they are.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, ScanError> {
    let mut needed = Zeroizing::new(Vec::with_capacity(bytes.len() + END.len()));
    needed.extend(SIGNATURE);
    let (mut exif, mut icc) = (None, None);
    for chunk in chunks(bytes) {
        match chunk.kind {
            b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" => needed.extend(chunk.whole),
            b"iCCP" => icc = icc.or_else(|| profile(chunk.content)),
            b"IEND" => break,
            _ => exif = exif.or_else(|| self::exif(&chunk)),
        }
    }
    needed.extend(END);
    let decoder = PngDecoder::with_limits(Cursor::new(&**needed), raster::limits())
        .map_err(|error| raster::refusal(Format::Png, error))?;
    let picture = raster::read(Format::Png, decoder)?;
    Ok(Picture { orientation: orientation::of_exif(&exif.unwrap_or_default()), icc, ..picture })
}

/// A chunk: its kind, what it holds, and all of it with its length and checksum.
pub(in crate::scan) struct Chunk<'a> {
    pub(in crate::scan) kind: &'a [u8; 4],
    pub(in crate::scan) content: &'a [u8],
    whole: &'a [u8],
}

/// The chunks that are whole, to the first that is not.
pub(in crate::scan) fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (kind, after) = after.split_first_chunk()?;
        let content = after.get(..length)?;
        let whole = rest.get(..length.checked_add(12)?)?;
        rest = &rest[whole.len()..];
        Some(Chunk { kind, content, whole })
    })
}

/// The EXIF block of a chunk. ImageMagick wrote it as a text of hexadecimal digits before there was a chunk for it.
pub(in crate::scan) fn exif<'a>(chunk: &Chunk<'a>) -> Option<Cow<'a, [u8]>> {
    const NAMES: [&[u8]; 2] = [b"Raw profile type exif\0", b"Raw profile type APP1\0"];
    let text = || NAMES.iter().find_map(|name| chunk.content.strip_prefix(*name));
    let unpacked = match chunk.kind {
        b"eXIf" => return Some(Cow::Borrowed(chunk.content)),
        b"tEXt" => digits(text()?)?,
        b"zTXt" => {
            let mut unpacked = Zeroizing::new(Vec::new());
            ZlibDecoder::new(text()?.get(1..)?).take(MAX_EXIF_TEXT).read_to_end(&mut unpacked).ok()?;
            digits(&unpacked)?
        }
        _ => return None,
    };
    // Under the same names stands XMP.
    unpacked.starts_with(b"Exif\0").then_some(Cow::Owned(unpacked))
}

/// A line with the profile's name, one with its length, then its bytes in hexadecimal digits on several lines.
fn digits(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = text.split(|byte| *byte == b'\n').skip_while(|line| line.is_empty()).skip(2);
    let digits: Vec<u8> = lines.try_fold(Vec::new(), |mut digits, line| {
        for digit in line {
            digits.push(char::from(*digit).to_digit(16)? as u8);
        }
        Some(digits)
    })?;
    Some(digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect())
}

/// The profile of an `iCCP` chunk: a name, a zero, the method, and the profile in zlib's form.
fn profile(content: &[u8]) -> Option<Vec<u8>> {
    let name = content.iter().position(|byte| *byte == 0)?;
    let packed = content.get(name + 2..)?;
    let mut profile = Vec::new();
    let read = ZlibDecoder::new(packed).take(MAX_PROFILE + 1).read_to_end(&mut profile);
    // One that cannot be read is told to be no profile when it is used.
    Some(if read.is_ok() && profile.len() as u64 <= MAX_PROFILE { profile } else { Vec::new() })
}
