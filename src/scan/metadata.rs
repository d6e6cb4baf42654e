use super::directory::Directory;

/// What a picture tells beside its pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Where it was taken: a GPS directory in EXIF, or the same in XMP.
    pub location: bool,
    /// Anything else: EXIF, XMP, IPTC, comments, thumbnails, maker's segments, further pictures after the first.
    pub other: bool,
    /// A colour profile, which may name a camera or a scanner. It belongs to the pixels, and is no metadata.
    pub profile: bool,
}

/// The EXIF tag of the directory with the position, `GPSInfo`.
const GPS_DIRECTORY: u16 = 0x8825;

impl Metadata {
    /// Whether there is any, a profile apart.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.location || self.other
    }

    /// Takes note of an EXIF block: a TIFF structure, with or without `Exif\0\0` before it.
    pub(super) fn note_exif(&mut self, exif: &[u8]) {
        self.other = true;
        self.location |= has_tag(without_exif_prefix(exif), GPS_DIRECTORY);
    }

    /// Takes note of text in which XMP may stand.
    pub(super) fn note_text(&mut self, text: &[u8]) {
        const NAME: &[u8] = b"GPSLatitude";
        self.other = true;
        self.location |= text.windows(NAME.len()).any(|window| window == NAME);
    }
}

/// WebP and PNG writers disagree on whether the block keeps the header that JPEG gives it.
pub(super) fn without_exif_prefix(exif: &[u8]) -> &[u8] {
    exif.strip_prefix(b"Exif\0\0").unwrap_or(exif)
}

/// Whether the first directory of a TIFF structure has an entry with this tag.
fn has_tag(tiff: &[u8], tag: u16) -> bool {
    Directory::first(tiff).is_some_and(|directory| directory.tags().any(|found| found == tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF structure with one entry of this tag.
    fn exif(tag: u16) -> Vec<u8> {
        let mut exif = b"MM\0*\0\0\0\x08\0\x01".to_vec();
        exif.extend(tag.to_be_bytes());
        exif.extend([0, 4, 0, 0, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0]);
        exif
    }

    #[test]
    fn a_gps_directory_is_a_location() {
        for (tag, location) in [(GPS_DIRECTORY, true), (0x010F, false)] {
            let mut metadata = Metadata::default();
            metadata.note_exif(&exif(tag));
            assert_eq!(metadata, Metadata { location, other: true, profile: false });
        }
        let mut prefixed = Metadata::default();
        prefixed.note_exif(&[b"Exif\0\0", exif(GPS_DIRECTORY).as_slice()].concat());
        assert!(prefixed.location);
    }

    #[test]
    fn a_broken_directory_is_no_location() {
        let whole = exif(GPS_DIRECTORY);
        for end in 0..12 {
            assert!(!has_tag(&whole[..end.min(whole.len())], GPS_DIRECTORY), "{end}");
        }
        assert!(!has_tag(b"II*\0\xff\xff\xff\xff", GPS_DIRECTORY));
    }

    #[test]
    fn a_latitude_in_xmp_is_a_location() {
        let mut metadata = Metadata::default();
        metadata.note_text(b"<x exif:GPSLatitude=\"1\"/>");
        assert!(metadata.location);
    }
}
