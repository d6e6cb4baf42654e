//! Is the file whole, and what does it carry beside pixels? Read from its structure alone, since decoders
//! forgive: many fill what is missing with grey.

use super::decode::entropy::{self, Data, End};
use super::decode::png;
use super::directory::Directory;
use super::error::ScanError;
use super::format::Format;
use super::metadata::Metadata;

/// What the structure of a file tells.
#[derive(Debug, Default)]
pub(super) struct Structure {
    /// What it carries beside pixels.
    pub(super) metadata: Metadata,
    /// A JPEG with Adobe's marker, whose inks are stored inverted.
    pub(super) adobe: bool,
    /// It holds further pictures.
    pub(super) several: bool,
    /// Where the picture's data ends, if all of it is there but the end is not marked.
    pub(super) unmarked_end: Option<usize>,
    /// Whether the components of a JPEG come in scans of their own.
    pub(super) in_parts: bool,
    /// What a JPEG has that is not read, in words.
    pub(super) unread: Option<&'static str>,
    /// Where a GIF says where its first picture lies.
    pub(super) first_picture: Option<usize>,
}

/// Walks through the file to its end.
///
/// # Errors
/// [`ScanError::Truncated`] if the end is missing, [`ScanError::Damaged`] if the way there is blocked.
pub(super) fn examine(format: Format, bytes: &[u8]) -> Result<Structure, ScanError> {
    let walk = match format {
        Format::Jpeg => jpeg(bytes),
        Format::Png => png(bytes),
        Format::WebP => webp(bytes),
        Format::Gif => gif(bytes),
        // A BMP has no metadata; its decoder reads all rows or fails.
        Format::Bmp => Some(Structure::default()),
        // Strips are checked against the file's length when it is decoded.
        Format::Tiff => Some(tiff(bytes)),
    };
    walk.ok_or(ScanError::Truncated(format))
}

fn jpeg(bytes: &[u8]) -> Option<Structure> {
    let mut structure = Structure::default();
    note_segments(bytes, &mut structure);
    let Data { end, in_parts } = entropy::walk(bytes)?;
    structure.in_parts = in_parts;
    let end = match end {
        End::Marked(end) => end,
        End::Unmarked(end) => {
            structure.unmarked_end = Some(end);
            end
        }
        // The decoder says that it is too large.
        End::NotSought => bytes.len(),
        End::Unread(what) => {
            structure.unread = Some(what);
            bytes.len()
        }
    };
    // Phones append a gain map, a second view or a film.
    structure.metadata.other |= bytes[end..].iter().any(|&byte| !matches!(byte, 0 | 0xFF));
    Some(structure)
}

/// Goes from segment to segment, and notes what they hold.
fn note_segments(bytes: &[u8], structure: &mut Structure) -> Option<()> {
    let mut at = 2;
    loop {
        // What stands before the next marker is entropy-coded data (in which FF is followed by 00 or a
        // restart marker) or filling.
        while *bytes.get(at)? != 0xFF || matches!(*bytes.get(at + 1)?, 0 | 0xFF | 0xD0..=0xD7) {
            at += 1;
        }
        let marker = bytes[at + 1];
        at += 2;
        match marker {
            0xD9 => return Some(()),
            0x01 | 0xD8 => continue,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
        let content = bytes.get(at + 2..at + length.max(2))?;
        at += length.max(2);
        match marker {
            // Fourteen bytes, the last two of which are the size of a thumbnail.
            0xE0 if content.starts_with(b"JFIF\0") => {
                structure.metadata.other |= content.len() > 14 || !content.ends_with(&[0, 0]);
            }
            0xE1 if content.starts_with(b"Exif\0") => structure.metadata.note_exif(content),
            0xE2 if content.starts_with(b"ICC_PROFILE\0") => structure.metadata.profile = true,
            0xEE if content.starts_with(b"Adobe") => structure.adobe = true,
            0xE1..=0xEF | 0xFE | 0xE0 => structure.metadata.note_text(content),
            _ => {}
        }
    }
}

fn png(bytes: &[u8]) -> Option<Structure> {
    let mut structure = Structure::default();
    let mut at = 8;
    for chunk in png::chunks(bytes) {
        at += chunk.content.len() + 12;
        if let Some(exif) = png::exif(&chunk) {
            structure.metadata.note_exif(&exif);
            continue;
        }
        match chunk.kind {
            b"IEND" => return Some(structure),
            b"tEXt" | b"zTXt" | b"iTXt" => structure.metadata.note_text(chunk.content),
            b"tIME" => structure.metadata.other = true,
            b"iCCP" => structure.metadata.profile = true,
            b"acTL" => structure.several = true,
            _ => {}
        }
    }
    // Nothing but the end chunk is missing; whether the picture's data is whole, its decoder judges.
    structure.unmarked_end = Some(at);
    png::END.starts_with(bytes.get(at..)?).then_some(structure)
}

fn webp(bytes: &[u8]) -> Option<Structure> {
    let mut structure = Structure::default();
    let size = usize::try_from(u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?)).ok()?;
    let mut rest = bytes.get(12..size.checked_add(8)?)?;
    while let Some((kind, after)) = rest.split_first_chunk::<4>() {
        let (length, after) = after.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let content = after.get(..length)?;
        match kind {
            b"EXIF" => structure.metadata.note_exif(content),
            b"XMP " => structure.metadata.note_text(content),
            b"ICCP" => structure.metadata.profile = true,
            b"ANIM" => structure.several = true,
            _ => {}
        }
        // The byte that fills a chunk up to an even length is missing at the end of some files.
        rest = after.get(length + length % 2..).unwrap_or_default();
    }
    Some(structure)
}

fn gif(bytes: &[u8]) -> Option<Structure> {
    fn color_table(flags: u8) -> usize {
        if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
    }
    fn skip_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
        loop {
            let length = usize::from(*bytes.get(at)?);
            at += 1 + length;
            if length == 0 {
                return Some(at);
            }
        }
    }
    const END: u8 = 0x3B;
    let mut structure = Structure::default();
    let mut pictures = 0;
    let mut at = 13 + color_table(*bytes.get(10)?);
    loop {
        match *bytes.get(at).unwrap_or(&END) {
            0x21 => {
                let label = *bytes.get(at + 1)?;
                let end = skip_blocks(bytes, at + 2)?;
                if label == 0xFE || bytes[at..end].windows(8).any(|name| name == b"XMP Data") {
                    structure.metadata.note_text(&bytes[at..end]);
                }
                at = end;
            }
            0x2C => {
                pictures += 1;
                structure.first_picture.get_or_insert(at);
                structure.several = pictures > 1;
                let flags = *bytes.get(at + 9)?;
                at = skip_blocks(bytes, at + 10 + color_table(flags) + 1)?;
            }
            // The trailer. Another byte leads nowhere; the decoder judges what came before.
            _ => {
                structure.unmarked_end = (at >= bytes.len()).then_some(at);
                return (pictures > 0 || at < bytes.len()).then_some(structure);
            }
        }
    }
}

fn tiff(bytes: &[u8]) -> Structure {
    let mut structure = Structure::default();
    for tag in Directory::first(bytes).iter().flat_map(Directory::tags) {
        match tag {
            0x8825 => structure.metadata.location = true,
            // Description, make, model, software, time, artist, host, XMP, copyright, IPTC, Photoshop, EXIF.
            0x010E..=0x0110 | 0x0131 | 0x0132 | 0x013B | 0x013C | 0x8298 | 0x83BB | 0x8649 | 0x8769 => {
                structure.metadata.other = true;
            }
            0x02BC => structure.metadata.note_text(bytes),
            0x8773 => structure.metadata.profile = true,
            _ => {}
        }
    }
    structure
}
