use std::fmt;

/// A picture format that [`prepare`](super::prepare) takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG, baseline or progressive.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy or lossless.
    WebP,
    /// GIF.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF.
    Tiff,
}

/// A known kind of file that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Foreign {
    /// HEIC or HEIF, as phones save photos.
    Heic,
    /// AVIF.
    Avif,
    /// PDF, as banks send statements.
    Pdf,
    /// JPEG XL.
    JpegXl,
    /// JPEG 2000.
    Jpeg2000,
    /// SVG, a drawing.
    Svg,
    /// A Photoshop document.
    Photoshop,
    /// An icon or cursor.
    Icon,
    /// A film (MP4, QuickTime, Matroska, …).
    Video,
    /// A ZIP archive, which office documents are as well.
    Zip,
    /// A web page.
    Html,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
        })
    }
}

/// What the file is and how to make a picture of it that can be used.
impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Heic => {
                "a HEIC/HEIF photo; export it as JPEG on the phone (on an iPhone: Settings, Camera, Formats, Most \
                 Compatible), or convert it with `heif-convert photo.heic photo.jpg`"
            }
            Self::Avif => "an AVIF picture; convert it with `avifdec picture.avif picture.png`",
            Self::Pdf => {
                "a PDF; make a picture of each page, for instance with `pdftoppm -jpeg -r 150 file.pdf page`, and \
                 pass the pages as separate files"
            }
            Self::JpegXl => "a JPEG XL picture; convert it with `djxl picture.jxl picture.jpg`",
            Self::Jpeg2000 => "a JPEG 2000 picture; save it as JPEG or PNG in an image editor",
            Self::Svg => "an SVG drawing; export it as PNG",
            Self::Photoshop => "a Photoshop document; export it as JPEG or PNG",
            Self::Icon => "an icon; save it as PNG",
            Self::Video => "a film; take a photo instead",
            Self::Zip => "an archive or office document; export the page as a picture",
            Self::Html => "a web page; save the picture itself",
        })
    }
}

/// What the first bytes say a file is.
pub(super) enum Kind {
    Picture(Format),
    Foreign(Foreign),
    Unknown,
}

/// Recognises a file by its first bytes; names and declared types lie too often.
pub(super) fn recognise(bytes: &[u8]) -> Kind {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    if starts(&[0xFF, 0xD8, 0xFF]) {
        return Kind::Picture(Format::Jpeg);
    }
    if starts(b"\x89PNG\r\n\x1a\n") {
        return Kind::Picture(Format::Png);
    }
    if starts(b"GIF87a") || starts(b"GIF89a") {
        return Kind::Picture(Format::Gif);
    }
    if starts(b"RIFF") && at(8, b"WEBP") {
        return Kind::Picture(Format::WebP);
    }
    if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
        return Kind::Picture(Format::Tiff);
    }
    // "BM" alone is two letters any text may start with; the header's length field makes it sure.
    if starts(b"BM") && bytes.get(14..18).is_some_and(|size| size[1..] == [0, 0, 0] && size[0] >= 12) {
        return Kind::Picture(Format::Bmp);
    }
    foreign(bytes).map_or(Kind::Unknown, Kind::Foreign)
}

/// What a file of ISO boxes is, by the brands that it names in its first box: the one it is, then those it is
/// compatible with. The general brands of still pictures leave the codec to the others.
fn by_brands(head: &[u8]) -> Foreign {
    const HEVC: [&[u8]; 6] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"];
    const AV1: [&[u8]; 2] = [b"avif", b"avis"];
    const ANY: [&[u8]; 2] = [b"mif1", b"msf1"];
    let length = head.first_chunk().map_or(0, |length| u32::from_be_bytes(*length) as usize);
    let own = head.get(8..12).unwrap_or_default();
    let compatible = head.get(16..length.min(head.len())).unwrap_or_default().chunks_exact(4);
    let named = |brands: &[&[u8]]| compatible.clone().any(|brand| brands.contains(&brand));
    if AV1.contains(&own) {
        Foreign::Avif
    } else if HEVC.contains(&own) {
        Foreign::Heic
    } else if named(&AV1) {
        Foreign::Avif
    } else if ANY.contains(&own) || named(&HEVC) {
        Foreign::Heic
    } else {
        Foreign::Video
    }
}

fn foreign(bytes: &[u8]) -> Option<Foreign> {
    let head = &bytes[..bytes.len().min(1024)];
    if head.get(4..8) == Some(b"ftyp") {
        return Some(by_brands(head));
    }
    // Readers accept a PDF whose header comes after some other bytes.
    if head.windows(5).any(|window| window == b"%PDF-") {
        return Some(Foreign::Pdf);
    }
    let known: [(&[u8], Foreign); 8] = [
        (&[0xFF, 0x0A], Foreign::JpegXl),
        (b"\0\0\0\x0cJXL \r\n\x87\n", Foreign::JpegXl),
        (b"\0\0\0\x0cjP  \r\n\x87\n", Foreign::Jpeg2000),
        (b"8BPS", Foreign::Photoshop),
        (b"\0\0\x01\0", Foreign::Icon),
        (b"\0\0\x02\0", Foreign::Icon),
        (&[0x1A, 0x45, 0xDF, 0xA3], Foreign::Video),
        (b"PK\x03\x04", Foreign::Zip),
    ];
    if let Some((_, kind)) = known.into_iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(kind);
    }
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    if text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg")) {
        return Some(Foreign::Svg);
    }
    if text.starts_with("<!doctype html") || text.starts_with("<html") {
        return Some(Foreign::Html);
    }
    None
}
