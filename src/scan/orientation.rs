//! How a picture has to be turned to stand upright.

use image::metadata::Orientation;

use super::directory::Directory;
use super::metadata::without_exif_prefix;

/// The tag of EXIF and of TIFF that says it.
const TAG: u16 = 274;

/// As an EXIF block says.
pub(super) fn of_exif(exif: &[u8]) -> Orientation {
    Directory::first(without_exif_prefix(exif)).map_or(Orientation::NoTransforms, |exif| of_directory(&exif))
}

/// As a directory says; not at all where nothing is said, or nothing that means anything.
pub(super) fn of_directory(directory: &Directory<'_>) -> Orientation {
    let value = directory.number(TAG);
    value
        .and_then(|value| Orientation::from_exif(u8::try_from(value).ok()?))
        .unwrap_or(Orientation::NoTransforms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::directory::tests::structure;

    #[test]
    fn an_orientation_is_read_whichever_integer_it_was_written_as() {
        for (little, kind, value) in [
            (true, 1, &[6][..]),
            (true, 3, &[6, 0]),
            (true, 4, &[6, 0, 0, 0]),
            (true, 9, &[6, 0, 0, 0]),
            (false, 1, &[6]),
            (false, 3, &[0, 6]),
            (false, 4, &[0, 0, 0, 6]),
            (false, 8, &[0, 6]),
        ] {
            let bytes = structure(little, kind, value);
            let found = of_directory(&Directory::first(&bytes).unwrap());
            assert_eq!(found, Orientation::Rotate90, "{little} {kind}");
        }
        for (kind, value) in [(3, &[0, 9][..]), (4, &[0, 1, 0, 6]), (5, &[0, 0, 0, 6]), (2, &[6]), (99, &[6])]
        {
            let bytes = structure(false, kind, value);
            assert_eq!(of_directory(&Directory::first(&bytes).unwrap()), Orientation::NoTransforms, "{kind}");
        }
    }
}
